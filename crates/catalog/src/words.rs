//! The words of the house, each in a sentence or two: what pages explain where they use them, and `docs/words.md`
//! lists.

mod learning;

use std::fmt::Write as _;
use std::sync::LazyLock;

/// A word, and what it means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// Other forms that mean the same, such as its plural.
    pub forms: &'static [&'static str],
    /// What it means here.
    pub says: &'static str,
}

const fn word(name: &'static str, forms: &'static [&'static str], says: &'static str) -> Word {
    Word { name, forms, says }
}

/// What overlapping intervals mean: less than one would like. Two intervals of 95 % may overlap though the difference
/// of both is beyond chance; none of it was tested.
macro_rules! overlap {
    () => {
        "Overlapping intervals alone do not settle which of two is better."
    };
}

/// What overlapping intervals mean, in a sentence.
pub const OVERLAP: &str = overlap!();

/// Every word, by alphabet but for the ranges of the ratio, which stand together.
pub static ALL: LazyLock<Vec<Word>> = LazyLock::new(|| {
    let mut all = [OF_EVERY_ROOM, learning::WORDS].concat();
    let ranges = crate::pcr::RANGES;
    all.sort_by_cached_key(|word| {
        let name = if ranges.contains(&word.name) { "Pure Push" } else { word.name };
        name.to_lowercase()
    });
    all
});

const OF_EVERY_ROOM: &[Word] = &[
    word(
        "alert",
        &["alerts", "alerted"],
        "In a sensor's log: one of the sensor's own rules matched. Of this tool: a model gave a row, such as a flow, label 1 while logs were read; the line says who, when, with what probability and why.",
    ),
    word(
        "attempts",
        &["attempts with a dictionary name", "log-in attempts with a dictionary name"],
        "On the threat list: log-in attempts with a name of the rule's dictionary. The page of an address counts its attempts of any name as well, and the lines they stand in, which are again another number.",
    ),
    word(
        "autonomous system",
        &["autonomous systems"],
        "AS for short: the network of one operator, such as a provider, by number and name. It is known only where a database of them is configured (`databases.asn`), and no feature is made of it.",
    ),
    word(
        "baseline",
        &[],
        "What an answer that looks at no feature gets on the same rows: for each measure the best of such answers, for F1 that of calling every row 1. A model that is not better in F1 or average precision has learnt nothing; in other measures, such as recall, calling every row 1 is hard to beat.",
    ),
    word(
        "bin",
        &["bins", "max_bins"],
        "A stretch of a number's values that a tree treats as one value when it looks for its best question. Few bins are faster and coarser.",
    ),
    word(
        "BLAKE3",
        &[],
        "A fingerprint of a file or of rows: the same bytes have the same one, and no two others are known that have.",
    ),
    word(
        "block",
        &["blocks"],
        "A range of neighbouring addresses, such as 192.0.2.0/24: the 256 IPv4 addresses that share their first three numbers, or an IPv6 /64.",
    ),
    word(
        "Brier score",
        &["Brier"],
        "The mean squared distance between the probabilities and the labels: 0 is perfect. It matters where the probability itself is used and not only the call.",
    ),
    word(
        "brush",
        &["brushed", "brushing"],
        "Dragging over points of a plot to choose their rows: every plot shows the chosen rows in full colour, and a table lists them.",
    ),
    word(
        "card",
        &["cards"],
        "What is kept with a model: recipe, features, evidence, doubts and the threshold it calls rows by.",
    ),
    word(
        "centroid",
        &["centroids", "centre", "centres"],
        "The middle of a cluster: the mean of its rows in every feature.",
    ),
    word(
        "class weight",
        &["class_weight"],
        "`balanced` lets both labels count alike while a model learns, whichever of them has fewer rows; `none` counts every row once, so that a model learns most from the label with more rows.",
    ),
    word(
        "closed rule",
        &[],
        "How packets become a PCR range: closed means that every flow has one, Pure Pull where the client sent nothing, Empty without packets. The article's own rule leaves such flows without a range, which its table shows.",
    ),
    word(
        "cluster",
        &["clusters", "clustering"],
        "Rows that resemble each other, found without looking at the label.",
    ),
    word(
        "cluster_distance",
        &[],
        "The squared distance of a row to the centre of its own cluster: large means unlike the others. The article handed it to its forest.",
    ),
    word("confusion matrix", &[], "Rows counted by their label and by what the model called them."),
    word(
        "degrees of freedom",
        &[],
        "How many different things the features say of a row. A feature that can be computed from others adds none: a model whose six features all come from two packet counts knows two numbers of a row, however many names they have.",
    ),
    word("dictionary", &["dictionaries"], "User names and passwords a botnet is known to try."),
    word(
        "doubt",
        &["doubts"],
        "A way in which a result may be wrong, tested on the data. It is `fine` (does not hold), a `note`, a `caution` (read the numbers with it in mind) or `serious` (they cannot be believed).",
    ),
    word(
        "effective number",
        &["weigh like"],
        "How many equally busy addresses would tell as much as those there are. If one address sent most rows, a thousand addresses may weigh like ten: intervals are wider than the number of rows suggests.",
    ),
    word(
        "elbow",
        &["elbows"],
        "The number of clusters from which on inertia falls only slowly, seen as a bend in its curve: more clusters than that tell little more.",
    ),
    word(
        "EVE",
        &[],
        "The log of JSON lines that Suricata, a network sensor, writes: flows, alerts and more.",
    ),
    word(
        "evidence line",
        &["evidence lines"],
        "The files and lines by which the source came to be listed: the first that showed as many new names or pairs as the rule asks for, five at most. There are more attempts than that, and may be more names.",
    ),
    word(
        "experiment",
        &["experiments"],
        "A recipe that was followed: its rows, its report, and what it said of each row it had not learnt from. It judges nothing until its model is saved.",
    ),
    word(
        "F1",
        &["F1 of label 0"],
        "One number for precision and recall together (of label 1, if no label is said): high only if both are. Which is enough hangs on what a false alarm costs; it must at least be above the baseline's.",
    ),
    word(
        "false positive rate",
        &["false alarms"],
        "Of the rows of label 0, the share that is called 1: false alarms, as far as the label is right. With very many rows of label 0, a small rate is many alerts: see alerts a day.",
    ),
    word(
        "feature",
        &["features"],
        "A number or word that is known of a row and can be learnt from, such as the packets a flow sent.",
    ),
    word("fit", &["fitted"], "Learning from rows: a model is fitted to them."),
    word(
        "flow",
        &["flows"],
        "A conversation between two addresses and ports, with its packets and bytes in both directions.",
    ),
    word(
        "fold",
        &["folds"],
        "A share of the rows that is held back once: a model learns from the others and is tested on it.",
    ),
    word(
        "grain",
        &[],
        "What one row is: a flow, what an address did in a day, or what a block did in a day.",
    ),
    word(
        "half-life",
        &["fades", "fading"],
        "How fast an entry of a list that leaves fades: its probability halves with every 24 hours since it was last seen (`--half-life-hours`), until it is stale and gone.",
    ),
    word(
        "importance",
        &["importances", "permutation importance"],
        "How much of its telling labels apart a model owes to a feature, as a share of all. It says what the model looks at, not what causes an attack. By permutation: how much worse it gets if the feature's values are shuffled among the rows.",
    ),
    word(
        "in force",
        &[],
        "The version that is used where a model is named without one, as in `botany watch NAME`. A newly saved version is in force at once; an earlier one can be put back.",
    ),
    word(
        "inertia",
        &[],
        "How tight clusters are: the squared distances of all rows to the centres of their clusters, added up. The number itself is neither good nor bad, as it grows with the rows and with large features: it compares only runs over the same rows and features, scaled alike, and less is tighter. The share of the spread that is left says how much that is. It falls with every further cluster, so only the bend of its fall, the elbow, says how many to take.",
    ),
    word(
        "interval",
        &["intervals", "interval of 95 %", "intervals of 95 %", "95 % intervals"],
        concat!(
            "The two numbers in brackets. Another sample of addresses would have given another value: in about 95 of 100 cases one between these two. It is found by drawing the addresses anew many times, each with all its rows, and measuring again. ",
            overlap!()
        ),
    ),
    word("is_mirai", &["isMirai"], "The column of the label, as the article named it: 1 or 0."),
    word(
        "k",
        &[],
        "The number of clusters that is asked for. It is a choice: the sweep shows what others give.",
    ),
    word(
        "L2 penalty",
        &[],
        "What a regression pays for large weights, so that it does not follow chance. More of it is more caution.",
    ),
    word(
        "label",
        &["labels"],
        "What a row is known to be. Label 1: its source is on the threat list around that time. Label 0: it was not seen trying such names, which does not make it harmless.",
    ),
    word(
        "label 1",
        &["labelled 1"],
        "The row's source was seen trying a botnet's names around that time: by the rule that stands beside it, it is on the threat list. Another rule lists other sources, so the same rows can have more or fewer of label 1.",
    ),
    word(
        "label permutation",
        &["label_permutation"],
        "A test of the judging itself: labels are dealt to the addresses anew, by chance, so that nothing is left to learn. What is still found then is a fault of the way of testing. It takes a fit each time, so it is done only where the recipe asks for it (`permutations`).",
    ),
    word(
        "leaf",
        &["leaves", "node", "nodes"],
        "Where the questions of a tree end: a leaf answers with the share of label 1 among the rows that came to it while the tree learnt. Each question on the way is a node.",
    ),
    word(
        "leak",
        &["leaks", "leaking"],
        "A split leaks if the same address stands on both sides: the model may know the address again instead of the behaviour, and looks better than it is.",
    ),
    word(
        "linear rank",
        &["linear ranks"],
        "How many of some numbers are left if those that are sums of others (each times a fixed number) are struck out: a total of two counts adds nothing, a ratio of them does, as it is no sum. It matters where many features are listed and few are new.",
    ),
    word(
        "list score",
        &["list scores"],
        "How sure an entry of a list that leaves is, from 1 to 127 as Suricata's IP reputation has it: 127 times its probability (of a listed source what chance leaves of its threat score), faded with time. The rules that come with the list alert above 31.",
    ),
    word(
        "log-in",
        &["log-ins", "login", "logins", "log-in attempts"],
        "A line of a server or a honeypot about an attempt to log in. A line such as `message repeated 5 times` counts as five attempts, one that only names a user as none: lines and attempts are different numbers.",
    ),
    word(
        "log loss",
        &["logarithmic loss"],
        "How far the probabilities are from the labels, averaged over all rows: 0 is perfect, and being sure of the wrong answer costs most. It matters where the probability itself is used.",
    ),
    word(
        "Matthews",
        &["Matthews correlation"],
        "How far calls and labels go together: 1 always, 0 as by chance, −1 never. It counts both labels, so a rare label 1 does not flatter it.",
    ),
    word("max_depth", &[], "How many questions in a row a tree may ask; 0 sets no bound."),
    word(
        "median",
        &[],
        "The value in the middle when rows are sorted: half of them have less, half have more.",
    ),
    word(
        "Mirai",
        &[],
        "A botnet of cameras and routers that spreads by trying known user names and passwords over telnet and SSH.",
    ),
    word(
        "model",
        &["models"],
        "What was learnt, with all that happens to a row before it: asked about a row, it gives the probability of label 1.",
    ),
    word(
        "out-of-bag",
        &["out of bag"],
        "Rows that a tree of a forest was not grown on, because its draw left them out: about a third. They test the tree without rows being held back, but they may share addresses with those it saw.",
    ),
    word(
        "pair",
        &["pairs"],
        "A user name together with its password, both of the dictionary. SSH servers log no password, so that their sources have 0 pairs; honeypots give them.",
    ),
    word(
        "PCA",
        &["principal components"],
        "A flat view of many columns: it looks along the two directions in which the rows differ most. Points that lie together resemble each other; the axes are mixtures of columns and have no unit.",
    ),
    word(
        "PCR",
        &["producer/consumer ratio", "packet_ratio"],
        "The producer/consumer ratio, (out − in) / (out + in) of a flow's packets: 1 only sent, −1 only received, 0 even.",
    ),
    word(
        "PCR range",
        &["packet_pcr_range", "PCR ranges"],
        "The PCR in five words, by the packets the client sent (out) and got (in): Pure Push, 70:30 Export, Balanced Exchange, 3:1 Import, Pure Pull; Empty without packets.",
    ),
    word(
        "precision",
        &["precision of label 0"],
        "Of the rows called 1, the share that is of label 1. Of label 0: of the rows called 0, the share that is of label 0.",
    ),
    word(
        "prevalence",
        &[],
        "The share of label 1 among the rows. Precision hangs on it: where label 1 is rarer than in the rows of a test, fewer of the calls are right.",
    ),
    word(
        "profile",
        &["profiles"],
        "What an address or a block did in a window of 24 hours, in numbers: flows, ports, peers, packets.",
    ),
    word("Pure Push", &[], "Almost only sent: more than 7 packets out for every 3 in."),
    word("70:30 Export", &[], "More sent than received, up to 7 packets out for every 3 in."),
    word("Balanced Exchange", &[], "As many packets out as in."),
    word("3:1 Import", &[], "More received than sent, up to 3 packets in for each one out."),
    word("Pure Pull", &[], "Almost only received: more than 3 packets in for each one out."),
    word(
        "recall",
        &["recall of label 0"],
        "Of the rows of label 1, the share that is called 1. Of label 0: of the rows of label 0, the share that is called 0.",
    ),
    word(
        "recall at 1 % false alarms",
        &["recall at 1 % false positives"],
        "The share of label 1 that is found while one row of label 0 in a hundred is called 1: what a model finds where false alarms must be few.",
    ),
    word(
        "recipe",
        &["recipes"],
        "One text that says the whole way: which rows, what label 1 means, what is learnt by what, and how it is judged.",
    ),
    word(
        "registration",
        &["registrations"],
        "Which of the five registries of the world's addresses (such as RIPE NCC or APNIC) the address belongs to, by IANA's tables. It tells a region, no owner.",
    ),
    word(
        "registry",
        &[],
        "Where models are kept, in numbered versions that never change, each with its card.",
    ),
    word(
        "ROC",
        &["ROC AUC"],
        "The curve of rows rightly called 1 over rows wrongly called 1, over all thresholds. ROC AUC is the area below it: 1 is perfect, 0.5 is guessing, below 0.5 is ranked the wrong way round.",
    ),
    word(
        "same name told before",
        &[],
        "A line that repeats the user name of an attempt which another line of the same log-in has told already: counted as read, and not as one more attempt.",
    ),
    word(
        "sample",
        &["sampled"],
        "The rows that are learnt from: all of them, or as many as asked for, drawn by chance.",
    ),
    word(
        "says the label",
        &[],
        "Marked on a feature that is made of log-ins, as the label is: a model would learn the rule and nothing of the traffic, so a recipe that asks for it is refused.",
    ),
    word(
        "scale",
        &["scaled", "scaling"],
        "Bringing every feature to the same spread before distances are taken. Without it a feature in large numbers, such as packets, decides nearly alone; with it all count alike. The article did not scale.",
    ),
    word(
        "seed",
        &[],
        "The number all chance begins with: the same seed gives the same result. Which one does not matter: a result that changes much with another seed should not be believed.",
    ),
    word(
        "silhouette",
        &[],
        "How much nearer rows are to their own cluster than to the next one: 1 is well apart, 0 is no difference. As a rule of thumb, from 0.5 on clusters are clear, and below 0.25 hardly there.",
    ),
    word("SID", &["SIDs"], "The number of a Suricata rule."),
    word(
        "split",
        &["splits"],
        "How rows are divided into those learnt from and those tested on: by row, by address, by block or by time.",
    ),
    word(
        "stale",
        &[],
        "Not seen again for longer than the rule allows (24 hours unless it says otherwise): addresses change hands, so it is not listed any more.",
    ),
    word(
        "stands out",
        &["most unusual cluster", "most unusual"],
        "Of a clustering: the cluster whose centre lies furthest from the mean of all rows. It is where to look first, and says nothing of the label.",
    ),
    word(
        "Suricata",
        &[],
        "An open network sensor: it watches packets, writes flows and alerts as EVE, and can match lists and rules.",
    ),
    word(
        "the article",
        &["as the article"],
        "The analysis this tool began with: an analyst joined failed log-ins with Mirai's user names to the flows of Suricata on port 22 (SSH), made clusters, and handed them to a random forest.",
    ),
    word(
        "threat list",
        &["threat lists"],
        "The sources a rule lists: those whose log-ins showed enough of a dictionary within some hours. Another rule lists others, so the rule stands beside the list. No proof of a botnet.",
    ),
    word(
        "threat score",
        &["threat scores", "threat score in bits"],
        "How strongly a source's names and pairs point to the dictionary, in bits, added up over each distinct one: each bit halves the odds of chance. It stands on the threat list and has no upper end; the list score is another number.",
    ),
    word(
        "threshold",
        &["thresholds"],
        "The probability from which a model calls a row 1. Lower finds more and alarms more. It is kept with the model.",
    ),
    word(
        "version",
        &["versions"],
        "A model as it was saved once, numbered v0001, v0002, …; it never changes.",
    ),
    word(
        "window",
        &["windows"],
        "A stretch of time over which something is summed up: 24 hours, unless said otherwise.",
    ),
    word(
        "year",
        &[],
        "Stamps of syslog such as `Nov 24 15:06:40` name no year. Unless it is given, the year of the first stamp is inferred so that no line lies in the future, and December to January goes on to the next.",
    ),
];

/// All of them as a page of Markdown.
pub fn markdown() -> String {
    let mut page = String::from("| word | what it means here |\n|---|---|\n");
    for Word { name, says, .. } in ALL.iter() {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| {name} | {says} |");
    }
    page
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_form_leads_to_one_word_and_every_word_is_a_sentence() {
        let mut seen = BTreeSet::new();
        for Word { name, forms, says } in ALL.iter() {
            for form in forms.iter().chain([name]) {
                assert!(seen.insert(form.to_lowercase()), "{form} stands twice");
            }
            assert!(says.ends_with('.') && !says.contains('|'), "{name}: {says}");
        }
    }

    #[test]
    fn the_ranges_of_the_ratio_are_explained() {
        for range in crate::pcr::RANGES {
            assert!(
                range == "Empty" || ALL.iter().any(|word| word.name == range),
                "{range} is no word"
            );
        }
    }
}
