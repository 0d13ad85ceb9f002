//! What leaves for other programs, read by these.

mod forms;
mod onnx;
mod pcap;
mod pushed;
mod reader;
mod sensor;
mod suricata;
