//! The type file as a person writes it (docs/types.md), and how it becomes a definition.

use super::definition::{
    CertificateClass, FinalLevel, HolderRule, Level, PersonRule, ReasonRule, ReasonUse, ShareClass,
    TypeDefinition,
};
use super::fault::{DefinitionFault, Faults, read};
use super::field::{CodeEntry, Field, FieldKind, Pattern};
use super::number::{NumberPattern, NumberRule};
use super::validity::{End, Period, PeriodUnit, ValidityRule};
use crate::certificates::{About, HolderKind, KindCheck, TypeCode};
use crate::units::CreditCode;

/// The column that a row has beside the fields of its type: the agency's own name for it.
pub(crate) const REF_COLUMN: &str = "ref";

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawType {
    format: u32,
    code: TypeCode,
    name: String,
    class: CertificateClass,
    owner: Option<CreditCode>,
    defined_by: Option<RawDefiner>,
    #[serde(default)]
    issued_by_levels: Vec<Level>,
    #[serde(default)]
    items: Vec<String>,
    template: String,
    #[serde(default)]
    review: bool,
    #[serde(default)]
    single_instance: bool,
    final_level: Option<FinalLevel>,
    share: RawShare,
    holder: RawHolder,
    #[serde(default)]
    person: Vec<RawPerson>,
    validity: RawValidity,
    number: RawNumber,
    #[serde(default)]
    reason: Vec<RawReason>,
    field: Vec<RawField>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDefiner {
    name: String,
    level: Level,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShare {
    class: RawShareClass,
    condition: Option<String>,
    legal_basis: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawShareClass {
    Unconditional,
    Conditional,
    NotShared,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHolder {
    kinds: Vec<HolderKind>,
    kind_field: Option<String>,
    code_field: String,
    name_field: String,
    #[serde(default)]
    several: bool,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPerson {
    role: String,
    label: String,
    kinds: Vec<HolderKind>,
    kind_field: Option<String>,
    code_field: Option<String>,
    name_field: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawValidity {
    issued_field: Option<String>,
    effective_field: Option<String>,
    days: Option<u16>,
    months: Option<u16>,
    years: Option<u16>,
    #[serde(default)]
    counts_first_day: bool,
    until_field: Option<String>,
    #[serde(default)]
    unlimited: bool,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNumber {
    field: Option<String>,
    pattern: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReason {
    code: String,
    label: String,
    #[serde(rename = "for")]
    uses: Vec<ReasonUse>,
    #[serde(default = "licence")]
    about: About,
}

fn licence() -> About {
    About::Licence
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    name: String,
    label: String,
    kind: RawKind,
    #[serde(default)]
    required: bool,
    pattern: Option<String>,
    max_length: Option<usize>,
    max_bytes: Option<usize>,
    #[serde(default)]
    unlimited: bool,
    #[serde(default)]
    codes: Vec<CodeEntry>,
    #[serde(default)]
    sensitive: bool,
    #[serde(default = "yes")]
    printed: bool,
    share: Option<RawShare>,
    source: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawKind {
    Text,
    Paragraph,
    Number,
    Date,
    Code,
    Image,
    CitizenId,
    CreditCode,
    RegionCode,
}

/// Reads a type file; every fault of meaning is found in one go.
pub(super) fn parse(text: &str) -> Result<TypeDefinition, Vec<DefinitionFault>> {
    let raw: RawType = read(text).map_err(|fault| vec![fault])?;
    let mut faults = Faults::new(text);
    let definition = define(raw, &mut faults);
    match (definition, faults.into_found()) {
        (Some(definition), found) if found.is_empty() => Ok(definition),
        (_, found) => Err(found),
    }
}

/// `None` only after a fault was noted.
fn define(raw: RawType, faults: &mut Faults<'_>) -> Option<TypeDefinition> {
    if raw.format != 1 {
        faults.note("format", "this program reads format 1");
    }
    for (place, value) in [("name", &raw.name), ("template", &raw.template)] {
        if value.trim().is_empty() {
            faults.note(place, "is empty; fill it in");
        }
    }
    if raw.template.contains(['/', '\\']) {
        faults.note(
            "template",
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
        reasons,
        template: raw.template,
        fields,
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
        if !is_machine_name(&raw.name) || raw.name == REF_COLUMN {
            faults.note(
                format!("{place}.name"),
                "is 1 to 40 of a-z, 0-9 and _, begins with a letter, and is not `ref`",
            );
        }
        if raw.label.trim().is_empty() {
            faults.note(
                format!("{place}.label"),
                "is empty; fill in what people read",
            );
        }
        let taken = |f: &Field| f.name == raw.name || f.label == raw.label;
        if fields.iter().any(taken) {
            faults.note(format!("{place}.name"), "name or label stands twice");
        }
        fields.push(field(raw, &place, faults));
    }
    fields
}

fn field(raw: RawField, place: &str, faults: &mut Faults<'_>) -> Field {
    let textual = matches!(
        raw.kind,
        RawKind::Text | RawKind::Paragraph | RawKind::Number
    );
    let mut only = |given: bool, fits: bool, key: &str, kinds: &str| {
        if given && !fits {
            faults.note(
                format!("{place}.{key}"),
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
        RawKind::Text => FieldKind::Text {
            max_length: raw.max_length.unwrap_or(200),
        },
        RawKind::Paragraph => FieldKind::Paragraph {
            max_length: raw.max_length.unwrap_or(2000),
        },
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

fn is_machine_name(name: &str) -> bool {
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
                "a reason needs a code, a label, and for what it may be given",
            );
        }
        if reasons.iter().any(|reason| reason.code == code) {
            faults.note(&place, "this code stands twice");
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

/// Resolves the names of fields that rules point to.
struct Names<'a, 'f> {
    fields: &'a [Field],
    faults: &'a mut Faults<'f>,
}

impl Names<'_, '_> {
    fn expect(&mut self, place: &str, name: &str, what: &str, fits: fn(&Field) -> bool) {
        match self.fields.iter().find(|field| field.name == name) {
            None => self
                .faults
                .note(place, "names a field that this type does not have"),
            Some(field) if !fits(field) => {
                self.faults.note(place, format!("must name {what}"));
            }
            Some(_) => {}
        }
    }

    fn date(&mut self, place: &str, name: Option<&String>) {
        if let Some(name) = name {
            self.expect(
                place,
                name,
                "a required date field without 长期",
                |field| field.required && field.kind == FieldKind::Date { unlimited: false },
            );
        }
    }

    /// The fields and kinds shared by holders and persons.
    fn identity(&mut self, place: &str, kinds: &[HolderKind], kind_field: Option<&String>) {
        if kinds.is_empty() {
            self.faults.note(
                format!("{place}.kinds"),
                "name at least one kind, such as \"111\"",
            );
        }
        match kind_field {
            Some(name) => self.expect(
                &format!("{place}.kind_field"),
                name,
                "a required text or code field",
                |field| {
                    field.required
                        && matches!(field.kind, FieldKind::Text { .. } | FieldKind::Code(_))
                },
            ),
            None if kinds.len() > 1 => self.faults.note(
                format!("{place}.kinds"),
                "with several kinds a kind_field must say which one a row means",
            ),
            None => {}
        }
    }

    /// A field of one kind of code can hold no other kind.
    fn same_check(&mut self, place: &str, kinds: &[HolderKind], code_field: &str) {
        let field = self.fields.iter().find(|field| field.name == code_field);
        let check = match field.map(|field| &field.kind) {
            Some(FieldKind::CitizenId) => KindCheck::CitizenId,
            Some(FieldKind::CreditCode) => KindCheck::CreditCode,
            _ => return,
        };
        if kinds.iter().any(|kind| kind.check() != check) {
            let message =
                "the code field cannot hold codes of all these kinds; make it a text field";
            self.faults.note(format!("{place}.kinds"), message);
        }
    }

    fn holder(&mut self, raw: RawHolder) -> HolderRule {
        self.identity("holder", &raw.kinds, raw.kind_field.as_ref());
        self.expect(
            "holder.code_field",
            &raw.code_field,
            "a required text or id field",
            |field| field.required && is_code(field),
        );
        self.expect(
            "holder.name_field",
            &raw.name_field,
            "a required text field",
            |field| field.required && matches!(field.kind, FieldKind::Text { .. }),
        );
        self.same_check("holder", &raw.kinds, &raw.code_field);
        let RawHolder {
            kinds,
            kind_field,
            code_field,
            name_field,
            several,
        } = raw;
        HolderRule {
            kinds,
            kind_field,
            code_field,
            name_field,
            several,
        }
    }

    fn persons(&mut self, raw: Vec<RawPerson>) -> Vec<PersonRule> {
        let mut persons: Vec<PersonRule> = Vec::with_capacity(raw.len());
        for (at, raw) in raw.into_iter().enumerate() {
            let place = format!("person[{}]", at + 1);
            self.identity(&place, &raw.kinds, raw.kind_field.as_ref());
            if let Some(name) = &raw.code_field {
                self.expect(
                    &format!("{place}.code_field"),
                    name,
                    "a text or id field",
                    is_code,
                );
                self.same_check(&place, &raw.kinds, name);
            }
            self.expect(
                &format!("{place}.name_field"),
                &raw.name_field,
                "a text field",
                |field| matches!(field.kind, FieldKind::Text { .. }),
            );
            let twice = persons.iter().any(|person| person.role == raw.role);
            if twice || !is_machine_name(&raw.role) {
                let message = "is a machine name (a-z, 0-9, _) and stands once";
                self.faults.note(format!("{place}.role"), message);
            }
            let RawPerson {
                role,
                label,
                kinds,
                kind_field,
                code_field,
                name_field,
            } = raw;
            persons.push(PersonRule {
                role,
                label,
                kinds,
                kind_field,
                code_field,
                name_field,
            });
        }
        persons
    }

    fn validity(&mut self, raw: RawValidity) -> Option<ValidityRule> {
        self.date("validity.issued_field", raw.issued_field.as_ref());
        self.date("validity.effective_field", raw.effective_field.as_ref());
        if let Some(name) = &raw.until_field {
            self.expect(
                "validity.until_field",
                name,
                "a required date field",
                |field| field.required && matches!(field.kind, FieldKind::Date { .. }),
            );
        }
        let counts_first_day = raw.counts_first_day;
        let after = |unit| {
            move |count| {
                End::After(Period {
                    count,
                    unit,
                    counts_first_day,
                })
            }
        };
        let mut ends = [
            raw.days.map(after(PeriodUnit::Days)),
            raw.months.map(after(PeriodUnit::Months)),
            raw.years.map(after(PeriodUnit::Years)),
            raw.until_field.map(End::Field),
            raw.unlimited.then_some(End::Unlimited),
        ]
        .into_iter()
        .flatten();
        match (ends.next(), ends.next()) {
            (Some(End::After(Period { count: 0, .. })), None) => {
                self.faults.note("validity", "a period is at least 1");
                None
            }
            (Some(end), None) => Some(ValidityRule {
                issued_field: raw.issued_field,
                effective_field: raw.effective_field,
                end,
            }),
            _ => {
                let message =
                    "give exactly one of days, months, years, until_field, unlimited = true";
                self.faults.note("validity", message);
                None
            }
        }
    }

    fn number(&mut self, raw: RawNumber) -> Option<NumberRule> {
        match (raw.field, raw.pattern) {
            (Some(name), None) => {
                self.expect("number.field", &name, "a required text field", |field| {
                    field.required && is_code(field)
                });
                Some(NumberRule::Field(name))
            }
            (None, Some(pattern)) => self
                .faults
                .take("number.pattern", NumberPattern::parse(&pattern))
                .map(NumberRule::Pattern),
            _ => {
                self.faults.note("number", "give either field or pattern");
                None
            }
        }
    }
}

fn is_code(field: &Field) -> bool {
    matches!(
        field.kind,
        FieldKind::Text { .. } | FieldKind::CitizenId | FieldKind::CreditCode
    )
}

#[cfg(test)]
pub(crate) const EXAMPLE: &str = include_str!("../../tests/types/approval.toml");

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
