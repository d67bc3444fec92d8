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
}

/// Why a text names no caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadVia {
    /// No colon, or a kind of caller that is not known here.
    #[error("`{0}` names no caller; write token:ID")]
    Kind(String),
    /// The kind fits, the id is none.
    #[error(transparent)]
    Token(#[from] BadTokenId),
}

impl FromStr for Via {
    type Err = BadVia;
    fn from_str(text: &str) -> Result<Self, BadVia> {
        match text.split_once(':') {
            Some(("token", id)) => Ok(Via::Token(id.parse()?)),
            _ => Err(BadVia::Kind(text.escape_debug().to_string())),
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Via::Token(token) => write!(f, "token:{token}"),
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
        let via: Via = "token:3kTq09xZaB7d".parse().expect("it names a token");
        assert_eq!(via.to_string(), "token:3kTq09xZaB7d");
        for wrong in ["", "token", "token:", "token:short", "user:ana", "token:3kTq09xZaB7_"] {
            assert!(wrong.parse::<Via>().is_err(), "{wrong}");
        }
    }
}
