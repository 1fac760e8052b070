//! The only SQL that is put together at run time: INSERTs of many rows at once.
//!
//! Rows go out in pieces of three fixed sizes, so that few statement texts exist and each stays
//! prepared. SQLite gets bare `?`: it looks numbered ones up by name, quadratically in their count.

use sqlx::any::AnyArguments;
use sqlx::{Any, AssertSqlSafe, Encode, Type};

use super::{Dialect, Tx};
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
        let mut rest = rows;
        for piece in PIECES {
            while rest.len() >= piece {
                let (now, later) = rest.split_at(piece);
                rest = later;
                let mut values = Values(AnyArguments::default());
                for row in now {
                    bind(row, &mut values)?;
                }
                let sql = AssertSqlSafe(self.text(dialect, piece));
                sqlx::query_with(sql, values.0).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    fn text(self, dialect: Dialect, rows: usize) -> String {
        let columns = self.columns.join(", ");
        let mut sql = format!("INSERT INTO {} ({columns}) VALUES ", self.table);
        let mut number = 0;
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..self.columns.len() {
                number += 1;
                sql.push_str(if column == 0 { "" } else { ", " });
                match dialect {
                    Dialect::Sqlite => sql.push('?'),
                    Dialect::Postgres => sql.push_str(&format!("${number}")),
                }
            }
            sql.push(')');
        }
        sql
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
