//! What can go wrong between an approved row and a sealed file, by who is at fault. Displayed it speaks
//! English, [`Error::zh`] says the same in Chinese.

use registry::Sentence;

use crate::template::Place;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The author of the template: the file says something that cannot be drawn.
    #[error("template, {place}: {what}")]
    Template {
        /// Page, element and key.
        place: Place,
        /// What is wrong and what to write instead.
        what: Sentence,
    },
    /// The operator: a font file named in the settings cannot be used.
    #[error("font {path}: {what}")]
    Font {
        /// The path as the settings give it.
        path: String,
        /// What is wrong and what to do.
        what: Sentence,
    },
    /// The row: a character that no font of the chain can draw. The character is not repeated: a rare one
    /// may be somebody's name.
    #[error(
        "field `{field}`: no font has a glyph for character {at}, of Unicode plane {plane}; correct the value or add a fallback font"
    )]
    MissingGlyph {
        /// Machine name of the field, or the place in the template.
        field: String,
        /// Which character of the text that is drawn, from 1.
        at: usize,
        /// The Unicode plane of the character; 2 and 3 hold the rare Chinese ones.
        plane: u32,
    },
    /// The row: a text too long for its box, even at the smallest size allowed.
    #[error(
        "field `{field}`: the text does not fit its box at {size} pt ({place}); shorten the value or enlarge the box"
    )]
    DoesNotFit {
        /// Machine names of the fields in the text, or the text's place.
        field: String,
        /// The element.
        place: Place,
        /// The smallest size tried, in points.
        size: f32,
    },
    /// The row: an image that cannot be shown.
    #[error("field `{field}`: {what}")]
    Image {
        /// Machine name of the field.
        field: String,
        /// What is wrong and what to do.
        what: Sentence,
    },
    /// The row: a value of the wrong kind, or too large to write.
    #[error("field `{field}`: {what}")]
    Value {
        /// Machine name of the field, or the name of the property.
        field: String,
        /// What is wrong.
        what: Sentence,
    },
    /// The caller: the draft keeps less room for the CMS than this key and level take.
    #[error(
        "the seal takes {needed} bytes, the draft keeps {reserved}: lay it out again with what contents_reserved says"
    )]
    ContentsTooSmall {
        /// Bytes of the CMS.
        needed: usize,
        /// Bytes kept in /Contents.
        reserved: usize,
    },
    /// The operator: the type ends at B-T, and there is no time-stamp authority.
    #[error("type {type_code} is sealed at B-T, but no time-stamp authority is set; name one")]
    NoTimeStamps {
        /// Which type.
        type_code: String,
    },
    /// A worker thread ended without an answer; the batch goes on where the record stands.
    #[error(
        "a worker stopped in the middle of a group; run the batch again, it goes on from there"
    )]
    Stopped,
    /// The registry refused, or could not keep something.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// The key store, its log of uses or the time-stamp authority.
    #[error(transparent)]
    Key(#[from] keys::Error),
}

impl Error {
    /// The stable machine name, snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Template { .. } => "template_wrong",
            Error::Font { .. } => "font_unusable",
            Error::MissingGlyph { .. } => "glyph_missing",
            Error::DoesNotFit { .. } => "text_overflow",
            Error::Image { .. } => "image_unfit",
            Error::Value { .. } => "value_unfit",
            Error::ContentsTooSmall { .. } => "contents_too_small",
            Error::NoTimeStamps { .. } => "no_time_stamps",
            Error::Stopped => "worker_stopped",
            Error::Registry(error) => error.code(),
            Error::Key(error) => error.code(),
        }
    }

    /// What happened and what to do, in Chinese. English is what is displayed.
    pub fn zh(&self) -> String {
        match self {
            Error::Template { place, what } => format!("模板，{}：{}", place.zh(), what.zh),
            Error::Font { path, what } => format!("字体 {path}：{}", what.zh),
            Error::MissingGlyph { field, at, plane } => format!(
                "字段 {field}：字库中没有第 {at} 个字（Unicode 第 {plane} 平面）；请核对，或增加备用字体"
            ),
            Error::DoesNotFit { field, place, size } => format!(
                "字段 {field}：{size} 磅也放不下（{}）；请缩短内容，或放大框",
                place.zh()
            ),
            Error::Image { field, what } | Error::Value { field, what } => {
                format!("字段 {field}：{}", what.zh)
            }
            Error::ContentsTooSmall { needed, reserved } => {
                format!("签章需要 {needed} 字节，排版只留有 {reserved} 字节；请重新排版")
            }
            Error::NoTimeStamps { type_code } => {
                format!("类型 {type_code} 须签至 B-T，但没有设置时间戳服务；请指定")
            }
            Error::Stopped => "有工作线程中途停止；请重新运行该批次，它会从中断处继续".to_owned(),
            Error::Registry(error) => error.zh(),
            Error::Key(error) => error.zh(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_speaks_chinese_and_english() {
        let what = || Sentence::new("有误", "is wrong");
        let field = || "title".to_owned();
        let place = || Place::element(0, 1, "text").key("box");
        for error in [
            Error::Template {
                place: place(),
                what: what(),
            },
            Error::Font {
                path: "a.ttf".to_owned(),
                what: what(),
            },
            Error::MissingGlyph {
                field: field(),
                at: 1,
                plane: 2,
            },
            Error::DoesNotFit {
                field: field(),
                place: place(),
                size: 9.0,
            },
            Error::Image {
                field: field(),
                what: what(),
            },
            Error::Value {
                field: field(),
                what: what(),
            },
            Error::ContentsTooSmall {
                needed: 2,
                reserved: 1,
            },
            Error::NoTimeStamps {
                type_code: "11990000MB99990094006".to_owned(),
            },
            Error::Stopped,
            registry::Error::LeaseLost.into(),
            keys::Error::Crypto("signing").into(),
        ] {
            let (zh, en) = (error.zh(), error.to_string());
            let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese(&zh) && !chinese(&en), "{zh} | {en}");
            assert!(
                error
                    .code()
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '_')
            );
        }
    }
}
