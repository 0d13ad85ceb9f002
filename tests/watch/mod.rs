//! From model to rules and before their judge: the installed Suricata over the lab's capture.

mod check;
mod rules;
mod sensor;
