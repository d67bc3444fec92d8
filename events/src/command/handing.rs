//! What is asked of access that goes past the lists: delegations, public links, a broken glass.

use super::windowed::windowed;
use crate::id::{CaseId, DelegationId, LinkId, UserId};
use crate::reference::Subject;
use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

windowed! {
    /// `delegate`.
    pub struct Delegate {
        /// Under this name.
        pub delegation: DelegationId,
        /// Whose rights.
        #[serde(deserialize_with = "user", serialize_with = "as_reference")]
        pub from: UserId,
        /// Who uses them.
        #[serde(deserialize_with = "user", serialize_with = "as_reference")]
        pub to: UserId,
        ..window
    }
}

/// A reference that only a user fits.
fn user<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UserId, D::Error> {
    match Subject::deserialize(deserializer)? {
        Subject::User(user) => Ok(user),
        group @ Subject::Group(_) => {
            Err(serde::de::Error::custom(format!("`{group}` is not a user; a delegation is from user to user")))
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
