//! A unit: an agency, a desk unit, a relying system, the centre or the supervisor.

use super::{CreditCode, RegionCode};
use crate::edition::Edition;

/// What a unit is to the service. One organisation may be several units of different kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 发证机构: owns types, answers for data, reviews, suspends, cancels.
    Agency,
    /// 用证窗口: a counter where certificates are shown.
    Desk,
    /// 第三方系统: a system that asks.
    RelyingSystem,
    /// 认证中心: runs the service and owns the seal keys.
    Centre,
    /// 主管部门: supervises, decides, mediates; never seals.
    Supervisor,
}

impl UnitKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Agency,
        Self::Centre,
        Self::Supervisor,
        Self::RelyingSystem,
        Self::Desk,
    ];

    /// The word stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::Desk => "desk",
            Self::RelyingSystem => "relying_system",
            Self::Centre => "centre",
            Self::Supervisor => "supervisor",
        }
    }

    /// The word in Chinese messages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Agency => "发证机构",
            Self::Desk => "用证窗口",
            Self::RelyingSystem => "第三方系统",
            Self::Centre => "认证中心",
            Self::Supervisor => "主管部门",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A named person to call about a unit's data.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name of the person.
    pub name: String,
    /// Telephone number as it is dialled.
    pub phone: String,
    /// Post or department within the unit.
    #[serde(default)]
    pub post: String,
}

/// The three named contacts that every unit keeps up to date (Guangzhou 2016, §8 and §34).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contacts {
    /// Who answers for the unit's part.
    pub responsible: Contact,
    /// Who knows the business.
    pub business: Contact,
    /// Who knows the systems.
    pub technical: Contact,
}

/// A unit on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its code, the key of the record together with the kind.
    pub code: CreditCode,
    /// What it is to the service.
    pub kind: UnitKind,
    /// Its full name, as stamps and pages show it.
    pub name: String,
    /// Where it has its seat.
    pub region: RegionCode,
    /// The region's name, as pages show it.
    pub region_name: String,
    /// Whom to call.
    pub contacts: Contacts,
}

/// Why a unit cannot be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitFault {
    /// A name or telephone number that must be there is empty.
    #[error("{} of the unit is empty; fill it in", .0.1)]
    Empty((&'static str, &'static str)),
}

impl UnitFault {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        let Self::Empty((what, _)) = self;
        format!("单位的{what}为空；请填写")
    }
}

impl Unit {
    /// What stands on record about it.
    pub fn edition(&self) -> Edition {
        let Contacts {
            responsible,
            business,
            technical,
        } = &self.contacts;
        let mut parts = vec![
            self.code.as_str(),
            self.kind.as_str(),
            &self.name,
            self.region.as_str(),
            &self.region_name,
        ];
        for contact in [responsible, business, technical] {
            parts.extend([&*contact.name, &*contact.phone, &*contact.post]);
        }
        Edition::of(&parts)
    }

    /// Checks that nothing a person must be able to read or dial is empty.
    pub fn check(self) -> Result<Self, UnitFault> {
        let contacts = &self.contacts;
        let filled = [
            (("名称", "name"), &self.name),
            (("行政区划名称", "region name"), &self.region_name),
            (
                ("负责人姓名", "name of the responsible contact"),
                &contacts.responsible.name,
            ),
            (
                ("负责人电话", "telephone of the responsible contact"),
                &contacts.responsible.phone,
            ),
            (
                ("业务联系人姓名", "name of the business contact"),
                &contacts.business.name,
            ),
            (
                ("业务联系人电话", "telephone of the business contact"),
                &contacts.business.phone,
            ),
            (
                ("技术联系人姓名", "name of the technical contact"),
                &contacts.technical.name,
            ),
            (
                ("技术联系人电话", "telephone of the technical contact"),
                &contacts.technical.phone,
            ),
        ];
        match filled.iter().find(|(_, value)| value.trim().is_empty()) {
            Some((what, _)) => Err(UnitFault::Empty(*what)),
            None => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(name: &str) -> Contact {
        Contact {
            name: name.into(),
            phone: "0999-1234567".into(),
            post: String::new(),
        }
    }

    fn unit(technical: &str) -> Unit {
        Unit {
            code: CreditCode::parse("11990000MB99990094").unwrap(),
            kind: UnitKind::Agency,
            name: "示例市住房和城乡建设局".into(),
            region: RegionCode::parse("990100").unwrap(),
            region_name: "示例市".into(),
            contacts: Contacts {
                responsible: contact("甲"),
                business: contact("乙"),
                technical: contact(technical),
            },
        }
    }

    #[test]
    fn three_contacts_or_no_unit() {
        assert!(unit("丙").check().is_ok());
        assert_eq!(
            unit("　").check(),
            Err(UnitFault::Empty((
                "技术联系人姓名",
                "name of the technical contact"
            )))
        );
    }

    #[test]
    fn kinds_read_back() {
        assert_eq!(
            UnitKind::parse(UnitKind::RelyingSystem.as_str()),
            Some(UnitKind::RelyingSystem)
        );
        assert_eq!(UnitKind::parse("other"), None);
    }
}
