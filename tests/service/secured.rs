//! TLS, and callers whom others vouch for: by a certificate, or by a JWT.

mod certificates;
pub mod fake_issuer;
mod jwt;
mod key_sets;
mod program;
mod tls;

use crate::callers::Desk;
use crate::http::{Connection, Response};
use caseward::service::{Limits, Secured, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is waited for comes, or the test fails.
pub fn comes(what: &str, mut is_there: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_there() {
        assert!(begun.elapsed() < PATIENCE, "it never came: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Who signs certificates, with the files that a service has them in.
pub struct Authority {
    signer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// A certificate with its key, in PEM.
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("no name is a wrong one");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("there is chance");
        let signer = CertifiedIssuer::self_signed(params, key).expect("it can be signed");
        Authority { signer, folder: TempDir::new().expect("a temporary folder") }
    }

    /// Signs one for a name, which may also be that of this machine.
    pub fn signs(&self, name: &str) -> Pair {
        self.signs_one(name, &|_| {})
    }

    /// Signs one that is of a kind of its own.
    pub fn signs_one(&self, name: &str, of: &dyn Fn(&mut CertificateParams)) -> Pair {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("it is a name");
        of(&mut params);
        let key = KeyPair::generate().expect("there is chance");
        let certificate = params.signed_by(&key, &self.signer).expect("it can be signed");
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// Its own certificate.
    pub fn pem(&self) -> String {
        self.signer.pem()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        // As whole as a tool that renews certificates leaves them.
        let (path, new) = (self.file(name), self.file(&format!("{name}.new")));
        fs::write(&new, text).expect("there is room");
        fs::rename(&new, &path).expect("it is there");
        path
    }

    /// Files of a service on this machine.
    pub fn files(&self) -> TlsFiles {
        let Pair { certificate, key } = self.signs("localhost");
        TlsFiles {
            certificate: self.write("cert.pem", &certificate),
            key: self.write("key.pem", &key),
            client_ca: Some(self.write("ca.pem", &self.pem())),
        }
    }

    /// How a client speaks to it, with a certificate of its own or with none.
    pub fn client(&self, own: Option<&Pair>) -> ClientConfig {
        self.client_of(&[&rustls::version::TLS13, &rustls::version::TLS12], own)
    }

    pub fn client_of(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
        own: Option<&Pair>,
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.signer.der().clone()).expect("it is one");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions);
        let builder = builder.expect("both versions are built in").with_root_certificates(roots);
        match own {
            None => builder.with_no_client_auth(),
            Some(Pair { certificate, key }) => {
                let chain = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<Result<_, _>>();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("it is a key");
                builder.with_client_auth_cert(chain.expect("it is a certificate"), key).expect("they belong together")
            }
        }
    }
}

/// Limits under which what is read again is read again at once.
pub fn quick() -> Limits {
    let mut limits = Limits::default();
    limits.reread_time = Duration::from_millis(20);
    limits.keys_again = Duration::from_millis(20);
    limits.heartbeat = Duration::from_millis(20);
    limits
}

/// A connection over TLS whose handshake is made.
pub fn connect(to: SocketAddr, config: ClientConfig) -> std::io::Result<(ClientConnection, TcpStream)> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let name = ServerName::try_from("localhost").expect("it is a name");
    let mut client = ClientConnection::new(Arc::new(config), name).map_err(std::io::Error::other)?;
    while client.is_handshaking() {
        client.complete_io(&mut stream)?;
    }
    Ok((client, stream))
}

pub fn over_tls(to: SocketAddr, config: ClientConfig) -> Connection {
    let (client, stream) = connect(to, config).expect("the handshake is made");
    Connection::over(StreamOwned::new(client, stream))
}

/// A desk that speaks TLS and knows the callers of a file, which is in the folder of the authority.
pub fn desk(authority: &Authority, callers: &str) -> Desk {
    let callers = authority.write("callers.toml", callers);
    let secured = Secured::default().tls(&authority.files()).expect("the files are good");
    let secured = secured.callers(&callers).expect("the file is good");
    Desk::serving(|service| service.limits(quick()).secured(secured))
}

/// Asks over TLS.
pub fn ask(desk: &Desk, config: ClientConfig, path: &str, token: Option<&str>) -> Response {
    let bearer = token.map(|token| format!("Bearer {token}")).unwrap_or_default();
    let headers = [("authorization", bearer.as_str())];
    let headers = if token.is_some() { &headers[..] } else { &[] };
    over_tls(desk.address(), config).ask("GET", path, headers, "")
}
