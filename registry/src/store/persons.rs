//! Rows of persons and of the keys by which they are known.

use jiff::Timestamp;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row};

use super::{Connection, Tx, instant};
use crate::error::{Error, Result};
use crate::persons::{EnrolledKey, KeyDigest, Person, Roles};
use crate::units::{Actor, CreditCode, PersonId, UnitKind};

/// Writes a person over what was known of them.
pub(crate) async fn put(tx: &mut Tx, person: &Person, now: Timestamp) -> Result<()> {
    about(
        "INSERT INTO persons (unit, kind, account, roles, since, ended_at) \
         VALUES ($1, $2, $3, $4, $5, NULL) \
         ON CONFLICT (unit, kind, account) DO UPDATE SET roles = excluded.roles, ended_at = NULL",
        &person.actor,
        person.kind,
    )
    .bind(person.roles.to_string())
    .bind(now.as_millisecond())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ends a person and their keys; false where nobody such acts.
pub(crate) async fn end(
    tx: &mut Tx,
    person: &Actor,
    kind: UnitKind,
    now: Timestamp,
) -> Result<bool> {
    let ended = about(
        "UPDATE persons SET ended_at = $4 \
         WHERE unit = $1 AND kind = $2 AND account = $3 AND ended_at IS NULL",
        person,
        kind,
    )
    .bind(now.as_millisecond())
    .execute(&mut **tx)
    .await?;
    about(
        "UPDATE person_keys SET ended_at = $4, reason = 'person ended' \
         WHERE unit = $1 AND kind = $2 AND account = $3 AND ended_at IS NULL",
        person,
        kind,
    )
    .bind(now.as_millisecond())
    .execute(&mut **tx)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// A person by account, unit and kind.
pub(crate) async fn one(
    connection: &mut Connection,
    person: &Actor,
    kind: UnitKind,
) -> Result<Option<Person>> {
    let row = about(
        "SELECT unit, kind, account, roles, ended_at FROM persons \
         WHERE unit = $1 AND kind = $2 AND account = $3",
        person,
        kind,
    )
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read_person).transpose()
}

/// The same, which nobody else writes until the transaction ends.
pub(crate) async fn one_for_update(
    tx: &mut Tx,
    person: &Actor,
    kind: UnitKind,
) -> Result<Option<Person>> {
    let row = about(
        "UPDATE persons SET roles = roles WHERE unit = $1 AND kind = $2 AND account = $3 \
         RETURNING unit, kind, account, roles, ended_at",
        person,
        kind,
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(read_person).transpose()
}

/// The kinds of unit under which somebody of this account and credit code is or was registered.
pub(crate) async fn kinds(on: &mut Connection, person: &Actor) -> Result<Vec<UnitKind>> {
    let rows = sqlx::query("SELECT kind FROM persons WHERE unit = $1 AND account = $2")
        .bind(person.unit.as_str())
        .bind(person.person.as_str())
        .fetch_all(on)
        .await?;
    rows.iter().map(kind).collect()
}

/// The persons of a unit, by account.
pub(crate) async fn of_unit(
    connection: &mut Connection,
    unit: &CreditCode,
    kind: UnitKind,
) -> Result<Vec<Person>> {
    let rows = sqlx::query(
        "SELECT unit, kind, account, roles, ended_at FROM persons \
         WHERE unit = $1 AND kind = $2 ORDER BY account",
    )
    .bind(unit.as_str())
    .bind(kind.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_person).collect()
}

/// Writes a key; false where it is on record already.
pub(crate) async fn put_key(
    tx: &mut Tx,
    person: &Actor,
    kind: UnitKind,
    key: &EnrolledKey,
    now: Timestamp,
) -> Result<bool> {
    let put = about(
        "INSERT INTO person_keys (unit, kind, account, spki, serial, not_after, enrolled_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (spki) DO NOTHING",
        person,
        kind,
    )
    .bind(key.key.0.to_vec())
    .bind(key.serial.as_str())
    .bind(key.not_after.as_millisecond())
    .bind(now.as_millisecond())
    .execute(&mut **tx)
    .await?;
    Ok(put.rows_affected() > 0)
}

/// Ends a key and says whose it was; none where no such key is in use.
pub(crate) async fn end_key(
    tx: &mut Tx,
    key: KeyDigest,
    reason: &str,
    now: Timestamp,
) -> Result<Option<Actor>> {
    let row = sqlx::query(
        "UPDATE person_keys SET ended_at = $2, reason = $3 \
         WHERE spki = $1 AND ended_at IS NULL RETURNING unit, account",
    )
    .bind(key.0.to_vec())
    .bind(now.as_millisecond())
    .bind(reason)
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(read_actor).transpose()
}

/// Whose key it is, while key, X.509 and person stand.
pub(crate) async fn by_key(
    connection: &mut Connection,
    key: KeyDigest,
    now: Timestamp,
) -> Result<Option<Person>> {
    let row = sqlx::query(
        "SELECT persons.unit, persons.kind, persons.account, persons.roles, persons.ended_at \
         FROM person_keys JOIN persons ON persons.unit = person_keys.unit \
         AND persons.kind = person_keys.kind AND persons.account = person_keys.account \
         WHERE person_keys.spki = $1 AND person_keys.ended_at IS NULL \
         AND person_keys.not_after > $2 AND persons.ended_at IS NULL",
    )
    .bind(key.0.to_vec())
    .bind(now.as_millisecond())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read_person).transpose()
}

/// The keys of a person, oldest first.
pub(crate) async fn keys(
    connection: &mut Connection,
    person: &Actor,
    kind: UnitKind,
) -> Result<Vec<EnrolledKey>> {
    let rows = about(
        "SELECT spki, serial, not_after, ended_at FROM person_keys \
         WHERE unit = $1 AND kind = $2 AND account = $3 ORDER BY enrolled_at, spki",
        person,
        kind,
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(EnrolledKey {
                key: KeyDigest(super::log::fixed(row.try_get("spki")?)?),
                serial: row.try_get("serial")?,
                not_after: instant(row.try_get("not_after")?)?,
                ended: ended(row)?,
            })
        })
        .collect()
}

/// A statement whose first three places are unit, kind and account of a person.
fn about<'q>(sql: &'static str, person: &'q Actor, kind: UnitKind) -> Query<'q, Any, AnyArguments> {
    sqlx::query(sql)
        .bind(person.unit.as_str())
        .bind(kind.as_str())
        .bind(person.person.as_str())
}

fn read_person(row: &AnyRow) -> Result<Person> {
    let stored = || Error::damaged("人员无法读出", "a stored person does not read back");
    let kind = kind(row)?;
    let roles: String = row.try_get("roles")?;
    Ok(Person {
        actor: read_actor(row)?,
        kind,
        roles: Roles::parse(roles.split(' '), kind).map_err(|_| stored())?,
        ended: ended(row)?,
    })
}

fn kind(row: &AnyRow) -> Result<UnitKind> {
    let stored = || Error::damaged("人员无法读出", "a stored kind of unit does not read back");
    UnitKind::parse(&row.try_get::<String, _>("kind")?).ok_or_else(stored)
}

fn read_actor(row: &AnyRow) -> Result<Actor> {
    let stored = |_| Error::damaged("账号无法读出", "a stored account does not read back");
    let (unit, account): (String, String) = (row.try_get("unit")?, row.try_get("account")?);
    Ok(Actor {
        person: PersonId::parse(&account).map_err(stored)?,
        unit: CreditCode::parse(&unit).map_err(stored)?,
    })
}

fn ended(row: &AnyRow) -> Result<Option<Timestamp>> {
    row.try_get::<Option<i64>, _>("ended_at")?
        .map(instant)
        .transpose()
}
