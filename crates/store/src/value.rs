//! The values of synced rows, and their form in an operation: a JSON array a row, ids and bytes in hex.

use serde_json::Value as Json;
use sqlx::{Arguments as _, Sqlite, query::Query, sqlite::SqliteArguments};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sixteen bytes.
    Id,
    Int,
    Text,
    Bytes,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Id([u8; 16]),
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    /// Whether it belongs into a column of this kind.
    #[must_use]
    pub const fn fits(&self, kind: Kind, nullable: bool) -> bool {
        match self {
            Self::Null => nullable,
            Self::Id(_) => matches!(kind, Kind::Id),
            Self::Int(_) => matches!(kind, Kind::Int),
            Self::Text(_) => matches!(kind, Kind::Text),
            Self::Bytes(_) => matches!(kind, Kind::Bytes),
        }
    }

    /// Its form in an operation.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Id(id) => Json::String(hex::encode(id)),
            Self::Int(n) => Json::from(*n),
            Self::Text(text) => Json::String(text.clone()),
            Self::Bytes(bytes) => Json::String(hex::encode(bytes)),
        }
    }

    /// Reads the form in an operation; `None` where it does not fit the column.
    #[must_use]
    pub fn from_json(json: &Json, kind: Kind, nullable: bool) -> Option<Self> {
        match (json, kind) {
            (Json::Null, _) => nullable.then_some(Self::Null),
            (Json::String(text), Kind::Id) => {
                let mut id = [0; 16];
                hex::decode_to_slice(text, &mut id).ok()?;
                Some(Self::Id(id))
            }
            (Json::String(text), Kind::Bytes) => hex::decode(text).ok().map(Self::Bytes),
            (Json::String(text), Kind::Text) => Some(Self::Text(text.clone())),
            (Json::Number(n), Kind::Int) => n.as_i64().map(Self::Int),
            _ => None,
        }
    }

    /// The id in it.
    #[must_use]
    pub const fn as_id(&self) -> Option<[u8; 16]> {
        if let Self::Id(id) = self { Some(*id) } else { None }
    }

    /// The number in it.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        if let Self::Int(n) = self { Some(*n) } else { None }
    }

    /// The text in it.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Binds a value to a query.
pub(crate) fn bind<'q>(query: Query<'q, Sqlite, SqliteArguments>, value: &Value) -> Query<'q, Sqlite, SqliteArguments> {
    match value {
        Value::Null => query.bind(None::<i64>),
        Value::Id(id) => query.bind(id.to_vec()),
        Value::Int(n) => query.bind(*n),
        Value::Text(text) => query.bind(text.clone()),
        Value::Bytes(bytes) => query.bind(bytes.clone()),
    }
}

/// The arguments of one statement, `count` of them.
pub(crate) fn arguments<'a>(values: impl Iterator<Item = &'a Value>, count: usize) -> SqliteArguments {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(count, 0);
    for value in values {
        let added = match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Id(id) => arguments.add(id.as_slice()),
            Value::Int(n) => arguments.add(*n),
            Value::Text(text) => arguments.add(text.as_str()),
            Value::Bytes(bytes) => arguments.add(bytes.as_slice()),
        };
        debug_assert!(added.is_ok(), "numbers, texts and bytes are encoded as they are");
    }
    arguments
}

macro_rules! into_value {
    ($($from:ty => |$x:ident| $to:expr;)*) => {$( impl From<$from> for Value { fn from($x: $from) -> Self { $to } } )*};
}

into_value! {
    i64 => |n| Self::Int(n);
    String => |text| Self::Text(text);
    &str => |text| Self::Text(text.to_owned());
    Vec<u8> => |bytes| Self::Bytes(bytes);
    [u8; 16] => |id| Self::Id(id);
    uuid::Uuid => |id| Self::Id(*id.as_bytes());
    domain::OrderId => |id| Self::Id(id.bytes());
    domain::OrderLineId => |id| Self::Id(id.bytes());
    domain::ShopId => |id| Self::Id(id.bytes());
    domain::SkuId => |id| Self::Id(id.bytes());
    domain::CustomerId => |id| Self::Id(id.bytes());
    domain::CategoryId => |id| Self::Id(id.bytes());
    domain::PersonId => |id| Self::Id(id.bytes());
    domain::PaymentId => |id| Self::Id(id.bytes());
    domain::RefundId => |id| Self::Id(id.bytes());
    domain::RefundLineId => |id| Self::Id(id.bytes());
    domain::MovementId => |id| Self::Id(id.bytes());
    domain::TransitionId => |id| Self::Id(id.bytes());
    domain::BatchId => |id| Self::Id(id.bytes());
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row of a synced table, its values in the order of the catalogue's columns.
pub type Row = Vec<Value>;

/// Builds a row from anything that turns into values.
#[macro_export]
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($crate::value::Value::from($value)),*] };
}
