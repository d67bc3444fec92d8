//! Where the events of a healed store come from.

use crate::seams::OrganizationNumber;
use caseward_events::{OrganizationName, Position};
use std::fmt;

/// Where the events of one organization come from, and where they end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mending {
    /// Which.
    pub organization: OrganizationNumber,
    /// Its name, where the backup knows it.
    pub name: Option<OrganizationName>,
    /// The last position that the store vouches for: up to it, everything is its own.
    pub own: Position,
    /// The last position of what comes from the backup; the same where nothing does.
    pub taken: Position,
    /// The last position of what the store holds behind that; the same where it holds nothing.
    pub beyond: Position,
    /// Up to where a note tells of events, where that is further.
    pub promised: Position,
    /// Whether a note tells how far it had come. Without one nothing shows whether there was more.
    pub noted: bool,
    /// Of all of it.
    pub(super) root: [u8; 32],
}

impl Mending {
    /// The first position that is lost.
    #[must_use]
    pub fn lost(&self) -> Option<Position> {
        (self.promised > self.beyond).then_some(self.beyond.next())
    }
}

impl fmt::Display for Mending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mending { own, taken, beyond, .. } = *self;
        let stretches = [(Position::ZERO, own, "store"), (own, taken, "backup"), (taken, beyond, "store")];
        let mut first = true;
        for (behind, last, whose) in stretches.into_iter().filter(|(behind, last, _)| last > behind) {
            let comma = if std::mem::take(&mut first) { "" } else { ", " };
            write!(f, "{comma}{} to {last} from the {whose}", behind.next())?;
        }
        if first { f.write_str("no events") } else { Ok(()) }
    }
}
