//! Where a page of a list went on, as a token: the position and the instant of the first page, and the last thing shown.
//!
//! INVARIANT: a token names the position it was made at, so later pages show what stood there when the first was asked.
//! People pass it on as it is; what is in it is nobody's business and may change.

use super::context::Opened;
use super::exit::Failure;
use caseward_events::{Position, Refusal, Timestamp};
use caseward_projections::AsOf;
use caseward_projections::question::Resolved;
use std::fmt;
use std::str::FromStr;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub position: Position,
    pub at: Timestamp,
    /// The last thing that the page before showed.
    pub last: String,
}

impl Token {
    /// Where the first page was asked.
    ///
    /// # Errors
    /// The position lies above the head: the token is of another log.
    pub async fn resolved(&self, opened: &Opened) -> Result<Resolved, Failure> {
        Ok(opened.engine.resolve(&opened.organization, AsOf::Position(self.position), Some(self.at)).await?)
    }

    /// That is none, or none of this list.
    pub fn foreign(text: &str) -> Failure {
        let told = format!("`{}` is not the `next` of a page of this list", text.escape_debug());
        Failure::from(Refusal::invalid(told)).hint("leave --after out for the first page")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.position, self.at.as_micros(), self.last)
    }
}

impl FromStr for Token {
    type Err = Failure;
    fn from_str(text: &str) -> Result<Self, Failure> {
        let mut parts = text.splitn(3, ':');
        let mut part = || parts.next().ok_or_else(|| Token::foreign(text));
        let position = part()?.parse().map_err(|_| Token::foreign(text))?;
        let at = part()?.parse().map(Timestamp::from_micros).map_err(|_| Token::foreign(text))?;
        Ok(Token { position, at, last: part()?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-0-9]{0,22}:?[-0-9]{0,22}:?.{0,12}") {
            let _ = text.parse::<Token>();
        }
    }

    #[test]
    fn printing_and_parsing_are_inverse() {
        let token = Token { position: Position(7), at: Timestamp::from_micros(-3), last: "user:a:b".to_owned() };
        assert_eq!(token.to_string().parse::<Token>().expect("it was printed"), token);
        for bad in ["", "7", "7:8", "x:8:user:a", "7:x:user:a", "-1:8:user:a"] {
            assert!(bad.parse::<Token>().is_err(), "{bad}");
        }
    }
}
