//! Fetching the keys of an issuer, and its description of itself.
//!
//! Absent on purpose: how it is asked ([`crate::service::outward`]).

use super::key::{BadKeys, Key, keys};
use crate::service::known::KeySource;
use crate::service::outward::{self, Address, AtMost, Unanswered};
use axum::body::Bytes;
use axum::http::header::ACCEPT;
use axum::http::{Request, StatusCode};
use serde::Deserialize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The longest that fetching takes, and the most that is read.
const MOST: AtMost = AtMost { time: Duration::from_secs(10), bytes: 1 << 20 };

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfetched {
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error("`{address}` is no address")]
    Address { address: String, source: axum::http::Error },
    #[error("`{address}` answers with status {status}")]
    Status { address: String, status: StatusCode },
    #[error("`{address}` names another issuer, or no address of keys")]
    OtherIssuer { address: String },
    #[error("the keys of `{of}` cannot be used")]
    Keys { of: String, source: BadKeys },
}

/// The keys of an issuer, wherever they are.
pub(super) async fn fetch(issuer: &str, source: &KeySource, ca: Option<&Path>) -> Result<Vec<Arc<Key>>, Unfetched> {
    match source {
        KeySource::File(path) => {
            let text = outward::read(path.clone()).await?;
            keys(&text).map_err(|source| Unfetched::Keys { of: path.display().to_string(), source })
        }
        KeySource::Url(address) => keys_at(address, ca).await,
        KeySource::Discovery(address) => {
            #[derive(Deserialize)]
            struct Description {
                issuer: String,
                jwks_uri: String,
            }
            let other = || Unfetched::OtherIssuer { address: address.to_string() };
            let text = get(address, ca).await?;
            let described: Description = serde_json::from_slice(&text).map_err(|_| other())?;
            let at: Address = described.jwks_uri.parse().map_err(|_| other())?;
            // One that could speak for another would make its tokens count as the other's.
            if described.issuer != issuer || (address.is_secure && !at.is_secure) {
                return Err(other());
            }
            keys_at(&at, ca).await
        }
    }
}

async fn keys_at(address: &Address, ca: Option<&Path>) -> Result<Vec<Arc<Key>>, Unfetched> {
    keys(&get(address, ca).await?).map_err(|source| Unfetched::Keys { of: address.to_string(), source })
}

async fn get(address: &Address, ca: Option<&Path>) -> Result<Bytes, Unfetched> {
    let request = Request::get(&address.path).header(ACCEPT, "application/json").body(Bytes::new());
    let request = request.map_err(|source| Unfetched::Address { address: address.to_string(), source })?;
    let response = outward::send(address, ca, request, MOST).await?;
    match response.status() {
        StatusCode::OK => Ok(response.into_body()),
        status => Err(Unfetched::Status { address: address.to_string(), status }),
    }
}
