//! A file that has grown is read as if it had been whole from the beginning.

use botany_catalog::tables;
use botany_collect::{Input, Memory, Options, read, read_after};

/// Lines whose reading hangs on lines before them.
const SYSLOG: &str = "\
Dec 31 23:59:58 gate sshd[7]: Failed password for invalid user mother from 192.0.2.7 port 40022 ssh2
Dec 31 23:59:59 gate last message repeated 2 times
Jan  1 00:00:01 gate sshd[7]: error: PAM: Authentication failure for illegal user pi from 192.0.2.7
Jan  1 00:00:01 gate sshd[7]: Failed keyboard-interactive/pam for invalid user pi from 192.0.2.7 port 40022 ssh2
Jan  1 00:00:02 gate sshd[8]: Invalid user ubnt from 192.0.2.8 port 40023
Jan  1 00:00:03 gate sshd[8]: Failed password for invalid user ubnt from 192.0.2.8 port 40023 ssh2
Jan  1 00:00:04 gate sshd[8]: Connection closed by invalid user ubnt 192.0.2.8 port 40023 [preauth]
";

const COWRIE: &str = r#"{"eventid":"cowrie.session.connect","src_ip":"203.0.113.7","src_port":4,"dst_port":23,"session":"a","protocol":"telnet","timestamp":"2018-05-06T17:44:50.165980Z"}
{"eventid":"cowrie.login.failed","username":"root","password":"xc3511","timestamp":"2018-05-06T17:44:51.165980Z","src_ip":"203.0.113.7","session":"a"}
{"eventid":"cowrie.login.success","username":"root","password":"vizxv","timestamp":"2018-05-06T17:44:52.165980Z","src_ip":"203.0.113.7","session":"a"}
"#;

const HONEY: &str = "\
2017-03-31 00:02:20,393 - __main__ - INFO - Opened connection to 192.0.2.9:42486
2017-03-31 00:02:20,542 - __main__ - INFO - RECEIVED INPUT 192.0.2.9 : ['ad-min']
2017-03-31 00:02:20,792 - __main__ - INFO - RECEIVED INPUT 192.0.2.9 : ['12-34']
2017-03-31 00:02:20,792 - __main__ - INFO - 192.0.2.9:42486 logged in as ad-min-12-34
";

fn options() -> Options {
    Options { year: Some(2016), ..Options::at("2020-01-01T00:00:00Z".parse().unwrap()) }
}

/// All rows, as a person would compare them.
fn rows(sink: &Memory) -> String {
    let of = |name: &str| {
        let batches: Vec<_> = sink.table(name).into_iter().cloned().collect();
        let schema = tables::find(name).unwrap().schema();
        let whole = arrow::compute::concat_batches(&schema, batches.iter()).unwrap();
        // The time of a reject is that of its collection; times are compared as numbers.
        let time =
            arrow::compute::cast(whole.column(0), &arrow::datatypes::DataType::Int64).unwrap();
        let rest = whole.project(&(1..whole.num_columns()).collect::<Vec<_>>()).unwrap();
        format!("{name} {time:?}\n{rest:?}")
    };
    of("login") + &of("reject")
}

#[test]
fn cut_at_any_line_the_rows_are_those_of_the_whole_file() {
    let folder = std::env::temp_dir().join(format!("botany-grown-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in [("syslog", SYSLOG), ("cowrie", COWRIE), ("honey", HONEY)] {
        let path = folder.join(name);
        let input = Input::File(path.clone());
        std::fs::write(&path, text).unwrap();
        let mut whole = Memory::default();
        read(&input, &options(), &mut whole, &()).unwrap();
        assert!(whole.rows("login") > 0 && whole.rows("reject") == 0, "{name}: {}", rows(&whole));

        for cut in text.match_indices('\n').map(|(at, _)| at + 1) {
            let mut grown = Memory::default();
            std::fs::write(&path, &text[..cut]).unwrap();
            let first = read(&input, &options(), &mut grown, &()).unwrap();
            std::fs::write(&path, text).unwrap();
            let second = read_after(&input, first.bytes, &options(), &mut grown, &()).unwrap();
            assert_eq!(rows(&grown), rows(&whole), "{name} cut at byte {cut}");
            assert_eq!(first.lines + second.lines, text.lines().count() as u64);
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_repetition_is_of_its_own_hosts_line_and_the_log_writers_own() {
    let log = "\
May  6 17:44:06 gwA sshd[3]: Failed password for root from 192.0.2.7 port 40022 ssh2
May  6 17:44:07 gwB last message repeated 50 times
May  6 17:44:08 gwA sshd[3]: Failed password for root from 192.0.2.7 port 40022 ssh2
May  6 17:44:09 gwA cron[5]: last message repeated 70 times
May  6 17:44:10 gwA sshd[3]: Failed password for root from 192.0.2.7 port 40022 ssh2
May  6 17:44:11 gwA last message repeated 4 times
";
    let path = std::env::temp_dir().join(format!("botany-repeated-{}", std::process::id()));
    std::fs::write(&path, log).unwrap();
    let mut sink = Memory::default();
    let tally = read(&Input::File(path.clone()), &options(), &mut sink, &()).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!((tally.stored["login"], tally.counted_total()), (4, 2));
    let attempts: Vec<u32> = sink
        .table("login")
        .iter()
        .flat_map(|batch| {
            let column = batch.column_by_name("attempts").unwrap();
            let column = column.as_any().downcast_ref::<arrow::array::UInt32Array>().unwrap();
            column.values().to_vec()
        })
        .collect();
    assert_eq!(attempts, [1, 1, 1, 4]);
}

#[test]
fn an_event_is_read_alike_whatever_stood_before_it() {
    let flow = r#"{"timestamp":"2018-05-06T17:44:50.165980+0000","event_type":"flow","metadata":{"eventid":"cowrie.login.failed","__REALTIME_TIMESTAMP":"1"},"flow":{}}"#;
    let cowrie = COWRIE.lines().next().unwrap();
    let journal =
        r#"{"__REALTIME_TIMESTAMP":"1525628646123456","SYSLOG_IDENTIFIER":"cron","MESSAGE":"x"}"#;
    let path = std::env::temp_dir().join(format!("botany-alike-{}", std::process::id()));
    for before in [cowrie, journal, flow] {
        std::fs::write(&path, format!("{before}\n{flow}\n")).unwrap();
        let mut sink = Memory::default();
        let tally = read(&Input::File(path.clone()), &options(), &mut sink, &()).unwrap();
        let flows = if before == flow { 2 } else { 1 };
        assert_eq!(tally.stored.get("flow"), Some(&flows), "{before}");
    }
    std::fs::remove_file(&path).unwrap();
}
