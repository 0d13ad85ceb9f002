//! What to do next: three commands to copy.

use std::path::Path;

use botany_enrich::threat::Rules;

use crate::recipe::Recipe;
use crate::report::model::Step;

/// The next steps on a data directory in which this recipe was followed.
pub fn steps(data: &Path, recipe: &Recipe) -> Vec<Step> {
    let data = quoted(&data.display().to_string());
    let (model, rules) = (&recipe.watch.model, &recipe.enrich.threat);
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
    let last = if !model.is_empty() {
        step(
            "test this model on data it has never seen",
            format!("botany validate {model} --on mine --data {data}"),
        )
    } else if is_built_in(recipe) {
        step(
            "follow this recipe over your own data",
            format!("botany run {} --data mine", recipe.name),
        )
    } else {
        step(
            "follow this recipe over your own data: it lies as recipe.toml in the experiment's folder",
            "botany run recipe.toml --data mine".to_owned(),
        )
    };
    steps.insert(1, last);
    steps
}

/// Whether a built-in recipe of its name asks for the same.
fn is_built_in(recipe: &Recipe) -> bool {
    let of = |recipe: &Recipe| serde_json::to_value(recipe).ok();
    Recipe::find(&recipe.name).is_ok_and(|(found, _)| of(&found) == of(recipe))
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
        let (mut recipe, _) = Recipe::find("article").unwrap();
        recipe.enrich.threat = Rules::default();
        let steps = steps(Path::new("my data"), &recipe);
        assert_eq!(steps.len(), 3);
        assert!(steps[1].command.contains("--data 'my data'"));
        assert_eq!(steps[2].command, "botany enrich threat --data 'my data'");
        let own = Rules { min_names: 5, window_hours: 1, ..Rules::default() };
        assert_eq!(flags(&own), " --min-names 5 --within-hours 1");
    }

    #[test]
    fn a_recipe_of_ones_own_is_not_taken_for_the_built_in_one_of_its_name() {
        let (mut recipe, _) = Recipe::find("article").unwrap();
        recipe.watch.model = String::new();
        let told = |recipe: &Recipe| steps(Path::new("data"), recipe)[1].command.clone();
        assert_eq!(told(&recipe), "botany run recipe.toml --data mine");
        let (mut built_in, _) = Recipe::find("population").unwrap();
        assert!(is_built_in(&built_in));
        built_in.learn.seed += 1;
        assert!(!is_built_in(&built_in));
    }
}
