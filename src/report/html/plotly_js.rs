//! The plotting library, from the plotly crate's own copy: no network, neither when building nor
//! when reading.

use plotly::Plot;

const OPEN: &str = "<script type=\"text/javascript\">";

/// plotly.js alone. The crate hands it out as the first of two script elements; the second, which
/// sets formulas, is not used by any plot here and would add two megabytes.
pub fn source() -> Option<String> {
    let both = Plot::offline_js_sources();
    let start = both.find(OPEN)? + OPEN.len();
    let length = both[start..].find("</script>")?;
    Some(both[start..start + length].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_whole_and_alone() {
        let source = source().unwrap();
        assert!(source.trim_start().starts_with("/**\n* plotly.js v"));
        assert!(source.len() > 4_000_000);
        assert!(!source.contains("</script") && !source.contains("<script type="));
        assert!(source.contains("scatter3d") && source.contains("splom"));
        assert!(!source.contains("window.MathJax=") && !source.contains("MathJax.startup={"));
    }
}
