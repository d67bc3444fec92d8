//! TLS in a build that speaks none: an address with `https` is refused before anything comes here.

use super::address::ServerAddress;
use crate::cli::args::Remote;
use crate::cli::exit::Failure;
use anyhow::anyhow;
use tokio::net::TcpStream;

/// Nothing.
#[derive(Clone)]
pub struct Tls;

impl Tls {
    /// None is there.
    ///
    /// # Errors
    /// A certificate is named.
    pub fn asked_for(_: &ServerAddress, remote: &Remote) -> Result<Tls, Failure> {
        match [&remote.ca, &remote.client_cert, &remote.client_key].into_iter().any(Option::is_some) {
            false => Ok(Tls),
            true => Err(Failure::usage(anyhow!("this build speaks no TLS, so it takes no certificate"))
                .hint("use one with the feature `tls`, as `cargo install --path . --features full` makes it")),
        }
    }

    /// No handshake.
    ///
    /// # Errors
    /// Always.
    pub async fn shake(&self, _: &str, _: TcpStream) -> Result<TcpStream, anyhow::Error> {
        Err(anyhow!("this build speaks no TLS"))
    }

    /// Nothing is of a handshake.
    ///
    /// # Errors
    /// What was given, always.
    pub fn failure(&self, _: &ServerAddress, error: anyhow::Error) -> Result<Failure, anyhow::Error> {
        Err(error)
    }
}

/// Whether another try may go better.
#[must_use]
pub fn may_pass(_: &anyhow::Error) -> bool {
    true
}
