//! Which of a model's features can a rule ask for, and which not?

use botany_catalog::tcp;

use super::quantity::{Count, Question, Ratio, Side};
use super::targets::Target;

/// What becomes of one feature of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The feature.
    pub feature: String,
    /// Whether rules ask for just this.
    pub exactly: bool,
    /// How it is said, or why it is not.
    pub how: String,
}

/// The questions a list for `target` may ask in place of these features, and what becomes of each.
///
/// Only what the model itself looks at is asked for: a model of packet counts is not told by flags, which would only be
/// noise to it.
pub fn questions<'a>(
    features: impl IntoIterator<Item = &'a str>,
    target: &dyn Target,
) -> (Vec<Question>, Vec<Said>) {
    let mut all: Vec<Question> = Vec::new();
    let mut said = Vec::new();
    for feature in features {
        let (exactly, how, asked) = ways(feature);
        let (can, cannot): (Vec<Question>, Vec<Question>) =
            asked.into_iter().partition(|question| match question {
                Question::Count(count) => target.can_ask(*count),
                _ => true,
            });
        let how = match cannot.as_slice() {
            [] => how,
            _ => format!("Suricata {} has no keyword for bytes of a flow", target.version()),
        };
        said.push(Said { feature: feature.to_owned(), exactly: exactly && cannot.is_empty(), how });
        for question in can {
            if !all.contains(&question) {
                all.push(question);
            }
        }
    }
    (all, said)
}

/// How a feature is asked for: whether exactly, in words, and by which questions.
fn ways(feature: &str) -> (bool, String, Vec<Question>) {
    let packets = || {
        let counts =
            [Count::PacketsOut, Count::PacketsIn, Count::PacketsTotal].map(Question::Count);
        counts.into_iter().chain(Ratio::PCR.map(Question::Ratio)).collect::<Vec<_>>()
    };
    let bytes = || [Count::BytesOut, Count::BytesIn].map(Question::Count).to_vec();
    let exact = |how: &str, asked| (true, how.to_owned(), asked);
    let rough = |how: &str, asked| (false, how.to_owned(), asked);
    if let Some(question) = flag(feature) {
        return exact("a mark on the flow", vec![question]);
    }
    match feature {
        "packets_in" | "packets_out" | "packets_total" => exact("packets are counted", packets()),
        "packet_pcr_range" => {
            exact("its edges as whole numbers: 3o > 7i, o > i, o >= i, 3o >= i", packets())
        }
        "packet_ratio" => {
            rough("by the edges of the PCR ranges and by packets of either side", packets())
        }
        "bytes_in" | "bytes_out" => exact("bytes have a keyword", bytes()),
        "bytes_total" | "bytes_ratio" | "bytes_pcr_range" => {
            rough("by bytes of either side", bytes())
        }
        "age" => exact("seconds have a keyword", vec![Question::Count(Count::Age)]),
        "duration" => rough("by whole seconds", vec![Question::Count(Count::Age)]),
        "packets_per_second" => {
            let age = [Question::Count(Count::Age)];
            rough(
                "no keyword divides: by packets and by seconds",
                packets().into_iter().chain(age).collect(),
            )
        }
        "bytes_per_second" => {
            let age = [Question::Count(Count::Age)];
            rough(
                "no keyword divides: by bytes and by seconds",
                bytes().into_iter().chain(age).collect(),
            )
        }
        "bytes_per_packet_in" | "bytes_per_packet_out" => rough(
            "no keyword divides: by bytes and by packets",
            bytes().into_iter().chain(packets()).collect(),
        ),
        "tcp_flags_ts" | "tcp_flags_tc" => {
            let side = if feature.ends_with("ts") { Side::Client } else { Side::Server };
            let flags = tcp::FLAGS.iter().take(6).map(|(_, bit)| Question::Flag(side, *bit));
            exact("flag by flag, ECE and CWR apart", flags.collect())
        }
        "cluster" | "cluster_distance" => rough(
            "a distance to centroids has no keyword: by what the clusters are made of",
            Vec::new(),
        ),
        "state" | "reason" | "tcp_state" => rough(
            "it is decided when the engine lets go of the flow, after its last packet",
            Vec::new(),
        ),
        "app_proto" => rough("known only within the flow: left out", Vec::new()),
        _ if feature.starts_with("profile_") => {
            rough("what the source did in a day is not known to a rule of one flow", Vec::new())
        }
        _ => rough("no keyword", Vec::new()),
    }
}

/// `ts_fin` and its like, as far as rules ask for them.
fn flag(feature: &str) -> Option<Question> {
    let (side, name) = feature.split_once('_')?;
    let side = match side {
        "ts" => Side::Client,
        "tc" => Side::Server,
        _ => return None,
    };
    let known = tcp::FLAGS.iter().take(6).find(|(flag, _)| flag.eq_ignore_ascii_case(name))?;
    Some(Question::Flag(side, known.1))
}

#[cfg(test)]
mod tests {
    use super::super::targets::find;
    use super::*;

    #[test]
    fn the_articles_features_are_packets_and_cuts() {
        let seven = find("7").unwrap();
        let (asked, said) =
            questions(["packets_total", "packet_pcr_range", "cluster_distance"], seven);
        assert_eq!(asked.len(), 7);
        assert_eq!(said.iter().map(|s| s.exactly).collect::<Vec<_>>(), [true, true, false]);
        assert!(said[2].how.contains("centroids"));
    }

    #[test]
    fn bytes_are_asked_for_where_there_is_a_keyword() {
        let (asked, said) = questions(["bytes_in"], find("7").unwrap());
        assert!(
            asked.is_empty() && !said[0].exactly && said[0].how.contains("Suricata 7"),
            "{said:?}"
        );
        let (asked, said) = questions(["bytes_in"], find("8").unwrap());
        assert!(asked.len() == 2 && said[0].exactly);
    }

    #[test]
    fn profiles_are_beyond_a_rule_and_flags_are_not() {
        let (asked, said) =
            questions(["profile_flows", "tc_rst", "tcp_flags_ts"], find("8").unwrap());
        assert!(!said[0].exactly && said[1].exactly);
        assert_eq!(asked.len(), 7);
        assert_eq!(asked[0], Question::Flag(Side::Server, 4));
    }
}
