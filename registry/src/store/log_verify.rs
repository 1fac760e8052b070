//! Walks the chains of the log and the ranges of numbers over them, and holds the record against the log.

use std::collections::HashMap;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::log::{bytes, read, statements};
use super::{Reader, Store, place};
use crate::audit::{ChainEnd, GENESIS, Head, LogFault, Seen, Stream, Unrecorded, range_digest};
use crate::error::Result;

/// Rows read at once.
const PAGE: i64 = 1000;

/// What a writer's rows must come to: digests of rows by their place, and how many were numbered.
struct Expected {
    writer: String,
    numbered: i64,
    digests: HashMap<i64, [u8; 32]>,
    /// How many rows a checkpoint knows, and the digest of the last of them.
    kept: Option<(i64, [u8; 32])>,
}

/// Walks every row of a stream; says where it is not what was written, or not what a checkpoint kept.
pub(crate) async fn verify(
    store: &Store,
    stream: Stream,
    kept: &[ChainEnd],
) -> Result<Vec<LogFault>> {
    let mut reader = store.reader().await?;
    let writers =
        sqlx::query("SELECT writer, numbered FROM log_writers WHERE stream = $1 ORDER BY writer")
            .bind(stream.as_str())
            .fetch_all(&mut *reader)
            .await?;
    let ranges = sqlx::query(
        "SELECT writer, from_seq, amount, first, prev, last_row FROM log_ranges \
         WHERE stream = $1 ORDER BY first",
    )
    .bind(stream.as_str())
    .fetch_all(&mut *reader)
    .await?;
    let mut faults = range_faults(stream, &ranges)?;
    let mut kept: HashMap<&str, &ChainEnd> = kept
        .iter()
        .filter(|end| end.stream == stream.as_str())
        .map(|end| (end.writer.as_str(), end))
        .collect();
    for row in writers {
        let writer: String = row.try_get(0)?;
        let end = kept.remove(writer.as_str());
        let digests = numbered_digests(&ranges, &writer)?;
        let expected = Expected {
            writer,
            numbered: row.try_get(1)?,
            digests,
            kept: end.and_then(|end| Some((place(end.rows), end.digest()?))),
        };
        if let Some((seq, seen)) = walk(&mut reader, stream, &expected).await? {
            faults.push(LogFault {
                stream,
                writer: expected.writer,
                seq,
                seen,
            });
        }
    }
    // Of a writer without rows nothing is lost.
    for end in kept.into_values().filter(|end| end.rows > 0) {
        faults.push(LogFault {
            stream,
            writer: end.writer.clone(),
            seq: 0,
            seen: (
                "校验点记有该写入者的行，现已不在",
                "the checkpoint knows rows of this writer, and they are gone",
            ),
        });
    }
    Ok(faults)
}

/// What is on record without the row of the log that was written in the same transaction; what the log
/// tells of and is not on record; and rows of a writer that no chain is walked for. At most [`MOST`] of each kind.
pub(crate) async fn unrecorded(store: &Store) -> Result<Vec<Unrecorded>> {
    let mut reader = store.reader().await?;
    let mut found = Vec::new();
    for (what, sql) in UNRECORDED {
        let rows = sqlx::query(sql).bind(MOST).fetch_all(&mut *reader).await?;
        for row in rows {
            let id = row.try_get(0)?;
            found.push(Unrecorded { what, id });
        }
    }
    Ok(found)
}

/// Most things of one kind that are told.
pub(super) const MOST: i64 = 100;

/// How many transitions of one kind, certificate, instant and actor stand on record. A certificate of ours is
/// named without the check character, which follows from the rest.
macro_rules! on_record {
    () => {
        "(SELECT kind, at, actor, stem, MIN(certificate) AS certificate, COUNT(*) AS amount FROM \
         (SELECT t.certificate, 'certificate.' || t.kind AS kind, t.recorded_at AS at, t.actor, \
         CASE c.basis WHEN 'issued' THEN '1.2.156.3005.2.' || c.type_code || '.' || c.agency || \
         '.' || c.serial || '.' || SUBSTR(CAST(1000 + c.version AS TEXT), 2) || '.' \
         ELSE SUBSTR(COALESCE(f.identifier, 'record:' || c.id), 1, \
         LENGTH(COALESCE(f.identifier, 'record:' || c.id)) - 1) END AS stem \
         FROM transitions t JOIN certificates c ON c.id = t.certificate \
         LEFT JOIN foreign_identifiers f ON f.certificate = c.id) o GROUP BY kind, at, actor, stem) n"
    };
}

/// How many a stream tells of.
macro_rules! told {
    ($table:literal) => {
        concat!(
            "(SELECT kind, at, actor, stem, MIN(object) AS object, COUNT(*) AS amount FROM \
             (SELECT kind, at, actor, object, SUBSTR(object, 1, LENGTH(object) - 1) AS stem FROM ",
            $table,
            " WHERE kind IN ('certificate.import', 'certificate.suspend', 'certificate.resume', \
             'certificate.revoke', 'certificate.cancel', 'certificate.withdraw', \
             'certificate.supersede')) w GROUP BY kind, at, actor, stem) a"
        )
    };
}

macro_rules! same {
    () => {
        " ON a.stem = n.stem AND a.at = n.at AND a.actor = n.actor AND a.kind = n.kind WHERE "
    };
}

/// The certificates with a transition that a stream does not tell of.
macro_rules! transitions_without {
    ($table:literal) => {
        concat!(
            "SELECT n.certificate FROM ",
            on_record!(),
            " LEFT JOIN ",
            told!($table),
            same!(),
            "a.amount IS NULL OR a.amount < n.amount ORDER BY n.certificate LIMIT $1"
        )
    };
}

/// The certificates of which a stream tells a transition that is not on record.
macro_rules! lost_transitions {
    ($table:literal) => {
        concat!(
            "SELECT a.object FROM ",
            told!($table),
            " LEFT JOIN ",
            on_record!(),
            same!(),
            "n.amount IS NULL OR n.amount < a.amount ORDER BY a.object LIMIT $1"
        )
    };
}

const UNRECORDED: [(Seen, &str); 9] = [
    (
        (
            "审计中没有这一证照的状态变动",
            "the audit does not know a transition of certificate",
        ),
        transitions_without!("audit"),
    ),
    (
        (
            "事件中没有这一证照的状态变动",
            "the events do not know a transition of certificate",
        ),
        transitions_without!("events"),
    ),
    (
        (
            "审计记有一项状态变动，登记中却没有：证照",
            "the audit knows a transition that is not on record, of certificate",
        ),
        lost_transitions!("audit"),
    ),
    (
        (
            "事件记有一项状态变动，登记中却没有：证照",
            "the events know a transition that is not on record, of certificate",
        ),
        lost_transitions!("events"),
    ),
    (
        (
            "事件记有颁发，登记中却没有这一证照",
            "the events know an issue, and there is no record of certificate",
        ),
        "SELECT e.object FROM events e LEFT JOIN certificates c ON c.id = e.object \
         WHERE e.kind = 'certificate.issued' AND c.id IS NULL ORDER BY e.object LIMIT $1",
    ),
    (
        (
            "审计中没有受理这一批次的记录",
            "the audit does not know that anyone accepted batch",
        ),
        "SELECT j.id FROM jobs j LEFT JOIN (SELECT DISTINCT object FROM audit \
         WHERE kind = 'batch.accepted') a ON a.object = j.id \
         WHERE a.object IS NULL ORDER BY j.id LIMIT $1",
    ),
    (
        (
            "没有颁发这一证照的批次",
            "no batch on record made certificate",
        ),
        "SELECT c.id FROM certificates c LEFT JOIN jobs j ON j.id = c.job \
         WHERE c.basis = 'issued' AND j.id IS NULL ORDER BY c.id LIMIT $1",
    ),
    (
        (
            "没有导入这一证照的记录",
            "nobody on record imported certificate",
        ),
        "SELECT c.id FROM certificates c LEFT JOIN transitions t \
         ON t.certificate = c.id AND t.kind = 'import' \
         WHERE c.basis = 'imported' AND t.certificate IS NULL ORDER BY c.id LIMIT $1",
    ),
    (
        (
            "日志中有未知写入者的行",
            "rows stand in the log whose writer is not known:",
        ),
        "SELECT DISTINCT a.writer FROM (SELECT writer, 'audit' AS stream FROM audit \
         UNION SELECT writer, 'events' FROM events) a LEFT JOIN log_writers w \
         ON w.writer = a.writer AND w.stream = a.stream WHERE w.writer IS NULL \
         ORDER BY a.writer LIMIT $1",
    ),
];

/// The digests of the last rows of a writer's ranges.
fn numbered_digests(ranges: &[AnyRow], writer: &str) -> Result<HashMap<i64, [u8; 32]>> {
    let mut digests = HashMap::new();
    for range in ranges {
        if range.try_get::<&str, _>(0)? == writer {
            let last = range.try_get::<i64, _>(1)? + range.try_get::<i64, _>(2)? - 1;
            digests.insert(last, bytes(range, 5)?);
        }
    }
    Ok(digests)
}

/// The first fault in the rows of a writer.
async fn walk(
    reader: &mut Reader,
    stream: Stream,
    expected: &Expected,
) -> Result<Option<(i64, Seen)>> {
    let mut head = Head::first();
    loop {
        let rows = sqlx::query(statements(stream).page)
            .bind(expected.writer.as_str())
            .bind(head.seq)
            .bind(PAGE)
            .fetch_all(&mut **reader)
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let row = read(row)?;
            if row.seq != head.seq {
                return Ok(Some((head.seq, ("缺少该行", "the row is missing"))));
            }
            if row.prev != head.prev {
                return Ok(Some((
                    row.seq,
                    (
                        "没有上一行的摘要",
                        "it does not hold the digest of the row before it",
                    ),
                )));
            }
            head = Head::after(&row);
            if expected
                .kept
                .is_some_and(|(rows, digest)| rows == head.seq && digest != head.prev)
            {
                return Ok(Some((
                    row.seq,
                    (
                        "与校验点不符：该行或其前的行在校验点之后被改写",
                        "it is not what the checkpoint kept: this row or one before it was rewritten since",
                    ),
                )));
            }
            if expected
                .digests
                .get(&row.seq)
                .is_some_and(|digest| *digest != head.prev)
            {
                return Ok(Some((
                    row.seq,
                    (
                        "摘要不是编号时的摘要",
                        "its digest is not the one that was numbered",
                    ),
                )));
            }
        }
    }
    if expected.kept.is_some_and(|(rows, _)| head.seq < rows) {
        return Ok(Some((
            head.seq,
            (
                "缺少校验点已记的行",
                "rows that the checkpoint knows are missing",
            ),
        )));
    }
    Ok((head.seq < expected.numbered).then_some((
        head.seq,
        ("缺少已编号的行", "rows that were numbered are missing"),
    )))
}

/// Ranges follow each other without gaps, in numbers and in the rows of each writer.
fn range_faults(stream: Stream, ranges: &[AnyRow]) -> Result<Vec<LogFault>> {
    let mut faults = Vec::new();
    let (mut next, mut prev) = (1, GENESIS);
    let mut ends = HashMap::new();
    for range in ranges {
        let writer: String = range.try_get(0)?;
        let (seq, amount, first): (i64, i64, i64) =
            (range.try_get(1)?, range.try_get(2)?, range.try_get(3)?);
        let follows = ends.insert(writer.clone(), seq + amount).unwrap_or(0) == seq;
        if first != next || !follows || bytes::<32>(range, 4)? != prev {
            let seen = (
                "编号段与前一段不相接",
                "its range of numbers does not follow the one before",
            );
            faults.push(LogFault {
                stream,
                writer: writer.clone(),
                seq,
                seen,
            });
        }
        prev = range_digest(&prev, first, amount, &writer, &bytes(range, 5)?);
        next = first + amount;
    }
    Ok(faults)
}
