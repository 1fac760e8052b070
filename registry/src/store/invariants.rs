//! What must hold in the database at any time, stated as queries whose every row is a violation.

use sqlx::Row;

use super::Store;
use crate::certificates::{Identifier, Serial, TypeCode, Version};
use crate::error::{Error, Result};
use crate::units::CreditCode;

/// A statement and a query; each row of the query (one text) breaks the statement.
const STATEMENTS: &[(&str, &str)] = &[
    (
        "a job has one answer for each row it counted, and no row more",
        "SELECT id FROM jobs WHERE planned + existing + refused <> (SELECT COUNT(*) FROM items WHERE items.job = jobs.id)",
    ),
    (
        "a job that has ended has issued all it planned, or given it up; one that is done gave up none",
        "SELECT id FROM jobs WHERE finished_at IS NOT NULL \
         AND planned <> issued + CASE WHEN state = 'done' THEN 0 ELSE \
         (SELECT COUNT(DISTINCT c.id) FROM items i JOIN certificates c ON c.id = i.certificate \
          WHERE i.job = jobs.id AND c.job = jobs.id AND c.state = 'cancelled_before_issue') END",
    ),
    (
        "a row of a job that has ended is in error, given up, or has a certificate that was issued",
        "SELECT i.job FROM items i JOIN jobs j ON j.id = i.job \
         LEFT JOIN certificates c ON c.id = i.certificate \
         WHERE j.finished_at IS NOT NULL AND i.outcome <> 'refused' \
         AND NOT (i.outcome = 'cancelled' AND j.state <> 'done') \
         AND (c.id IS NULL OR (c.basis = 'issued' AND c.state IN \
              ('pending_review', 'approved', 'rejected', 'cancelled_before_issue')))",
    ),
    (
        "no plan is open when its job has ended",
        "SELECT p.id FROM plans p JOIN jobs j ON j.id = p.job \
         WHERE j.finished_at IS NOT NULL AND p.void_reason IS NULL \
         AND NOT EXISTS (SELECT 1 FROM files f WHERE f.plan = p.id)",
    ),
    (
        "a row has one certificate",
        "SELECT job FROM certificates WHERE job IS NOT NULL GROUP BY job, place HAVING COUNT(*) > 1",
    ),
    (
        "an issued certificate has exactly one first file, an unissued one none",
        "SELECT c.id FROM certificates c WHERE c.basis = 'issued' \
         AND (SELECT COUNT(*) FROM files f WHERE f.certificate = c.id AND f.revision = 1) \
         <> CASE WHEN c.state IN ('pending_review', 'approved', 'rejected', 'cancelled_before_issue') \
            THEN 0 ELSE 1 END",
    ),
    (
        "an identifier names one version of one certificate",
        "SELECT serial FROM certificates WHERE basis = 'issued' \
         GROUP BY serial, version HAVING COUNT(*) > 1",
    ),
    (
        "a place in a status list is given once, also to plans that are void",
        "SELECT c.type_code FROM plans p JOIN certificates c ON c.id = p.certificate \
         GROUP BY c.type_code, p.status_list, p.status_index HAVING COUNT(*) > 1",
    ),
    (
        "a certificate has at most one plan that is not void",
        "SELECT certificate FROM plans WHERE void_reason IS NULL \
         GROUP BY certificate HAVING COUNT(*) > 1",
    ),
    (
        "a file lies against a plan that is not void",
        "SELECT f.plan FROM files f JOIN plans p ON p.id = f.plan WHERE p.void_reason IS NOT NULL",
    ),
    (
        "no two files share bytes of a segment",
        "SELECT segment FROM files GROUP BY segment, place HAVING COUNT(*) > 1",
    ),
    (
        "the results of a reservation are its files",
        "SELECT k.key FROM key_uses k LEFT JOIN (SELECT reservation, COUNT(*) AS amount \
         FROM files GROUP BY reservation) f ON f.reservation = k.number \
         WHERE k.job IS NOT NULL AND k.results <> COALESCE(f.amount, 0)",
    ),
    (
        "a use that no batch planned for has no files",
        "SELECT k.key FROM key_uses k JOIN files f ON f.reservation = k.number WHERE k.job IS NULL",
    ),
    (
        "no more results than uses were reserved",
        "SELECT key FROM key_uses WHERE results > reserved",
    ),
    (
        "a settled reservation with fewer results says why",
        "SELECT key FROM key_uses WHERE settled_at IS NOT NULL AND results < reserved \
         AND explanation IS NULL",
    ),
    (
        "the reservations of a job that has ended are settled",
        "SELECT k.key FROM key_uses k JOIN jobs j ON j.id = k.job \
         WHERE j.finished_at IS NOT NULL AND k.settled_at IS NULL",
    ),
    (
        "a certificate from a row has claimed its ref, a printed code, and its number unless that \
         is a predecessor's or successor's",
        "SELECT c.id FROM certificates c LEFT JOIN (SELECT certificate, COUNT(DISTINCT kind) AS kinds \
         FROM claims GROUP BY certificate) k ON k.certificate = c.id \
         LEFT JOIN replacements r ON r.successor = c.id OR r.predecessor = c.id \
         WHERE c.basis = 'issued' AND c.state NOT IN ('cancelled_before_issue', 'rejected') AND c.job IS NOT NULL \
         AND COALESCE(k.kinds, 0) < CASE WHEN r.successor IS NULL THEN 3 ELSE 2 END",
    ),
    (
        "what waits for a reviewer is planned, not reserved, and not decided",
        "SELECT c.id FROM certificates c LEFT JOIN reviews r ON r.certificate = c.id \
         WHERE c.state = 'pending_review' AND (r.certificate IS NULL OR r.decision IS NOT NULL \
         OR NOT EXISTS (SELECT 1 FROM plans p WHERE p.certificate = c.id \
                        AND p.void_reason IS NULL AND p.reservation IS NULL))",
    ),
    (
        "what was reviewed has a file only as it was approved",
        "SELECT r.certificate FROM reviews r JOIN files f ON f.certificate = r.certificate \
         JOIN plans p ON p.id = f.plan \
         WHERE r.decision IS NULL OR r.decision <> 'approved' OR p.inputs_digest <> r.inputs_digest",
    ),
    (
        "a job rests only while something waits for a reviewer",
        "SELECT id FROM jobs WHERE state = 'in_review' AND NOT EXISTS \
         (SELECT 1 FROM reviews r WHERE r.job = jobs.id AND r.decision IS NULL)",
    ),
    (
        "every certificate has its data key, unless it was erased",
        "SELECT c.id FROM certificates c WHERE c.state = 'approved' \
         AND NOT EXISTS (SELECT 1 FROM data_keys k WHERE k.owner = c.id)",
    ),
];

/// The statements that are broken, with what breaks them.
pub(crate) async fn broken(store: &Store) -> Result<Vec<String>> {
    let mut reader = store.reader().await?;
    let mut broken = Vec::new();
    for (statement, query) in STATEMENTS {
        for row in sqlx::query(*query).fetch_all(&mut *reader).await? {
            broken.push(format!("{statement}: {}", row.try_get::<String, _>(0)?));
        }
    }
    Ok(broken)
}

/// The identifiers of all certificates that have a file, with the digest on record.
pub(crate) async fn issued(store: &Store) -> Result<Vec<(Identifier, Vec<u8>)>> {
    let mut reader = store.reader().await?;
    let rows = sqlx::query(
        "SELECT c.type_code, c.agency, c.serial, c.version, f.sha256 \
         FROM files f JOIN certificates c ON c.id = f.certificate WHERE f.revision = 1",
    )
    .fetch_all(&mut *reader)
    .await?;
    let damaged = || Error::damaged("证照标识", "an identifier");
    rows.iter()
        .map(|row| {
            let text = |column: usize| -> Result<String> { Ok(row.try_get(column)?) };
            let version = u16::try_from(row.try_get::<i64, _>(3)?)
                .ok()
                .and_then(Version::new);
            let identifier = Identifier::new(
                TypeCode::parse(&text(0)?).map_err(|_| damaged())?,
                CreditCode::parse(&text(1)?).map_err(|_| damaged())?,
                Serial::parse(&text(2)?).map_err(|_| damaged())?,
                version.ok_or_else(damaged)?,
            );
            Ok((identifier, row.try_get(4)?))
        })
        .collect()
}
