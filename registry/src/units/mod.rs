//! Units and persons: who defines, issues, asks, and under which dated right.
//!
//! Plain values, parsed once, and the room that keeps them; no SQL. Not grants, not log-in. `types`, `certificates` and the
//! store call it.

mod actor;
mod authority;
mod code;
mod credit_code;
mod deliverer;
#[cfg(test)]
mod deliverer_tests;
mod may;
mod region;
mod room;
mod succession;
mod unit;

pub use actor::{Actor, PersonId};
pub use authority::{ActingAuthority, Authority, AuthorityFault};
pub use code::{Checked, CodeFault};
pub use credit_code::CreditCode;
pub use deliverer::Deliverer;
pub use region::RegionCode;
pub use room::Units;
pub use succession::{Succession, acts_for};
pub use unit::{Contact, Contacts, Unit, UnitFault, UnitKind};

pub(crate) use code::fold_width;
pub(crate) use may::Act;
