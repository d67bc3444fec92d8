//! What is asked of lists of access: entries, restrictions, walls.

use crate::id::CaseId;
use crate::reference::{ListRef, Resource, Subject};
use crate::rights::{Access, Rights};
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Deserializer};

/// What a grant does where the list holds an entry for the subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExisting {
    /// Refuses `already_granted`.
    #[default]
    Error,
    /// Replaces access and window as a whole.
    Update,
    /// Leaves it, comparing nothing.
    Ignore,
}

/// `grant`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The list.
    pub on: ListRef,
    /// Whom.
    pub to: Subject,
    /// Left out, `read`.
    #[serde(default)]
    access: Option<Access>,
    #[serde(default)]
    valid_from: Option<Timestamp>,
    #[serde(default)]
    valid_until: Option<Timestamp>,
    /// Where there is an entry already.
    #[serde(default)]
    pub on_existing: OnExisting,
}

impl Grant {
    /// What it gives.
    #[must_use]
    pub fn rights(&self) -> Rights {
        self.access.map_or(Rights::READ, |Access(rights)| rights)
    }

    /// When.
    #[must_use]
    pub fn window(&self) -> Window {
        Window { from: self.valid_from, until: self.valid_until }
    }
}

/// `update_grant`: what is left out stays as it is; a bound that is `null` is cleared.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateGrant {
    /// The list.
    pub on: ListRef,
    /// Whose entry.
    pub to: Subject,
    #[serde(default)]
    access: Option<Access>,
    #[serde(default, deserialize_with = "present")]
    valid_from: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "present")]
    valid_until: Option<Option<Timestamp>>,
}

/// `Some(None)` where the field is there and `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl UpdateGrant {
    /// What the entry would give.
    #[must_use]
    pub fn rights_from(&self, before: Rights) -> Rights {
        self.access.map_or(before, |Access(rights)| rights)
    }

    /// When it would; with no entry to merge with, as given.
    #[must_use]
    pub fn window_from(&self, before: Window) -> Window {
        Window { from: self.valid_from.unwrap_or(before.from), until: self.valid_until.unwrap_or(before.until) }
    }
}

/// `revoke`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The list.
    pub on: ListRef,
    /// Whose entry.
    pub to: Subject,
}

/// `restrict_case`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestrictCase {
    /// Which case.
    pub case: CaseId,
    /// The restricted list; empty leaves org admins only.
    pub entries: Vec<Entry>,
}

/// An entry of `restrict_case`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Whom.
    pub to: Subject,
    #[serde(default)]
    access: Option<Access>,
    #[serde(default)]
    valid_from: Option<Timestamp>,
    #[serde(default)]
    valid_until: Option<Timestamp>,
}

impl Entry {
    /// What it gives.
    #[must_use]
    pub fn rights(&self) -> Rights {
        self.access.map_or(Rights::READ, |Access(rights)| rights)
    }

    /// When.
    #[must_use]
    pub fn window(&self) -> Window {
        Window { from: self.valid_from, until: self.valid_until }
    }
}

/// `raise_wall`, `lower_wall`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wall {
    /// From what.
    pub on: Resource,
    /// Who.
    pub against: Subject,
}
