//! Certificates: how they are named, whose they are, what they say, and in which state they are.
//!
//! Plain values and pure functions; no SQL, no clock. Not the types (`types`), not the making
//! (`batches`). `rows`, `types`, `batches` and the store call it.

mod citizen_id;
mod face;
mod history;
mod holder;
mod holder_kinds;
mod identifier;
mod lookup_name;
mod particulars;
mod printed_code;
mod state;
mod transition;
mod type_code;
mod validity;

pub use citizen_id::CitizenId;
pub use face::{Face, FaceField, FieldValue, Image, Media};
pub use history::{History, Refused};
pub use holder::{Holder, HolderKind, KindCheck, PersonReference};
pub use identifier::{Identifier, Serial, Version};
pub use lookup_name::{LOOKUP_NAME_RULE, LookupName};
pub(crate) use particulars::{HashKind, KeyedHash, Particulars};
pub use printed_code::PrintedCode;
pub use state::{RecordedState, State, StateName};
pub use transition::{About, Reason, Transition, TransitionKind};
pub use type_code::TypeCode;
pub use validity::{Standing, Validity, day_of, end_of_day, start_of_day};
