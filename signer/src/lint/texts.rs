//! Fields that exist and are of the right kind, fonts that have every fixed character, texts that fit at their
//! largest.

use super::LintFinding;
use crate::Error;
use crate::document::Document;
use crate::font::Fonts;
use crate::layout::fits;
use crate::template::{Element, ElementKind, FieldInfo, FieldKind, TypeInfo};

pub(super) fn check(
    element: &Element,
    info: &TypeInfo,
    fonts: &Fonts,
    largest: &Document,
    findings: &mut Vec<LintFinding>,
) {
    let before = findings.len();
    check_fields(element, info, findings);
    check_glyphs(element, info, fonts, findings);
    if findings.len() > before {
        return;
    }
    match fits(fonts, element, largest) {
        Err(Error::DoesNotFit { field, size, .. }) => findings.push(LintFinding::new(
            "text.overflow",
            &element.place.key("box"),
            format!("`{field}` 取最长值时，{size} 磅也放不下；请放大框或减小 min_size"),
            format!(
                "`{field}` at its largest does not fit even at {size} pt; enlarge the box or lower min_size"
            ),
        )),
        Err(error) => findings.push(LintFinding::of(&error)),
        Ok(()) => {}
    }
}

fn check_fields(element: &Element, info: &TypeInfo, findings: &mut Vec<LintFinding>) {
    let place = &element.place;
    let wants_picture = matches!(element.kind, ElementKind::Image(_));
    for name in element.fields() {
        let Some(field) = info.fields.iter().find(|field| field.name == name) else {
            findings.push(LintFinding::new(
                "field.unknown",
                place,
                format!("类型没有字段 `{name}`"),
                format!("the type has no field `{name}`"),
            ));
            continue;
        };
        if !field.printed {
            findings.push(LintFinding::new(
                "field.not_printed",
                place,
                format!("类型规定字段 `{name}` 不印制"),
                format!("the type does not print its field `{name}`"),
            ));
        }
        if matches!(field.kind, FieldKind::Image) != wants_picture {
            findings.push(LintFinding::new(
                "field.wrong_kind",
                place,
                format!("字段 `{name}` 的种类与元素不符"),
                format!("field `{name}` is of another kind than the element shows"),
            ));
        }
    }
}

/// Fixed texts, and what code lists may put into bound ones.
fn check_glyphs(
    element: &Element,
    info: &TypeInfo,
    fonts: &Fonts,
    findings: &mut Vec<LintFinding>,
) {
    let Some(role) = element.font() else { return };
    if !fonts.has_role(role) {
        findings.push(LintFinding::new(
            "font.role_unknown",
            &element.place.key("font"),
            format!("设置中没有字体角色 `{role}`"),
            format!("the settings have no font role `{role}`"),
        ));
        return;
    }
    let names = element.fields();
    let shown = info
        .fields
        .iter()
        .filter(|field| names.contains(&field.name.as_str()));
    let mut missing: Vec<char> = element
        .fixed_texts()
        .into_iter()
        .chain(shown.flat_map(labels))
        .flat_map(str::chars)
        .filter(|&c| c != '\n' && fonts.glyph(role, c).is_none())
        .collect();
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        let shown: String = missing
            .iter()
            .map(|c| format!("{} (U+{:04X})", c.escape_debug(), u32::from(*c)))
            .collect::<Vec<_>>()
            .join(", ");
        findings.push(LintFinding::new(
            "font.glyph_missing",
            &element.place,
            format!("字体缺字：{shown}"),
            format!("no font has a glyph for {shown}"),
        ));
    }
}

fn labels(field: &FieldInfo) -> impl Iterator<Item = &str> {
    let entries = match &field.kind {
        FieldKind::Coded(entries) => entries.as_slice(),
        FieldKind::Text { .. } | FieldKind::Date | FieldKind::Image => &[],
    };
    entries.iter().map(|(_, label)| label.as_str())
}
