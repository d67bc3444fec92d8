//! Which side of the permission matrix is asked for.

use crate::id::{BadId, DefinitionId, ProfileId};
use std::fmt;
use std::str::FromStr;

/// One side of the matrix: `profile:ID` or `definition:ID`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatrixOf {
    /// What a profile may, form by form.
    Profile(ProfileId),
    /// What profiles may on a form.
    Definition(DefinitionId),
}

/// A text that names no side of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMatrixOf {
    /// It is of something else.
    #[error("`{}` has no matrix; write profile:ID or definition:ID", .0.escape_debug())]
    Other(String),
    /// Its id is none.
    #[error(transparent)]
    Id(#[from] BadId),
}

impl FromStr for MatrixOf {
    type Err = BadMatrixOf;
    fn from_str(text: &str) -> Result<Self, BadMatrixOf> {
        match text.split_once(':') {
            Some(("profile", id)) => Ok(MatrixOf::Profile(id.parse()?)),
            Some(("definition", id)) => Ok(MatrixOf::Definition(id.parse()?)),
            _ => Err(BadMatrixOf::Other(text.to_owned())),
        }
    }
}

impl fmt::Display for MatrixOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MatrixOf::Profile(profile) => write!(f, "profile:{profile}"),
            MatrixOf::Definition(definition) => write!(f, "definition:{definition}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_printed_as_it_is_read_and_nothing_else_is_one() {
        for text in ["profile:clerk", "definition:fraud"] {
            assert_eq!(text.parse::<MatrixOf>().map(|of| of.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "clerk", "case:1", "profile:", "definition: a"] {
            assert!(text.parse::<MatrixOf>().is_err(), "{text}");
        }
    }
}
