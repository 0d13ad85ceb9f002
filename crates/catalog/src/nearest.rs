//! The name someone meant when they typed one that does not exist.

/// The candidate closest to `name`, if it is close enough to be what was meant: at most a third of
/// the letters differ, or one is the beginning of the other.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let close = (name.chars().count() / 3).max(1);
    candidates
        .map(|candidate| {
            let begins = !name.is_empty() && candidate.starts_with(name);
            (!begins, distance(name, candidate), candidate)
        })
        .filter(|(other, letters, _)| !other || *letters <= close)
        .min()
        .map(|(_, _, candidate)| candidate.to_owned())
}

/// Letters to insert, remove or replace to turn one text into the other (Levenshtein, 1966).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_foreign_word_finds_none() {
        let names = ["packets_in", "packets_out", "packets_total"];
        let find = |name| nearest(name, names.iter().copied());
        assert_eq!(find("packet_total").as_deref(), Some("packets_total"));
        assert_eq!(find("packets_ni").as_deref(), Some("packets_in"));
        assert_eq!(find("packets_t").as_deref(), Some("packets_total"));
        assert_eq!(find("entropy"), None);
        assert_eq!(find(""), None);
    }
}
