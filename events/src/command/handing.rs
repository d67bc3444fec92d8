//! What is asked of access that goes past the lists: delegations, public links, a broken glass.

use crate::id::{CaseId, DelegationId, LinkId, UserId};
use crate::reference::Subject;
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `delegate`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    /// Under this name.
    pub delegation: DelegationId,
    #[serde(deserialize_with = "user", serialize_with = "as_reference")]
    /// Whose rights.
    pub from: UserId,
    #[serde(deserialize_with = "user", serialize_with = "as_reference")]
    /// Who uses them.
    pub to: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

fn as_reference<S: Serializer>(user: &UserId, serializer: S) -> Result<S::Ok, S::Error> {
    Subject::User(user.clone()).serialize(serializer)
}

impl Delegate {
    /// For ever.
    #[must_use]
    pub fn new(delegation: DelegationId, from: UserId, to: UserId) -> Delegate {
        Delegate { delegation, from, to, valid_from: None, valid_until: None }
    }

    /// For this time only.
    #[must_use]
    pub fn within(self, Window { from, until }: Window) -> Delegate {
        Delegate { valid_from: from, valid_until: until, ..self }
    }

    /// When.
    #[must_use]
    pub fn window(&self) -> Window {
        Window { from: self.valid_from, until: self.valid_until }
    }
}

/// `end_delegation`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EndDelegation {
    /// Which.
    pub delegation: DelegationId,
}

/// `share_case`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ShareCase {
    /// Which case.
    pub case: CaseId,
    /// By which link.
    pub link: LinkId,
    /// Until when; left out, until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// `revoke_link`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeLink {
    /// Which.
    pub link: LinkId,
}

/// `break_glass`: the actor is the subject.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Which case.
    pub case: CaseId,
    /// For how long.
    pub minutes: u32,
}
