//! What is asked of lists of access: entries, restrictions, walls.

use super::windowed::windowed;
use crate::id::CaseId;
use crate::reference::{ListRef, Resource, Subject};
use crate::rights::{Access, Rights};
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Deserializer, Serialize};

/// What a grant does where the list holds an entry for the subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
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

impl OnExisting {
    fn is_error(&self) -> bool {
        *self == OnExisting::Error
    }
}

windowed! {
    /// `grant`.
    pub struct Grant {
        /// The list.
        pub on: ListRef,
        /// Whom.
        pub to: Subject,
        /// Left out, `read`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        access: Option<Access>,
        ..window,
        /// Where there is an entry already.
        #[serde(default, skip_serializing_if = "OnExisting::is_error")]
        pub on_existing: OnExisting,
    }
}

impl Grant {
    /// Of `read`, for ever, where there is no entry yet.
    #[must_use]
    pub fn new(on: ListRef, to: Subject) -> Grant {
        let on_existing = OnExisting::Error;
        Grant { on, to, access: None, valid_from: None, valid_until: None, on_existing }
    }

    /// Of these rights; a command can give no empty ones.
    #[must_use]
    pub fn granting(self, rights: Rights) -> Grant {
        Grant { access: Some(Access(rights)), ..self }
    }

    /// What it gives.
    #[must_use]
    pub fn rights(&self) -> Rights {
        self.access.map_or(Rights::READ, |Access(rights)| rights)
    }
}

/// `update_grant`: what is left out stays as it is; a bound that is `null` is cleared.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateGrant {
    /// The list.
    pub on: ListRef,
    /// Whose entry.
    pub to: Subject,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access: Option<Access>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    valid_from: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    valid_until: Option<Option<Timestamp>>,
}

/// `Some(None)` where the field is there and `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl UpdateGrant {
    /// That leaves everything as it is.
    #[must_use]
    pub fn new(on: ListRef, to: Subject) -> UpdateGrant {
        UpdateGrant { on, to, access: None, valid_from: None, valid_until: None }
    }

    /// With these rights in the place of those there are.
    #[must_use]
    pub fn granting(self, rights: Rights) -> UpdateGrant {
        UpdateGrant { access: Some(Access(rights)), ..self }
    }

    /// With this window in the place of the one there is.
    #[must_use]
    pub fn within(self, Window { from, until }: Window) -> UpdateGrant {
        UpdateGrant { valid_from: Some(from), valid_until: Some(until), ..self }
    }

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
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The list.
    pub on: ListRef,
    /// Whose entry.
    pub to: Subject,
}

/// `restrict_case`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RestrictCase {
    /// Which case.
    pub case: CaseId,
    /// The restricted list; empty leaves org admins only.
    pub entries: Vec<Entry>,
}

windowed! {
    /// An entry of `restrict_case`.
    pub struct Entry {
        /// Whom.
        pub to: Subject,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        access: Option<Access>,
        ..window
    }
}

impl Entry {
    /// Of `read`, for ever.
    #[must_use]
    pub fn new(to: Subject) -> Entry {
        Entry { to, access: None, valid_from: None, valid_until: None }
    }

    /// Of these rights.
    #[must_use]
    pub fn granting(self, rights: Rights) -> Entry {
        Entry { access: Some(Access(rights)), ..self }
    }

    /// What it gives.
    #[must_use]
    pub fn rights(&self) -> Rights {
        self.access.map_or(Rights::READ, |Access(rights)| rights)
    }
}

/// `raise_wall`, `lower_wall`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wall {
    /// From what.
    pub on: Resource,
    /// Who.
    pub against: Subject,
}
