//! Warnings: the command was accepted, and something about it may surprise.

use crate::id::{CaseId, DefinitionId, UserId};
use crate::reference::{ListRef, Subject};
use crate::rights::Rights;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Kept with the first event of its command, so that a repeated id answers as the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// The object of `interface.md` section 1: `code`, `message` and what it names.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = json!({"code": self.code(), "message": self.message()});
        let more = match self {
            Warning::Ineffective { entries, .. } => json!({"entries": entries}),
            Warning::Dormant { definition } => json!({"definition": definition}),
            Warning::GrantsSurvive { cases, .. } => json!({"cases": cases}),
            Warning::Unregistered { creator, definition } => json!({"creator": creator, "definition": definition}),
        };
        if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
            object.extend(more);
        }
        object
    }
}
