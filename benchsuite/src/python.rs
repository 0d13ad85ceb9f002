//! The peers live in Python: a throw-away environment with all of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::works::Contender;

/// An interpreter that has the peers' libraries.
pub struct Python {
    /// The interpreter.
    pub program: PathBuf,
    /// Where the peers' programs lie.
    peers: PathBuf,
}

impl Python {
    /// Makes the environment below `folder` if it is not there, and installs what the peers need.
    pub fn install(folder: &Path, peers: &Path) -> Result<Python> {
        let environment = folder.join("python");
        let program = environment.join("bin/python");
        let wanted = peers.join("requirements.txt");
        let done = environment.join("requirements.txt");
        let same = std::fs::read(&done).ok() == Some(std::fs::read(&wanted)?);
        if !same {
            let says = "the peers need python3 with venv and pip; `--alone` measures without them";
            run(Command::new("python3").args(["-m", "venv"]).arg(&environment)).context(says)?;
            let install = ["-m", "pip", "install", "--quiet", "--requirement"];
            run(Command::new(&program).args(install).arg(&wanted)).context(says)?;
            std::fs::copy(&wanted, &done)?;
        }
        Ok(Python { program, peers: peers.to_owned() })
    }

    /// A peer at a work.
    pub fn peer(&self, work: &str, name: &str, threads: usize, arguments: &[String]) -> Contender {
        let script = self.peers.join(work).join(format!("{name}.py"));
        let mut command = vec![self.program.display().to_string(), script.display().to_string()];
        command.extend(["--threads".to_owned(), threads.to_string()]);
        command.extend_from_slice(arguments);
        Contender { name: name.to_owned(), command, cores: threads }
    }

    /// Name and version of every library.
    pub fn versions(&self) -> Result<Vec<String>> {
        let output = Command::new(&self.program).args(["-m", "pip", "freeze"]).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
    }
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}
