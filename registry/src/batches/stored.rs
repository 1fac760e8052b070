//! The sealed blob of a plan, as JSON; and rebuilding what was approved after a restart.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::approved::{Approved, FileInputs, Origin, Record, StatusPlace};
use super::digests::PlanDigests;
use crate::certificates::{Identifier, Particulars, PrintedCode, Serial, Validity, Version};
use crate::cipher::{Content, DataKey, Vault};
use crate::error::{Error, Result};
use crate::store::plans::OpenPlan;
use crate::store::units::day;
use crate::types::PublishedType;
use crate::units::Unit;

/// The blob of a plan.
#[derive(Serialize, Deserialize)]
struct StoredInputs<'a> {
    file_id: String,
    made_at: i64,
    printed_code: Cow<'a, str>,
    verify_url: Cow<'a, str>,
    status_uri: Cow<'a, str>,
    status_list: u32,
    status_index: u32,
}

/// Seals what a plan adds.
pub(super) fn seal_inputs(key: &DataKey, file: &FileInputs) -> Result<Vec<u8>> {
    let stored = StoredInputs {
        file_id: hex::encode(file.file_id),
        made_at: file.made_at.as_millisecond(),
        printed_code: Cow::Borrowed(file.printed_code.as_str()),
        verify_url: Cow::Borrowed(&file.verify_url),
        status_uri: Cow::Borrowed(&file.status.uri),
        status_list: file.status.list,
        status_index: file.status.index,
    };
    key.seal(
        Content::PlanInputs,
        &serde_json::to_vec(&stored).map_err(unreadable)?,
    )
}

fn open_inputs(key: &DataKey, sealed: Vec<u8>) -> Result<FileInputs> {
    let bytes = key.open(Content::PlanInputs, sealed)?;
    let stored: StoredInputs<'_> = serde_json::from_slice(&bytes).map_err(unreadable)?;
    let mut file_id = [0; 16];
    hex::decode_to_slice(&stored.file_id, &mut file_id).map_err(unreadable)?;
    Ok(FileInputs {
        file_id,
        made_at: Timestamp::from_millisecond(stored.made_at).map_err(unreadable)?,
        printed_code: PrintedCode::parse(&stored.printed_code).map_err(unreadable)?,
        verify_url: stored.verify_url.into_owned(),
        status: StatusPlace {
            uri: stored.status_uri.into_owned(),
            index: stored.status_index,
            list: stored.status_list,
        },
    })
}

/// The data key of a plan's certificate.
pub(super) fn key_of(vault: &Vault, plan: &OpenPlan) -> Result<DataKey> {
    let owner = plan.certificate.to_string();
    let wrapped = plan.key.as_ref().ok_or_else(|| {
        Error::damaged(
            "证照的数据密钥在颁发之前已被清除",
            format!("the data key of {owner} was erased before it was issued"),
        )
    })?;
    vault.open_key(&owner, wrapped)
}

/// The digests that a plan was stored with; `None` for an attempt that was never laid out.
pub(super) fn digests_of(plan: &OpenPlan) -> Result<Option<PlanDigests>> {
    match (&plan.inputs_digest, &plan.covered) {
        (Some(inputs), Some(covered)) => PlanDigests::stored(inputs, covered).map(Some),
        _ => Ok(None),
    }
}

/// The identifier of a plan's certificate.
pub(super) fn identifier_of(
    plan: &OpenPlan,
    agency: &Unit,
    published: &PublishedType,
) -> Result<Identifier> {
    let serial = Serial::parse(&plan.serial).map_err(unreadable)?;
    let version = u16::try_from(plan.version).ok().and_then(Version::new);
    let version = version.ok_or_else(|| unreadable("a version"))?;
    let type_code = published.definition().code.clone();
    Ok(Identifier::new(
        type_code,
        agency.code.clone(),
        serial,
        version,
    ))
}

/// Rebuilds what was approved, with the same inputs, so that an equal layout gives equal bytes.
pub(super) fn rebuild(
    vault: &Vault,
    plan: OpenPlan,
    agency: &Arc<Unit>,
    published: &PublishedType,
) -> Result<Approved> {
    let key = key_of(vault, &plan)?;
    let digests = digests_of(&plan)?;
    let decided = plan.decided();
    let identifier = identifier_of(&plan, agency, published)?;
    let expiring = plan.expiring.as_deref().map(day).transpose()?;
    let validity = Validity::new(day(&plan.effective)?, expiring);
    let content = Particulars::open(&key, plan.face)?;
    Ok(Approved {
        published: published.clone(),
        agency: Arc::clone(agency),
        identifier,
        issued: day(&plan.issued)?,
        validity: validity.ok_or_else(|| unreadable("dates"))?,
        content,
        file: open_inputs(&key, plan.inputs)?,
        record: Record {
            certificate: plan.certificate,
            plan: plan.id,
            attempt: plan.attempt,
            place: plan.place,
            key,
            origin: Origin::Plan { digests, decided },
        },
    })
}

fn unreadable(what: impl std::fmt::Display) -> Error {
    Error::damaged(
        "证照记录无法读出",
        format!("a stored certificate does not read back: {what}"),
    )
}
