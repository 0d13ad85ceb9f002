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
            "see why an address is on the threat list",
            format!("botany enrich threat {} --data {data}", flags(rules)),
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

/// Rules as `botany enrich threat` takes them.
fn flags(rules: &Rules) -> String {
    let mut flags = format!(
        "--dictionary {} --min-names {} --min-pairs {} --services {} --within-hours {} --outcomes {}",
        quoted(&rules.dictionary),
        rules.min_names,
        rules.min_pairs,
        rules.services.join(","),
        rules.window_hours,
        rules.outcomes.name()
    );
    for network in &rules.allow {
        flags += &format!(" --allow {network}");
    }
    flags
}

/// A path as a shell reads it.
fn quoted(path: &str) -> String {
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
        assert!(steps[2].command.contains("--dictionary mirai --min-names 2"));
    }
}
