//! What a call may learn, for which purpose; the proof of it is a [`Permit`], made only here.
//!
//! For now state and verdict alone, never a face. Grants by type and field come behind the same calls. Called by `api`
//! before it reads.

mod permit;

pub(crate) use permit::is_unseen;
pub use permit::{BusinessNumber, Permit, Purpose, ReviewPermit, TermFault};

use crate::error::{Error, Result};
use crate::persons::{Role, Subject};

/// Who may verify certificates on the extranet: whoever has duties with them.
pub const VERIFIERS: [Role; 8] = [
    Role::DeskOfficer,
    Role::System,
    Role::Clerk,
    Role::Reviewer,
    Role::DisputeHandler,
    Role::CentreOperator,
    Role::Supervisor,
    Role::Auditor,
];

/// The room of grants.
#[derive(Debug, Clone, Copy)]
pub struct Grants;

impl Grants {
    /// Lets a subject verify: the state on record and the verdict, for the purpose that it states.
    ///
    /// # Errors
    /// [`Error::Refused`] `role_missing`.
    pub fn to_verify(
        &self,
        subject: &Subject,
        purpose: Purpose,
        business: BusinessNumber,
    ) -> Result<Permit> {
        if !subject.roles().any_of(&VERIFIERS) {
            return Err(Error::refused(
                "role_missing",
                "您的角色都不能核验证照；请联系本单位管理员",
                "none of your roles verifies certificates; ask your unit's administrator",
            ));
        }
        Ok(Permit::stated(subject.actor().clone(), purpose, business))
    }

    /// Lets a reviewer see what waits for review, faces included. Whose rows those are, batches decide.
    ///
    /// # Errors
    /// [`Error::Refused`] `role_missing`.
    pub fn to_review(&self, subject: &Subject) -> Result<ReviewPermit> {
        if !subject.roles().any_of(&[Role::Reviewer]) {
            return Err(Error::refused(
                "role_missing",
                "您没有审核角色；请联系本单位管理员",
                "you are no reviewer; ask your unit's administrator",
            ));
        }
        Ok(ReviewPermit::of(subject.actor().clone()))
    }

    /// What everybody may learn: the verdict on a file they hold; the state behind a printed code, and the holders
    /// masked.
    pub fn of_anyone(&self) -> Permit {
        Permit::anonymous()
    }
}
