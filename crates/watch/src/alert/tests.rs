//! The line is what is promised, byte for byte, and holds any text.

use proptest::option::of;
use proptest::prelude::*;

use super::*;

const NOON: i64 = 1_525_628_646_000_001;

fn flow_alert() -> Alert {
    Alert {
        timestamp: NOON,
        flow_id: Some(1_234_567_890_123_456_789),
        in_iface: Some("eth0".into()),
        src_ip: Some("192.0.2.7".into()),
        src_port: Some(40_000),
        dest_ip: Some("198.51.100.1".into()),
        dest_port: Some(22),
        proto: Some("TCP".into()),
        app_proto: Some("ssh".into()),
        community_id: Some("1:LQU9qZlK+B5F3KDmev6m5PMibrg=".into()),
        flow: Some(FlowPart {
            pkts_toserver: 12,
            pkts_toclient: 9,
            bytes_toserver: 1_800,
            bytes_toclient: 2_100,
            start: Some(NOON),
            age: Some(3),
        }),
        host: Some("sensor-1".into()),
        botany: Said {
            model: "article".into(),
            version: 2,
            grain: "flow".into(),
            probability: 0.9375,
            threshold: 0.5,
            contributions: vec![
                Contribution {
                    feature: "packets_in".into(),
                    value: FeatureValue::Number(9.0),
                    contribution: 0.25,
                },
                Contribution {
                    feature: "packet_pcr_range".into(),
                    value: FeatureValue::Word("Pure Push".into()),
                    contribution: -0.125,
                },
            ],
            threat: Some(Threat {
                usernames: vec!["root".into(), "a\n\u{1b}[2J\u{202e}\"".into()],
                first_seen: NOON - 60_000_000,
                last_seen: NOON,
            }),
            ..Said::default()
        },
        ..Alert::default()
    }
}

fn window_alert() -> Alert {
    Alert {
        timestamp: NOON,
        botany: Said {
            model: "population".into(),
            version: 1,
            grain: "block".into(),
            probability: 1.0,
            threshold: 0.5,
            block: Some("192.0.2.0/24".into()),
            window: Some(Window { start: 0, end: 86_400_000_000, flows: 17 }),
            ..Said::default()
        },
        ..Alert::default()
    }
}

#[test]
fn a_flow_is_told_in_these_bytes() {
    let golden = concat!(
        r#"{"timestamp":"2018-05-06T17:44:06.000001+0000","flow_id":1234567890123456789,"in_iface":"eth0","#,
        r#""event_type":"botany","src_ip":"192.0.2.7","src_port":40000,"dest_ip":"198.51.100.1","dest_port":22,"#,
        r#""proto":"TCP","app_proto":"ssh","community_id":"1:LQU9qZlK+B5F3KDmev6m5PMibrg=","#,
        r#""flow":{"pkts_toserver":12,"pkts_toclient":9,"bytes_toserver":1800,"bytes_toclient":2100,"#,
        r#""start":"2018-05-06T17:44:06.000001+0000","age":3},"host":"sensor-1","#,
        r#""botany":{"id":"ID","model":"article","version":2,"grain":"flow","#,
        r#""probability":0.9375,"threshold":0.5,"contributions":["#,
        r#"{"feature":"packets_in","value":9.0,"contribution":0.25},"#,
        r#"{"feature":"packet_pcr_range","value":"Pure Push","contribution":-0.125}],"#,
        r#""threat":{"usernames":["root","a\n\u001b[2J\u202e\""],"#,
        r#""first_seen":"2018-05-06T17:43:06.000001+0000","last_seen":"2018-05-06T17:44:06.000001+0000"}}}"#,
    );
    assert_eq!(flow_alert().line(), golden.replace("ID", "e73191703abb67fab6721bcd47f8e0b7"));
}

#[test]
fn a_window_is_told_in_these_bytes() {
    let golden = concat!(
        r#"{"timestamp":"2018-05-06T17:44:06.000001+0000","event_type":"botany","#,
        r#""botany":{"id":"ID","model":"population","version":1,"grain":"block","#,
        r#""probability":1.0,"threshold":0.5,"block":"192.0.2.0/24","#,
        r#""window":{"start":"1970-01-01T00:00:00.000000+0000","end":"1970-01-02T00:00:00.000000+0000","flows":17}}}"#,
    );
    assert_eq!(window_alert().line(), golden.replace("ID", "fee4819dd678e94f45644c6cdc55df57"));
}

#[test]
fn the_id_is_of_what_is_alerted_about_and_of_nothing_else() {
    let alert = flow_alert();
    let same = |change: fn(&mut Alert)| {
        let mut other = flow_alert();
        change(&mut other);
        other.id() == alert.id()
    };
    assert!(same(|a| a.botany.version = 3));
    assert!(same(|a| a.botany.probability = 0.6));
    assert!(same(|a| a.botany.threat = None));
    assert!(same(|a| a.flow.as_mut().unwrap().pkts_toserver += 1));
    assert!(!same(|a| a.botany.model = "other".into()));
    assert!(!same(|a| a.flow_id = Some(1)));
    assert!(!same(|a| a.host = Some("sensor-2".into())));
    assert!(!same(|a| a.src_port = None));
    assert!(!same(|a| a.flow.as_mut().unwrap().start = Some(1)));
    // What is one text must not pass for two.
    let two = |host: &str, source: &str| {
        let (host, src_ip) = (Some(host.to_owned()), Some(source.to_owned()));
        Alert { host, src_ip, flow_id: None, ..flow_alert() }.id()
    };
    assert_ne!(two("ab", "c"), two("a", "bc"));

    let window = window_alert();
    let mut later = window_alert();
    later.botany.window.as_mut().unwrap().flows += 1;
    assert_eq!(later.id(), window.id());
    later.botany.window.as_mut().unwrap().end += 1;
    assert_ne!(later.id(), window.id());
}

#[test]
fn it_is_about_the_window_before_the_flow() {
    assert_eq!(flow_alert().source(), "192.0.2.7");
    assert_eq!(window_alert().source(), "192.0.2.0/24");
    assert_eq!(Alert::default().source(), "");
}

#[test]
fn numbers_json_cannot_write_are_words() {
    let mut alert = window_alert();
    alert.botany.probability = f64::NAN;
    alert.botany.contributions = vec![Contribution {
        feature: "age".into(),
        value: FeatureValue::Number(f64::INFINITY),
        contribution: f64::NEG_INFINITY,
    }];
    let line = alert.line();
    assert!(!line.contains("null") && line.contains(r#""value":"inf","contribution":"-inf""#));
    let again = Alert::parse(&line).unwrap();
    assert!(again.botany.probability.is_nan());
    assert_eq!(again.botany.contributions[0].contribution, f64::NEG_INFINITY);
}

#[test]
fn no_time_fails() {
    for (micros, text) in [
        (i64::MIN, "1970-01-01T00:00:00.000000+0000"),
        (i64::MAX, "9999-12-30T22:00:00.999999+0000"),
    ] {
        let line = Alert { timestamp: micros, ..window_alert() }.line();
        assert!(line.contains(text), "{line}");
        assert!(Alert::parse(&line).is_ok());
    }
    let there = window_alert().line().replace("17:44:06.000001+0000", "19:44:06.000001+0200");
    assert_eq!(Alert::parse(&there).unwrap().timestamp, NOON);
}

#[test]
fn what_is_no_alert_is_refused_with_where_to_look() {
    for line in ["", "{", "[]", r#"{"event_type":"flow"}"#, r#"{"timestamp":"yesterday"}"#] {
        let says = Alert::parse(line).unwrap_err().to_string();
        assert!(says.contains("botany watch"), "{says}");
    }
}

/// Any text, with more than its share of what breaks lines and terminals.
fn any_text() -> impl Strategy<Value = String> {
    let chars = prop_oneof![
        any::<char>(),
        prop::char::range('\0', '\u{1f}'),
        prop::char::range('\u{7f}', '\u{9f}'),
        prop::sample::select(vec!['\n', '"', '\\', '\u{2028}', '\u{2029}', '\u{202e}', '\u{feff}']),
    ];
    prop::collection::vec(chars, 0..12).prop_map(String::from_iter)
}

fn any_value() -> impl Strategy<Value = FeatureValue> {
    prop_oneof![
        prop::num::f64::NORMAL.prop_map(FeatureValue::Number),
        any_text().prop_map(FeatureValue::Word),
    ]
}

prop_compose! {
    fn any_said()(
        texts in prop::array::uniform2(any_text()),
        places in prop::array::uniform2(of(any_text())),
        version in any::<u32>(),
        numbers in prop::array::uniform2(prop::num::f64::NORMAL),
        contributions in prop::collection::vec((any_text(), any_value(), prop::num::f64::NORMAL), 0..3),
        names in of(prop::collection::vec(any_text(), 0..3)),
        times in prop::array::uniform2(0..=253_402_207_200_000_000_i64),
        flows in of(any::<u64>()),
    ) -> Said {
        let [model, grain] = texts;
        let [address, block] = places;
        let [start, end] = times;
        let contributions = contributions.into_iter().map(|(feature, value, contribution)| {
            Contribution { feature, value, contribution }
        });
        let threat = names.map(|usernames| Threat { usernames, first_seen: start, last_seen: end });
        Said {
            id: String::new(),
            model, version, grain, address, block, threat,
            probability: numbers[0],
            threshold: numbers[1],
            contributions: contributions.collect(),
            window: flows.map(|flows| Window { start, end, flows }),
        }
    }
}

prop_compose! {
    fn any_alert()(
        times in prop::array::uniform2(0..=253_402_207_200_000_000_i64),
        texts in prop::array::uniform7(of(any_text())),
        flow_id in of(any::<u64>()),
        ports in prop::array::uniform2(of(any::<u16>())),
        counts in of(prop::array::uniform4(any::<u64>())),
        age in of(any::<u64>()),
        botany in any_said(),
    ) -> Alert {
        let [in_iface, src_ip, dest_ip, proto, app_proto, community_id, host] = texts;
        let flow = counts.map(|[out, back, bytes_out, bytes_back]| FlowPart {
            pkts_toserver: out,
            pkts_toclient: back,
            bytes_toserver: bytes_out,
            bytes_toclient: bytes_back,
            start: age.map(|_| times[1]),
            age,
        });
        Alert {
            timestamp: times[0],
            event_type: EventType::Botany,
            src_port: ports[0],
            dest_port: ports[1],
            flow_id, in_iface, src_ip, dest_ip, proto, app_proto, community_id, host, flow, botany,
        }
    }
}

proptest! {
    #[test]
    fn any_text_gives_one_line_that_reads_back(mut alert in any_alert()) {
        let line = alert.line();
        prop_assert!(!line.chars().any(|c| c.is_control() || hidden(c)), "{:?}", line);
        prop_assert!(!line.contains(":null"));
        alert.botany.id = alert.id();
        prop_assert_eq!(Alert::parse(&line).unwrap(), alert);
    }
}
