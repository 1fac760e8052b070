//! The type file as a person writes it, key by key (docs/types.md). Nothing in it resolves yet.

use super::definition::{CertificateClass, FinalLevel, Level, ReasonUse};
use super::field::CodeEntry;
use crate::certificates::{About, HolderKind, TypeCode};
use crate::units::CreditCode;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawType {
    pub(super) format: u32,
    pub(super) code: TypeCode,
    pub(super) name: String,
    pub(super) class: CertificateClass,
    pub(super) owner: Option<CreditCode>,
    pub(super) defined_by: Option<RawDefiner>,
    #[serde(default)]
    pub(super) issued_by_levels: Vec<Level>,
    #[serde(default)]
    pub(super) items: Vec<String>,
    pub(super) template: String,
    #[serde(default)]
    pub(super) review: bool,
    #[serde(default)]
    pub(super) single_instance: bool,
    pub(super) final_level: Option<FinalLevel>,
    pub(super) delivery: Option<RawDelivery>,
    pub(super) share: RawShare,
    pub(super) holder: RawHolder,
    #[serde(default)]
    pub(super) person: Vec<RawPerson>,
    pub(super) validity: RawValidity,
    pub(super) number: RawNumber,
    #[serde(default)]
    pub(super) reason: Vec<RawReason>,
    pub(super) field: Vec<RawField>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDefiner {
    pub(super) name: String,
    pub(super) level: Level,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDelivery {
    pub(super) every_days: u16,
    pub(super) rows: u32,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawShare {
    pub(super) class: RawShareClass,
    pub(super) condition: Option<String>,
    pub(super) legal_basis: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawShareClass {
    Unconditional,
    Conditional,
    NotShared,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHolder {
    pub(super) kinds: Vec<HolderKind>,
    pub(super) kind_field: Option<String>,
    pub(super) code_field: String,
    pub(super) name_field: String,
    #[serde(default)]
    pub(super) several: bool,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPerson {
    pub(super) role: String,
    pub(super) label: String,
    pub(super) kinds: Vec<HolderKind>,
    pub(super) kind_field: Option<String>,
    pub(super) code_field: Option<String>,
    pub(super) name_field: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawValidity {
    pub(super) issued_field: Option<String>,
    pub(super) effective_field: Option<String>,
    pub(super) days: Option<u16>,
    pub(super) months: Option<u16>,
    pub(super) years: Option<u16>,
    #[serde(default)]
    pub(super) counts_first_day: bool,
    pub(super) until_field: Option<String>,
    #[serde(default)]
    pub(super) unlimited: bool,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNumber {
    pub(super) field: Option<String>,
    pub(super) pattern: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReason {
    pub(super) code: String,
    pub(super) label: String,
    #[serde(rename = "for")]
    pub(super) uses: Vec<ReasonUse>,
    #[serde(default = "licence")]
    pub(super) about: About,
}

fn licence() -> About {
    About::Licence
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawField {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) kind: RawKind,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) pattern: Option<String>,
    pub(super) max_length: Option<usize>,
    pub(super) max_bytes: Option<usize>,
    #[serde(default)]
    pub(super) unlimited: bool,
    #[serde(default)]
    pub(super) codes: Vec<CodeEntry>,
    #[serde(default)]
    pub(super) sensitive: bool,
    #[serde(default = "yes")]
    pub(super) printed: bool,
    pub(super) share: Option<RawShare>,
    pub(super) source: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawKind {
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
