//! What layout says against a row, as the answer to that row.

use registry::batches::RowFault;

use crate::Error;

/// The fault of a row, or the error where the row is not to blame.
pub(super) fn of_row(error: Error) -> Result<RowFault, Error> {
    let en = error.to_string();
    Ok(match &error {
        Error::MissingGlyph { field, at, plane } => RowFault::new(
            "layout.glyph_missing",
            Some(field),
            &format!("字库中没有第 {at} 个字（Unicode 第 {plane} 平面）；请核对，或增加备用字体"),
            &en,
        ),
        Error::DoesNotFit { field, .. } => RowFault::new(
            "layout.overflow",
            Some(field),
            "内容过长，版面放不下；请缩短内容，或放大模板中的位置",
            &en,
        ),
        Error::Image { field, what } => RowFault::new(
            "layout.image",
            Some(field),
            &format!("图片无法使用：{}", what.zh),
            &en,
        ),
        Error::Value { field, .. } => {
            RowFault::new("layout.value", Some(field), "该值无法写入文件；请核对", &en)
        }
        _ => return Err(error),
    })
}
