//! How much does one credential say?
//!
//! The weight of a name (or a pair) is the surprise of drawing it from the dictionary, in bits:
//! `−log2(w / W)`, where `w` is the weight of the entries with that name and `W` the sum of all weights.
//! Drawing `root` from Mirai's list is no surprise (0.60 bits), `mother` is one (7.25 bits).
//!
//! Why this and not a count: every password guesser tries `root` and `admin`, and a dictionary that
//! draws them often shows that by itself, without a second data set to compare with. What the formula
//! cannot know is how common a name is *outside* the dictionary: `ubnt` weighs as much as `mother`
//! though far more lists hold it.

use std::collections::BTreeMap;

use super::Dictionary;

impl Dictionary {
    /// Every distinct name with its specificity in bits, by name.
    pub fn name_bits(&self) -> Vec<(&str, f64)> {
        let mut weights: BTreeMap<&str, u64> = BTreeMap::new();
        for entry in &self.entries {
            *weights.entry(&entry.username).or_default() += u64::from(entry.weight);
        }
        let total = self.stats().weight;
        weights.into_iter().map(|(name, weight)| (name, bits(weight, total))).collect()
    }

    /// Every distinct pair with its specificity in bits, by name and password. Empty for a dictionary
    /// of names.
    pub fn pair_bits(&self) -> Vec<(&str, &str, f64)> {
        let mut weights: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for entry in &self.entries {
            if let Some(password) = &entry.password {
                *weights.entry((&entry.username, password)).or_default() += u64::from(entry.weight);
            }
        }
        let total = self.stats().weight;
        weights.into_iter().map(|((n, p), weight)| (n, p, bits(weight, total))).collect()
    }
}

fn bits(weight: u64, total: u64) -> f64 {
    (total as f64 / weight as f64).log2()
}

#[cfg(test)]
mod tests {
    use super::super::find;

    #[test]
    fn rare_names_weigh_more_than_root_and_admin() {
        let mirai = find("mirai").unwrap();
        let of =
            |name| mirai.name_bits().iter().find(|(n, _)| *n == name).map(|(_, b)| *b).unwrap();
        assert!((of("root") - (152.0_f64 / 100.0).log2()).abs() < 1e-12);
        assert!((of("mother") - 152.0_f64.log2()).abs() < 1e-12);
        assert!(
            of("mother") > of("support") && of("support") > of("admin") && of("admin") > of("root")
        );
        assert_eq!(mirai.name_bits().len(), 15);
    }

    #[test]
    fn the_pair_that_stands_twice_is_drawn_twice_as_often() {
        let mirai = find("mirai").unwrap();
        let pairs = mirai.pair_bits();
        let of =
            |n, p| pairs.iter().find(|(a, b, _)| (*a, *b) == (n, p)).map(|(_, _, b)| *b).unwrap();
        assert_eq!(pairs.len(), 61);
        assert!((of("guest", "guest") - of("guest", "12345") - 1.0).abs() < 1e-12);
    }
}
