//! Profiles and forms: five scopes and the switches beside them (`semantics.md` section 4, source 003).

use serde::{Deserialize, Serialize};
use std::fmt;

/// For which cases of a definition a profile gives an action. Predicates, not an order (D17).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// For none.
    #[default]
    None,
    /// Those that the user opened.
    Registered,
    /// Those that the user opened, or is in a person field of, individually or through a group.
    Involved,
    /// Those linked to the workspace that the user is in.
    Workspace,
    /// For all.
    All,
}

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 5] = [Scope::None, Scope::Registered, Scope::Involved, Scope::Workspace, Scope::All];

    /// As commands write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Scope::None => "none",
            Scope::Registered => "registered",
            Scope::Involved => "involved",
            Scope::Workspace => "workspace",
            Scope::All => "all",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a profile is beside its rows. Nothing set: nothing given (B2, B4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileSettings {
    /// Without it the profile gives nothing.
    pub module_access: bool,
    /// Administrator Mode: every case action but restrict, every definition action, the searches (B3).
    pub administrator: bool,
    /// Search by free text.
    pub search_text: bool,
    /// Search by the query builder.
    pub search_query: bool,
}

/// A row of the matrix: what a profile gives on a definition and its cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormAccess {
    /// Whose cases may be seen.
    pub read: Scope,
    /// Whose may be changed.
    pub write: Scope,
    /// Whose may be deleted.
    pub delete: Scope,
    /// Whether cases may be opened.
    pub register: bool,
    /// Whether cases may be shared publicly.
    pub share: bool,
    /// Whether completed cases may be changed.
    pub write_completed: bool,
    /// Whether the form may be changed.
    pub change_form: bool,
}

impl FormAccess {
    /// Why the row contradicts itself, where it does: a switch without what it rests on (B10, B11).
    #[must_use]
    pub fn contradiction(&self) -> Option<&'static str> {
        if self.share && self.read == Scope::None {
            Some("`share` with read `none`: nobody shares what nobody may read")
        } else if self.write_completed && self.write == Scope::None {
            Some("`write_completed` with write `none`: there is nothing to go on changing")
        } else {
            None
        }
    }
}
