//! Where the service is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// An address: `http://HOST:PORT`, or `unix:PATH` for the socket in the data directory; with the feature `tls` also
/// `https://HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// Plain HTTP over TCP.
    Tcp {
        /// A name or an address.
        host: String,
        /// 80, where none is said.
        port: u16,
    },
    /// HTTP on a Unix socket.
    Unix(PathBuf),
    /// HTTP in TLS.
    Tls {
        /// A name that the certificate has.
        host: String,
        /// 443, where none is said.
        port: u16,
    },
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address of a service; write http://HOST:PORT, https://HOST:PORT or unix:PATH")]
pub struct BadAddress(String);

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress(text.to_owned());
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() { Err(bad()) } else { Ok(Address::Unix(path.into())) };
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split(authority).ok_or_else(bad)?;
        match scheme {
            "http" => Ok(Address::Tcp { host, port: port.unwrap_or(80) }),
            "https" => Ok(Address::Tls { host, port: port.unwrap_or(443) }),
            _ => Err(bad()),
        }
    }
}

/// A host, and a port where one is said; `[::1]:80` has its brackets taken off.
fn split(authority: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, behind) = rest.split_once(']')?;
            (host, if behind.is_empty() { None } else { Some(behind.strip_prefix(':')?) })
        }
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let is_host = !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']);
    let port = port.map(str::parse).transpose().ok()?;
    is_host.then(|| (host.to_owned(), port))
}

impl Address {
    /// What stands in the header `Host`.
    pub(crate) fn host(&self) -> String {
        match self {
            Address::Tcp { host, port } | Address::Tls { host, port } if host.contains(':') => {
                format!("[{host}]:{port}")
            }
            Address::Tcp { host, port } | Address::Tls { host, port } => format!("{host}:{port}"),
            Address::Unix(_) => "caseward".to_owned(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { .. } => write!(f, "http://{}", self.host()),
            Address::Tls { .. } => write!(f, "https://{}", self.host()),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_printed_as_it_is_read_and_what_is_none_is_told() {
        for (text, printed) in [
            ("http://127.0.0.1:7557", "http://127.0.0.1:7557"),
            ("http://localhost/", "http://localhost:80"),
            ("https://caseward.internal", "https://caseward.internal:443"),
            ("http://[::1]:7557", "http://[::1]:7557"),
            ("unix:caseward-data/SOCKET", "unix:caseward-data/SOCKET"),
        ] {
            let address: Address = text.parse().expect("it is one");
            assert_eq!(address.to_string(), printed);
            assert_eq!(printed.parse(), Ok(address));
        }
        for text in
            ["", "unix:", "localhost:80", "ftp://a", "http://", "http://a:b", "http://a/b", "http://[::1", "http://u@a"]
        {
            assert_eq!(text.parse::<Address>(), Err(BadAddress(text.to_owned())));
        }
    }
}
