//! Where the feed of effective access goes on: the `id` of one of its messages.

use crate::recorded::Position;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A position; with an instant where windows turned behind that commit.
///
/// # Examples
/// ```
/// use caseward_events::Position;
/// use caseward_events::ask::FeedId;
///
/// assert_eq!("17".parse(), Ok(FeedId::commit(Position(17))));
/// let turned: FeedId = "17@2026-03-08T09:30:00Z".parse()?;
/// assert_eq!(turned.position, Position(17));
/// assert_eq!(turned.to_string(), "17@2026-03-08T09:30:00Z");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FeedId {
    /// What had happened.
    pub position: Position,
    /// What time it was; `None` for the time of that position.
    pub at: Option<Timestamp>,
}

impl FeedId {
    /// Right behind a commit.
    #[must_use]
    pub const fn commit(position: Position) -> FeedId {
        FeedId { position, at: None }
    }
}

impl fmt::Display for FeedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.position)?;
        self.at.map_or(Ok(()), |at| write!(f, "@{at}"))
    }
}

impl FromStr for FeedId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (position, at) = match text.split_once('@') {
            Some((position, at)) => (position, Some(at)),
            None => (text, None),
        };
        let not = || format!("`{}` is neither a position nor POSITION@INSTANT", text.escape_debug());
        let at = at.map(|at| at.parse().map_err(|_| not())).transpose()?;
        Ok(FeedId { position: position.parse().map_err(|_| not())?, at })
    }
}

impl TryFrom<String> for FeedId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<FeedId> for String {
    fn from(id: FeedId) -> String {
        id.to_string()
    }
}
