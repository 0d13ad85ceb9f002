//! Botany: the study of bot populations.

use std::process::ExitCode;

fn main() -> ExitCode {
    botany::cli::main()
}
