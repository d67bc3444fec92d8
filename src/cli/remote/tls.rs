//! TLS to a service, and what is said where there is none with it.
//!
//! INVARIANT: nothing is sent to a service whose certificate does not hold, the token neither; what is wrong with it is not
//! tried again, since another try finds the same.

use super::address::{Scheme, ServerAddress};
use crate::cli::args::Remote;
use crate::cli::exit::{Exit, Failure};
use crate::service::{OwnCertificate, TlsClient, TlsError};
use anyhow::anyhow;
use caseward_events::Timestamp;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, Error};
use std::path::PathBuf;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// How handshakes are made, with an address that wants one.
#[derive(Clone)]
pub struct Tls {
    client: Option<TlsClient>,
    ca: Option<PathBuf>,
    own: Option<PathBuf>,
}

impl Tls {
    /// As the options say.
    ///
    /// # Errors
    /// A file cannot be read or used, a certificate is without its key, or the address does not take any.
    pub fn asked_for(address: &ServerAddress, remote: &Remote) -> Result<Tls, Failure> {
        let Remote { ca, client_cert, client_key, .. } = remote;
        let given = [("--ca", ca), ("--client-cert", client_cert), ("--client-key", client_key)];
        let given = given.into_iter().find_map(|(option, path)| path.as_ref().map(|_| option));
        if let (Some(option), false) = (given, address.is_secured()) {
            let error = anyhow!("`{option}` is for a service with TLS, and {address} is none");
            return Err(Failure::usage(error).hint("name https://HOST:PORT, or leave the certificates out"));
        }
        let own = match (client_cert, client_key) {
            (Some(certificate), Some(key)) => Some(OwnCertificate { certificate, key }),
            (None, None) => None,
            _ => {
                let error = anyhow!("`--client-cert` and `--client-key` go together");
                return Err(Failure::usage(error).hint("name both files, or none"));
            }
        };
        let client = match address {
            ServerAddress::Tcp { scheme: Scheme::Https, host, .. } => {
                let Ok(_) = ServerName::try_from(host.as_str()) else {
                    let error = anyhow!("`{host}` is no name that a certificate could have");
                    return Err(Failure::usage(error).hint("name the service as its certificate does"));
                };
                Some(TlsClient::read(ca.as_deref(), own).map_err(unusable)?)
            }
            _ => None,
        };
        Ok(Tls { client, ca: ca.clone(), own: client_cert.clone() })
    }

    /// Makes a handshake with whoever answers as a host.
    ///
    /// # Errors
    /// There is none with it.
    pub async fn shake(&self, host: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>, anyhow::Error> {
        let client = self.client.as_ref().ok_or_else(|| anyhow!("the address is without TLS"))?;
        Ok(client.shake(host, stream).await?)
    }

    /// What an error of a handshake comes to.
    ///
    /// # Errors
    /// It is none: the error as it was given.
    pub fn failure(&self, address: &ServerAddress, error: anyhow::Error) -> Result<Failure, anyhow::Error> {
        let Some(wrong) = of_handshake(&error) else { return Err(error) };
        let (exit, told, hint) = match wrong {
            Error::InvalidCertificate(why) => self.certificate(address, why),
            Error::AlertReceived(alert) => self.alert(address, *alert),
            Error::InvalidMessage(_) => (
                Exit::Fault,
                format!("what answers at {address} speaks no TLS"),
                "see which port of the service does; one without TLS is named with http://".to_owned(),
            ),
            Error::PeerIncompatible(why) => (
                Exit::Fault,
                format!("the service at {address} and this program have no way to encrypt in common: {why:?}"),
                VERSIONS.to_owned(),
            ),
            other => (
                Exit::Fault,
                format!("the handshake with {address} failed: {other}"),
                "see what answers there: openssl s_client -connect HOST:PORT".to_owned(),
            ),
        };
        Ok(Failure::new(exit, anyhow!(told)).hint(hint))
    }

    /// What is wrong with the certificate of a service.
    fn certificate(&self, address: &ServerAddress, why: &CertificateError) -> (Exit, String, String) {
        let renew = "renew it, or set the clock of this machine right".to_owned();
        let (told, hint) = match why {
            // Another signer may have the same name.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => match &self.ca {
                Some(ca) => (
                    format!("was not signed by one in `{}`", ca.display()),
                    "--ca names the file with the certificate of whoever signed it".to_owned(),
                ),
                None => (
                    "was signed by nobody whom this machine believes".to_owned(),
                    "--ca FILE names the certificate of whoever signed it".to_owned(),
                ),
            },
            CertificateError::NotValidForNameContext { presented, .. } => (
                format!("is for {}", names(presented)),
                "name the service as its certificate does, or have one made for this name".to_owned(),
            ),
            CertificateError::ExpiredContext { not_after, .. } => (format!("was valid until {}", day(*not_after)), renew),
            CertificateError::NotValidYetContext { not_before, .. } => {
                (format!("is valid from {} on", day(*not_before)), renew)
            }
            other if other.to_string().contains("CaUsedAsEndEntity") => (
                "is one that signs others, and is no certificate of a service".to_owned(),
                "make it with basicConstraints=critical,CA:FALSE, or sign another one with it and name this one with --ca"
                    .to_owned(),
            ),
            other => (format!("cannot be used: {other}"), "have another one made".to_owned()),
        };
        (Exit::Fault, format!("the certificate of {address} {told}"), hint)
    }

    /// What a service says that ends the handshake.
    fn alert(&self, address: &ServerAddress, alert: AlertDescription) -> (Exit, String, String) {
        use AlertDescription as Alert;
        let own = self.own.as_ref().map(|own| format!("`{}`", own.display()));
        match (alert, own) {
            (Alert::CertificateRequired, _) | (Alert::HandshakeFailure, None) if self.own.is_none() => (
                Exit::Caller,
                match alert {
                    Alert::CertificateRequired => {
                        format!("the service at {address} asks for a certificate of the caller")
                    }
                    _ => format!(
                        "the service at {address} ends the handshake: it may ask for a certificate of the caller"
                    ),
                },
                "--client-cert FILE and --client-key FILE present one".to_owned(),
            ),
            (
                Alert::UnknownCA
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::DecryptError
                | Alert::AccessDenied,
                Some(own),
            ) => (
                Exit::Caller,
                format!("the service at {address} does not take the certificate in {own}: {}", said(alert)),
                "it takes those that were signed by one in its own file, serve --tls-client-ca FILE".to_owned(),
            ),
            (Alert::ProtocolVersion | Alert::InsufficientSecurity | Alert::HandshakeFailure, _) => (
                Exit::Fault,
                format!("the service at {address} and this program have no way to encrypt in common: {}", said(alert)),
                VERSIONS.to_owned(),
            ),
            _ => (
                Exit::Fault,
                format!("the service at {address} ends the handshake: {}", said(alert)),
                "see what answers there: openssl s_client -connect HOST:PORT".to_owned(),
            ),
        }
    }
}

/// What to do where there is no common version.
const VERSIONS: &str = "this program speaks TLS 1.3 and 1.2, with the usual elliptic curves; see that the service does";

/// Whether another try may go better.
#[must_use]
pub fn may_pass(error: &anyhow::Error) -> bool {
    of_handshake(error).is_none()
}

/// What TLS found wrong, if that is what it rests on. It stands inside of an error of a connection, which may stand in others.
fn of_handshake(error: &anyhow::Error) -> Option<&Error> {
    error.chain().find_map(|cause| {
        let of_connection = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause.downcast_ref().or_else(|| of_connection.and_then(|inner| inner.downcast_ref()))
    })
}

fn unusable(error: TlsError) -> Failure {
    let hint = match &error {
        TlsError::NoRoots => "--ca FILE names the certificate of whoever signed that of the service",
        _ => "all files are PEM; the key belongs to the certificate, and has no password",
    };
    Failure::usage(error).hint(hint)
}

/// An alert, as the standard calls it.
fn said(alert: AlertDescription) -> String {
    format!("{alert:?}")
}

/// `DnsName("a")` and the like, as they would be typed.
fn names(presented: &[String]) -> String {
    let plain = |name: &String| {
        let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        inner.map_or(name.as_str(), |inner| inner.trim_matches('"')).to_owned()
    };
    match presented {
        [] => "no name at all".to_owned(),
        names => names.iter().map(plain).collect::<Vec<_>>().join(", "),
    }
}

fn day(time: UnixTime) -> String {
    let micros = i64::try_from(time.as_secs()).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    Timestamp::from_micros(micros).to_string()
}
