//! Which generation of its saved views an organization uses, which are old, which is being made: what is noted of it
//! beside the rows.
//!
//! INVARIANT: one write of the note makes another generation current; a note is written when all it tells of is on
//! disk. Absent on purpose: how far each goes. Its header says that.

use crate::seams::{Generation, OrganizationNumber, Shelf};
use caseward_events::Timestamp;
use caseward_projections::{FOLD_VERSION, Projection};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The generations of the saved views of one organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Generations {
    /// The generation that is served.
    pub(in crate::engine) current: Made,
    /// Generations served before, oldest first, until they are dropped.
    pub(in crate::engine) old: Vec<Made>,
    /// The generation that a rebuild is making, or has made without swapping it in.
    pub(in crate::engine) making: Option<Made>,
    /// The generation that each projection was last rebuilt in, by name; the first where there is none.
    projections: BTreeMap<String, Generation>,
    /// Whether this is what is on disk.
    #[serde(skip, default = "noted")]
    pub(in crate::engine) is_noted: bool,
}

/// A generation, and how it came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Made {
    pub(in crate::engine) generation: Generation,
    /// When it was begun; not known of the first.
    pub(in crate::engine) begun: Option<Timestamp>,
    /// The version of the fold that made it.
    fold: u32,
}

fn noted() -> bool {
    true
}

impl Made {
    pub(in crate::engine) fn new(generation: Generation, begun: Option<Timestamp>) -> Made {
        Made { generation, begun, fold: FOLD_VERSION }
    }

    /// Returns true if this program can continue it.
    pub(in crate::engine) fn is_of_this_fold(self) -> bool {
        self.fold == FOLD_VERSION
    }

    pub(in crate::engine) fn shelf(self, organization: OrganizationNumber) -> Shelf {
        Shelf { organization, generation: self.generation }
    }
}

impl Default for Generations {
    fn default() -> Self {
        let current = Made::new(Generation::FIRST, None);
        Generations { current, old: Vec::new(), making: None, projections: BTreeMap::new(), is_noted: true }
    }
}

impl Generations {
    /// Bytes that are not a note count as no note: the shelves it would have named are ignored, and the log is folded.
    pub(in crate::engine) fn read(note: &[u8]) -> Option<Generations> {
        serde_json::from_slice(note).ok()
    }

    pub(in crate::engine) fn to_note(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("its keys are texts")
    }

    /// The highest number that was given.
    pub(in crate::engine) fn highest(&self) -> Generation {
        let all = self.old.iter().chain(&self.making).chain([&self.current]).map(|made| made.generation);
        all.chain(self.projections.values().copied()).max().unwrap_or(Generation::FIRST)
    }

    /// Makes the new generation the one that is served, for these projections.
    pub(in crate::engine) fn swap(&mut self, projections: &[Projection]) {
        let Some(made) = self.making.take() else { return };
        self.old.push(std::mem::replace(&mut self.current, made));
        let names = projections.iter().map(|projection| (projection.name().to_owned(), made.generation));
        self.projections.extend(names);
        self.is_noted = false;
    }

    /// In which generation a projection was made.
    pub(in crate::engine) fn of(&self, projection: Projection) -> Generation {
        self.projections.get(projection.name()).copied().unwrap_or(Generation::FIRST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_back_and_a_swap_keeps_what_was_served_as_old() {
        let making = Some(Made::new(Generation(2), Some(Timestamp::EPOCH)));
        let mut generations = Generations { making, ..Generations::default() };
        assert_eq!(Generations::read(&generations.to_note()), Some(generations.clone()));
        generations.swap(&[Projection::CaseAccess]);
        assert_eq!((generations.current.generation, generations.making), (Generation(2), None));
        assert_eq!(generations.old, [Made::new(Generation::FIRST, None)]);
        assert_eq!(generations.of(Projection::CaseAccess), Generation(2));
        assert_eq!(generations.of(Projection::Policy), Generation::FIRST);
        assert_eq!((generations.highest(), generations.is_noted), (Generation(2), false));
        assert_eq!(Generations::read(b"{"), None);
    }
}
