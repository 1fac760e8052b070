//! A published type as laying out sees it.

use registry::types::{self, NumberRule, TypeDefinition};

use crate::template::{Extent, FieldInfo, FieldKind, TypeInfo, widest};

/// How many holders a page must have room for where a type allows several. A row with more is refused by its layout
/// if they do not fit.
const HOLDERS: usize = 4;

impl TypeInfo {
    /// What laying out must know of a type; the rest comes from the installation: how long the address in
    /// the QR code is, and how many bytes the CMS takes.
    pub fn of(definition: &TypeDefinition, verify_url_len: usize, contents_bytes: usize) -> Self {
        Self {
            name: definition.name.clone(),
            fields: definition
                .fields
                .iter()
                .map(|of| field(definition, of))
                .collect(),
            extent: extent(definition),
            final_level: definition.final_level.is_some(),
            verify_url_len,
            contents_bytes,
        }
    }
}

fn field(definition: &TypeDefinition, field: &types::Field) -> FieldInfo {
    let holder = &definition.holder;
    let of_holders = [&holder.name_field, &holder.code_field].contains(&&field.name);
    let kind = match kind(&field.kind) {
        // The values of several holders stand in one field, with `、` between them.
        FieldKind::Text { max_chars, narrow } if holder.several && of_holders => FieldKind::Text {
            max_chars: HOLDERS * (max_chars + 1) - 1,
            narrow,
        },
        kind => kind,
    };
    FieldInfo {
        name: field.name.clone(),
        label: field.label.clone(),
        kind,
        printed: field.printed,
    }
}

/// What the type says about what every certificate has.
fn extent(definition: &TypeDefinition) -> Extent {
    let longest = |name: &str| {
        let field = definition.field(name)?;
        field.kind.max_length()
    };
    let usual = Extent::default();
    let holder = &definition.holder;
    let kinds = holder.kinds.iter().map(|kind| kind.name_zh());
    Extent {
        number: match &definition.number {
            NumberRule::Pattern(pattern) => pattern.longest(),
            NumberRule::Field(name) => match definition.field(name).map(|of| kind(&of.kind)) {
                Some(FieldKind::Text { max_chars, narrow }) => widest(narrow).repeat(max_chars),
                _ => usual.number,
            },
        },
        holder_name: longest(&holder.name_field).unwrap_or(usual.holder_name),
        holder_code: longest(&holder.code_field).unwrap_or(usual.holder_code),
        holder_kind: kinds
            .max_by_key(|name| name.chars().count())
            .map_or(usual.holder_kind, str::to_owned),
        holders: if holder.several { HOLDERS } else { 1 },
    }
}

fn kind(kind: &types::FieldKind) -> FieldKind {
    use types::FieldKind as K;
    let text = |narrow| FieldKind::Text {
        max_chars: kind.max_length().unwrap_or(0),
        narrow,
    };
    match kind {
        K::Text { .. } | K::Paragraph { .. } => text(false),
        K::Number | K::CitizenId | K::CreditCode | K::RegionCode => text(true),
        K::Date { .. } => FieldKind::Date,
        K::Code(entries) => {
            let entries = entries.iter();
            FieldKind::Coded(entries.map(|e| (e.code.clone(), e.label.clone())).collect())
        }
        K::Image { .. } => FieldKind::Image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = r#"
format = 1
code = "11990000MB99990094009"
name = "共有产权证明"
class = "证明"
template = "share.toml"
share = { class = "unconditional" }
holder = { kinds = ["111", "001"], kind_field = "kind", code_field = "code", name_field = "name", several = true }
validity = { unlimited = true }
number = { pattern = "示〔{year}〕{agency}{region}{sequence:6}号" }
field = [
  { name = "name", label = "权利人", kind = "text", required = true, max_length = 50 },
  { name = "kind", label = "证件种类", kind = "text", required = true, max_length = 3 },
  { name = "code", label = "证件号码", kind = "text", required = true, max_length = 18 },
  { name = "deed", label = "证号", kind = "text", required = true, max_length = 12 },
]
"#;

    #[test]
    fn the_extent_follows_from_the_type() {
        let info = |text: &str| {
            let definition = TypeDefinition::parse(text).unwrap_or_else(|e| panic!("{e:?}"));
            TypeInfo::of(&definition, 40, 4096)
        };
        let several = info(TYPE);
        let extent = &several.extent;
        assert_eq!(
            (extent.holders, extent.holder_name, extent.holder_code),
            (HOLDERS, 50, 18)
        );
        assert_eq!(extent.holder_kind, "统一社会信用代码");
        let year_agency_region_sequence = "8".repeat(18 + 12 + 9);
        assert_eq!(
            extent.number,
            format!("示〔8888〕{year_agency_region_sequence}号")
        );
        let name = &several.fields[0].kind;
        assert!(
            matches!(name, FieldKind::Text { max_chars: 203, .. }),
            "{name:?}"
        );

        let one = info(&TYPE.replace("several = true", "several = false").replace(
            "pattern = \"示〔{year}〕{agency}{region}{sequence:6}号\"",
            "field = \"deed\"",
        ));
        assert_eq!(
            (one.extent.holders, one.extent.number),
            (1, "国".repeat(12))
        );
        let name = &one.fields[0].kind;
        assert!(
            matches!(name, FieldKind::Text { max_chars: 50, .. }),
            "{name:?}"
        );
    }
}
