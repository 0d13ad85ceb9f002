//! Whose rule says who is listed: the usual one, a model's, an experiment's.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use botany_enrich::threat::Rules;
use botany_watch::{Card, ModelName};

use super::keep::{experiment, registry};
use super::next::flags;
use crate::recipe::Recipe;

/// A rule with its owner.
#[derive(Clone, Debug)]
pub struct Rule {
    /// How it is asked for: `usual`, `model:NAME`, `experiment:ID`; empty for one that was put together.
    pub asked: String,
    /// Whose it is, in words that follow "listed by".
    pub whose: String,
    /// The rule.
    pub rules: Rules,
}

impl Rule {
    /// The rule where nobody chose one.
    pub fn usual() -> Rule {
        Rule {
            asked: "usual".to_owned(),
            whose: "the default rule".to_owned(),
            rules: Rules::default(),
        }
    }

    /// The rule of a model's own recipe.
    ///
    /// # Errors
    ///
    /// If the card's recipe cannot be read any more.
    pub fn of_model(card: &Card) -> Result<Rule> {
        let recipe =
            Recipe::parse(&card.recipe, &card.name).context("the model's card is damaged")?;
        let name = ModelName { name: card.name.clone(), version: Some(card.version) };
        Ok(Rule {
            asked: format!("model:{name}"),
            whose: format!("the log-in rule of model {name}"),
            rules: recipe.enrich.threat,
        })
    }

    /// The rule that is asked for: `usual` (or nothing), `model:NAME`, `experiment:ID`.
    ///
    /// # Errors
    ///
    /// If there is no such model or experiment.
    pub fn find(asked: &str, data: &Path) -> Result<Rule> {
        match asked.split_once(':') {
            None if asked.is_empty() || asked == "usual" => Ok(Rule::usual()),
            Some(("model", name)) => Rule::of_model(&registry(data).card(&name.parse()?)?),
            Some(("experiment", id)) => {
                let text = std::fs::read_to_string(experiment(data, id)?.join("recipe.toml"));
                let text = text.with_context(|| format!("experiment {id} has no recipe"))?;
                Ok(Rule {
                    asked: asked.to_owned(),
                    whose: format!("the rule of experiment {id}"),
                    rules: Recipe::parse(&text, id)?.enrich.threat,
                })
            }
            _ => bail!("`{asked}` names no rule: say usual, model:NAME or experiment:ID"),
        }
    }

    /// The same with other settings, if they are others.
    pub fn changed(self, rules: Rules) -> Rule {
        if rules == self.rules {
            return self;
        }
        Rule { asked: String::new(), whose: "the rule chosen here".to_owned(), rules }
    }

    /// What `botany enrich threat` has to be told to list by it, and `botany watch list` without a model; empty for the
    /// usual one.
    pub fn flags(&self) -> String {
        flags(&self.rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_named_by_whose_it_is() {
        let data = tempfile::tempdir().unwrap();
        let find = |asked: &str| Rule::find(asked, data.path());
        assert_eq!(find("").unwrap().whose, find("usual").unwrap().whose);
        for asked in ["model:none", "experiment:none", "experiment:..", "mood", "mood:x"] {
            assert!(find(asked).is_err(), "{asked}");
        }
        let folder = data.path().join("experiments/one");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("recipe.toml"), crate::recipe::BUILT_IN[0].1).unwrap();
        let own = find("experiment:one").unwrap();
        assert_eq!((own.rules.dictionary.as_str(), own.rules.min_names), ("article-2016", 1));
        assert!(own.flags().starts_with(" --dictionary article-2016 --min-names 1"));
        let same = own.clone().changed(own.rules.clone());
        assert_eq!(same.whose, "the rule of experiment one");
        let other = own.changed(Rules::default());
        assert_eq!((other.whose.as_str(), other.flags().as_str()), ("the rule chosen here", ""));
    }
}
