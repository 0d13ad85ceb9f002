//! What to do next: three commands to copy.

use std::path::Path;

use botany_enrich::threat::Rules;

use crate::report::model::Step;

/// The next steps on a data directory with this model in its registry.
pub fn steps(data: &Path, model: &str, rules: &Rules) -> Vec<Step> {
    let data = quoted(&data.display().to_string());
    let step = |why: &str, command: String| Step { why: why.to_owned(), command };
    let mut steps = vec![
        step(
            "read your own sensor's logs into a data directory",
            "botany collect --data mine /var/log/suricata/eve.json /var/log/auth.log".to_owned(),
        ),
        step(
            "see why an address is on the threat list, by this recipe's rule",
            format!("botany enrich threat{} --data {data}", flags(rules)),
        ),
    ];
    let last = if model.is_empty() {
        step("follow the recipe over your own data", "botany run article --data mine".to_owned())
    } else {
        step(
            "test this model on data it has never seen",
            format!("botany validate {model} --on mine --data {data}"),
        )
    };
    steps.insert(1, last);
    steps
}

/// What of the rules `botany enrich threat` has to be told: what differs from its own.
pub(super) fn flags(rules: &Rules) -> String {
    let usual = Rules::default();
    let mut flags = String::new();
    let mut tell = |differs: bool, name: &str, value: String| {
        if differs {
            flags += &format!(" --{name} {value}");
        }
    };
    tell(rules.dictionary != usual.dictionary, "dictionary", quoted(&rules.dictionary));
    tell(rules.min_names != usual.min_names, "min-names", rules.min_names.to_string());
    tell(rules.min_pairs != usual.min_pairs, "min-pairs", rules.min_pairs.to_string());
    tell(rules.services != usual.services, "services", rules.services.join(","));
    tell(rules.window_hours != usual.window_hours, "within-hours", rules.window_hours.to_string());
    tell(rules.expiry_hours != usual.expiry_hours, "expiry-hours", rules.expiry_hours.to_string());
    tell(rules.outcomes != usual.outcomes, "outcomes", rules.outcomes.name().to_owned());
    for network in &rules.allow {
        tell(true, "allow", network.to_string());
    }
    flags
}

/// A path as a shell reads it.
pub fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_commands_and_a_path_with_blanks_survives_the_shell() {
        let steps = steps(Path::new("my data"), "article", &Rules::default());
        assert_eq!(steps.len(), 3);
        assert!(steps[1].command.contains("--data 'my data'"));
        assert_eq!(steps[2].command, "botany enrich threat --data 'my data'");
        let own = Rules { min_names: 5, window_hours: 1, ..Rules::default() };
        assert_eq!(flags(&own), " --min-names 5 --within-hours 1");
    }
}
