//! Names folded for exact look-up. What is printed is never folded.

use unicode_normalization::UnicodeNormalization as _;

/// The version of the folding rule; stored beside every hash, so that a later rule can be told
/// apart and old hashes made anew.
pub const LOOKUP_NAME_RULE: u32 = 1;

/// A name under rule 1: NFKC, lower case, no white space, every kind of middle dot as `·`.
#[derive(Clone, PartialEq, Eq)]
pub struct LookupName(String);

impl LookupName {
    /// Folds a name.
    pub fn of(name: &str) -> Self {
        let folded = name
            .nfkc()
            .flat_map(char::to_lowercase)
            .filter(|c| !c.is_whitespace());
        Self(folded.map(fold_dot).collect())
    }

    /// The folded name, to be hashed under a key and never stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names of many peoples carry a middle dot that input methods write in a dozen ways.
fn fold_dot(c: char) -> char {
    match c {
        '.' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' | '\u{30FB}' | '\u{25CF}'
        | '\u{2E31}' | '\u{2E33}' | '\u{16EB}' | '\u{A78F}' | '。' => '\u{B7}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::LookupName;

    #[test]
    fn the_same_name_written_otherwise() {
        for (one, other) in [
            ("阿依古丽·买买提", "阿依古丽・买买提"),
            ("阿依古丽·买买提", "阿依古丽．买买提"),
            ("阿依古丽·买买提", "阿依古丽･买买提"),
            ("示例（北京）有限公司", "示例(北京)有限公司"),
            ("ＡＢＣ有限公司", "abc 有限公司"),
            ("张　三", "张三"),
        ] {
            assert!(
                LookupName::of(one) == LookupName::of(other),
                "{one} {other}"
            );
        }
        assert!(LookupName::of("张三") != LookupName::of("张叁"));
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_changes_nothing(name in "[\\p{Han}a-zA-Z·・． （）]{0,12}") {
            let once = LookupName::of(&name);
            let twice = LookupName::of(once.as_str());
            proptest::prop_assert!(twice == once);
        }
    }
}
