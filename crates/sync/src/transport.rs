//! How a node speaks with the centre. Two bodies: PostgreSQL here, and the tests' own; others (a server over HTTPS) come later.

use crate::{
    Error, Result,
    limits::{ANSWER_TIMEOUT, CONNECT_TIMEOUT, PULL_ENTRIES_MAX, PULL_ROWS_MAX, STATEMENT_TIMEOUT},
    wire::{Arrived, Chunk, entry_from},
};
use sqlx::{
    ConnectOptions as _, Connection as _, Row as _,
    postgres::{PgConnectOptions, PgConnection, PgRow},
};
use std::{collections::BTreeMap, future::Future, str::FromStr as _};
use store::{inbound::Cursor, journal::Stored};
use uuid::Uuid;

/// Who speaks.
#[derive(Debug, Clone, Copy)]
pub struct Speaker {
    pub organisation_id: Uuid,
    pub node_id: Uuid,
    pub incarnation: Uuid,
}

/// How far the centre has a node.
#[derive(Debug, Clone)]
pub struct Greeting {
    pub acked_seq: i64,
    pub chain_hash: Vec<u8>,
}

/// What the centre has for a node, as it came.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    pub records: Vec<Arrived>,
    pub entries: Vec<Stored>,
}

/// The three words of the protocol. Each is safe to repeat: a reply that was lost costs time, never data.
pub trait Transport: Send {
    /// Says who speaks and hears how far the centre has it.
    fn greet(&mut self, speaker: &Speaker) -> impl Future<Output = Result<Greeting>> + Send;
    /// Hands over own operations; answers up to where the centre has them.
    fn push(&mut self, speaker: &Speaker, chunk: &Chunk) -> impl Future<Output = Result<i64>> + Send;
    /// Asks for what is new after the cursors.
    fn pull(&mut self, speaker: &Speaker, cursors: &BTreeMap<String, Cursor>) -> impl Future<Output = Result<Delivery>> + Send;
}

/// The centre as a PostgreSQL database. One connection, made when needed and given up at the first error.
#[derive(Debug)]
pub struct Postgres {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Postgres {
    /// Reads the address. TLS is used where it says so: `?sslmode=verify-full` (or `require`, which encrypts without asking who answers).
    ///
    /// # Errors
    /// [`Error::Address`].
    pub fn new(url: &str) -> Result<Self> {
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            return Err(Error::Address { reason: "it does not begin with postgres://".into() });
        }
        let options = PgConnectOptions::from_str(url).map_err(|e| Error::Address { reason: e.to_string() })?;
        let timeout = format!("{}s", STATEMENT_TIMEOUT.as_secs());
        let options = options
            .application_name("zhanggui")
            .options([("statement_timeout", timeout.as_str()), ("idle_in_transaction_session_timeout", timeout.as_str())])
            .disable_statement_logging();
        Ok(Self { options, connection: None })
    }

    /// A connection, new where there is none.
    pub(crate) async fn connection(&mut self) -> Result<&mut PgConnection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => in_time(CONNECT_TIMEOUT, PgConnection::connect_with(&self.options)).await?,
        };
        Ok(self.connection.insert(connection))
    }

    /// Closes the connection properly.
    pub async fn close(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::debug!(%error, "the connection to the centre was gone already");
        }
    }
}

/// Waits for an answer, but not for ever.
async fn in_time<T>(limit: std::time::Duration, answer: impl Future<Output = sqlx::Result<T>> + Send) -> Result<T> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Error::Away { reason: format!("no answer within {} s", limit.as_secs()) }),
    }
}

impl Transport for Postgres {
    async fn greet(&mut self, speaker: &Speaker) -> Result<Greeting> {
        // A connection that lay idle since the last exchange may be dead without knowing it: that is no reason to make a person wait.
        let was_idle = self.connection.is_some();
        match self.hello(speaker).await {
            Err(error) if was_idle && !error.is_permanent() => self.hello(speaker).await,
            outcome => outcome,
        }
    }

    async fn push(&mut self, speaker: &Speaker, chunk: &Chunk) -> Result<i64> {
        let query = sqlx::query("SELECT sync.push($1, $2, $3, $4::text::jsonb)")
            .bind(speaker.node_id.as_bytes().to_vec())
            .bind(speaker.incarnation.as_bytes().to_vec())
            .bind(chunk.from_seq)
            .bind(chunk.body.clone());
        Ok(self.one(query).await?.try_get(0)?)
    }

    async fn pull(&mut self, speaker: &Speaker, cursors: &BTreeMap<String, Cursor>) -> Result<Delivery> {
        let (mut streams, mut chains) = (serde_json::Map::new(), serde_json::Map::new());
        for (stream, cursor) in cursors {
            match stream.strip_prefix("entry:") {
                Some(node) => chains.insert(node.to_owned(), cursor.position.into()),
                None => streams.insert(stream.clone(), serde_json::json!([cursor.position, Uuid::from_bytes(cursor.epoch).to_string()])),
            };
        }
        let records = self
            .all(sqlx::query("SELECT * FROM sync.pull($1::text::jsonb, $2)").bind(serde_json::Value::Object(streams).to_string()).bind(PULL_ROWS_MAX))
            .await?;
        let entries = self
            .all(
                sqlx::query("SELECT * FROM sync.entries($1, $2::text::jsonb, $3)")
                    .bind(speaker.node_id.as_bytes().to_vec())
                    .bind(serde_json::Value::Object(chains).to_string())
                    .bind(PULL_ENTRIES_MAX),
            )
            .await?;
        Ok(Delivery { records: records.iter().map(arrived).collect::<Result<_>>()?, entries: entries.iter().map(entry).collect::<Result<_>>()? })
    }
}

type PgQuery<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

impl Postgres {
    async fn hello(&mut self, speaker: &Speaker) -> Result<Greeting> {
        let query = sqlx::query("SELECT acked_seq, chain_hash FROM sync.hello($1, $2, $3, $4)")
            .bind(speaker.organisation_id.as_bytes().to_vec())
            .bind(speaker.node_id.as_bytes().to_vec())
            .bind(speaker.incarnation.as_bytes().to_vec())
            .bind(i32::try_from(store::journal::SCHEMA).unwrap_or(i32::MAX));
        let row = self.one(query).await?;
        Ok(Greeting { acked_seq: row.try_get(0)?, chain_hash: row.try_get(1)? })
    }

    async fn one(&mut self, query: PgQuery<'_>) -> Result<PgRow> {
        let mut rows = self.all(query).await?;
        rows.pop().ok_or_else(|| Error::Form { what: "an answer without a row".into() })
    }

    async fn all(&mut self, query: PgQuery<'_>) -> Result<Vec<PgRow>> {
        let connection = self.connection().await?;
        let outcome = in_time(ANSWER_TIMEOUT, query.fetch_all(connection)).await;
        if outcome.is_err() {
            // What state the connection is in is not worth asking: the next word makes a new one.
            self.connection = None;
        }
        outcome
    }
}

fn id_at(row: &PgRow, name: &str) -> Result<[u8; 16]> {
    let bytes: Vec<u8> = row.try_get(name)?;
    bytes.try_into().map_err(|_| Error::Form { what: format!("{name} is no id") })
}

fn arrived(row: &PgRow) -> Result<Arrived> {
    Ok(Arrived {
        stream: row.try_get("stream")?,
        epoch: *row.try_get::<Uuid, _>("epoch")?.as_bytes(),
        position: row.try_get("pos")?,
        node_id: id_at(row, "node_id")?,
        seq: row.try_get("seq")?,
        table_name: row.try_get("table_name")?,
        act: row.try_get("act")?,
        rows: row.try_get("rows")?,
    })
}

fn entry(row: &PgRow) -> Result<Stored> {
    let body: String = row.try_get("body")?;
    entry_from(id_at(row, "node_id")?, row.try_get("seq")?, row.try_get("hash")?, row.try_get("previous_hash")?, &body)
}
