//! Why the headless host does not start or ends.

use std::net::SocketAddr;

/// An error of the headless host.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the program is served on this computer only: {0} is an address that others can reach; use 127.0.0.1")]
    NotLoopback(SocketAddr),
    #[error("port {port} of this computer cannot be used ({source}): another program has it; choose another with --port, or 0 for any")]
    Port { port: u16, source: std::io::Error },
    #[error("serving ended: {0}")]
    Ended(std::io::Error),
}

/// Result of the headless host.
pub type Result<T> = std::result::Result<T, Error>;
