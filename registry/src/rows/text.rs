//! Text hygiene: what may stand on a page, in normal form C.

use unicode_normalization::UnicodeNormalization as _;

use super::error::Rule;

/// Cleans one line: trimmed, NFC, without characters that hide or turn text.
pub(super) fn line(text: &str) -> Result<String, Rule> {
    clean(text, false)
}

/// Cleans text of several lines; line breaks become LF.
pub(super) fn paragraph(text: &str) -> Result<String, Rule> {
    clean(&text.replace("\r\n", "\n"), true)
}

fn clean(text: &str, several_lines: bool) -> Result<String, Rule> {
    let text = text.trim();
    if text
        .chars()
        .any(|c| is_refused(c) && !(several_lines && c == '\n'))
    {
        return Err(Rule::ControlCharacter);
    }
    if text.is_ascii() {
        return Ok(text.to_owned());
    }
    Ok(text.nfc().collect())
}

/// Control characters, marks that turn the direction of text, characters that cannot be seen, and
/// code points that are no characters. Private use stays: it holds rare names, and the page says
/// so when a font lacks one. Variation selectors stay: they choose the form of a name.
fn is_refused(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{FDD0}'..='\u{FDEF}' | '\u{E0000}'..='\u{E007F}')
        || c as u32 & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_names_and_refuses_tricks() {
        for good in ["张三", "阿依古丽·买买提", "𬭚𠮷䶮", "葛\u{E0100}城", "A B"] {
            assert_eq!(line(good).as_deref(), Ok(good));
        }
        for bad in [
            "a\0b",
            "a\u{202E}b",
            "a\u{2066}b",
            "a\u{200B}b",
            "a\tb",
            "a\nb",
            "a\u{FFFF}b",
            "\u{FEFF}a",
        ] {
            assert_eq!(line(bad), Err(Rule::ControlCharacter), "{bad:?}");
        }
    }

    #[test]
    fn normal_form_and_breaks() {
        assert_eq!(line(" e\u{301}　").as_deref(), Ok("\u{E9}"));
        assert_eq!(paragraph("一\r\n二\n").as_deref(), Ok("一\n二"));
        assert_eq!(paragraph("一\r二"), Err(Rule::ControlCharacter));
    }
}
