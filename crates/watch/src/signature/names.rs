//! Numbers and names that stay: SIDs, and what a model's counters and marks are called.

use std::ops::RangeInclusive;

/// SIDs for local use.
pub const LOCAL: RangeInclusive<u32> = 1_000_000..=1_999_999;

/// SIDs a model has. The first block is the project's own.
pub const BLOCK: u32 = 100;

/// The SID at `place` of a model's block: always the same for the same name, whatever the version and the data.
///
/// The block is a hash of the name (FNV-1a, 32 bits), one of 9,999; two models of one sensor that meet in a block are
/// told by `botany watch check` (the same SID twice).
pub fn sid(model: &str, place: u32) -> u32 {
    let blocks = (LOCAL.end() - LOCAL.start() + 1) / BLOCK;
    let block = 1 + fnv(model) % (blocks - 1);
    LOCAL.start() + block * BLOCK + place % BLOCK
}

/// What a model's counters and marks begin with: only letters, digits and `_` are allowed there, and it begins with a letter.
pub fn prefix(model: &str) -> String {
    let plain: String =
        model.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    // Two names may become one that way; the block tells them apart.
    format!("botany_{plain}_{}", (sid(model, 0) - LOCAL.start()) / BLOCK)
}

fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sid_is_stable_local_and_out_of_the_projects_own_block() {
        // FNV-1a of "a" is 0xe40c292c (Fowler, Noll, Vo: test vectors).
        assert_eq!(fnv("a"), 0xe40c_292c);
        assert_eq!(sid("article", 30), sid("article", 0) + 30);
        assert_eq!(sid("article", 0) % BLOCK, 0);
        for name in ["article", "population", "m", "", "a-very-long-name"] {
            assert!(
                LOCAL.contains(&sid(name, 99)) && sid(name, 0) >= LOCAL.start() + BLOCK,
                "{name}"
            );
        }
    }

    #[test]
    fn a_prefix_is_a_word() {
        let name = prefix("my-model");
        assert!(name.starts_with("botany_my_model_"), "{name}");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        assert_ne!(prefix("my-model"), prefix("my_model"));
    }
}
