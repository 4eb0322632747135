//! What the program asks of whoever carries its journal to the centre. Hosts fill it, so that `app` knows no network.

use crate::{
    Result,
    wire::{JoinCode, SyncStatus},
};
use async_trait::async_trait;
use std::sync::Arc;
use store::Store;

/// The sync worker as the use cases see it.
#[async_trait]
pub trait SyncControl: Send + Sync {
    /// Where it stands, for the badge and the page.
    async fn status(&self, store: &Arc<Store>) -> Result<SyncStatus>;
    /// Exchanges now.
    async fn now(&self, store: &Arc<Store>) -> Result<SyncStatus>;
    /// Makes the centre in the database of this address and fills it from the store.
    async fn found_centre(&self, store: &Arc<Store>, url: &str) -> Result<()>;
    /// A code with which a second store joins the business.
    async fn invite(&self, store: &Arc<Store>) -> Result<JoinCode>;
    /// Exchanges from now on with this address, this often; `None` stops it.
    async fn set(&self, store: &Arc<Store>, url: Option<String>, every_s: u32) -> Result<()>;
}
