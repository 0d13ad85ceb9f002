//! A real Suricata of a test's own.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use super::reader::text;

/// A folder with a configuration into which fragments are pasted.
pub struct Sensor {
    folder: PathBuf,
}

/// A source address and the rule that spoke, one an alert, sorted.
pub type Alerts = Vec<(String, u64)>;

impl Sensor {
    /// The smallest configuration that logs alerts and listens to commands, and behind it the fragments as they are.
    pub fn new(folder: &Path, fragments: &[&Path], rules: &[&Path]) -> Sensor {
        crate::command::tools();
        let folder = folder.to_owned();
        std::fs::create_dir_all(folder.join("log")).unwrap();
        let mut yaml = format!(
            "%YAML 1.1\n---\ndefault-log-dir: {0}/log\noutputs:\n  - eve-log:\n      enabled: yes\n      \
             filetype: regular\n      filename: eve.json\n      types: [alert]\nunix-command:\n  enabled: yes\n  \
             filename: {0}/command.socket\nclassification-file: {0}/none.config\nreference-config-file: {0}/none.config\n\
             threshold-file: {0}/none.config\ndefault-rule-path: {0}\nrule-files:\n",
            text(&folder)
        );
        rules.iter().for_each(|rule| yaml += &format!("  - {}\n", text(rule)));
        fragments.iter().for_each(|path| yaml += &std::fs::read_to_string(path).unwrap());
        std::fs::write(folder.join("suricata.yaml"), yaml).unwrap();
        std::fs::write(folder.join("none.config"), "").unwrap();
        Sensor { folder }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("suricata");
        command.arg("-c").arg(self.folder.join("suricata.yaml"));
        command.arg("-l").arg(self.folder.join("log")).stdin(Stdio::null());
        command
    }

    /// What `suricata -T` says of the configuration; it must be content, and warn of nothing.
    pub fn accepts(&self) {
        let output = self.command().arg("-T").output().unwrap();
        let said = both(&output);
        assert!(output.status.success(), "{said}");
        for word in ["Error:", "Warning:"] {
            assert!(!said.contains(word), "{said}");
        }
    }

    /// The alerts on a capture.
    pub fn replay(&self, capture: &[u8]) -> Alerts {
        let path = self.folder.join("replay.pcap");
        std::fs::write(&path, capture).unwrap();
        let log = self.folder.join("log/eve.json");
        let _ = std::fs::remove_file(&log);
        let output = self.command().arg("-r").arg(path).output().unwrap();
        assert!(output.status.success(), "{}", both(&output));
        alerts(&log)
    }

    /// Suricata as it waits for captures at its command socket: one process over all of them.
    pub fn start(&self) -> Running {
        let socket = self.folder.join("command.socket");
        let mut child = self
            .command()
            .arg(format!("--unix-socket={}", text(&socket)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = lines(child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let mut running =
            Running { child, lines, socket, folder: self.folder.clone(), captures: 0 };
        running.wait_for("Engine started");
        running
    }
}

/// A Suricata that runs.
pub struct Running {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
    /// Its command socket.
    pub socket: PathBuf,
    folder: PathBuf,
    captures: usize,
}

impl Running {
    /// The alerts on a capture, given to the process that runs.
    pub fn sees(&mut self, capture: &[u8]) -> Alerts {
        self.captures += 1;
        let output = self.folder.join(format!("capture-{}-{}", self.child.id(), self.captures));
        let path = output.with_extension("pcap");
        std::fs::create_dir(&output).unwrap();
        std::fs::write(&path, capture).unwrap();
        let arguments = json!({ "filename": text(&path), "output-dir": text(&output) });
        self.tell(&json!({ "command": "pcap-file", "arguments": arguments }));
        self.wait_for("Resetting engine state");
        alerts(&output.join("eve.json"))
    }

    /// Sends a command past Botany.
    fn tell(&self, command: &Value) {
        let stream = UnixStream::connect(&self.socket).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        for question in [&json!({ "version": "0.2" }), command] {
            (&stream).write_all(format!("{question}\n").as_bytes()).unwrap();
            let mut answer = String::new();
            reader.read_line(&mut answer).unwrap();
            assert!(answer.contains("\"OK\""), "{question}: {answer}");
        }
    }

    fn wait_for(&mut self, words: &str) {
        let mut said = String::new();
        let patience = std::time::Duration::from_secs(60);
        loop {
            match self.lines.recv_timeout(patience) {
                Ok(line) if line.contains(words) => return,
                Ok(line) => said = said + &line + "\n",
                Err(why) => panic!("waiting for `{words}`: {why}\n{said}"),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of both streams as they come.
fn lines(
    out: impl Read + Send + 'static,
    err: impl Read + Send + 'static,
) -> std::sync::mpsc::Receiver<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let streams: [Box<dyn Read + Send>; 2] = [Box::new(out), Box::new(err)];
    for stream in streams {
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
    }
    receiver
}

fn both(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn alerts(log: &Path) -> Alerts {
    let text = std::fs::read_to_string(log).unwrap();
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut alerts: Alerts = events
        .filter(|event| event["event_type"] == "alert")
        .map(|event| {
            let source: std::net::IpAddr = event["src_ip"].as_str().unwrap().parse().unwrap();
            (source.to_string(), event["alert"]["signature_id"].as_u64().unwrap())
        })
        .collect();
    alerts.sort();
    alerts
}
