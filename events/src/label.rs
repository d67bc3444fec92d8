//! What people call a thing whose id is a number or a GUID (`semantics.md` section 5, `set_label`).
//!
//! INVARIANT: a label is 1 to 256 bytes without control characters, and neither begins nor ends with a blank. It decides
//! nothing.

use crate::limits::LABEL_BYTES_MAX;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;

/// What people call something; a checked text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Label(String);

/// Why a text is no label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLabel {
    /// Nothing there.
    #[error("a label is empty; write null to take one away")]
    Empty,
    /// More than 256 bytes.
    #[error("a label of {0} bytes is too long; at most {LABEL_BYTES_MAX} are allowed")]
    TooLong(usize),
    /// Unicode Cc.
    #[error("the label {0:?} holds a control character; remove it")]
    ControlCharacter(String),
    /// Unicode `White_Space` at either end.
    #[error("the label {0:?} begins or ends with a blank; remove it")]
    OuterBlank(String),
}

impl Label {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = BadLabel;
    fn from_str(text: &str) -> Result<Self, BadLabel> {
        if text.is_empty() {
            Err(BadLabel::Empty)
        } else if text.len() > LABEL_BYTES_MAX {
            Err(BadLabel::TooLong(text.len()))
        } else if text.contains(char::is_control) {
            Err(BadLabel::ControlCharacter(text.to_owned()))
        } else if text.trim() != text {
            Err(BadLabel::OuterBlank(text.to_owned()))
        } else {
            Ok(Label(text.to_owned()))
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_label_says_why() {
        let longest = "é".repeat(LABEL_BYTES_MAX / 2);
        for good in ["Ana Ní Bhriain", "42", &longest] {
            assert_eq!(good.parse::<Label>().map(|label| label.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", " Ana", "a\nb", &format!("{longest}x")] {
            assert!(bad.parse::<Label>().is_err(), "{bad:?}");
        }
    }
}
