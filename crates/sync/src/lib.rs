//! How nodes meet in the central PostgreSQL: own operations are pushed, others' are pulled, each once, in the order of the centre's commits.
//!
//! The protocol is a state machine without IO ([`protocol`]); [`transport`] carries its words, [`worker`] carries out its effects. `docs/sync.md` says what is promised
//! and what is not here. Deliberately absent: rules of the shop (rows meet by class), enrolment, conflicts on screen, scopes by device, other transports.
//!
//! To add a table: the catalogue in `store` and `ZHANGGUI_WRITE_SCHEMA=1 cargo test -p zhanggui-sync central`. To add a transport: a body of [`Transport`].

pub mod central;
pub mod error;
pub mod init;
pub mod join;
pub mod limits;
pub mod protocol;
pub mod route;
pub mod seal;
pub mod transport;
pub mod wire;
pub mod worker;

pub use error::{Error, Result};
pub use init::{central_digests, central_init};
pub use join::{JoinedOrganisation, join, join_code};
pub use transport::{Postgres, Transport};
pub use worker::{Exchanged, SyncStatus, SyncWorker, status};
