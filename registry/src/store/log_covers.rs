//! Holds the record against the digests that the log covers it by: what was decided at issue and
//! import, and each transition.

use std::collections::HashMap;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::generated::select_in;
use super::log_verify::MOST;
use super::{Reader, Store, log, records, transitions};
use crate::audit::{Decided, Seen, Unrecorded, covered};
use crate::certificates::{Name, TransitionKind, TypeCode};
use crate::error::Result;
use crate::ids::Id;
use crate::units::CreditCode;

/// Rows read at once.
const PAGE: i64 = 500;

/// What the log says otherwise of an issue, an import or a transition. At most [`MOST`] of each.
pub(crate) async fn differing(store: &Store) -> Result<Vec<Unrecorded>> {
    let mut reader = store.reader().await?;
    let mut found = issues(&mut reader).await?;
    found.extend(histories(&mut reader, store).await?);
    Ok(found)
}

/// Issued certificates whose record or first file is not what the event of their issue covers.
async fn issues(reader: &mut Reader) -> Result<Vec<Unrecorded>> {
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let rows = sqlx::query(
            "SELECT c.id, c.type_code, c.type_version, c.agency, c.serial, c.version, c.issued, \
             c.effective, c.expiring, c.approved_at, c.content_hash, f.sha256, e.detail \
             FROM certificates c LEFT JOIN files f ON f.certificate = c.id AND f.revision = 1 \
             LEFT JOIN events e ON e.object = c.id AND e.kind = 'certificate.issued' \
             WHERE c.basis = 'issued' AND c.id > $1 ORDER BY c.id LIMIT $2",
        )
        .bind(after.as_str())
        .bind(PAGE)
        .fetch_all(&mut **reader)
        .await?;
        let Some(last) = rows.last() else {
            return Ok(found);
        };
        after = last.try_get("id")?;
        for row in &rows {
            if let Some(what) = issue(row)? {
                let id = row.try_get("id")?;
                found.push(Unrecorded { what, id });
            }
        }
        if found.len() as i64 >= MOST {
            return Ok(found);
        }
    }
}

fn issue(row: &AnyRow) -> Result<Option<Seen>> {
    let file: Option<Vec<u8>> = row.try_get("sha256")?;
    let said: Option<String> = row.try_get("detail")?;
    Ok(match (file, said) {
        (None, None) => None,
        (Some(_), None) => Some(NEVER_ISSUED),
        (None, Some(_)) => Some(WITHOUT_FILE),
        (Some(file), Some(said)) => {
            let word = covered::issue(&decided(row, None)?, &log::fixed(file)?);
            (!covered::says(&said, &word)).then_some(DECIDED_OTHERWISE)
        }
    })
}

const NEVER_ISSUED: Seen = (
    "事件中没有颁发这一证照的记录",
    "the events do not know the issue of certificate",
);
const WITHOUT_FILE: Seen = (
    "日志记有颁发，登记中却没有其文件：证照",
    "the log knows an issue, and no file is on record, of certificate",
);
const DECIDED_OTHERWISE: Seen = (
    "日期、标识、内容或文件与日志所载不符：证照",
    "the dates, identifier, content or file are not what the log covers of certificate",
);
const HAPPENED_OTHERWISE: Seen = (
    "一项状态变动与日志所载不符：证照",
    "a transition is not what the log covers of certificate",
);

/// Transitions that are not what their event covers. Those without any event are found elsewhere.
async fn histories(reader: &mut Reader, store: &Store) -> Result<Vec<Unrecorded>> {
    let mut found = Vec::new();
    let mut after = (String::new(), 0_i64);
    loop {
        let rows = sqlx::query(
            "SELECT t.*, c.id, c.basis, c.type_code, c.type_version, c.agency, c.serial, c.version, \
             c.issued, c.effective, c.expiring, c.approved_at, c.content_hash, \
             f.identifier AS foreign_id FROM transitions t \
             JOIN certificates c ON c.id = t.certificate \
             LEFT JOIN foreign_identifiers f ON f.certificate = c.id \
             WHERE t.certificate > $1 OR (t.certificate = $1 AND t.place > $2) \
             ORDER BY t.certificate, t.place LIMIT $3",
        )
        .bind(after.0.as_str())
        .bind(after.1)
        .bind(PAGE)
        .fetch_all(&mut **reader)
        .await?;
        let Some(last) = rows.last() else {
            return Ok(found);
        };
        after = (last.try_get("certificate")?, last.try_get("place")?);
        let names = rows.iter().map(name).collect::<Result<Vec<_>>>()?;
        let said = said_of(reader, store, &names).await?;
        for (row, name) in rows.iter().zip(&names) {
            let said = said.get(name).map_or(&[][..], Vec::as_slice);
            if !said.is_empty() && !is_covered(row, said)? {
                let id = row.try_get("id")?;
                found.push(Unrecorded {
                    what: HAPPENED_OTHERWISE,
                    id,
                });
            }
        }
        if found.len() as i64 >= MOST {
            return Ok(found);
        }
    }
}

/// The kinds and details of the events of certificates, by name.
async fn said_of(
    reader: &mut Reader,
    store: &Store,
    names: &[String],
) -> Result<HashMap<String, Vec<(String, String)>>> {
    let mut names = names.to_vec();
    names.dedup();
    let select = "SELECT object, kind, detail FROM events WHERE object IN";
    let rows = select_in(reader, store.dialect(), select, &names, |name, values| {
        values.add(name.clone()).map(drop)
    })
    .await?;
    let mut said: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for row in &rows {
        let event = (row.try_get("kind")?, row.try_get("detail")?);
        said.entry(row.try_get("object")?).or_default().push(event);
    }
    Ok(said)
}

/// Whether one of the events of its certificate covers a transition, and an import its record.
fn is_covered(row: &AnyRow, said: &[(String, String)]) -> Result<bool> {
    let transition = transitions::read(row)?;
    let certificate = Id::stored(row.try_get("certificate")?)?;
    let place: i64 = row.try_get("place")?;
    let mut words = vec![covered::transition(
        certificate,
        place.unsigned_abs(),
        &transition,
    )];
    if transition.kind == TransitionKind::Import {
        let foreign: Option<String> = row.try_get("foreign_id")?;
        words.push(covered::import(&decided(row, foreign.as_deref())?));
    }
    let kind = format!("certificate.{}", transition.kind.as_str());
    let mut of_kind = said.iter().filter(|(said, _)| *said == kind).peekable();
    // What no event of its kind tells of is told by the counts.
    Ok(of_kind.peek().is_none()
        || of_kind.any(|(_, detail)| words.iter().all(|word| covered::says(detail, word))))
}

/// How the log names the certificate of a row.
fn name(row: &AnyRow) -> Result<String> {
    if row.try_get::<&str, _>("basis")? == "issued" {
        let type_code = TypeCode::parse(row.try_get("type_code")?);
        let agency = CreditCode::parse(row.try_get("agency")?);
        let type_code = type_code.map_err(|_| records::damaged("a type code is wrong"))?;
        let agency = agency.map_err(|_| records::damaged("an agency's code is wrong"))?;
        return Ok(records::own_identifier(row, &type_code, &agency)?.to_string());
    }
    match row.try_get("foreign_id")? {
        Some(foreign) => Ok(foreign),
        None => Ok(Name::Record(Id::stored(row.try_get("id")?)?).to_string()),
    }
}

fn decided(row: &AnyRow, foreign: Option<&str>) -> Result<[u8; 32]> {
    let expiring: Option<String> = row.try_get("expiring")?;
    let content_hash: Vec<u8> = row.try_get("content_hash")?;
    let decided = Decided {
        certificate: row.try_get("id")?,
        type_code: row.try_get("type_code")?,
        type_version: row.try_get("type_version")?,
        agency: row.try_get("agency")?,
        serial: row.try_get("serial")?,
        version: row.try_get("version")?,
        foreign,
        issued: row.try_get("issued")?,
        effective: row.try_get("effective")?,
        expiring: expiring.as_deref(),
        approved_at: row.try_get("approved_at")?,
        content_hash: &content_hash,
    };
    Ok(decided.digest())
}
