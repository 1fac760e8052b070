//! What all printed codes share: the ways they can be wrong, and the folding of full-width forms.

/// Why a code is not what it claims to be. Holds no part of the code, so it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    /// Another number of characters than the standard fixes.
    #[error("must have {expected} characters")]
    Length {
        /// Characters the standard asks for.
        expected: &'static str,
    },
    /// A character that the standard's alphabet does not have.
    #[error("holds a character that this code cannot have")]
    Alphabet,
    /// Every character is allowed, the last one does not follow from the others.
    #[error("the check digit does not match")]
    CheckDigit,
    /// The parts are not where the standard puts them.
    #[error("is not built as the standard says")]
    Shape,
    /// The birth date in it does not exist.
    #[error("holds a date that does not exist")]
    Date,
    /// The birth date in it lies after the day of the check.
    #[error("holds a date in the future")]
    FutureDate,
    /// A code whose kind this registry has not been told of.
    #[error("is not on the list of known codes")]
    Unknown,
}

impl CodeFault {
    /// The same in Chinese.
    pub fn zh(self) -> String {
        match self {
            Self::Length { expected } => format!(
                "应为 {} 个字符",
                expected.replace(" to ", "–").replace(" or ", " 或 ")
            ),
            Self::Alphabet => "含有不允许的字符".into(),
            Self::CheckDigit => "校验码不符".into(),
            Self::Shape => "结构不符合标准".into(),
            Self::Date => "其中的日期不存在".into(),
            Self::FutureDate => "其中的日期晚于今天".into(),
            Self::Unknown => "不在已知代码表中".into(),
        }
    }
}

/// A value that was read leniently: usable, with what was wrong about it.
///
/// For data of other systems only; what this registry makes itself is parsed strictly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked<T> {
    /// The value as it was read.
    pub value: T,
    /// What a strict reader would have refused.
    pub warning: Option<CodeFault>,
}

/// Folds full-width ASCII (`１`, `Ｘ`) to ASCII, trims white space and turns letters to upper case:
/// the forms in which codes are typed.
pub(crate) fn fold_width(text: &str) -> String {
    let folded = text.chars().map(|c| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    });
    folded.collect::<String>().trim().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::fold_width;

    #[test]
    fn folds_what_input_methods_leave() {
        assert_eq!(fold_width("　１１０ｘ "), "110X");
        assert_eq!(fold_width("Ａ-b"), "A-B");
    }
}
