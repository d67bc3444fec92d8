//! Warnings: the command was accepted, and something about it may surprise.
//!
//! INVARIANT: as JSON a warning is `code`, `message`, and what it names (`interface.md` section 1); in the log it is its
//! number and its fields, without words.

use crate::id::{CaseId, DefinitionId, UserId};
use crate::reference::{ListRef, Subject};
use crate::rights::Rights;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Kept with the first event of its command, so that a repeated id answers as the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// What was lowered or revoked is still given elsewhere (D9).
    Ineffective {
        /// Whose entry was changed.
        subject: Subject,
        /// The entries that still give something of what was lost.
        entries: Vec<StillGiven>,
    },
    /// Granted while access control is off (D10).
    Dormant {
        /// The definition whose access control is off.
        definition: DefinitionId,
    },
    /// Revoked on the definition; these grants on its cases stay (D43).
    GrantsSurvive {
        /// Whose they are.
        subject: Subject,
        /// By id, bytewise.
        cases: Vec<CaseId>,
    },
    /// The creator of the case lacks `register` on its definition.
    Unregistered {
        /// Who opened it.
        creator: UserId,
        /// The definition.
        definition: DefinitionId,
    },
}

/// An entry that still gives a right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StillGiven {
    /// The list it is on.
    pub on: ListRef,
    /// Whom it names.
    pub to: Subject,
    /// What of the lost rights it gives.
    pub rights: Rights,
}

impl Warning {
    /// As answers write it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Warning::Ineffective { .. } => "ineffective",
            Warning::Dormant { .. } => "dormant",
            Warning::GrantsSurvive { .. } => "grants_survive",
            Warning::Unregistered { .. } => "unregistered",
        }
    }

    /// In words.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Warning::Ineffective { subject, entries } => {
                let still: Vec<_> = entries
                    .iter()
                    .map(|entry| format!("{} through `{}` on `{}`", entry.rights, entry.to, entry.on))
                    .collect();
                format!("`{subject}` still has {}", still.join("; "))
            }
            Warning::Dormant { definition } => {
                format!("access control of `definition:{definition}` is off: the grant counts once it is on")
            }
            Warning::GrantsSurvive { subject, cases } => {
                format!("`{subject}` keeps the grants on {} of its cases", cases.len())
            }
            Warning::Unregistered { creator, definition } => {
                format!("`user:{creator}` may not register on `definition:{definition}`")
            }
        }
    }

    /// As a JSON value, for whoever looks into it; printed it would have its keys sorted.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a warning has a JSON form")
    }
}

/// What the log holds.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Warning")]
enum Stored {
    Ineffective { subject: Subject, entries: Vec<StillGiven> },
    Dormant { definition: DefinitionId },
    GrantsSurvive { subject: Subject, cases: Vec<CaseId> },
    Unregistered { creator: UserId, definition: DefinitionId },
}

/// What answers say.
#[derive(Serialize)]
struct Told<'a> {
    code: &'static str,
    message: String,
    #[serde(flatten)]
    named: Named<'a>,
}

/// What a warning names, by key.
#[derive(Serialize)]
#[serde(untagged)]
enum Named<'a> {
    Entries { subject: &'a Subject, entries: &'a [StillGiven] },
    Definition { definition: &'a DefinitionId },
    Cases { subject: &'a Subject, cases: &'a [CaseId] },
    Creator { creator: &'a UserId, definition: &'a DefinitionId },
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return Stored::serialize(self, serializer);
        }
        let named = match self {
            Warning::Ineffective { subject, entries } => Named::Entries { subject, entries },
            Warning::Dormant { definition } => Named::Definition { definition },
            Warning::GrantsSurvive { subject, cases } => Named::Cases { subject, cases },
            Warning::Unregistered { creator, definition } => Named::Creator { creator, definition },
        };
        Told { code: self.code(), message: self.message(), named }.serialize(serializer)
    }
}

/// As answers say it; the message follows from the rest.
#[derive(Deserialize)]
#[serde(remote = "Warning", tag = "code", rename_all = "snake_case")]
enum Read {
    Ineffective { subject: Subject, entries: Vec<StillGiven> },
    Dormant { definition: DefinitionId },
    GrantsSurvive { subject: Subject, cases: Vec<CaseId> },
    Unregistered { creator: UserId, definition: DefinitionId },
}

impl<'de> Deserialize<'de> for Warning {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Read::deserialize(deserializer)
        } else {
            Stored::deserialize(deserializer)
        }
    }
}
