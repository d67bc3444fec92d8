//! What a caller may do whom somebody vouches for.

use caseward_events::token::{ForOrganizations, MayName, Part, TokenLimits};
use caseward_events::{Actor, Asker};

/// What a token would be issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::service) struct Grants {
    /// Of commands that name none.
    pub(in crate::service) actor: Actor,
    pub(in crate::service) parts: Vec<Part>,
    pub(in crate::service) organizations: Vec<ForOrganizations>,
    /// Whom alone it may ask about.
    pub(in crate::service) about: Option<Asker>,
    /// Other actors that its commands may name.
    pub(in crate::service) may_name: Vec<MayName>,
    pub(in crate::service) limits: TokenLimits,
}

/// What is wrong with some, if anything is: what would be wrong with a token.
pub(super) fn wrong(grants: &Grants) -> Option<&'static str> {
    let Grants { parts, organizations, about, limits, .. } = grants;
    if parts.is_empty() || organizations.is_empty() {
        return Some("without a part, or for no organization, it could do nothing");
    }
    if matches!(about, Some(Asker::Link(_))) {
        return Some("`about` names a user, as user:ana");
    }
    if about.is_some() && parts[..] != [Part::Check] {
        return Some("whoever asks about one user has the part `check` and no other");
    }
    if limits.requests == Some(0) || limits.streams == Some(0) {
        return Some("a limit of 0 would let nothing through");
    }
    None
}
