//! Values written into a statement.

/// A text as an SQL literal. A quote inside is doubled; nothing else has a meaning in there.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Hours as an SQL interval.
pub fn hours(count: u32) -> String {
    format!("INTERVAL '{count} hours'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_cannot_end_a_literal() {
        assert_eq!(literal("o'; DROP TABLE flow --"), "'o''; DROP TABLE flow --'");
        assert_eq!(literal("\\'"), "'\\'''");
    }
}
