use std::fs;
use std::path::PathBuf;

use super::*;
use crate::command::{root, tools};

/// The lab's sample of all roles, unpacked, and whoever replays it installed.
fn sample(place: &Place) -> PathBuf {
    tools();
    let path = root().join("../shared/data/lab/sample.pcap.zst");
    let packed = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    place.file("sample.pcap", zstd::decode_all(&packed[..]).unwrap()).into()
}

/// A Suricata that writes its events to these places.
///
/// Each is another sensor by name: two logs that begin alike could not be told apart.
fn replay(place: &Place, pcap: &Path, name: &str, outputs: &[(&str, &Path)]) {
    let output = |(kind, path): &(&str, &Path)| {
        format!(
            "  - eve-log:\n      enabled: yes\n      filetype: {kind}\n      filename: {}\n      \
             community-id: true\n      types: [flow, ssh]\n",
            path.display()
        )
    };
    let outputs: String = outputs.iter().map(output).collect();
    let config = place.file(
        "suricata.yaml",
        format!("%YAML 1.1\n---\nsensor-name: {name}\nvars:\n  address-groups:\n    HOME_NET: any\n    EXTERNAL_NET: any\noutputs:\n{outputs}"),
    );
    let out = place.path().join("suricata");
    fs::create_dir_all(&out).unwrap();
    let run = Command::new("suricata")
        .args(["-c", &config, "-k", "none", "--runmode", "single", "-r"])
        .arg(pcap)
        .arg("-l")
        .arg(&out)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn a_sensor_whose_log_is_rotated_is_watched_without_a_loss() {
    let place = place();
    let pcap = sample(&place);
    let eve = place.path().join("eve.json");
    let told = place.data().join("watch/article/alerts.json");
    let arguments = ["article", "--follow", "eve.json", "--throttle", "off", "--threshold", "0.2"];
    let mut watch = Running::start(&place, &arguments);
    let rotated = |n: usize| place.path().join(format!("eve.json.{n}"));
    let renamed = |n: usize| fs::rename(&eve, rotated(n)).unwrap();
    for n in 1..=5 {
        let before = lines(&told).len();
        replay(&place, &pcap, &format!("sensor-{n}"), &[("regular", &eve)]);
        wait("something of it is told", || lines(&told).len() > before);
        match n {
            1 | 2 => renamed(n),
            3 => {
                fs::copy(&eve, rotated(3)).unwrap();
                fs::File::options().write(true).open(&eve).unwrap().set_len(0).unwrap();
            }
            4 => {
                watch.kill();
                renamed(4);
                replay(&place, &pcap, "sensor-x", &[("regular", &eve)]);
                watch = Running::start(&place, &arguments);
            }
            _ => {}
        }
    }
    let files = ["eve.json.1", "eve.json.2", "eve.json.3", "eve.json.4", "eve.json"];
    let flags = ["--threshold", "0.2"];
    let expected = scored(&place, "article", &files, &flags);
    assert!(expected.len() > 100, "{}", expected.len());
    wait("all is told", || lines(&told).len() >= expected.len());
    watch.stop();
    assert!(lines(&told) == expected);
}

#[test]
fn a_sensor_that_writes_to_a_socket_is_told_of_alike() {
    let place = place();
    let pcap = sample(&place);
    for (kind, scheme) in [("unix_stream", "unix"), ("unix_dgram", "unix-dgram")] {
        let socket = place.path().join(format!("{kind}.sock"));
        let file = place.path().join(format!("{kind}.json"));
        let listen = format!("{scheme}:{}", socket.display());
        let flags = ["--threshold", "0.2", "--throttle", "off"];
        let watch = Running::start(
            &place,
            &[&["article", "--listen", &listen, "--state", kind], &flags[..]].concat(),
        );
        wait("the socket is there", || socket.exists());
        replay(&place, &pcap, "sensor", &[(kind, &socket), ("regular", &file)]);
        let expected = scored(&place, "article", &[&file.display().to_string()], &flags);
        let told = place.path().join(kind).join("alerts.json");
        assert!(expected.len() > 20, "{}", expected.len());
        wait("all is told", || lines(&told).len() >= expected.len());
        watch.stop();
        assert!(lines(&told) == expected, "{kind}");
    }
}
