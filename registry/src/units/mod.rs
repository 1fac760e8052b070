//! Units and persons: who defines, issues, asks, and under which dated right.
//!
//! Plain values, parsed once; no SQL. Not grants, not log-in. `types`, `certificates` and the
//! store call it.

mod actor;
mod authority;
mod code;
mod credit_code;
mod region;
mod unit;

pub use actor::{Actor, PersonId};
pub use authority::{ActingAuthority, Authority, AuthorityFault};
pub use code::{Checked, CodeFault};
pub use credit_code::CreditCode;
pub use region::RegionCode;
pub use unit::{Contact, Contacts, Unit, UnitFault, UnitKind};

pub(crate) use code::fold_width;
