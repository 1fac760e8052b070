//! What a person may be to a unit. Which roles exist at which kind of unit the centre has settled here; within that
//! the unit's own administrator gives them out (graded administration, Fujian free-trade zone §15; Fujian 2010 §35).

use std::collections::BTreeSet;
use std::fmt;

use crate::units::UnitKind;

/// A role under a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 单位管理员: registers the unit's persons and gives them roles.
    UnitAdministrator,
    /// 经办人: pushes batches, proposes transitions; at the centre also enters retained copies.
    Clerk,
    /// 审核人: approves before issue, seconds mass decisions.
    Reviewer,
    /// 目录管理员: keeps types and templates.
    CatalogueKeeper,
    /// 目录审核人: reviews them; never the keeper (Fujian 2010, §16).
    CatalogueReviewer,
    /// 信息主管: approves the unit's own applications for access (Fujian 2010, §23).
    InformationManager,
    /// 数据开放审批人: decides about applications of others.
    DataAccessDecider,
    /// 异议处理人: answers disputes and corrections.
    DisputeHandler,
    /// 窗口人员: verifies at a counter.
    DeskOfficer,
    /// A program with a key of its own.
    System,
    /// 认证中心运行人员: registers units, checks and publishes types, runs the service.
    CentreOperator,
    /// 主管部门人员: supervises, decides, mediates; never seals.
    Supervisor,
    /// 审计人员: reads the audit.
    Auditor,
}

impl Role {
    /// Every role, in the order of pages.
    pub const ALL: [Self; 13] = [
        Self::UnitAdministrator,
        Self::Clerk,
        Self::Reviewer,
        Self::CatalogueKeeper,
        Self::CatalogueReviewer,
        Self::InformationManager,
        Self::DataAccessDecider,
        Self::DisputeHandler,
        Self::DeskOfficer,
        Self::System,
        Self::CentreOperator,
        Self::Supervisor,
        Self::Auditor,
    ];

    /// The word stored, typed and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnitAdministrator => "unit_administrator",
            Self::Clerk => "clerk",
            Self::Reviewer => "reviewer",
            Self::CatalogueKeeper => "catalogue_keeper",
            Self::CatalogueReviewer => "catalogue_reviewer",
            Self::InformationManager => "information_manager",
            Self::DataAccessDecider => "data_access_decider",
            Self::DisputeHandler => "dispute_handler",
            Self::DeskOfficer => "desk_officer",
            Self::System => "system",
            Self::CentreOperator => "centre_operator",
            Self::Supervisor => "supervisor",
            Self::Auditor => "auditor",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether the role exists at units of that kind.
    pub fn fits(self, kind: UnitKind) -> bool {
        use UnitKind::{Agency, Centre, Desk, RelyingSystem, Supervisor};
        match self {
            Self::UnitAdministrator => true,
            Self::Clerk => matches!(kind, Agency | Centre),
            Self::Reviewer
            | Self::CatalogueKeeper
            | Self::DataAccessDecider
            | Self::DisputeHandler => kind == Agency,
            Self::CatalogueReviewer => matches!(kind, Agency | Centre),
            Self::InformationManager => matches!(kind, Agency | Desk | RelyingSystem),
            Self::DeskOfficer => matches!(kind, Desk | Agency),
            Self::System => matches!(kind, RelyingSystem | Desk | Agency),
            Self::CentreOperator => kind == Centre,
            Self::Supervisor => kind == Supervisor,
            Self::Auditor => matches!(kind, Centre | Supervisor),
        }
    }
}

/// The roles of one person; at least one, all fitting the unit, none excluding another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(BTreeSet<Role>);

/// Why a person cannot have these roles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RolesFault {
    /// No role at all.
    #[error("a person has at least one role; name it")]
    None,
    /// No such word.
    #[error("there is no role {0:?}")]
    Unknown(String),
    /// Not at this kind of unit.
    #[error("a unit of kind {kind} has no {role}; the centre settles which roles a kind has")]
    NotHere {
        /// The role.
        role: &'static str,
        /// The kind of the unit.
        kind: &'static str,
    },
    /// Two that exclude each other.
    #[error("who keeps the catalogue cannot also review it; give one of the two to another person")]
    KeeperReviews,
}

impl RolesFault {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::None => "人员至少有一个角色；请指明".to_owned(),
            Self::Unknown(word) => format!("没有“{word}”这一角色"),
            Self::NotHere { role, kind } => {
                let kind = UnitKind::parse(kind).map_or("这类单位", UnitKind::zh);
                format!("{kind}没有 {role} 这一角色；各类单位的角色由认证中心规定")
            }
            Self::KeeperReviews => "维护目录的人员不能同时审核目录；请将其一交给他人".to_owned(),
        }
    }
}

impl Roles {
    /// Reads words for a unit of that kind.
    ///
    /// # Errors
    /// The first [`RolesFault`].
    pub fn parse<'w>(
        words: impl IntoIterator<Item = &'w str>,
        kind: UnitKind,
    ) -> Result<Self, RolesFault> {
        let read =
            |word: &'w str| Role::parse(word).ok_or_else(|| RolesFault::Unknown(word.into()));
        Self::new(words.into_iter().map(read).collect::<Result<_, _>>()?, kind)
    }

    /// Roles at a unit of that kind.
    ///
    /// # Errors
    /// The first [`RolesFault`].
    pub fn new(roles: BTreeSet<Role>, kind: UnitKind) -> Result<Self, RolesFault> {
        if roles.is_empty() {
            return Err(RolesFault::None);
        }
        if let Some(role) = roles.iter().find(|role| !role.fits(kind)) {
            let (role, kind) = (role.as_str(), kind.as_str());
            return Err(RolesFault::NotHere { role, kind });
        }
        if roles.contains(&Role::CatalogueKeeper) && roles.contains(&Role::CatalogueReviewer) {
            return Err(RolesFault::KeeperReviews);
        }
        Ok(Self(roles))
    }

    /// Whether one of them is among these.
    pub fn any_of(&self, wanted: &[Role]) -> bool {
        wanted.iter().any(|role| self.0.contains(role))
    }

    /// Each, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }
}

/// Words with a space between, as stored.
impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, role) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{}", role.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_fit_their_unit() {
        let check = |words: &[&str], kind, expected: Result<&str, &str>| {
            let got = Roles::parse(words.iter().copied(), kind);
            let got = got
                .map(|roles| roles.to_string())
                .map_err(|fault| fault.to_string());
            match expected {
                Ok(text) => assert_eq!(got.as_deref(), Ok(text)),
                Err(part) => assert!(got.unwrap_err().contains(part), "{words:?}"),
            }
        };
        check(
            &["reviewer", "clerk"],
            UnitKind::Agency,
            Ok("clerk reviewer"),
        );
        check(&["system"], UnitKind::RelyingSystem, Ok("system"));
        check(&[], UnitKind::Agency, Err("at least one role"));
        check(&["king"], UnitKind::Agency, Err("no role \"king\""));
        check(
            &["clerk"],
            UnitKind::Desk,
            Err("a unit of kind desk has no clerk"),
        );
        check(&["supervisor"], UnitKind::Centre, Err("has no supervisor"));
        check(
            &["catalogue_keeper", "catalogue_reviewer"],
            UnitKind::Agency,
            Err("cannot also review it"),
        );
    }

    #[test]
    fn the_supervisor_never_seals() {
        let sealing = [Role::Clerk, Role::Reviewer, Role::CentreOperator];
        assert!(sealing.iter().all(|role| !role.fits(UnitKind::Supervisor)));
    }

    #[test]
    fn words_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
    }
}
