//! Fetching the keys of an issuer, and its description of itself.
//!
//! INVARIANT: what is fetched is of bounded size and time, over TLS that is verified. Absent on purpose: following a redirect,
//! which would let an issuer send this process anywhere; a proxy.

use super::address::Address;
use super::key::{BadKeys, Key, keys};
use crate::service::known::KeySource;
use crate::service::tls_client::{NoHandshake, TlsClient, system_roots, usable};
use axum::body::Bytes;
use axum::http::header::{ACCEPT, HOST, USER_AGENT};
use axum::http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// The longest that fetching takes.
const TIME_MAX: Duration = Duration::from_secs(10);

/// The most that is read.
const BYTES_MAX: usize = 1 << 20;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfetched {
    #[error("cannot read `{path}`")]
    File { path: String, source: std::io::Error },
    #[error("no file with certificates that the system believes was found; name one with `ca`")]
    NoRoots,
    #[error("`{address}` does not answer")]
    Connect { address: String, source: std::io::Error },
    #[error("`{address}` takes longer than 10 seconds")]
    TooSlow { address: String },
    #[error("there is no TLS with `{address}`")]
    Tls { address: String, source: NoHandshake },
    #[error("`{address}` answers in a wrong form")]
    Http { address: String, source: Box<dyn std::error::Error + Send + Sync> },
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
            let text = read(path.clone()).await?;
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

async fn read(path: PathBuf) -> Result<Vec<u8>, Unfetched> {
    let shown = path.display().to_string();
    let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
    read.unwrap_or_else(|_| Err(std::io::ErrorKind::Interrupted.into()))
        .map_err(|source| Unfetched::File { path: shown, source })
}

async fn get(address: &Address, ca: Option<&Path>) -> Result<Bytes, Unfetched> {
    let fetched = async {
        let failed = |source| Unfetched::Connect { address: address.to_string(), source };
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await.map_err(failed)?;
        if !address.is_secure {
            return ask(address, stream).await;
        }
        let client = TlsClient::believing(roots(ca).await?);
        let stream = client.shake(&address.host, stream).await;
        let stream = stream.map_err(|source| Unfetched::Tls { address: address.to_string(), source })?;
        ask(address, stream).await
    };
    let fetched = tokio::time::timeout(TIME_MAX, fetched).await;
    fetched.unwrap_or_else(|_| Err(Unfetched::TooSlow { address: address.to_string() }))
}

async fn roots(ca: Option<&Path>) -> Result<RootCertStore, Unfetched> {
    let path = ca.map(Path::to_owned).or_else(system_roots);
    let pem = read(path.ok_or(Unfetched::NoRoots)?).await?;
    usable(&pem).ok_or(Unfetched::NoRoots)
}

async fn ask(
    address: &Address,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<Bytes, Unfetched> {
    let wrong =
        |source: Box<dyn std::error::Error + Send + Sync>| Unfetched::Http { address: address.to_string(), source };
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| wrong(error.into()))?;
    let driven = tokio::spawn(connection);
    let host = address.to_string();
    let host = host.split('/').nth(2).unwrap_or_default();
    let request = Request::get(&address.path)
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, concat!("caseward/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(|error| wrong(error.into()))?;
    let response = sender.send_request(request).await.map_err(|error| wrong(error.into()))?;
    let status = response.status();
    if status != StatusCode::OK {
        return Err(Unfetched::Status { address: address.to_string(), status });
    }
    let body = Limited::new(response.into_body(), BYTES_MAX).collect().await.map_err(wrong)?.to_bytes();
    driven.abort();
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn answered(length: usize) -> Result<Bytes, Unfetched> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let at: Address = format!("http://{}/keys", listener.local_addr().expect("it listens")).parse().expect("one");
        let server = async {
            let (mut stream, _) = listener.accept().await.expect("somebody asks");
            let _ = stream.read(&mut [0; 4_096]).await.expect("it asks");
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            // Whoever asks may go before all of it came.
            let _ = stream.write_all(&[head.as_bytes(), &vec![b'x'; length]].concat()).await;
        };
        tokio::join!(server, get(&at, None)).1
    }

    #[tokio::test]
    async fn an_answer_that_is_too_long_is_none() {
        assert_eq!(answered(BYTES_MAX).await.expect("it is short enough").len(), BYTES_MAX);
        assert!(matches!(answered(BYTES_MAX + 1).await, Err(Unfetched::Http { .. })));
    }
}
