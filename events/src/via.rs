//! Through whom a command came, where it came through a caller whom the service knows: beside the actor, who did it.
//!
//! INVARIANT: whoever lets a caller in says this, and no command says it of itself. Printing and parsing are inverse.

use crate::id::FromText;
use crate::token::{BadTokenId, TokenId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Via {
    /// Whoever holds this token.
    Token(TokenId),
    /// Whoever presented a JWT.
    Jwt(JwtSubject),
    /// Whoever presented a certificate.
    Certificate(CertificateName),
}

/// Who issued a JWT, and whom it is about: `https://login.example#248289761001`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JwtSubject(Box<JwtParts>);

/// Boxed, so that events that came through nobody are no longer for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct JwtParts {
    issuer: Box<str>,
    subject: Box<str>,
}

/// What a certificate calls its holder, with the kind of that name: `dns:desk.internal`, `subject:CN=desk,O=Acme`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CertificateName(Box<CertificateText>);

/// Boxed likewise.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct CertificateText(Box<str>);

/// Why a text names no caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadVia {
    /// No colon, or a kind of caller that is not known here.
    #[error("`{0}` names no caller; write token:ID, jwt:ISSUER#SUBJECT or certificate:NAME")]
    Kind(String),
    /// The kind fits, the id is none.
    #[error(transparent)]
    Token(#[from] BadTokenId),
    /// The kind fits, and there is no issuer or no subject of that form.
    #[error("`{0}` names nobody whom a JWT is about; write jwt:ISSUER#SUBJECT, each of at most 255 bytes")]
    Jwt(String),
    /// The kind fits, the name is none.
    #[error("`{0}` is not the name of a certificate; it has 1 to 512 bytes and no control characters")]
    Certificate(String),
}

/// At most so many bytes has an issuer, and a subject: what OpenID Connect allows.
const JWT_BYTES_MAX: usize = 255;

fn shown(text: &str) -> String {
    text.escape_debug().take(80).collect()
}

impl JwtSubject {
    /// From the claims `iss` and `sub`.
    ///
    /// # Errors
    /// One is empty, longer than 255 bytes or has control characters, or the issuer holds a `#`.
    pub fn new(issuer: &str, subject: &str) -> Result<JwtSubject, BadVia> {
        let fits = |text: &str| (1..=JWT_BYTES_MAX).contains(&text.len()) && !text.contains(char::is_control);
        if !fits(issuer) || !fits(subject) || issuer.contains('#') {
            return Err(BadVia::Jwt(shown(&format!("{issuer}#{subject}"))));
        }
        Ok(JwtSubject(Box::new(JwtParts { issuer: issuer.into(), subject: subject.into() })))
    }

    /// Who issued it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Whom it is about.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }
}

impl FromStr for CertificateName {
    type Err = BadVia;
    fn from_str(text: &str) -> Result<Self, BadVia> {
        if !(1..=512).contains(&text.len()) || text.contains(char::is_control) {
            return Err(BadVia::Certificate(shown(text)));
        }
        Ok(CertificateName(Box::new(CertificateText(text.into()))))
    }
}

impl fmt::Display for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.0)
    }
}

impl FromStr for Via {
    type Err = BadVia;
    fn from_str(text: &str) -> Result<Self, BadVia> {
        match text.split_once(':') {
            Some(("token", id)) => Ok(Via::Token(id.parse()?)),
            Some(("jwt", who)) => {
                let (issuer, subject) = who.split_once('#').ok_or_else(|| BadVia::Jwt(shown(who)))?;
                JwtSubject::new(issuer, subject).map(Via::Jwt)
            }
            Some(("certificate", name)) => name.parse().map(Via::Certificate),
            _ => Err(BadVia::Kind(shown(text))),
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Via::Token(token) => write!(f, "token:{token}"),
            Via::Jwt(who) => write!(f, "jwt:{}#{}", who.issuer(), who.subject()),
            Via::Certificate(name) => write!(f, "certificate:{name}"),
        }
    }
}

impl Serialize for Via {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for Via {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_and_parsing_are_inverse_and_nothing_else_names_a_caller() {
        let long = "x".repeat(JWT_BYTES_MAX);
        for right in [
            "token:3kTq09xZaB7d",
            "jwt:https://login.example/realms/acme#248289761001",
            "jwt:joe#of#two words",
            &format!("jwt:{long}#{long}"),
            "certificate:dns:desk.internal",
            "certificate:subject:CN=desk,O=Acme",
        ] {
            let via: Via = right.parse().unwrap_or_else(|why| panic!("{why}: {right}"));
            assert_eq!(via.to_string(), right);
        }
        for wrong in [
            "",
            "token",
            "token:",
            "token:short",
            "user:ana",
            "token:3kTq09xZaB7_",
            "jwt:https://login.example",
            "jwt:#ana",
            "jwt:https://login.example#",
            "jwt:https://login.example#a\nb",
            &format!("jwt:{long}x#ana"),
            &format!("jwt:joe#{long}x"),
            "certificate:",
            "certificate:a\u{7}",
            &format!("certificate:{}", "x".repeat(513)),
        ] {
            assert!(wrong.parse::<Via>().is_err(), "{wrong}");
        }
        assert!(JwtSubject::new("https://login.example#x", "ana").is_err(), "it would be read as of another");
        assert!(size_of::<Option<Via>>() <= 16, "every event has room for one");
    }
}
