//! A person on record, their keys, and the proof that a call is theirs.

use jiff::Timestamp;

use super::{Role, Roles};
use crate::edition::Edition;
use crate::units::{Actor, CreditCode, UnitKind};

/// SHA-256 of a SubjectPublicKeyInfo in DER: by it a caller is known, whatever the names in the X.509 say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyDigest(pub [u8; 32]);

/// A person or system under a unit. The account is no personal name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Account and unit.
    pub actor: Actor,
    /// As which kind of unit the organisation acts.
    pub kind: UnitKind,
    /// What they may be.
    pub roles: Roles,
    /// Since when they act no more.
    pub ended: Option<Timestamp>,
}

impl Person {
    /// What stands on record about them, their keys apart.
    pub fn edition(&self) -> Edition {
        let ended = self.ended.map_or(String::new(), |at| at.to_string());
        Edition::of(&[
            &self.actor.to_string(),
            self.kind.as_str(),
            &self.roles.to_string(),
            &ended,
        ])
    }
}

/// A key by which a person is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledKey {
    /// Which.
    pub key: KeyDigest,
    /// Serial number of its X.509, hexadecimal.
    pub serial: String,
    /// End of its X.509.
    pub not_after: Timestamp,
    /// Since when it counts no more: lost, renewed, or its person gone.
    pub ended: Option<Timestamp>,
}

/// Who calls: a person on record whose key stands at this moment. Made only by [`super::Persons::subject`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    person: Person,
}

impl Subject {
    pub(super) fn proven(person: Person) -> Self {
        Self { person }
    }

    /// Account and unit, as acts on record name them.
    pub fn actor(&self) -> &Actor {
        &self.person.actor
    }

    /// The unit's code.
    pub fn unit(&self) -> &CreditCode {
        &self.person.actor.unit
    }

    /// As which kind of unit.
    pub fn kind(&self) -> UnitKind {
        self.person.kind
    }

    /// What they may be.
    pub fn roles(&self) -> &Roles {
        &self.person.roles
    }

    /// Whether they may register persons of a unit: its administrator, or an operator of the centre.
    pub fn administers(&self, unit: &CreditCode, kind: UnitKind) -> bool {
        let own = self.unit() == unit && self.kind() == kind;
        self.roles().any_of(&[Role::CentreOperator])
            || own && self.roles().any_of(&[Role::UnitAdministrator])
    }
}
