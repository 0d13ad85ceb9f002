//! A model, its rules, and Suricata asked by the test itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::command::{Place, root, tools};

/// A data directory with the bundled capture and both models, made once.
pub fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        tools();
        let place = Place::new();
        place.says(&["collect", "--year", "2018", &root().join("demo").display().to_string()]);
        for name in ["article", "population"] {
            let recipe =
                place.says(&["recipes", name]).replace("permutations = 3", "permutations = 0");
            let recipe = recipe.replace("draws = 1000", "draws = 50");
            let recipe = recipe.replace(
                "splits = [\"row\", \"address\", \"block\", \"time\"]",
                "splits = [\"address\"]",
            );
            let head = recipe.split("[[validate.labels]]").next().unwrap();
            place.file(&format!("{name}.toml"), format!("{head}[watch]\nmodel = \"{name}\"\n"));
            place.says(&["run", &format!("{name}.toml")]);
        }
        place
    })
}

/// The lab's files; `None` where they do not lie beside the repository, which is a failure in CI.
pub fn lab() -> Option<PathBuf> {
    let folder = root().parent()?.join("shared/data/lab");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", folder.display());
    eprintln!("note: {} is not there, its capture is not replayed", folder.display());
    None
}

pub fn unpacked(path: &Path) -> Vec<u8> {
    zstd::decode_all(&std::fs::read(path).unwrap()[..]).unwrap()
}

/// What Suricata wrote of the lab's sample with these rules, read as plain JSON.
pub struct Replay {
    pub flows: BTreeMap<u64, Value>,
    /// The flows each SID alerted on.
    pub alerts: BTreeMap<u64, BTreeSet<u64>>,
    pub eve: Vec<u8>,
}

/// Asks Suricata without any of our code: another configuration, another reader.
pub fn replay(lab: &Path, rules: &[PathBuf]) -> Replay {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("sample.pcap"), unpacked(&lab.join("sample.pcap.zst"))).unwrap();
    let texts: Vec<String> =
        rules.iter().map(|rule| std::fs::read_to_string(rule).unwrap()).collect();
    std::fs::write(at("all.rules"), texts.join("\n")).unwrap();
    let groups = [
        "HOME_NET",
        "EXTERNAL_NET",
        "HTTP_SERVERS",
        "SMTP_SERVERS",
        "SQL_SERVERS",
        "DNS_SERVERS",
        "TELNET_SERVERS",
        "AIM_SERVERS",
    ];
    let groups: String = groups.iter().map(|name| format!("    {name}: any\n")).collect();
    let ports = "    HTTP_PORTS: 80\n    SHELLCODE_PORTS: '!80'\n    ORACLE_PORTS: 1521\n    SSH_PORTS: 22\n";
    let outputs = "outputs:\n  - eve-log:\n      enabled: yes\n      filename: eve.json\n      types: [alert, flow]\n";
    let yaml = format!(
        "%YAML 1.1\n---\nvars:\n  address-groups:\n{groups}  port-groups:\n{ports}{outputs}"
    );
    std::fs::write(at("s.yaml"), yaml).unwrap();
    let output = Command::new("suricata")
        .current_dir(folder.path())
        .args([
            "-c",
            "s.yaml",
            "-r",
            "sample.pcap",
            "-S",
            "all.rules",
            "-l",
            ".",
            "-k",
            "none",
            "--runmode",
            "single",
        ])
        .output()
        .expect("Suricata is installed by tests/install.sh");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let eve = std::fs::read(at("eve.json")).unwrap();
    let mut replay = Replay { flows: BTreeMap::new(), alerts: BTreeMap::new(), eve };
    for line in replay.eve.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let event: Value = serde_json::from_slice(line).unwrap();
        let id = event["flow_id"].as_u64().unwrap();
        match event["event_type"].as_str().unwrap() {
            "flow" => assert!(replay.flows.insert(id, event).is_none()),
            "alert" => {
                let sid = event["alert"]["signature_id"].as_u64().unwrap();
                replay.alerts.entry(sid).or_default().insert(id);
            }
            _ => {}
        }
    }
    replay
}

/// Microseconds since 1970 of a flow's start, as Suricata writes it.
pub fn start(flow: &Value) -> i64 {
    let text = flow["flow"]["start"].as_str().unwrap();
    jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).unwrap().as_microsecond()
}

/// The rules of the article's model for a version, and what was said of them.
pub fn rules(version: &str) -> (PathBuf, Value) {
    let file = place().path().join(format!("{version}-{:?}.rules", std::thread::current().id()));
    let name = file.display().to_string();
    let said =
        place().json(&["watch", "signature", "article", "--suricata", version, "--out", &name]);
    (file, said)
}
