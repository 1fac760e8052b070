//! Persons and systems that act under a unit: their roles, and the keys by which they are known.
//!
//! Not what a role may do on which route (`api` lists that), not what may be read (`grants`). A [`Subject`] is made only
//! here, from a key on record that still stands.

mod person;
mod role;
mod room;

pub use person::{EnrolledKey, KeyDigest, Person, Subject};
pub use role::{Role, Roles, RolesFault};
pub use room::Persons;
