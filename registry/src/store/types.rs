//! Rows of type versions, their templates and marks, and of service items.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Reader, Tx, instant};
use crate::certificates::TypeCode;
use crate::error::{Error, Result};
use crate::types::{
    Mark, Need, ServiceItem, Stage, Step, TemplateSource, TypePackage, TypeVersion,
};
use crate::units::{Actor, CreditCode};

/// One line of the list of types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeLine {
    /// Type code.
    pub code: TypeCode,
    /// Version, from 1.
    pub version: u32,
    /// Where it stands.
    pub stage: Stage,
}

/// The newest version of a type and where it stands; locks the type until the transaction ends.
pub(crate) async fn newest_for_update(tx: &mut Tx, code: &TypeCode) -> Result<Option<TypeLine>> {
    // Writes first, so that on PostgreSQL two who change one type wait for each other.
    let rows = sqlx::query(
        "UPDATE type_versions SET stage = stage WHERE code = $1 RETURNING code, version, stage",
    )
    .bind(code.as_str())
    .fetch_all(&mut **tx)
    .await?;
    let mut lines: Vec<TypeLine> = rows.iter().map(read_line).collect::<Result<_>>()?;
    lines.sort_by_key(|line| line.version);
    Ok(lines.pop())
}

/// Writes a draft, over an earlier draft of the same number.
pub(crate) async fn put_draft(tx: &mut Tx, package: &TypePackage, version: u32) -> Result<()> {
    let code = package.definition().code.as_str();
    for sql in [
        "DELETE FROM type_assets WHERE code = $1 AND version = $2",
        "DELETE FROM type_marks WHERE code = $1 AND version = $2",
        "DELETE FROM type_versions WHERE code = $1 AND version = $2 AND stage = 'draft'",
    ] {
        sqlx::query(sql)
            .bind(code)
            .bind(i64::from(version))
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query(
        "INSERT INTO type_versions (code, version, stage, source, template, digest) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(code)
    .bind(i64::from(version))
    .bind(Stage::Draft.as_str())
    .bind(package.source())
    .bind(&package.template().text)
    .bind(package.digest().to_vec())
    .execute(&mut **tx)
    .await?;
    for (name, content) in &package.template().assets {
        sqlx::query(
            "INSERT INTO type_assets (code, version, name, content) VALUES ($1, $2, $3, $4)",
        )
        .bind(code)
        .bind(i64::from(version))
        .bind(name)
        .bind(content.clone())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Writes the last mark of a version and where it stands now.
pub(crate) async fn put_mark(tx: &mut Tx, version: &TypeVersion) -> Result<()> {
    let code = version.package().definition().code.as_str();
    let number = i64::from(version.version());
    sqlx::query("UPDATE type_versions SET stage = $3 WHERE code = $1 AND version = $2")
        .bind(code)
        .bind(number)
        .bind(version.stage().as_str())
        .execute(&mut **tx)
        .await?;
    let Some(mark) = version.marks().last() else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO type_marks (code, version, mark, step, actor, at, note) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(code)
    .bind(number)
    .bind(version.marks().len() as i64)
    .bind(mark.step.as_str())
    .bind(mark.actor.to_string())
    .bind(mark.at.as_millisecond())
    .bind(&mark.note)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// One version with its template and marks.
pub(crate) async fn version(
    reader: &mut Reader,
    code: &TypeCode,
    version: u32,
) -> Result<Option<TypeVersion>> {
    let row = sqlx::query(
        "SELECT stage, source, template, digest FROM type_versions \
         WHERE code = $1 AND version = $2",
    )
    .bind(code.as_str())
    .bind(i64::from(version))
    .fetch_optional(&mut **reader)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let assets = assets(reader, code, version).await?;
    let template = TemplateSource {
        text: row.try_get("template")?,
        assets,
    };
    let source: String = row.try_get("source")?;
    let package = TypePackage::parse(&source, template)
        .map_err(|_| damaged("a stored type file cannot be read any more"))?;
    if row.try_get::<Vec<u8>, _>("digest")? != package.digest() {
        return Err(damaged("a stored type or template differs from its digest"));
    }
    let stage: String = row.try_get("stage")?;
    let stage = Stage::parse(&stage).ok_or_else(|| damaged("stage of a type"))?;
    let marks = marks(reader, code, version).await?;
    Ok(Some(TypeVersion::from_record(
        Arc::new(package),
        version,
        stage,
        marks,
    )))
}

/// Every version of every type.
pub(crate) async fn all_lines(reader: &mut Reader) -> Result<Vec<TypeLine>> {
    let rows = sqlx::query("SELECT code, version, stage FROM type_versions ORDER BY code, version")
        .fetch_all(&mut **reader)
        .await?;
    rows.iter().map(read_line).collect()
}

/// Writes a service item and what it needs, over what was known.
pub(crate) async fn put_item(tx: &mut Tx, item: &ServiceItem) -> Result<()> {
    sqlx::query(
        "INSERT INTO service_items (code, name, agency) VALUES ($1, $2, $3) \
         ON CONFLICT (code) DO UPDATE SET name = excluded.name, agency = excluded.agency",
    )
    .bind(&item.code)
    .bind(&item.name)
    .bind(item.agency.as_str())
    .execute(&mut **tx)
    .await?;
    sqlx::query("DELETE FROM service_needs WHERE item = $1")
        .bind(&item.code)
        .execute(&mut **tx)
        .await?;
    for need in &item.needs {
        sqlx::query(
            "INSERT INTO service_needs (item, type_code, required, of_whom) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(&item.code)
        .bind(need.type_code.as_str())
        .bind(i64::from(need.required))
        .bind(&need.of)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Every service item with what it needs, by code.
pub(crate) async fn items(reader: &mut Reader) -> Result<Vec<ServiceItem>> {
    let rows = sqlx::query("SELECT code, name, agency FROM service_items ORDER BY code")
        .fetch_all(&mut **reader)
        .await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        let agency: String = row.try_get("agency")?;
        let code: String = row.try_get("code")?;
        items.push(ServiceItem {
            needs: needs(reader, &code).await?,
            code,
            name: row.try_get("name")?,
            agency: CreditCode::parse(&agency).map_err(|_| damaged("agency of an item"))?,
        });
    }
    Ok(items)
}

async fn needs(reader: &mut Reader, item: &str) -> Result<Vec<Need>> {
    let rows = sqlx::query(
        "SELECT type_code, required, of_whom FROM service_needs WHERE item = $1 \
         ORDER BY type_code, of_whom",
    )
    .bind(item)
    .fetch_all(&mut **reader)
    .await?;
    let read = |row: &AnyRow| {
        let type_code: String = row.try_get("type_code")?;
        Ok(Need {
            type_code: TypeCode::parse(&type_code).map_err(|_| damaged("type of an item"))?,
            required: row.try_get::<i64, _>("required")? != 0,
            of: row.try_get("of_whom")?,
        })
    };
    rows.iter().map(read).collect()
}

/// The codes of the service items that need a type.
pub(crate) async fn items_needing(reader: &mut Reader, code: &TypeCode) -> Result<Vec<String>> {
    let rows =
        sqlx::query("SELECT DISTINCT item FROM service_needs WHERE type_code = $1 ORDER BY item")
            .bind(code.as_str())
            .fetch_all(&mut **reader)
            .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn assets(
    reader: &mut Reader,
    code: &TypeCode,
    version: u32,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let rows =
        sqlx::query("SELECT name, content FROM type_assets WHERE code = $1 AND version = $2")
            .bind(code.as_str())
            .bind(i64::from(version))
            .fetch_all(&mut **reader)
            .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

async fn marks(reader: &mut Reader, code: &TypeCode, version: u32) -> Result<Vec<Mark>> {
    let rows = sqlx::query(
        "SELECT step, actor, at, note FROM type_marks WHERE code = $1 AND version = $2 \
         ORDER BY mark",
    )
    .bind(code.as_str())
    .bind(i64::from(version))
    .fetch_all(&mut **reader)
    .await?;
    rows.iter().map(read_mark).collect()
}

fn read_mark(row: &AnyRow) -> Result<Mark> {
    let (step, actor): (String, String) = (row.try_get("step")?, row.try_get("actor")?);
    Ok(Mark {
        step: Step::parse(&step).ok_or_else(|| damaged("step of a type"))?,
        actor: Actor::parse(&actor).map_err(|_| damaged("actor of a step"))?,
        at: instant(row.try_get("at")?)?,
        note: row.try_get("note")?,
    })
}

fn read_line(row: &AnyRow) -> Result<TypeLine> {
    let (code, stage): (String, String) = (row.try_get("code")?, row.try_get("stage")?);
    Ok(TypeLine {
        code: TypeCode::parse(&code).map_err(|_| damaged("type code"))?,
        version: u32::try_from(row.try_get::<i64, _>("version")?)
            .map_err(|_| damaged("version of a type"))?,
        stage: Stage::parse(&stage).ok_or_else(|| damaged("stage of a type"))?,
    })
}

fn damaged(what: &str) -> Error {
    Error::damaged("类型或事项无法读出", what)
}
