//! How a type file becomes a definition: what it says is checked, and what it names is found.

use super::bounds;
use super::definition::{DeliveryRule, ReasonRule, ShareClass, TypeDefinition};
use super::fault::{DefinitionFault, Faults, read};
use super::field::{CodeEntry, Field, FieldKind, Pattern};
use super::names::Names;
use super::raw::{RawDelivery, RawField, RawKind, RawReason, RawShare, RawShareClass, RawType};
use crate::Sentence;
use crate::units::CreditCode;

/// The column that a row has beside the fields of its type: the agency's own name for it.
pub(crate) const REF_COLUMN: &str = "ref";

/// The column with the identifier of the certificate that a row replaces.
pub(crate) const REPLACES_COLUMN: &str = "replaces";

/// Reads a type file; the faults of meaning are found in one go.
pub(super) fn parse(text: &str) -> Result<TypeDefinition, Vec<DefinitionFault>> {
    if text.len() > bounds::MAX_FILE {
        let most = bounds::MAX_FILE;
        return Err(vec![DefinitionFault {
            line: None,
            place: String::new(),
            what: Sentence::new(
                format!("类型文件超过 {most} 字节"),
                format!("the type file is longer than {most} bytes"),
            ),
        }]);
    }
    let raw: RawType = read(text).map_err(|fault| vec![fault])?;
    let mut faults = Faults::new(text);
    bounds::check(&raw, &mut faults);
    let definition = define(raw, &mut faults);
    match (definition, faults.into_found()) {
        (Some(definition), found) if found.is_empty() => Ok(definition),
        (_, found) => Err(found),
    }
}

/// `None` only after a fault was noted.
fn define(raw: RawType, faults: &mut Faults<'_>) -> Option<TypeDefinition> {
    if raw.format != 1 {
        faults.note(
            "format",
            "本程序只读取格式 1",
            "this program reads format 1",
        );
    }
    for (place, value) in [("name", &raw.name), ("template", &raw.template)] {
        if value.trim().is_empty() {
            faults.note(place, "为空；请填写", "is empty; fill it in");
        }
    }
    if raw.template.contains(['/', '\\']) {
        faults.note(
            "template",
            "须为类型文件旁的文件名，不带目录",
            "is a file name beside the type file, without a folder",
        );
    }
    let fields = fields(raw.field, faults);
    let mut names = Names {
        fields: &fields,
        faults,
    };
    let holder = names.holder(raw.holder);
    let persons = names.persons(raw.person);
    let validity = names.validity(raw.validity);
    let number = names.number(raw.number);
    let reasons = reasons(raw.reason, faults);
    let share = share(raw.share, "share", faults);
    let owner = raw
        .owner
        .or_else(|| CreditCode::parse(&raw.code.as_str()[..18]).ok());
    Some(TypeDefinition {
        owner: owner?,
        code: raw.code,
        name: raw.name,
        class: raw.class,
        defined_by: raw.defined_by.map(|by| (by.name, by.level)),
        issued_by_levels: raw.issued_by_levels,
        items: raw.items,
        share: share?,
        holder,
        persons,
        validity: validity?,
        number: number?,
        review: raw.review,
        single_instance: raw.single_instance,
        final_level: raw.final_level,
        delivery: raw.delivery.and_then(|raw| delivery(&raw, faults)),
        reasons,
        template: raw.template,
        fields,
    })
}

fn delivery(raw: &RawDelivery, faults: &mut Faults<'_>) -> Option<DeliveryRule> {
    if !(1..=366).contains(&raw.every_days) {
        faults.note("delivery.every_days", "须为 1 至 366", "is 1 to 366");
        return None;
    }
    if !(1..=1_000_000).contains(&raw.rows) {
        faults.note("delivery.rows", "须为 1 至 1000000", "is 1 to 1,000,000");
        return None;
    }
    Some(DeliveryRule {
        every_days: raw.every_days,
        rows: raw.rows,
    })
}

fn share(raw: RawShare, place: &str, faults: &mut Faults<'_>) -> Option<ShareClass> {
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    match (raw.class, filled(raw.condition), filled(raw.legal_basis)) {
        (RawShareClass::Unconditional, None, None) => Some(ShareClass::Unconditional),
        (RawShareClass::Conditional, Some(condition), None) => {
            Some(ShareClass::Conditional { condition })
        }
        (RawShareClass::NotShared, None, Some(legal_basis)) => {
            Some(ShareClass::NotShared { legal_basis })
        }
        _ => {
            faults.note(
                place,
                "conditional 须写 condition，not_shared 须写 legal_basis，unconditional 两者都不写",
                "conditional needs a condition, not_shared a legal_basis, unconditional neither",
            );
            None
        }
    }
}

fn fields(raw: Vec<RawField>, faults: &mut Faults<'_>) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::with_capacity(raw.len());
    for (at, raw) in raw.into_iter().enumerate() {
        let place = format!("field[{}]", at + 1);
        if !is_machine_name(&raw.name) || [REF_COLUMN, REPLACES_COLUMN].contains(&&*raw.name) {
            faults.note(
                format!("{place}.name"),
                "须为 1 至 40 个 a-z、0-9、_，以字母开头，且不是 `ref` 或 `replaces`",
                "is 1 to 40 of a-z, 0-9 and _, begins with a letter, and is neither `ref` nor `replaces`",
            );
        }
        if raw.label.trim().is_empty() {
            faults.note(
                format!("{place}.label"),
                "为空；请填写给人看的名称",
                "is empty; fill in what people read",
            );
        }
        let taken = |f: &Field| f.name == raw.name || f.label == raw.label;
        if fields.iter().any(taken) {
            faults.note(
                format!("{place}.name"),
                "名称或标签出现两次",
                "name or label stands twice",
            );
        }
        fields.push(field(raw, &place, faults));
    }
    fields
}

fn field(raw: RawField, place: &str, faults: &mut Faults<'_>) -> Field {
    let max_length = bounds::longest(&raw);
    let textual = matches!(
        raw.kind,
        RawKind::Text | RawKind::Paragraph | RawKind::Number
    );
    let mut only = |given: bool, fits: bool, key: &str, kinds: &str| {
        if given && !fits {
            faults.note(
                format!("{place}.{key}"),
                format!(
                    "只用于 {} 字段",
                    kinds.replace(" and ", "、").replace(", ", "、")
                ),
                format!("is for fields of kind {kinds} only"),
            );
        }
    };
    let has_length = matches!(raw.kind, RawKind::Text | RawKind::Paragraph);
    only(
        raw.max_length.is_some(),
        has_length,
        "max_length",
        "text and paragraph",
    );
    only(
        raw.pattern.is_some(),
        textual,
        "pattern",
        "text, paragraph and number",
    );
    only(
        raw.max_bytes.is_some(),
        raw.kind == RawKind::Image,
        "max_bytes",
        "image",
    );
    only(
        raw.unlimited,
        raw.kind == RawKind::Date,
        "unlimited",
        "date",
    );
    only(
        !raw.codes.is_empty(),
        raw.kind == RawKind::Code,
        "codes",
        "code",
    );
    if raw.kind == RawKind::Code && !codes_are_distinct(&raw.codes) {
        faults.note(
            format!("{place}.codes"),
            "代码字段须有 {code, label} 的列表；不得为空或重复",
            "a code field needs a list of {code, label}; none empty, none twice",
        );
    }
    let pattern = raw
        .pattern
        .and_then(|pattern| faults.take(&format!("{place}.pattern"), Pattern::new(&pattern)));
    let share = raw
        .share
        .and_then(|raw| share(raw, &format!("{place}.share"), faults));
    let kind = match raw.kind {
        RawKind::Text => FieldKind::Text { max_length },
        RawKind::Paragraph => FieldKind::Paragraph { max_length },
        RawKind::Number => FieldKind::Number,
        RawKind::Date => FieldKind::Date {
            unlimited: raw.unlimited,
        },
        RawKind::Code => FieldKind::Code(raw.codes),
        RawKind::Image => FieldKind::Image {
            max_bytes: raw.max_bytes.unwrap_or(256 * 1024),
        },
        RawKind::CitizenId => FieldKind::CitizenId,
        RawKind::CreditCode => FieldKind::CreditCode,
        RawKind::RegionCode => FieldKind::RegionCode,
    };
    Field {
        name: raw.name,
        label: raw.label,
        // An identity number is sensitive whatever the file says.
        sensitive: raw.sensitive || kind == FieldKind::CitizenId,
        kind,
        required: raw.required,
        pattern,
        printed: raw.printed,
        share,
        source: raw.source,
    }
}

fn codes_are_distinct(codes: &[CodeEntry]) -> bool {
    let distinct = |at: usize, entry: &CodeEntry| {
        let twice = |other: &CodeEntry| other.code == entry.code || other.label == entry.label;
        !entry.code.is_empty() && !entry.label.is_empty() && !codes[..at].iter().any(twice)
    };
    !codes.is_empty()
        && codes
            .iter()
            .enumerate()
            .all(|(at, entry)| distinct(at, entry))
}

pub(super) fn is_machine_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=40).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(allowed)
}

fn reasons(raw: Vec<RawReason>, faults: &mut Faults<'_>) -> Vec<ReasonRule> {
    let mut reasons: Vec<ReasonRule> = Vec::with_capacity(raw.len());
    for (
        at,
        RawReason {
            code,
            label,
            uses,
            about,
        },
    ) in raw.into_iter().enumerate()
    {
        let place = format!("reason[{}].code", at + 1);
        if code.trim().is_empty() || label.trim().is_empty() || uses.is_empty() {
            faults.note(
                &place,
                "原因须有代码、名称和适用的决定",
                "a reason needs a code, a label, and for what it may be given",
            );
        }
        if reasons.iter().any(|reason| reason.code == code) {
            faults.note(&place, "该代码出现两次", "this code stands twice");
        }
        reasons.push(ReasonRule {
            code,
            label,
            uses,
            about,
        });
    }
    reasons
}

#[cfg(test)]
pub(crate) const EXAMPLE: &str = include_str!("../../tests/types/approval.toml");

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
