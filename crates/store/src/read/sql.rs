//! A query in the making: text and bound values side by side, so that no value is ever written into the text.

use crate::{
    Error, Result,
    value::{Value, bind},
};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

/// SQL text with the values for its marks, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Adds text, which holds no value.
    pub(crate) fn add(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a mark and its value.
    pub(crate) fn arg(&mut self, value: impl Into<Value>) -> &mut Self {
        self.text.push('?');
        self.values.push(value.into());
        self
    }

    /// Binds a value to a numbered mark that stands in the text already.
    pub(crate) fn bound(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self
    }

    /// Adds a list of marks in brackets; an empty list matches nothing.
    pub(crate) fn list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        self.text.push('(');
        for (i, value) in values.into_iter().enumerate() {
            if i > 0 {
                self.text.push(',');
            }
            self.arg(value);
        }
        self.text.push(')');
        self
    }

    /// Adds the condition that a column is one of some values; where none is given, none.
    pub(crate) fn among<V: Into<Value> + Copy>(&mut self, column: &str, values: &[V]) -> &mut Self {
        if !values.is_empty() {
            self.add(" AND ").add(column).add(" IN ").list(values.iter().copied());
        }
        self
    }

    pub(crate) async fn rows(self, db: &mut SqliteConnection) -> Result<Vec<SqliteRow>> {
        #[cfg(test)]
        asked::note(&self.text);
        let mut query = sqlx::query(AssertSqlSafe(self.text));
        for value in &self.values {
            query = bind(query, value);
        }
        Ok(query.fetch_all(db).await?)
    }

    /// Hands over one row after another: many of them never stand in memory together.
    pub(crate) async fn each(self, db: &mut SqliteConnection, mut read: impl FnMut(&SqliteRow) -> Result<()> + Send) -> Result<()> {
        use futures_util::TryStreamExt as _;
        #[cfg(test)]
        asked::note(&self.text);
        let mut query = sqlx::query(AssertSqlSafe(self.text));
        for value in &self.values {
            query = bind(query, value);
        }
        let mut rows = query.fetch(db);
        while let Some(row) = rows.try_next().await? {
            read(&row)?;
        }
        Ok(())
    }

    pub(crate) async fn row(self, db: &mut SqliteConnection) -> Result<SqliteRow> {
        self.rows(db).await?.into_iter().next().ok_or(Error::NotFound)
    }

    pub(crate) async fn first(self, db: &mut SqliteConnection) -> Result<Option<SqliteRow>> {
        Ok(self.rows(db).await?.into_iter().next())
    }
}

/// A whole number of a row.
pub(crate) fn int(row: &SqliteRow, column: &str) -> Result<i64> {
    Ok(row.try_get(column)?)
}

/// A whole number of a row that may be absent.
pub(crate) fn maybe_int(row: &SqliteRow, column: &str) -> Result<Option<i64>> {
    Ok(row.try_get(column)?)
}

/// A text of a row.
pub(crate) fn text(row: &SqliteRow, column: &str) -> Result<String> {
    Ok(row.try_get(column)?)
}

/// A text of a row that may be absent.
pub(crate) fn maybe_text(row: &SqliteRow, column: &str) -> Result<Option<String>> {
    Ok(row.try_get(column)?)
}

/// An id of a row.
pub(crate) fn id<T: From<Uuid>>(row: &SqliteRow, column: &str) -> Result<T> {
    Ok(row.try_get::<Uuid, _>(column)?.into())
}

/// An id of a row that may be absent.
pub(crate) fn maybe_id<T: From<Uuid>>(row: &SqliteRow, column: &str) -> Result<Option<T>> {
    Ok(row.try_get::<Option<Uuid>, _>(column)?.map(T::from))
}

/// A word of a closed set.
pub(crate) fn word<T>(row: &SqliteRow, column: &str, read: impl Fn(&str) -> Option<T>) -> Result<T> {
    let word = text(row, column)?;
    read(&word).ok_or_else(|| Error::WrongValue { table: word, column: column.to_owned() })
}

/// What was asked on this thread, for tests that look at how SQLite goes about it.
#[cfg(test)]
pub(crate) mod asked {
    use std::cell::RefCell;

    thread_local! {
        static TEXTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn note(text: &str) {
        TEXTS.with_borrow_mut(|texts| texts.push(text.to_owned()));
    }

    /// Takes the texts that were noted so far.
    pub(crate) fn take() -> Vec<String> {
        TEXTS.take()
    }
}
