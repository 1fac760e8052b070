//! Bytes outside the database: segments of sealed files, and the spool of uploaded bodies.
//! It knows records and lengths, never what they mean. Called by `batches`.

mod disk;
mod segment;
mod segments;
mod spool;
#[cfg(test)]
mod tests;

pub use disk::{Disk, DiskFile, LocalDisk};
pub(crate) use segment::{Found, HEADER, Location, Record};
pub(crate) use segments::Segments;
pub(crate) use spool::Spool;
pub use spool::{SpoolLimits, Spooled, Spooling, UploadReader};
