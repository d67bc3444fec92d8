//! Where a page of a list went on, as a token: the position and the instant of the first page, a digest of what was
//! asked, and the last thing shown.
//!
//! INVARIANT: a token names the position it was made at, so later pages show what stood there when the first was asked;
//! and it goes on with the list it was made for, no other.
//! People pass it on as it is; what is in it is nobody's business and may change.

use super::args::Paging;
use super::exit::Failure;
use caseward_events::{OrganizationName, Position, Refusal, Timestamp};
use std::fmt::{self, Display};
use std::str::FromStr;
use xxhash_rust::xxh3::Xxh3;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub position: Position,
    pub at: Timestamp,
    pub list: List,
    /// The last thing that the page before showed.
    pub last: String,
}

/// Which list it is a page of: the organization, the verb and what it was asked, as eight digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List(u32);

impl List {
    /// What pages do not repeat is no part of it: how many they show, and what the token pins.
    #[must_use]
    pub fn of(organization: &OrganizationName, verb: &str, asked: &[&dyn Display]) -> List {
        let mut digest = Xxh3::new();
        for part in [organization as &dyn Display, &verb].into_iter().chain(asked.iter().copied()) {
            let text = part.to_string();
            // With its length, so that no two lists run into the same letters.
            digest.update(&text.len().to_le_bytes());
            digest.update(text.as_bytes());
        }
        let [a, b, c, d, ..] = digest.digest().to_le_bytes();
        List(u32::from_le_bytes([a, b, c, d]))
    }
}

/// A part of a question that may be left out.
#[must_use]
pub fn given<T: fmt::Debug>(part: Option<T>) -> String {
    part.map_or_else(String::new, |part| format!("{part:?}"))
}

impl Paging {
    /// Behind which page of a list to go on.
    ///
    /// # Errors
    /// A wrong call: what was given is no token, or one of another list.
    pub fn behind(&self, list: List) -> Result<Option<Token>, Failure> {
        let Some(text) = &self.after else { return Ok(None) };
        let token: Token = text.parse()?;
        if token.list != list {
            let told = format!("`{}` is the `next` of a page of another list", text.escape_debug());
            let hint = "ask with the words of the page before, or leave --after out for the first page";
            return Err(Failure::from(Refusal::invalid(told)).hint(hint));
        }
        Ok(Some(token))
    }
}

impl Token {
    /// That is none, or none of this list.
    pub fn foreign(text: &str) -> Failure {
        let told = format!("`{}` is not the `next` of a page of this list", text.escape_debug());
        Failure::from(Refusal::invalid(told)).hint("leave --after out for the first page")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{:08x}:{}", self.position, self.at.as_micros(), self.list.0, self.last)
    }
}

impl FromStr for Token {
    type Err = Failure;
    fn from_str(text: &str) -> Result<Self, Failure> {
        let mut parts = text.splitn(4, ':');
        let mut part = || parts.next().ok_or_else(|| Token::foreign(text));
        let position = part()?.parse().map_err(|_| Token::foreign(text))?;
        let at = part()?.parse().map(Timestamp::from_micros).map_err(|_| Token::foreign(text))?;
        let digits = part()?;
        let is_digest = digits.len() == 8 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let list = u32::from_str_radix(digits, 16).ok().filter(|_| is_digest).map(List);
        Ok(Token { position, at, list: list.ok_or_else(|| Token::foreign(text))?, last: part()?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-0-9]{0,22}:?[-0-9]{0,22}:?[+0-9a-fé]{0,9}:?.{0,12}") {
            let _ = text.parse::<Token>();
        }
    }

    #[test]
    fn printing_and_parsing_are_inverse() {
        let (position, at) = (Position(7), Timestamp::from_micros(-3));
        let token = Token { position, at, list: List(0xbeef), last: "user:a:b".to_owned() };
        assert_eq!(token.to_string(), "7:-3:0000beef:user:a:b");
        assert_eq!(token.to_string().parse::<Token>().expect("it was printed"), token);
        for bad in [
            "",
            "7",
            "7:8",
            "7:8:user:a",
            "x:8:0000beef:user:a",
            "7:x:0000beef:user:a",
            "-1:8:0000beef:user:a",
            "7:8:0000BEEF:user:a",
            "7:8:+000beef:user:a",
            "7:8:beef:user:a",
            "7:8:0000beef",
        ] {
            assert!(bad.parse::<Token>().is_err(), "{bad}");
        }
    }
}
