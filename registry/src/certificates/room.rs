//! The room of certificates; each act has a file of its own beside this one.

use super::Record;
use crate::Registry;
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::store::records;

/// The room of certificates.
#[derive(Debug, Clone, Copy)]
pub struct Certificates<'r> {
    pub(super) registry: &'r Registry,
}

impl<'r> Certificates<'r> {
    pub(crate) fn new(registry: &'r Registry) -> Self {
        Self { registry }
    }

    /// The record of an id.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_certificate`.
    pub async fn record(&self, id: Id) -> Result<Record> {
        let mut reader = self.registry.store().reader().await?;
        records::by_id(&mut reader, id).await?.ok_or_else(unknown)
    }
}

/// Nothing is repeated of what was asked: it may be somebody's number.
pub(super) fn unknown() -> Error {
    Error::refused(
        "unknown_certificate",
        "没有这一证照的记录；请核对标识、编号或查验码",
        "no such certificate is on record; check identifier, number or code",
    )
}
