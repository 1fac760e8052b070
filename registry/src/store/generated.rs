//! The only SQL that is put together at run time: INSERTs of many rows, look-ups of many keys.
//!
//! Rows go out in pieces of three fixed sizes, so that few statement texts exist and each stays
//! prepared. SQLite gets bare `?`: it looks numbered ones up by name, quadratically in their count.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Any, AssertSqlSafe, Encode, Type};

use super::{Connection, Dialect, Tx};
use crate::error::{Error, Result};

/// Rows in one statement, largest first. 64 rows of 20 columns stay far below both limits.
const PIECES: [usize; 3] = [64, 8, 1];

/// A table and the columns a row gives, in order. The texts are constants of `store/`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Insert {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static str],
}

/// The values of rows on their way into one table.
pub(crate) struct Values(AnyArguments);

impl Values {
    /// Adds the next column's value.
    pub(crate) fn add<'t, T: Encode<'t, Any> + Type<Any>>(
        &mut self,
        value: T,
    ) -> Result<&mut Self> {
        use sqlx::Arguments;
        self.0
            .add(value)
            .map_err(|e| Error::Database(sqlx::Error::Encode(e)))?;
        Ok(self)
    }
}

impl Insert {
    /// Inserts every row; `bind` adds the values of one row in the order of the columns.
    pub(crate) async fn run<R>(
        self,
        tx: &mut Tx,
        dialect: Dialect,
        rows: &[R],
        bind: impl Fn(&R, &mut Values) -> Result<()>,
    ) -> Result<()> {
        for piece in pieces(rows) {
            let values = values_of(piece, &bind)?;
            let sql = AssertSqlSafe(self.text(dialect, piece.len()));
            sqlx::query_with(sql, values).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// Inserts the rows whose key, the first column, is free; returns how many went in.
    pub(crate) async fn run_where_free<R>(
        self,
        tx: &mut Tx,
        dialect: Dialect,
        rows: &[R],
        bind: impl Fn(&R, &mut Values) -> Result<()>,
    ) -> Result<usize> {
        let mut inserted = 0;
        for piece in pieces(rows) {
            let values = values_of(piece, &bind)?;
            let (insert, key) = (self.text(dialect, piece.len()), self.columns[0]);
            let sql = format!("{insert} ON CONFLICT ({key}) DO NOTHING");
            let done = sqlx::query_with(AssertSqlSafe(sql), values)
                .execute(&mut **tx)
                .await?;
            inserted += done.rows_affected() as usize;
        }
        Ok(inserted)
    }

    fn text(self, dialect: Dialect, rows: usize) -> String {
        let columns = self.columns.join(", ");
        let mut sql = format!("INSERT INTO {} ({columns}) VALUES ", self.table);
        let mut places = Places { dialect, number: 0 };
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            places.write(&mut sql, self.columns.len());
            sql.push(')');
        }
        sql
    }
}

/// Runs a query that ends in `IN` over many keys, piece by piece, and collects the rows.
///
/// `select` is a constant of `store/` without the list.
pub(crate) async fn select_in<K>(
    on: &mut Connection,
    dialect: Dialect,
    select: &'static str,
    keys: &[K],
    bind: impl Fn(&K, &mut Values) -> Result<()>,
) -> Result<Vec<AnyRow>> {
    let mut found = Vec::new();
    for piece in pieces(keys) {
        let values = values_of(piece, &bind)?;
        let mut sql = format!("{select} (");
        Places { dialect, number: 0 }.write(&mut sql, piece.len());
        sql.push(')');
        found.extend(
            sqlx::query_with(AssertSqlSafe(sql), values)
                .fetch_all(&mut *on)
                .await?,
        );
    }
    Ok(found)
}

/// The rows in pieces of the fixed sizes.
fn pieces<R>(rows: &[R]) -> impl Iterator<Item = &[R]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = PIECES.into_iter().find(|size| *size <= rest.len())?;
        let (piece, later) = rest.split_at(size);
        rest = later;
        Some(piece)
    })
}

fn values_of<R>(rows: &[R], bind: impl Fn(&R, &mut Values) -> Result<()>) -> Result<AnyArguments> {
    let mut values = Values(AnyArguments::default());
    for row in rows {
        bind(row, &mut values)?;
    }
    Ok(values.0)
}

/// Writes places for values, as the database wants them.
struct Places {
    dialect: Dialect,
    number: usize,
}

impl Places {
    fn write(&mut self, sql: &mut String, count: usize) {
        for place in 0..count {
            self.number += 1;
            sql.push_str(if place == 0 { "" } else { ", " });
            match self.dialect {
                Dialect::Sqlite => sql.push('?'),
                Dialect::Postgres => sql.push_str(&format!("${}", self.number)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_names_its_columns_and_numbers_its_places() {
        let insert = Insert {
            table: "t",
            columns: &["a", "b"],
        };
        assert_eq!(
            insert.text(Dialect::Sqlite, 2),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)"
        );
        assert_eq!(
            insert.text(Dialect::Postgres, 2),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)"
        );
    }
}
