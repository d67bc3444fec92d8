//! TLS on TCP: what handshakes are made with, and what each tells of the client.
//!
//! INVARIANT: a handshake takes a bounded time, and holds its own connection alone. A certificate that is renewed is used by
//! the next handshake; files that are wrong leave what was there. A client certificate is looked at only where a file names
//! who signs them, and none is asked of whoever has none. Absent on purpose: which certificate is which caller
//! ([`super::known`]), and lists of revoked certificates.

use super::known::certificate::Certificate;
use super::reread::{Contents, Reread, Unread};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Where the certificate of a service is, in PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// Its certificate, and behind it those that lead to one that clients trust.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Who signs the certificates of clients. None: clients are not asked for one.
    pub client_ca: Option<PathBuf>,
}

/// Why TLS cannot be spoken with some files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// One of them cannot be read.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// It holds nothing of what it should hold.
    #[error("`{path}` holds no {what} in PEM")]
    Empty {
        /// The file.
        path: String,
        /// What it should hold.
        what: &'static str,
    },
    /// Nobody is believed: no file is named, and the system has none.
    #[error("no file with certificates that the system believes was found")]
    NoRoots,
    /// They do not go together, or are of a kind that is not taken.
    #[error("`{path}` cannot be used")]
    Unusable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What handshakes are made with now.
pub(super) type Current = watch::Receiver<Arc<ServerConfig>>;

/// The only one: there is no other in this build, and none is taken from what an embedding program has set.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Reads the files for the first time.
pub(super) fn read(files: &TlsFiles) -> Result<Reread<ServerConfig>, TlsError> {
    let mut paths = vec![files.certificate.clone(), files.key.clone()];
    paths.extend(files.client_ca.clone());
    let files = files.clone();
    Reread::first(paths, move |contents| server_config(&files, &contents))
}

fn server_config(files: &TlsFiles, contents: &Contents) -> Result<ServerConfig, TlsError> {
    let [chain, key, rest @ ..] = &contents[..] else { unreachable!("a certificate and a key were read") };
    let unusable = |path: &PathBuf, source: Box<dyn std::error::Error + Send + Sync>| TlsError::Unusable {
        path: path.display().to_string(),
        source,
    };
    let chain = certificates(&files.certificate, chain)?;
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| TlsError::Empty { path: files.key.display().to_string(), what: "key without a password" })?;
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| unusable(&files.certificate, error.into()))?;
    let builder = match (&files.client_ca, rest) {
        (Some(path), [signers]) => {
            let roots = Arc::new(roots(path, signers)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider()).allow_unauthenticated();
            builder.with_client_cert_verifier(verifier.build().map_err(|error| unusable(path, error.into()))?)
        }
        _ => builder.with_no_client_auth(),
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|error| unusable(&files.key, error.into()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

pub(super) fn certificates(path: &std::path::Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all = all.ok().filter(|all| !all.is_empty());
    all.ok_or_else(|| TlsError::Empty { path: path.display().to_string(), what: "certificate" })
}

/// Those whose signatures are believed.
pub(super) fn roots(path: &std::path::Path, pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for one in certificates(path, pem)? {
        let unusable =
            |error: rustls::Error| TlsError::Unusable { path: path.display().to_string(), source: error.into() };
        roots.add(one).map_err(unusable)?;
    }
    Ok(roots)
}

/// What a client is told that speaks plain HTTP here.
const PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\nconnection: close\r\n\
content-length: 161\r\n\r\n{\"type\":\"/problems#invalid\",\"title\":\"invalid\",\"status\":400,\"code\":\"invalid\",\
\"detail\":\"this address speaks TLS\",\"hint\":\"use https instead of http in the address\"}";

/// Makes a handshake, in so long.
pub(super) async fn handshake(
    stream: TcpStream,
    current: &Current,
    limit: Duration,
) -> io::Result<(TlsStream<TcpStream>, Option<Arc<Certificate>>)> {
    let timed_out = || io::Error::new(io::ErrorKind::TimedOut, "the handshake takes too long");
    tokio::time::timeout(limit, shaken(stream, current)).await.map_err(|_| timed_out())?
}

async fn shaken(
    mut stream: TcpStream,
    current: &Current,
) -> io::Result<(TlsStream<TcpStream>, Option<Arc<Certificate>>)> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase() {
        // What has come is read first: a connection that is closed on unread bytes loses what was sent on it.
        let _ = stream.read(&mut [0; 4_096]).await?;
        stream.write_all(PLAIN).await?;
        stream.shutdown().await?;
        return Err(io::Error::new(io::ErrorKind::InvalidData, "plain HTTP"));
    }
    let config = Arc::clone(&current.borrow());
    let stream = TlsAcceptor::from(config).accept(stream).await?;
    let presented = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let certificate = presented.and_then(|der| Certificate::read(der)).map(Arc::new);
    Ok((stream, certificate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_of_plain_http_is_told_is_whole() {
        let text = str::from_utf8(PLAIN).expect("it is text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{}", body.len());
        let problem: serde_json::Value = serde_json::from_str(body).expect("it is JSON");
        assert_eq!(problem["code"], "invalid");
    }
}
