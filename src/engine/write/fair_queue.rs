//! The fair queue: one queue for each organization, served in turn (round robin).
//!
//! INVARIANT: of one organization first come, first served; between two requests of one that has many waiting, every
//! other organization that waits has its turn. So a flood in one holds nobody else up by more than one request.

use super::{Request, Work};
use crate::seams::OrganizationNumber;
use std::collections::{BTreeMap, VecDeque};

/// What waits to be decided.
#[derive(Default)]
pub(super) struct FairQueue {
    /// Mostly few, of which each command asks twice.
    lines: BTreeMap<OrganizationNumber, VecDeque<Request>>,
    /// Each that has a line, once; the first is next.
    turns: VecDeque<OrganizationNumber>,
    len: usize,
}

impl FairQueue {
    pub(super) fn push(&mut self, request: Request) {
        let number = number(&request.work);
        let line = self.lines.entry(number).or_default();
        if line.is_empty() {
            self.turns.push_back(number);
        }
        line.push_back(request);
        self.len += 1;
    }

    /// The one whose turn it is.
    pub(super) fn next(&mut self) -> Option<Request> {
        let number = self.turns.pop_front()?;
        let line = self.lines.get_mut(&number)?;
        let request = line.pop_front()?;
        self.len -= 1;
        if line.is_empty() {
            self.lines.remove(&number);
        } else {
            self.turns.push_back(number);
        }
        Some(request)
    }

    /// How many requests wait.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }
}

fn number(work: &Work) -> OrganizationNumber {
    match work {
        Work::Commands { organization, .. } | Work::BetweenGroups { organization, .. } => organization.number(),
        Work::Register { .. } => OrganizationNumber::REGISTER,
    }
}
