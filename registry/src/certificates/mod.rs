//! Certificates: how they are named, whose they are, what they say, in which state they are; and
//! the room that finds them, answers about them and records decisions.
//!
//! Not the types (`types`), not the making (`batches`); its SQL is in `store`. `rows`, `types` and
//! `batches` use its values, `api` calls the room.

mod bulk;
mod citizen_id;
#[cfg(test)]
mod covered_tests;
mod decision;
mod face;
mod facts;
mod find;
mod history;
mod holder;
mod holder_kinds;
mod identifier;
#[cfg(test)]
mod issued_tests;
mod lookup_name;
mod masked;
mod name;
mod particulars;
mod printed_code;
mod record;
mod replace;
mod room;
mod search;
mod state;
mod stock;
#[cfg(test)]
mod story;
mod transition;
mod type_code;
mod validity;

pub use bulk::{BulkAct, BulkItem, BulkProgress, ItemOutcome, Selection};
pub use citizen_id::CitizenId;
pub use decision::Decision;
pub use face::{Face, FaceField, FieldValue, Image, Media};
pub use facts::{Facts, StandingFact};
pub use find::Key;
pub use history::{History, Refused};
pub use holder::{Holder, HolderKind, KindCheck, PersonReference};
pub use identifier::{Identifier, Serial, Version};
pub use lookup_name::{LOOKUP_NAME_RULE, LookupName};
pub use masked::MaskedName;
pub use name::Name;
pub(crate) use particulars::{ClaimKind, KeyedHash, LookupKind, Particulars};
pub use printed_code::PrintedCode;
pub use record::{Basis, FileRevision, Record};
pub(crate) use replace::{Predecessor, predecessor, supersede};
pub use room::Certificates;
pub use search::{Filter, SearchPage};
pub use state::{RecordedState, State, StateName};
pub use stock::{Stock, StockOutcome};
pub use transition::{About, Reason, Transition, TransitionKind};
pub use type_code::TypeCode;
pub use validity::{Standing, Validity, day_of, end_of_day, start_of_day};
