//! Step 8: the entries that would have given an action but for one thing.

use caseward_events::answer::{Because, Rule};
use caseward_events::time::Within;

/// Why a window that does not hold does not.
pub(super) fn outside(within: Within) -> Because {
    match within {
        Within::Before => Because::NotYetValid,
        Within::Inside | Within::After => Because::Expired,
    }
}

/// Whether entries of the three lists would have given the action but for one thing.
#[derive(Clone, Copy, Default)]
pub(super) struct NearestMiss {
    expired: bool,
    not_yet: bool,
    inactive: bool,
}

impl NearestMiss {
    pub(super) fn note(&mut self, because: Because) {
        match because {
            Because::Expired => self.expired = true,
            Because::NotYetValid => self.not_yet = true,
            Because::GroupInactive => self.inactive = true,
            _ => {}
        }
    }

    /// The rule that tells it, if there is one.
    pub(super) fn rule(self) -> Option<Rule> {
        match self {
            NearestMiss { expired: true, .. } => Some(Rule::Expired),
            NearestMiss { not_yet: true, .. } => Some(Rule::NotYetValid),
            NearestMiss { inactive: true, .. } => Some(Rule::GroupInactive),
            _ => None,
        }
    }
}
