//! As of where a question is asked.

use crate::recorded::Position;
use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// A position, or an instant that resolves to the last position recorded at or before it; left out, the head.
///
/// As JSON it is an integer, an RFC 3339 text, or `null` (`interface.md` section 2).
///
/// # Examples
/// ```
/// use caseward_events::ask::AsOf;
/// use caseward_events::Position;
///
/// assert_eq!("17".parse(), Ok(AsOf::Position(Position(17))));
/// let new_year: AsOf = serde_json::from_str(r#""2026-01-01T01:00:00+01:00""#)?;
/// assert_eq!(serde_json::to_string(&new_year)?, r#""2026-01-01T00:00:00Z""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AsOf {
    /// The last position of all.
    #[default]
    Head,
    /// This one.
    Position(Position),
    /// The last one by then.
    Instant(Timestamp),
}

impl AsOf {
    /// Returns true if the question names no position and no instant.
    #[must_use]
    pub const fn is_head(&self) -> bool {
        matches!(self, AsOf::Head)
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AsOf::Head => f.write_str("the head"),
            AsOf::Position(position) => write!(f, "position {position}"),
            AsOf::Instant(instant) => instant.fmt(f),
        }
    }
}

impl FromStr for AsOf {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(position) = text.parse() {
            return Ok(AsOf::Position(position));
        }
        let not = |_| format!("`{}` is neither a position nor an RFC 3339 instant", text.escape_debug());
        text.parse().map(AsOf::Instant).map_err(not)
    }
}

impl Serialize for AsOf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            AsOf::Head => serializer.serialize_none(),
            AsOf::Position(position) => position.serialize(serializer),
            AsOf::Instant(instant) => serializer.collect_str(instant),
        }
    }
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(AsOf::Head),
            Value::String(instant) => instant.parse().map(AsOf::Instant).map_err(D::Error::custom),
            Value::Number(number) => match number.as_u64() {
                Some(position) => Ok(AsOf::Position(Position(position))),
                None => Err(D::Error::custom(format!("{number} is not a position"))),
            },
            other => Err(D::Error::custom(format!("`as_of` is {other}; write an instant or a position"))),
        }
    }
}
