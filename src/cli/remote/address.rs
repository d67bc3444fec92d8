//! Where a service is, and what it knows a caller by.

use axum::http::Uri;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Whether what is sent over TCP can be read on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// As an address begins.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    /// The port where an address names none.
    fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// Where a service is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerAddress {
    /// Over TCP.
    Tcp {
        scheme: Scheme,
        /// A name or an address, one of version 6 without its brackets.
        host: String,
        port: u16,
    },
    /// Over a Unix socket.
    Socket(PathBuf),
}

impl ServerAddress {
    /// Whether what is sent there stays on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            ServerAddress::Socket(_) => true,
            ServerAddress::Tcp { host, .. } => {
                host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
            }
        }
    }

    /// Whether what is sent there goes over TLS.
    #[must_use]
    pub fn is_secured(&self) -> bool {
        matches!(self, ServerAddress::Tcp { scheme: Scheme::Https, .. })
    }

    /// What the header `Host` says.
    #[must_use]
    pub fn authority(&self) -> String {
        match self {
            ServerAddress::Socket(_) => "localhost".to_owned(),
            ServerAddress::Tcp { host, port, .. } if host.contains(':') => format!("[{host}]:{port}"),
            ServerAddress::Tcp { host, port, .. } => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerAddress::Socket(path) => write!(f, "unix:{}", path.display()),
            ServerAddress::Tcp { scheme, .. } => write!(f, "{}://{}", scheme.name(), self.authority()),
        }
    }
}

impl FromStr for ServerAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path.is_empty() {
                true => Err("`unix:` needs the path of a socket behind it".to_owned()),
                false => Ok(ServerAddress::Socket(path.into())),
            };
        }
        let shown = text.escape_debug();
        let other = format!("`{shown}` is not https://HOST:PORT, http://HOST:PORT or unix:PATH");
        let uri: Uri = text.parse().map_err(|_| other.clone())?;
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") if cfg!(feature = "tls") => Scheme::Https,
            Some("https") => {
                return Err("this build speaks no TLS; use one with the feature `tls`, as `cargo install --path . \
                            --features full` makes it"
                    .to_owned());
            }
            _ => return Err(other),
        };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(format!(
                "`{shown}` says more than {}://HOST:PORT; a token goes into --token-file",
                scheme.name()
            ));
        }
        let host = uri.host().unwrap_or_default();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err(other);
        }
        let port = uri.port_u16().unwrap_or(scheme.port());
        Ok(ServerAddress::Tcp { scheme, host: host.to_owned(), port })
    }
}

/// A whole token. INVARIANT: it is shown nowhere, neither in a log nor in an error.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// As the header `Authorization` presents it.
    #[must_use]
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl FromStr for Token {
    type Err = &'static str;

    /// What is no token at all is not sent: it may be another secret.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_sent = text.starts_with("cw_") && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_sent {
            Ok(Token(text.to_owned()))
        } else {
            Err("a token begins with `cw_`; `caseward token issue` makes one")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_printed_as_it_is_read() {
        for text in [
            "http://127.0.0.1:7557",
            "http://[::1]:80",
            "http://case.example:8080",
            "https://case.example:443",
            "https://[::1]:7557",
            "unix:/run/x/SOCKET",
            "unix:a",
        ] {
            assert_eq!(text.parse::<ServerAddress>().map(|address| address.to_string()), Ok(text.to_owned()));
        }
        for (text, port) in [("http://a/", "http://a:80"), ("https://a", "https://a:443")] {
            assert_eq!(text.parse::<ServerAddress>().map(|it| it.to_string()), Ok(port.to_owned()));
        }
        for text in [
            "",
            "127.0.0.1:80",
            "unix:",
            "ftp://a",
            "http://",
            "http://u:p@a",
            "http://a/path",
            "http://a?b=c",
            "https://a/path",
        ] {
            assert!(text.parse::<ServerAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_stays_on_the_machine_is_told_from_what_does_not() {
        for (text, local) in [
            ("unix:a", true),
            ("http://localhost", true),
            ("http://127.0.0.2:1", true),
            ("http://[::1]", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
            ("https://10.0.0.1", false),
        ] {
            assert_eq!(text.parse::<ServerAddress>().map(|address| address.is_local()), Ok(local), "{text}");
        }
    }

    #[test]
    fn a_token_is_no_other_secret_and_is_not_shown() {
        assert!(
            "password".parse::<Token>().is_err()
                && "cw_a b".parse::<Token>().is_err()
                && "cw_a\n".parse::<Token>().is_err()
        );
        let token: Token = "cw_secret".parse().expect("it is one");
        assert_eq!((format!("{token:?}"), token.bearer()), ("Token(..)".to_owned(), "Bearer cw_secret".to_owned()));
    }
}
