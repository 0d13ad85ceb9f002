//! Events as Suricata 7 writes them: the members, their order, and the lengths of real lines.

use std::io::{self, Write};

use super::population::{Flow, Source};
use super::random::Random;

/// A stamp as EVE has it, of microseconds since 1970 UTC.
pub fn stamp(micros: i64) -> String {
    let time = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S.%6f+0000").to_string()
}

/// Where an event happened; the front of every event.
struct Front<'a> {
    time: i64,
    flow_id: u64,
    kind: &'a str,
    source: &'a Source,
    flow: &'a Flow,
}

impl Front<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Front { time, flow_id, kind, source, flow } = self;
        write!(
            out,
            "{{\"timestamp\":\"{}\",\"flow_id\":{flow_id},\"in_iface\":\"eth0\",\"event_type\":\"{kind}\",\
             \"src_ip\":\"{}\",\"src_port\":{},\"dest_ip\":\"{}\",\"dest_port\":{},\"proto\":\"{}\"",
            stamp(*time),
            source.address,
            flow.src_port,
            flow.dest,
            flow.dest_port,
            if flow.tcp { "TCP" } else { "UDP" },
        )
    }
}

/// The end of a flow.
pub fn flow(out: &mut dyn Write, flow_id: u64, source: &Source, flow: &Flow) -> io::Result<()> {
    let end = flow.start + flow.age as i64 * 1_000_000;
    // The flow manager tells of a flow when it is old enough.
    let front = Front { time: end + 61_000_000, flow_id, kind: "flow", source, flow };
    front.write(out)?;
    let app = match flow.dest_port {
        22 => "ssh",
        80 | 8080 => "http",
        443 | 8443 => "tls",
        53 => "dns",
        _ => "failed",
    };
    let state = if flow.packets_in > 3 { "closed" } else { "new" };
    write!(
        out,
        ",\"app_proto\":\"{app}\",\"flow\":{{\"pkts_toserver\":{},\"pkts_toclient\":{},\"bytes_toserver\":{},\
         \"bytes_toclient\":{},\"start\":\"{}\",\"end\":\"{}\",\"age\":{},\"state\":\"{state}\",\
         \"reason\":\"timeout\",\"alerted\":false}}",
        flow.packets_out,
        flow.packets_in,
        flow.bytes_out,
        flow.bytes_in,
        stamp(flow.start),
        stamp(end),
        flow.age,
    )?;
    if flow.tcp {
        let flags = flow.flags_out | flow.flags_in;
        write!(
            out,
            ",\"tcp\":{{\"tcp_flags\":\"{flags:02x}\",\"tcp_flags_ts\":\"{:02x}\",\"tcp_flags_tc\":\"{:02x}\"",
            flow.flags_out, flow.flags_in
        )?;
        for (bit, name) in [(2, "syn"), (1, "fin"), (4, "rst"), (8, "psh"), (16, "ack")] {
            if flags & bit != 0 {
                write!(out, ",\"{name}\":true")?;
            }
        }
        write!(out, ",\"state\":\"{}\"}}", if state == "new" { "syn_sent" } else { "closed" })?;
    }
    writeln!(out, ",\"community_id\":\"1:{:027x}=\"}}", u128::from(flow_id) * 0x9e37_79b9)
}

/// An event of another type, in the mix a sensor at the edge of a network sees.
pub fn other(
    out: &mut dyn Write,
    random: &mut Random,
    flow_id: u64,
    source: &Source,
    flow: &Flow,
) -> io::Result<()> {
    let front = |kind| Front { time: flow.start, flow_id, kind, source, flow };
    let word = random.next();
    match random.below(100) {
        0..32 => {
            front("dns").write(out)?;
            let query = word % 100_000;
            writeln!(
                out,
                ",\"dns\":{{\"type\":\"answer\",\"version\":2,\"id\":{},\"flags\":\"8180\",\"qr\":true,\"rd\":true,\"ra\":true,\
                 \"rrname\":\"host{query}.example.net\",\"rrtype\":\"A\",\"rcode\":\"NOERROR\",\"answers\":[{{\"rrname\":\
                 \"host{query}.example.net\",\"rrtype\":\"A\",\"ttl\":300,\"rdata\":\"198.51.100.{}\"}}],\"grouped\":\
                 {{\"A\":[\"198.51.100.7\"]}}}}}}",
                word & 0xffff,
                word & 0xff
            )
        }
        32..50 => {
            front("http").write(out)?;
            // One in fifty asks for a look-alike of a flow.
            let url = if word.is_multiple_of(50) {
                r#"/?e={\"event_type\":\"flow\",\"dest_port\":22,\"flow\":{\"pkts_toserver\":9}}"#
                    .to_owned()
            } else {
                format!("/assets/{:x}/page.html?session={word:x}", word >> 40)
            };
            writeln!(
                out,
                ",\"tx_id\":0,\"http\":{{\"hostname\":\"www.example.org\",\"url\":\"{url}\",\"http_user_agent\":\"Mozilla/5.0 (X11; \
                 Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\",\"http_content_type\":\"text/html\",\"http_method\":\
                 \"GET\",\"protocol\":\"HTTP/1.1\",\"status\":200,\"length\":{}}}}}",
                word & 0xffff
            )
        }
        50..66 => {
            front("tls").write(out)?;
            writeln!(
                out,
                ",\"tls\":{{\"subject\":\"CN=www.example.com\",\"issuerdn\":\"C=US, O=Example Trust, CN=R3\",\"serial\":\"{word:032X}\",\
                 \"fingerprint\":\"{:040x}\",\"sni\":\"www{}.example.com\",\"version\":\"TLS 1.3\",\"notbefore\":\
                 \"2026-01-01T00:00:00\",\"notafter\":\"2026-12-31T23:59:59\",\"ja3\":{{\"hash\":\"{word:032x}\"}}}}}}",
                u128::from(word) * 77,
                word % 900
            )
        }
        66..76 => {
            front("fileinfo").write(out)?;
            writeln!(
                out,
                ",\"http\":{{\"hostname\":\"www.example.org\",\"url\":\"/f/{word:x}\",\"status\":200}},\"app_proto\":\"http\",\
                 \"fileinfo\":{{\"filename\":\"/f/{word:x}\",\"gaps\":false,\"state\":\"CLOSED\",\"stored\":false,\"size\":{},\"tx_id\":0}}}}",
                word & 0xf_ffff
            )
        }
        76..84 => {
            front("ssh").write(out)?;
            let client =
                random.pick(&["Go", "libssh2_1.4.3", "OpenSSH_9.6", "PUTTY", "dropbear_2014.63"]);
            writeln!(
                out,
                ",\"ssh\":{{\"client\":{{\"proto_version\":\"2.0\",\"software_version\":\"{client}\",\"hassh\":{{\"hash\":\
                 \"{:032x}\",\"string\":\"curve25519-sha256,ecdh-sha2-nistp256;aes128-ctr;hmac-sha2-256;none\"}}}},\
                 \"server\":{{\"proto_version\":\"2.0\",\"software_version\":\"OpenSSH_9.2p1\"}}}}}}",
                client.len() as u128 * 0x1234_5678_9abc_def1
            )
        }
        84..93 => {
            front("alert").write(out)?;
            let sid = 2_000_000 + word % 400;
            writeln!(
                out,
                ",\"alert\":{{\"action\":\"allowed\",\"gid\":1,\"signature_id\":{sid},\"rev\":3,\"signature\":\"ET SCAN Potential \
                 scan {sid}\",\"category\":\"Attempted Information Leak\",\"severity\":2,\"metadata\":{{\"created_at\":\
                 [\"2010_07_30\"],\"updated_at\":[\"2019_07_26\"]}}}},\"direction\":\"to_server\",\"flow\":{{\"pkts_toserver\":{},\
                 \"pkts_toclient\":{},\"bytes_toserver\":{},\"bytes_toclient\":{},\"start\":\"{}\",\"src_ip\":\"{}\",\
                 \"dest_ip\":\"{}\",\"src_port\":{},\"dest_port\":{}}}}}",
                flow.packets_out,
                flow.packets_in,
                flow.bytes_out,
                flow.bytes_in,
                stamp(flow.start),
                source.address,
                flow.dest,
                flow.src_port,
                flow.dest_port
            )
        }
        93..99 => {
            front("anomaly").write(out)?;
            writeln!(
                out,
                ",\"anomaly\":{{\"app_proto\":\"http\",\"type\":\"applayer\",\"event\":\"UNABLE_TO_MATCH_RESPONSE_TO_REQUEST\",\
                 \"layer\":\"proto_parser\"}}}}"
            )
        }
        _ => writeln!(
            out,
            "{{\"timestamp\":\"{}\",\"event_type\":\"stats\",\"stats\":{{\"uptime\":{},\"capture\":{{\"kernel_packets\":{word}}}}}}}",
            stamp(flow.start),
            word & 0xffff
        ),
    }
}
