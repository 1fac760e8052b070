//! A type as it is read from its file: every name in it resolves, every rule can be applied.

use super::fault::DefinitionFault;
use super::source;
use super::{Field, NumberRule, ValidityRule};
use crate::certificates::{About, HolderKind, TypeCode};
use crate::units::CreditCode;

/// What may be issued. Made only by [`TypeDefinition::parse`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TypeDefinition {
    /// Type code (GB/T 36902).
    pub code: TypeCode,
    /// Name, as pages and catalogue show it.
    pub name: String,
    /// Class of the catalogue.
    pub class: CertificateClass,
    /// The agency that keeps it; the defining authority unless the file says otherwise.
    pub owner: CreditCode,
    /// Name and level of the defining authority, for the catalogue.
    pub defined_by: Option<(String, Level)>,
    /// Levels of the authorities that issue it, for the catalogue.
    pub issued_by_levels: Vec<Level>,
    /// Codes of related service items.
    pub items: Vec<String>,
    /// Who may have it.
    pub share: ShareClass,
    /// Which fields make the holder.
    pub holder: HolderRule,
    /// Which fields name other persons.
    pub persons: Vec<PersonRule>,
    /// From when to when it is valid.
    pub validity: ValidityRule,
    /// The printed number.
    pub number: NumberRule,
    /// Whether a second person of the agency approves each one before it is sealed.
    pub review: bool,
    /// Whether a holder has at most one that is valid.
    pub single_instance: bool,
    /// Whether the file gets its last level at once, so that nothing may follow the seal.
    pub final_level: Option<FinalLevel>,
    /// How often and how much each agency is expected to deliver; `None` where nothing is expected.
    pub delivery: Option<DeliveryRule>,
    /// Why one may be suspended, revoked, cancelled, withdrawn.
    pub reasons: Vec<ReasonRule>,
    /// File name of the template, beside the type file.
    pub template: String,
    /// The fields of the face in order.
    pub fields: Vec<Field>,
}

impl TypeDefinition {
    /// Reads a type file; returns everything wrong with it at once.
    pub fn parse(text: &str) -> Result<Self, Vec<DefinitionFault>> {
        source::parse(text)
    }

    /// The field of a machine name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The reason of a code, if it may be given for this use.
    pub fn reason(&self, code: &str, wanted: ReasonUse) -> Option<&ReasonRule> {
        self.reasons
            .iter()
            .find(|reason| reason.code == code && reason.uses.contains(&wanted))
    }
}

/// What an agency is expected to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryRule {
    /// At least once in so many days, 1 to 366.
    pub every_days: u16,
    /// Rows of an ordinary delivery, 1 to 1,000,000.
    pub rows: u32,
}

/// Class of the catalogue (Wuhu 2016, §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum CertificateClass {
    /// 证照
    #[serde(rename = "证照")]
    Licence,
    /// 证明
    #[serde(rename = "证明")]
    Proof,
    /// 批文
    #[serde(rename = "批文")]
    Approval,
    /// 鉴定报告
    #[serde(rename = "鉴定报告")]
    Appraisal,
    /// 办事结果
    #[serde(rename = "办事结果")]
    Outcome,
}

/// Level of an authority (GB/T 36902).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum Level {
    /// 国家
    #[serde(rename = "国家")]
    State,
    /// 省部
    #[serde(rename = "省部")]
    Province,
    /// 地市
    #[serde(rename = "地市")]
    City,
    /// 区县
    #[serde(rename = "区县")]
    County,
    /// 其他
    #[serde(rename = "其他")]
    Other,
}

/// Who may have a type or field (Fujian 2010 §45, Liaoning 2019 §10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareClass {
    /// Every agency, without applying.
    Unconditional,
    /// On application.
    Conditional {
        /// What must be met.
        condition: String,
    },
    /// Nobody.
    NotShared {
        /// The rule that forbids it.
        legal_basis: String,
    },
}

/// A level after which nothing may be added to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum FinalLevel {
    /// PAdES B-B.
    #[serde(rename = "B-B")]
    BB,
    /// PAdES B-T.
    #[serde(rename = "B-T")]
    BT,
}

/// Which fields make the holder (持证主体).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderRule {
    /// Allowed kinds; the first is taken where no field says.
    pub kinds: Vec<HolderKind>,
    /// The field that gives the kind, where several are allowed.
    pub kind_field: Option<String>,
    /// The field with the code.
    pub code_field: String,
    /// The field with the name.
    pub name_field: String,
    /// Whether there may be several: their values stand in one field, joined with `^`, or as a
    /// list in NDJSON.
    pub several: bool,
}

/// Which fields name another person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRule {
    /// Machine name of the role, such as `guardian`.
    pub role: String,
    /// The role in Chinese.
    pub label: String,
    /// Allowed kinds; the first is taken where no field says.
    pub kinds: Vec<HolderKind>,
    /// The field that gives the kind.
    pub kind_field: Option<String>,
    /// The field with the code, where the face has one.
    pub code_field: Option<String>,
    /// The field with the name.
    pub name_field: String,
}

/// A reason that a decision may give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonRule {
    /// Its code.
    pub code: String,
    /// What it says.
    pub label: String,
    /// For which decisions it may be given.
    pub uses: Vec<ReasonUse>,
    /// Whether the file or the licence is at fault.
    pub about: About,
}

/// The decisions that need a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonUse {
    /// 暂扣、停用
    Suspend,
    /// 吊销
    Revoke,
    /// 注销
    Cancel,
    /// 撤销
    Withdraw,
}
