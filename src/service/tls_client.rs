//! TLS where this program is the client: of an issuer of keys, or of another service.
//!
//! INVARIANT: a service is believed by its certificate alone, which is verified for the name that it was asked by. Absent on
//! purpose: not verifying, which no option turns on.

use super::reread::contents;
use super::tls::{TlsError, certificates, provider, roots};
use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Where systems keep the certificates that they believe.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// With what a client makes handshakes. Its copies go on with the sessions of each other.
#[derive(Clone)]
pub struct TlsClient(Arc<ClientConfig>);

/// The certificate of a client, with its key, in PEM.
#[derive(Clone, Copy, Debug)]
pub struct OwnCertificate<'a> {
    /// The certificate, and behind it those that lead to one that the service knows.
    pub certificate: &'a Path,
    /// The key, without a password.
    pub key: &'a Path,
}

/// Why there is no TLS with whoever answers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoHandshake {
    /// No certificate could be for it.
    #[error("`{host}` is no name that a certificate could have")]
    Name {
        /// The host of the address.
        host: String,
        /// What is wrong with it.
        source: InvalidDnsNameError,
    },
    /// The handshake was not made. Inside of it stands a [`rustls::Error`], unless the connection failed.
    #[error("the handshake of TLS failed")]
    Failed(#[from] io::Error),
}

impl TlsClient {
    /// Believes the certificates of a file, or those that the system believes; presents a certificate, or none.
    ///
    /// # Errors
    /// A file cannot be read or used.
    pub fn read(ca: Option<&Path>, own: Option<OwnCertificate<'_>>) -> Result<TlsClient, TlsError> {
        let believed = match ca {
            Some(path) => roots(path, &pem(path)?)?,
            None => usable(&pem(&system_roots().ok_or(TlsError::NoRoots)?)?).ok_or(TlsError::NoRoots)?,
        };
        let Some(OwnCertificate { certificate, key }) = own else { return Ok(TlsClient::believing(believed)) };
        let chain = certificates(certificate, &pem(certificate)?)?;
        let shown = key.display().to_string();
        let of_key = PrivateKeyDer::from_pem_slice(&pem(key)?)
            .map_err(|_| TlsError::Empty { path: shown.clone(), what: "key without a password" })?;
        let config = builder(believed)
            .with_client_auth_cert(chain, of_key)
            .map_err(|source| TlsError::Unusable { path: shown, source: source.into() })?;
        Ok(TlsClient::of(config))
    }

    /// Believes these certificates, and presents none.
    pub(super) fn believing(believed: RootCertStore) -> TlsClient {
        TlsClient::of(builder(believed).with_no_client_auth())
    }

    fn of(mut config: ClientConfig) -> TlsClient {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsClient(Arc::new(config))
    }

    /// Makes a handshake with whoever answers as a host.
    ///
    /// # Errors
    /// It is not who it should be, speaks no TLS, or ends.
    pub async fn shake(&self, host: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>, NoHandshake> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|source| NoHandshake::Name { host: host.to_owned(), source })?;
        Ok(TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await?)
    }
}

fn builder(believed: RootCertStore) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .expect("what is built in speaks both versions")
        .with_root_certificates(believed)
}

/// The file of certificates that the system believes: the one that `SSL_CERT_FILE` names, or the first that there is.
pub(super) fn system_roots() -> Option<PathBuf> {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    named.or_else(|| SYSTEM.iter().map(PathBuf::from).find(|path| path.exists()))
}

/// The certificates of a system. Those that are of a kind that is not known here verify nothing, and harm nothing.
pub(super) fn usable(pem: &[u8]) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).filter_map(Result::ok));
    Some(roots).filter(|roots| !roots.is_empty())
}

fn pem(path: &Path) -> Result<Vec<u8>, TlsError> {
    let [pem] = &mut contents(&[path.to_owned()])?[..] else { unreachable!("one file was read") };
    Ok(std::mem::take(pem))
}
