//! What is asked of access that goes past the lists: delegations, public links, a broken glass.

use crate::id::{CaseId, DelegationId, LinkId, UserId};
use crate::reference::Subject;
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Deserializer};

/// `delegate`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    /// Under this name.
    pub delegation: DelegationId,
    #[serde(deserialize_with = "user")]
    /// Whose rights.
    pub from: UserId,
    #[serde(deserialize_with = "user")]
    /// Who uses them.
    pub to: UserId,
    #[serde(default)]
    valid_from: Option<Timestamp>,
    #[serde(default)]
    valid_until: Option<Timestamp>,
}

/// A reference that only a user fits.
fn user<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UserId, D::Error> {
    match Subject::deserialize(deserializer)? {
        Subject::User(user) => Ok(user),
        group @ Subject::Group(_) => {
            Err(serde::de::Error::custom(format!("`{group}` is no user; a delegation is from user to user")))
        }
    }
}

impl Delegate {
    /// When.
    #[must_use]
    pub fn window(&self) -> Window {
        Window { from: self.valid_from, until: self.valid_until }
    }
}

/// `end_delegation`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndDelegation {
    /// Which.
    pub delegation: DelegationId,
}

/// `share_case`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareCase {
    /// Which case.
    pub case: CaseId,
    /// By which link.
    pub link: LinkId,
    /// Until when; left out, until it is revoked.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
}

/// `revoke_link`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeLink {
    /// Which.
    pub link: LinkId,
}

/// `break_glass`: the actor is the subject.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Which case.
    pub case: CaseId,
    /// For how long.
    pub minutes: u32,
}
