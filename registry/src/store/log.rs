//! SQL of the log: rows of both streams, heads of writers, numbering. Walking the chains is in
//! `log_verify`.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::generated::Insert;
use super::{Connection, Dialect, Store, Tx, instant, place};
use crate::audit::{ChainEnd, Entry, ExportedRow, GENESIS, Head, Heads, Row, Stream, range_digest};
use crate::error::{Error, Result};

const COLUMNS: [&str; 8] = [
    "writer", "seq", "prev", "at", "kind", "object", "actor", "detail",
];

/// The statements that differ between the streams by their table alone.
pub(super) struct Statements {
    last: &'static str,
    one: &'static str,
    within: &'static str,
    waiting: &'static str,
    pub(super) page: &'static str,
}

macro_rules! statements {
    ($table:literal) => {
        Statements {
            last: concat!(
                "SELECT * FROM ",
                $table,
                " WHERE writer = $1 ORDER BY seq DESC LIMIT 1"
            ),
            one: concat!("SELECT * FROM ", $table, " WHERE writer = $1 AND seq = $2"),
            within: concat!(
                "SELECT * FROM ",
                $table,
                " WHERE writer = $1 AND seq >= $2 AND seq < $3 ORDER BY seq LIMIT $4"
            ),
            waiting: concat!(
                "SELECT writer, numbered, (SELECT MAX(seq) FROM ",
                $table,
                " AS rows WHERE rows.writer = log_writers.writer) \
                 FROM log_writers WHERE stream = '",
                $table,
                "' ORDER BY writer"
            ),
            page: concat!(
                "SELECT * FROM ",
                $table,
                " WHERE writer = $1 AND seq >= $2 ORDER BY seq LIMIT $3"
            ),
        }
    };
}

pub(super) fn statements(stream: Stream) -> Statements {
    match stream {
        Stream::Audit => statements!("audit"),
        Stream::Events => statements!("events"),
    }
}

/// The chain heads of a writer as the database holds them.
pub(crate) async fn heads(tx: &mut Tx, writer: &str) -> Result<Heads> {
    let known =
        sqlx::query("SELECT writer FROM log_writers WHERE writer = $1 AND stream = 'audit'")
            .bind(writer)
            .fetch_optional(&mut **tx)
            .await?
            .is_some();
    let mut head = [Head::first(), Head::first()];
    for (stream, head) in [Stream::Audit, Stream::Events].into_iter().zip(&mut head) {
        let sql = statements(stream).last;
        if let Some(row) = sqlx::query(sql)
            .bind(writer)
            .fetch_optional(&mut **tx)
            .await?
        {
            *head = Head::after(&read(&row)?);
        }
    }
    let [audit, events] = head;
    Ok(Heads {
        audit,
        events,
        known,
    })
}

/// Tells the sequencer of a new writer.
pub(crate) async fn introduce(tx: &mut Tx, writer: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO log_writers (writer, stream, numbered) VALUES ($1, 'audit', 0), ($1, 'events', 0) \
         ON CONFLICT (writer, stream) DO NOTHING",
    )
    .bind(writer)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds rows to a stream.
pub(crate) async fn insert(
    tx: &mut Tx,
    dialect: Dialect,
    stream: Stream,
    rows: &[Row],
) -> Result<()> {
    Insert {
        table: stream.as_str(),
        columns: &COLUMNS,
    }
    .run(tx, dialect, rows, |row, values| {
        let entry = &row.entry;
        values
            .add(row.writer.as_str())?
            .add(row.seq)?
            .add(row.prev.to_vec())?
            .add(entry.at)?;
        values
            .add(entry.kind.as_str())?
            .add(entry.object.as_str())?;
        values
            .add(entry.actor.as_str())?
            .add(entry.detail.as_str())?;
        Ok(())
    })
    .await
}

/// Takes or keeps the lease of the sequencer; false while another process holds it.
pub(crate) async fn lead(tx: &mut Tx, holder: &str, now: i64, until: i64) -> Result<bool> {
    let taken = sqlx::query(
        "INSERT INTO leases (name, holder, until) VALUES ('sequencer', $1, $2) \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
         WHERE leases.holder = excluded.holder OR leases.until < $3 RETURNING name",
    )
    .bind(holder)
    .bind(until)
    .bind(now)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(taken.is_some())
}

/// Gives numbers to the committed rows of a stream that have none; returns how many.
pub(crate) async fn number(tx: &mut Tx, stream: Stream) -> Result<i64> {
    let writers = sqlx::query(statements(stream).waiting)
        .fetch_all(&mut **tx)
        .await?;
    let (mut first, mut prev) = last_range(tx, stream).await?;
    let mut given = 0;
    for writer in writers {
        let (name, from): (String, i64) = (writer.try_get(0)?, writer.try_get(1)?);
        let amount = writer
            .try_get::<Option<i64>, _>(2)?
            .map_or(0, |last| last + 1 - from);
        if amount == 0 {
            continue;
        }
        let last = row_digest(tx, stream, &name, from + amount - 1).await?;
        sqlx::query(
            "INSERT INTO log_ranges (stream, first, amount, writer, from_seq, prev, last_row) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(stream.as_str())
        .bind(first)
        .bind(amount)
        .bind(name.as_str())
        .bind(from)
        .bind(prev.to_vec())
        .bind(last.to_vec())
        .execute(&mut **tx)
        .await?;
        sqlx::query("UPDATE log_writers SET numbered = $3 WHERE writer = $1 AND stream = $2")
            .bind(name.as_str())
            .bind(stream.as_str())
            .bind(from + amount)
            .execute(&mut **tx)
            .await?;
        prev = range_digest(&prev, first, amount, &name, &last);
        first += amount;
        given += amount;
    }
    Ok(given)
}

/// When the audit row with the highest number was written.
pub(crate) async fn last_numbered(on: &mut Connection) -> Result<Option<Timestamp>> {
    let row = sqlx::query(
        "SELECT audit.at FROM log_ranges JOIN audit ON audit.writer = log_ranges.writer \
         AND audit.seq = log_ranges.from_seq + log_ranges.amount - 1 \
         WHERE log_ranges.stream = 'audit' ORDER BY log_ranges.first DESC LIMIT 1",
    )
    .fetch_optional(on)
    .await?;
    row.map(|row| instant(row.try_get(0)?)).transpose()
}

/// The next free number of a stream, from 1, and the digest of its last range.
async fn last_range(tx: &mut Tx, stream: Stream) -> Result<(i64, [u8; 32])> {
    let row = sqlx::query(
        "SELECT prev, first, amount, writer, last_row FROM log_ranges \
         WHERE stream = $1 ORDER BY first DESC LIMIT 1",
    )
    .bind(stream.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else {
        return Ok((1, GENESIS));
    };
    let (first, amount): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
    let writer: String = row.try_get(3)?;
    let digest = range_digest(&bytes(&row, 0)?, first, amount, &writer, &bytes(&row, 4)?);
    Ok((first + amount, digest))
}

async fn row_digest(tx: &mut Tx, stream: Stream, writer: &str, seq: i64) -> Result<[u8; 32]> {
    let sql = statements(stream).one;
    let row = sqlx::query(sql)
        .bind(writer)
        .bind(seq)
        .fetch_one(&mut **tx)
        .await?;
    Ok(read(&row)?.digest())
}

/// Entries with their numbers, after a number, in order.
pub(crate) async fn numbered_after(
    store: &Store,
    stream: Stream,
    number: u64,
    limit: u32,
) -> Result<Vec<(u64, Entry)>> {
    let mut reader = store.reader().await?;
    let after = i64::try_from(number).unwrap_or(i64::MAX - 1);
    let ranges = sqlx::query(
        "SELECT first, amount, writer, from_seq FROM log_ranges \
         WHERE stream = $1 AND first + amount > $2 ORDER BY first LIMIT $3",
    )
    .bind(stream.as_str())
    .bind(after + 1)
    .bind(i64::from(limit))
    .fetch_all(&mut *reader)
    .await?;
    let sql = statements(stream).within;
    let mut found = Vec::new();
    for range in ranges {
        let room = i64::from(limit) - found.len() as i64;
        if room <= 0 {
            break;
        }
        let (first, amount, from): (i64, i64, i64) =
            (range.try_get(0)?, range.try_get(1)?, range.try_get(3)?);
        let skip = (after + 1 - first).max(0);
        let rows = sqlx::query(sql)
            .bind(range.try_get::<String, _>(2)?)
            .bind(from + skip)
            .bind(from + amount)
            .bind(room)
            .fetch_all(&mut *reader)
            .await?;
        for row in &rows {
            let row = read(row)?;
            found.push(((first + row.seq - from) as u64, row.entry));
        }
    }
    Ok(found)
}

/// The ends of all chains.
pub(crate) async fn ends(store: &Store) -> Result<Vec<ChainEnd>> {
    let mut reader = store.reader().await?;
    let writers = sqlx::query("SELECT writer, stream FROM log_writers ORDER BY stream, writer")
        .fetch_all(&mut *reader)
        .await?;
    let mut ends = Vec::with_capacity(writers.len());
    for row in writers {
        let (writer, stream): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let last = sqlx::query(statements(stream_of(&stream)).last)
            .bind(writer.as_str())
            .fetch_optional(&mut *reader)
            .await?;
        let head = match last {
            Some(row) => Head::after(&read(&row)?),
            None => Head::first(),
        };
        ends.push(ChainEnd {
            stream,
            writer,
            rows: head.seq.unsigned_abs(),
            digest: hex::encode(head.prev),
        });
    }
    Ok(ends)
}

/// The rows of a chain from a place on, none beyond its end.
pub(crate) async fn export(
    store: &Store,
    of: &ChainEnd,
    from: u64,
    limit: u32,
) -> Result<Vec<ExportedRow>> {
    let stream = stream_of(&of.stream);
    let rows = sqlx::query(statements(stream).within)
        .bind(of.writer.as_str())
        .bind(place(from))
        .bind(place(of.rows))
        .bind(i64::from(limit))
        .fetch_all(&mut *store.reader().await?)
        .await?;
    let exported = |row: &AnyRow| {
        let row = read(row)?;
        let digest = row.digest();
        let Entry {
            at,
            kind,
            object,
            actor,
            detail,
        } = row.entry;
        Ok(ExportedRow {
            stream: stream.as_str(),
            writer: row.writer,
            seq: row.seq.unsigned_abs(),
            prev: hex::encode(row.prev),
            at,
            kind,
            object,
            actor,
            detail,
            digest: hex::encode(digest),
        })
    };
    rows.iter().map(exported).collect()
}

fn stream_of(word: &str) -> Stream {
    match word {
        "events" => Stream::Events,
        _ => Stream::Audit,
    }
}

pub(super) fn read(row: &AnyRow) -> Result<Row> {
    Ok(Row {
        writer: row.try_get("writer")?,
        seq: row.try_get("seq")?,
        prev: fixed(row.try_get("prev")?)?,
        entry: Entry {
            at: row.try_get("at")?,
            kind: row.try_get("kind")?,
            object: row.try_get("object")?,
            actor: row.try_get("actor")?,
            detail: row.try_get("detail")?,
        },
    })
}

pub(super) fn bytes<const N: usize>(row: &AnyRow, column: usize) -> Result<[u8; N]> {
    fixed(row.try_get(column)?)
}

pub(super) fn fixed<const N: usize>(bytes: Vec<u8>) -> Result<[u8; N]> {
    bytes
        .try_into()
        .map_err(|_| Error::damaged("摘要的长度不符", "a stored digest has another length"))
}
