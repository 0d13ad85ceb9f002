//! The rules of the list, as one reads and sets them.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::dictionaries::{self, Dictionary};

/// When is a source listed?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// The dictionary: the name of a built-in one, or the path of a CSV file. Default `mirai`.
    pub dictionary: String,
    /// Distinct dictionary names a source must show within the window; 0 asks for none. Default 2: one
    /// name alone is `root` more often than not, which every guesser tries.
    pub min_names: u32,
    /// Distinct dictionary pairs that list a source as well, whatever its names; 0 asks for none.
    /// Default 2. SSH servers log no password: pairs come from honeypots.
    pub min_pairs: u32,
    /// The services whose logins count: `ssh`, `telnet`, or `any`. Default `any`.
    pub services: Vec<String>,
    /// Length of the sliding window in hours, ends included. Default 24.
    pub window_hours: u32,
    /// Networks that are never listed, such as one's own. Default none.
    pub allow: Vec<IpNet>,
    /// Hours after its last line at which an entry is stale. Default 24: addresses change hands.
    pub expiry_hours: u32,
    /// Which log-in outcomes count. Default [`Outcomes::FailedOrTelnet`].
    pub outcomes: Outcomes,
}

/// Which log-in outcomes count as evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcomes {
    /// Failed ones only.
    Failed,
    /// Failed ones, and accepted ones over telnet: a telnet honeypot lets some in by design, while an
    /// accepted SSH log-in is most likely somebody's own.
    #[default]
    FailedOrTelnet,
    /// Failed and accepted ones alike.
    Any,
}

impl Outcomes {
    /// Its name in a recipe or on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Outcomes::Failed => "failed",
            Outcomes::FailedOrTelnet => "failed-or-telnet",
            Outcomes::Any => "any",
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            dictionary: "mirai".to_owned(),
            min_names: 2,
            min_pairs: 2,
            services: vec!["any".to_owned()],
            window_hours: 24,
            allow: Vec::new(),
            expiry_hours: 24,
            outcomes: Outcomes::default(),
        }
    }
}

impl Rules {
    /// The statement that says what the list is: its answer is the rows of [`super::build`], in their order.
    ///
    /// # Errors
    /// [`Error::Setting`] for rules that cannot be meant, and the dictionary's.
    pub fn sql(&self) -> Result<String, Error> {
        Ok(super::statement::sql(self, &self.checked()?))
    }

    /// The dictionary of rules that can be meant.
    pub(super) fn checked(&self) -> Result<Dictionary, Error> {
        self.check()?;
        let dictionary = dictionaries::resolve(&self.dictionary)?;
        if self.min_names == 0 && dictionary.stats().pairs == 0 {
            return Err(Error::Setting(format!(
                "dictionary `{}` holds names only, so no pair can be seen; set min-names above 0",
                self.dictionary
            )));
        }
        Ok(dictionary)
    }

    /// The statement that counts `attempts` and `lines` of the log-ins with a dictionary name that these rules count,
    /// where a condition over table `login` holds. Of a listed source the attempts are those of the list.
    ///
    /// # Errors
    /// The dictionary's.
    pub fn attempts_sql(&self, own: &str) -> Result<String, Error> {
        let dictionary = dictionaries::resolve(&self.dictionary)?;
        Ok(super::statement::with_a_name(self, &dictionary, own))
    }

    /// The rules in a sentence.
    pub fn describe(&self) -> String {
        let mut least = Vec::new();
        if self.min_names > 0 {
            least.push(distinct(self.min_names, "name"));
        }
        if self.min_pairs > 0 {
            least.push(distinct(self.min_pairs, "pair"));
        }
        let outcomes = match self.outcomes {
            Outcomes::Failed => "failed log-ins",
            Outcomes::FailedOrTelnet => "failed log-ins (over telnet, accepted ones too)",
            Outcomes::Any => "failed or accepted log-ins",
        };
        let never = match self.allow.as_slice() {
            [] => String::new(),
            [one] => format!(", unless it lies in {one}"),
            [one, more @ ..] => {
                format!(", unless it lies in {one} or one of {} other networks", more.len())
            }
        };
        format!(
            "a source is listed if its {outcomes} over {} show at least {} of dictionary `{}` within {} hours{never}",
            self.named_services().map_or_else(|| "any service".to_owned(), |all| all.join(", ")),
            least.join(" or "),
            self.dictionary,
            self.window_hours
        )
    }

    /// The services that count, or `None` for any.
    pub(super) fn named_services(&self) -> Option<&[String]> {
        (!self.services.iter().any(|s| s == "any")).then_some(self.services.as_slice())
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |text: &str| Err(Error::Setting(text.to_owned()));
        if self.min_names == 0 && self.min_pairs == 0 {
            return wrong(
                "these rules would list every source; set min-names or min-pairs above 0",
            );
        }
        if self.window_hours == 0 {
            return wrong("a window of 0 hours holds nothing; set window-hours to 1 or more");
        }
        if self.services.is_empty() {
            return wrong("no service is named; set services to ssh, telnet or any");
        }
        match self.services.iter().find(|s| !["ssh", "telnet", "any"].contains(&s.as_str())) {
            Some(other) => {
                wrong(&format!("there is no service `{other}`; there are ssh, telnet and any"))
            }
            None => Ok(()),
        }
    }
}

/// `1 name`, `2 distinct names`.
fn distinct(least: u32, what: &str) -> String {
    if least == 1 { format!("1 {what}") } else { format!("{least} distinct {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(rules: Rules) -> String {
        rules.sql().unwrap_err().to_string()
    }

    #[test]
    fn rules_that_cannot_be_meant_are_refused_with_a_next_step() {
        let base = Rules::default;
        assert!(refusal(Rules { min_names: 0, min_pairs: 0, ..base() }).contains("min-names"));
        assert!(refusal(Rules { window_hours: 0, ..base() }).contains("window-hours"));
        assert!(refusal(Rules { services: vec![], ..base() }).contains("services"));
        assert!(refusal(Rules { services: vec!["ftp".into()], ..base() }).contains("`ftp`"));
        let names_only = Rules { dictionary: "article-2016".into(), min_names: 0, ..base() };
        assert!(refusal(names_only).contains("names only"));
        assert!(
            refusal(Rules { dictionary: "mira".into(), ..base() }).contains("did you mean `mirai`")
        );
    }

    #[test]
    fn the_sentence_says_what_the_statement_does() {
        let rules = Rules { min_pairs: 0, services: vec!["ssh".into()], ..Rules::default() };
        assert_eq!(
            rules.describe(),
            "a source is listed if its failed log-ins (over telnet, accepted ones too) over ssh show at \
             least 2 distinct names of dictionary `mirai` within 24 hours"
        );
    }
}
