//! How far a run brought an organization.

use crate::seams::OrganizationNumber;
use caseward_events::{OrganizationName, Position};

/// How far an organization was and is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaughtUp {
    /// Which.
    pub organization: OrganizationNumber,
    /// Its name; the register has none.
    pub name: Option<OrganizationName>,
    /// The last position before.
    pub from: Position,
    /// The last position now.
    pub to: Position,
}
