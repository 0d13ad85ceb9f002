//! How is a short list learnt from a model's decisions?
//!
//! A shelf: one file a method, one line in [`ALL`]. Which one is taken is measured, on addresses held out.

mod covering;
mod tree;

use super::error::Error;
use super::list::RuleList;
use super::quantity::{Observed, Question};

/// What a list is learnt from.
pub struct Lesson<'a> {
    /// The flows.
    pub flows: &'a [Observed],
    /// What the model calls each, 0 or 1.
    pub calls: &'a [u8],
    /// What may be asked.
    pub questions: &'a [Question],
    /// How many rules at most.
    pub rules: usize,
}

/// An item of the shelf.
pub trait Method: Sync {
    /// Its name after `--method`.
    fn name(&self) -> &'static str;
    /// What it does, in a sentence.
    fn doc(&self) -> &'static str;
    /// Learns a list; an empty one if no rule is worth it.
    ///
    /// # Errors
    /// Those of the learner beneath.
    fn learn(&self, lesson: &Lesson<'_>) -> Result<RuleList, Error>;
}

/// The shelf.
pub static ALL: &[&dyn Method] = &[&covering::Covering, &tree::Boxes];

/// The method of that name.
///
/// # Errors
/// There is none; the message lists them.
pub fn find(name: &str) -> Result<&'static dyn Method, Error> {
    ALL.iter().copied().find(|m| m.name() == name).ok_or_else(|| Error::NoMethod {
        asked: name.to_owned(),
        known: ALL.iter().map(|m| m.name()).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use botany_learn::Rng;

    use super::*;
    use crate::signature::quantity::{Count, Ratio};

    /// What both must find: two boxes, one with a cut between the sides.
    #[test]
    fn every_method_finds_what_was_hidden() {
        let mut rng = Rng::new(7);
        let flows: Vec<Observed> = (0..3000)
            .map(|_| Observed {
                packets_out: rng.below(40) as u64,
                packets_in: rng.below(40) as u64,
                ..Observed::default()
            })
            .collect();
        let hidden = |f: &Observed| {
            (f.packets_out >= 30 && f.packets_in <= 12)
                || (f.packets_in > f.packets_out && f.packets_in >= 25)
        };
        let calls: Vec<u8> = flows.iter().map(|f| u8::from(hidden(f))).collect();
        let mut questions =
            vec![Question::Count(Count::PacketsOut), Question::Count(Count::PacketsIn)];
        questions.extend(Ratio::PCR.map(Question::Ratio));
        for method in ALL {
            let lesson = Lesson { flows: &flows, calls: &calls, questions: &questions, rules: 8 };
            let list = method.learn(&lesson).unwrap();
            assert!((1..=8).contains(&list.parts.len()), "{}", method.name());
            let wrong = flows.iter().filter(|f| list.first(f).is_some() != hidden(f)).count();
            assert!(wrong < 30, "{}: {wrong} wrong of 3000", method.name());
            assert_eq!(method.learn(&lesson).unwrap(), list, "no chance is involved");
        }
    }

    #[test]
    fn where_no_rule_is_worth_it_there_is_none() {
        let flows = vec![Observed::default(); 9];
        let calls = [1, 0, 0, 0, 0, 0, 0, 0, 0];
        let questions = [Question::Count(Count::Age)];
        for method in ALL {
            let lesson = Lesson { flows: &flows, calls: &calls, questions: &questions, rules: 4 };
            assert_eq!(method.learn(&lesson).unwrap(), RuleList::default(), "{}", method.name());
        }
        assert!(find("ripper").err().unwrap().to_string().contains("covering, tree"));
    }
}
