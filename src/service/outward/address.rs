//! Where a request goes.

use std::fmt;
use std::str::FromStr;

/// An address with `https`; on this machine with `http` too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::service) struct Address {
    pub(in crate::service) is_secure: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// With its query.
    pub(in crate::service) path: String,
}

/// A text that is no such address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address that keys are fetched at: it begins with https://, and has no user and no fragment")]
pub(in crate::service) struct BadAddress(String);

impl Address {
    /// Of what may pass in clear in a network that is trusted, as traces do: `http` counts wherever it leads.
    #[cfg(feature = "otel")]
    pub(in crate::service) fn in_clear_too(text: &str) -> Result<Address, BadAddress> {
        Address::read(text, true)
    }

    fn read(text: &str, in_clear_too: bool) -> Result<Address, BadAddress> {
        let wrong = || BadAddress(text.escape_debug().take(200).collect());
        let uri: axum::http::Uri = text.parse().map_err(|_| wrong())?;
        let authority = uri.authority().ok_or_else(wrong)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_local = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_local || in_clear_too => false,
            _ => return Err(wrong()),
        };
        if authority.as_str().contains('@') || text.contains('#') || host.is_empty() {
            return Err(wrong());
        }
        let port = authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        Ok(Address { is_secure, host, port, path })
    }
}

impl FromStr for Address {
    type Err = BadAddress;
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        Address::read(text, false)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address { is_secure, host, port, path } = self;
        let scheme = if *is_secure { "https" } else { "http" };
        if host.contains(':') {
            return write!(f, "{scheme}://[{host}]:{port}{path}");
        }
        write!(f, "{scheme}://{host}:{port}{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fetched_in_clear_from_this_machine_alone() {
        let shown = |text: &str| text.parse::<Address>().map(|address| address.to_string()).ok();
        assert_eq!(shown("https://login.example/keys?a=1").as_deref(), Some("https://login.example:443/keys?a=1"));
        assert_eq!(shown("http://127.0.0.1:8080/keys").as_deref(), Some("http://127.0.0.1:8080/keys"));
        assert_eq!(shown("http://[::1]:8080").as_deref(), Some("http://[::1]:8080/"));
        for wrong in [
            "http://login.example/",
            "ftp://login.example/",
            "https://ana@login.example/",
            "https://login.example/#x",
            "https:///keys",
            "keys.json",
            "",
        ] {
            assert_eq!(shown(wrong), None, "{wrong}");
        }
    }
}
