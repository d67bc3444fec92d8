//! Requests of this process to others: to an issuer for its keys, to a collector with traces.
//!
//! INVARIANT: what comes back is of bounded size and time, over TLS that is verified where the address asks for it. Absent on
//! purpose: following a redirect, which would let the other side send this process anywhere; a proxy; keeping connections.

mod address;

pub(super) use address::Address;

use super::tls_client::{NoHandshake, TlsClient, system_roots, usable};
use axum::body::Bytes;
use axum::http::header::{HOST, USER_AGENT};
use axum::http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What an answer may come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct AtMost {
    pub(super) time: Duration,
    pub(super) bytes: usize,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("cannot read `{path}`")]
    File { path: String, source: std::io::Error },
    #[error("no file with certificates that the system believes was found, and none is named")]
    NoRoots,
    #[error("`{address}` does not answer")]
    Connect { address: String, source: std::io::Error },
    #[error("`{address}` takes longer than {} seconds", most.as_secs())]
    TooSlow { address: String, most: Duration },
    #[error("there is no TLS with `{address}`")]
    Tls { address: String, source: NoHandshake },
    #[error("`{address}` answers in a wrong form")]
    Http { address: String, source: Source },
}

/// Sends a request to an address, whose path it has, and waits for the whole answer. `ca` names a file (PEM) with those who
/// sign the certificate of the other side; otherwise those count whom the system believes.
pub(super) async fn send(
    address: &Address,
    ca: Option<&Path>,
    request: Request<Bytes>,
    most: AtMost,
) -> Result<Response<Bytes>, Unanswered> {
    let answered = async {
        let failed = |source| Unanswered::Connect { address: address.to_string(), source };
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await.map_err(failed)?;
        if !address.is_secure {
            return over(address, stream, request, most.bytes).await;
        }
        let client = TlsClient::believing(roots(ca).await?);
        let stream = client.shake(&address.host, stream).await;
        let stream = stream.map_err(|source| Unanswered::Tls { address: address.to_string(), source })?;
        over(address, stream, request, most.bytes).await
    };
    let answered = tokio::time::timeout(most.time, answered).await;
    answered.unwrap_or_else(|_| Err(Unanswered::TooSlow { address: address.to_string(), most: most.time }))
}

async fn roots(ca: Option<&Path>) -> Result<RootCertStore, Unanswered> {
    let path = ca.map(Path::to_owned).or_else(system_roots);
    let pem = read(path.ok_or(Unanswered::NoRoots)?).await?;
    usable(&pem).ok_or(Unanswered::NoRoots)
}

/// Reads a file without holding up a thread that answers.
pub(super) async fn read(path: PathBuf) -> Result<Vec<u8>, Unanswered> {
    let shown = path.display().to_string();
    let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
    read.unwrap_or_else(|_| Err(std::io::ErrorKind::Interrupted.into()))
        .map_err(|source| Unanswered::File { path: shown, source })
}

async fn over(
    address: &Address,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    mut request: Request<Bytes>,
    bytes_max: usize,
) -> Result<Response<Bytes>, Unanswered> {
    let wrong = |source: Source| Unanswered::Http { address: address.to_string(), source };
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| wrong(error.into()))?;
    let driven = tokio::spawn(connection);
    let host = address.to_string();
    let host =
        HeaderValue::try_from(host.split('/').nth(2).unwrap_or_default()).map_err(|error| wrong(error.into()))?;
    request.headers_mut().insert(HOST, host);
    let name = HeaderValue::from_static(concat!("caseward/", env!("CARGO_PKG_VERSION")));
    request.headers_mut().insert(USER_AGENT, name);
    let response = sender.send_request(request.map(Full::new)).await.map_err(|error| wrong(error.into()))?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, bytes_max).collect().await.map_err(wrong)?.to_bytes();
    driven.abort();
    Ok(Response::from_parts(head, body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const MOST: AtMost = AtMost { time: Duration::from_secs(10), bytes: 1 << 20 };

    async fn answered(length: usize) -> Result<Response<Bytes>, Unanswered> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let at: Address = format!("http://{}/keys", listener.local_addr().expect("it listens")).parse().expect("one");
        let server = async {
            let (mut stream, _) = listener.accept().await.expect("somebody asks");
            let _ = stream.read(&mut [0; 4_096]).await.expect("it asks");
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            // Whoever asks may go before all of it came.
            let _ = stream.write_all(&[head.as_bytes(), &vec![b'x'; length]].concat()).await;
        };
        let request = Request::get("/keys").body(Bytes::new()).expect("it is a request");
        tokio::join!(server, send(&at, None, request, MOST)).1
    }

    #[tokio::test]
    async fn an_answer_that_is_too_long_is_none() {
        assert_eq!(answered(MOST.bytes).await.expect("it is short enough").body().len(), MOST.bytes);
        assert!(matches!(answered(MOST.bytes + 1).await, Err(Unanswered::Http { .. })));
    }
}
