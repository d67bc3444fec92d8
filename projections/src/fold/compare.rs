//! Whether two folds of one log are equal, and if not, where they differ: what a rebuild proves.
//!
//! Views are compared row by row (`rows`, the rows of a checkpoint), so that it can be done in slices while commands go
//! on: what was found to differ, or was touched since, is compared again at the end ([`Doubts`]). INVARIANT: every field of
//! [`crate::Views`] belongs to one projection: `facts` names them all, and one that it leaves out does not compile.
//! Absent on purpose: ids of commands that have left memory; the engine knows where they are.

mod facts;
mod positions;
mod rows;
mod swap;

pub use rows::{Doubts, ROW_PARTS};

use caseward_events::Position;
use std::fmt;
use std::str::FromStr;

/// A fold with a name, to rebuild on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Projection {
    /// Definitions, their lists and walls, those of the organization.
    DefinitionAccess,
    /// Cases, their lists, restrictions, persons and walls.
    CaseAccess,
    /// Users, groups, memberships, org admins, workspaces, profiles with their matrix.
    Directory,
    /// Which cases there are by user, group, workspace and definition.
    ReverseIndex,
    /// Ids of everything with their numbers, and of commands.
    Ids,
    /// Times of events, and windows.
    Time,
    /// Delegations and public links.
    Handing,
    /// Items and tasks.
    Items,
    /// The policy.
    Policy,
    /// How many events each stream has, whose reasons are sealed under which key, and what people call things.
    Ledger,
}

impl Projection {
    /// All of them.
    pub const ALL: [Projection; 10] = [
        Projection::DefinitionAccess,
        Projection::CaseAccess,
        Projection::Directory,
        Projection::ReverseIndex,
        Projection::Ids,
        Projection::Time,
        Projection::Handing,
        Projection::Items,
        Projection::Policy,
        Projection::Ledger,
    ];

    /// What all others are written in: numbers of ids, and of windows. None is swapped alone on others.
    pub const FOUNDATIONS: [Projection; 2] = [Projection::Ids, Projection::Time];

    /// As the command line writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Projection::DefinitionAccess => "definition-access",
            Projection::CaseAccess => "case-access",
            Projection::Directory => "directory",
            Projection::ReverseIndex => "reverse-index",
            Projection::Ids => "ids",
            Projection::Time => "time",
            Projection::Handing => "handing",
            Projection::Items => "items",
            Projection::Policy => "policy",
            Projection::Ledger => "ledger",
        }
    }
}

impl fmt::Display for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no projection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a projection; there are {}", .0.escape_debug(), Projection::ALL.map(Projection::name).join(", "))]
pub struct UnknownProjection(String);

impl FromStr for Projection {
    type Err = UnknownProjection;
    fn from_str(text: &str) -> Result<Self, UnknownProjection> {
        // Profiles were one of their own once.
        let name = if text == "profiles" { Projection::Directory.name() } else { text };
        Projection::ALL.into_iter().find(|one| one.name() == name).ok_or_else(|| UnknownProjection(text.to_owned()))
    }
}

/// Something that two folds of one log hold differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewDifference {
    /// In which projection.
    pub projection: Projection,
    /// Of what: a reference, or the name of a table.
    pub of: String,
    /// What the one holds, from a little before where they part.
    pub live: String,
    /// What the other holds.
    pub rebuilt: String,
    /// The positions at which their histories are not the same.
    pub positions: Vec<Position>,
}

/// Of long texts the place where they part is told, not the whole.
const SHOWN_CHARS_MAX: usize = 240;
/// So much of what is alike in front of it.
const ALIKE_CHARS: usize = 60;

/// Both from a little before where they part.
fn where_they_part(live: &str, rebuilt: &str) -> (String, String) {
    let alike = live.chars().zip(rebuilt.chars()).take_while(|(one, other)| one == other).count();
    let from = alike.saturating_sub(ALIKE_CHARS);
    let cut = |text: &str| {
        let (before, shown) = (if from > 0 { "... " } else { "" }, text.chars().skip(from).take(SHOWN_CHARS_MAX));
        let behind = if text.chars().count() > from + SHOWN_CHARS_MAX { " ..." } else { "" };
        format!("{before}{}{behind}", shown.collect::<String>())
    };
    (cut(live), cut(rebuilt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shown_from_a_little_before_where_they_part() {
        let (long, other) =
            (format!("{}live{}", "a".repeat(300), "b".repeat(400)), format!("{}rebuilt", "a".repeat(300)));
        let (live, rebuilt) = where_they_part(&long, &other);
        assert_eq!(rebuilt, format!("... {}rebuilt", "a".repeat(60)));
        assert!(live.starts_with("... aaa") && live.contains("alivebbb") && live.ends_with("b ..."), "{live}");
        assert_eq!(where_they_part("1", "2"), ("1".to_owned(), "2".to_owned()));
    }

    #[test]
    fn every_name_is_read_back_and_an_older_one_too() {
        for projection in Projection::ALL {
            assert_eq!(projection.name().parse(), Ok(projection));
        }
        assert_eq!("profiles".parse(), Ok(Projection::Directory));
        assert!("everything".parse::<Projection>().is_err());
    }
}
