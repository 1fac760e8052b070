//! Types: what may be issued, read from a file that a person writes, and the way to publication.
//!
//! Not the look of a page (a template is opaque here, `signer` reads it) and no SQL. `rows` checks
//! rows against a published type; `batches` and the store pin its version in every certificate.

mod bounds;
mod definition;
mod fault;
mod field;
mod item;
mod lint;
mod names;
mod number;
mod package;
mod raw;
mod room;
mod source;
mod validity;
mod workflow;

pub use definition::{
    CertificateClass, DeliveryRule, FinalLevel, HolderRule, Level, PersonRule, ReasonRule,
    ReasonUse, ShareClass, TypeDefinition,
};
pub use fault::DefinitionFault;
pub use field::{CodeEntry, Field, FieldKind, Pattern};
pub use item::{Need, ServiceItem};
pub use lint::{Lint, LintFinding, Severity};
pub use number::{NumberPattern, NumberRule};
pub use package::{PublishedType, TemplateSource, TypePackage};
pub use room::{TypeLine, Types};
#[cfg(test)]
pub(crate) use source::EXAMPLE;
pub(crate) use source::{REF_COLUMN, REPLACES_COLUMN};
pub use validity::{End, Period, PeriodUnit, ValidityRule};
pub use workflow::{Mark, Side, Stage, Step, StepRefused, TypeVersion};
