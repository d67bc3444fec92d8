//! A visitor of every event, called while a store walks through its whole log.
//!
//! The store reads, and holds the tree against its notes; the visitor looks at what the events say, and may ask for the
//! root at positions of its own. Absent on purpose: what there is to say about events.

use crate::seams::OrganizationNumber;
use crate::seams::tree::Root;
use caseward_events::Position;

/// Why a log is not what an engine wrote, though its bytes are those that were hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsound {
    /// The first event that does not fit. It may lie before the last one taken.
    pub since: Position,
    /// In words.
    pub why: String,
}

/// Called for every event. Organizations come one after the other, each from position 1.
pub trait Visitor {
    /// Takes the next event. After the first that does not fit, no more of that organization come.
    ///
    /// # Errors
    /// What is wrong, and since where.
    fn event(&mut self, organization: OrganizationNumber, at: Position, bytes: &[u8]) -> Result<(), Unsound>;

    /// After which position it wants to know the root next.
    fn wants_root_at(&self) -> Option<Position> {
        None
    }

    /// The root after the event that it has just taken.
    ///
    /// # Errors
    /// As for [`Visitor::event`].
    fn root(&mut self, _root: Root) -> Result<(), Unsound> {
        Ok(())
    }
}

/// A visitor that does nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoVisitor;

impl Visitor for NoVisitor {
    fn event(&mut self, _: OrganizationNumber, _: Position, _: &[u8]) -> Result<(), Unsound> {
        Ok(())
    }
}
