//! How cases are saved. Links, items and tasks of a case follow from those; the streams of cases from the cases.

use super::{Case, CaseAccess, Glass, Rare, Restriction};
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::history::History;
use crate::facts::position::Pos32;
use crate::facts::saved::{Saved, first_place};
use crate::tables::case_access::case::Placed;
use caseward_events::{CaseId, Rights};

/// Which of the boxed parts follow.
const RESTRICTION: u64 = 1;
const RARE: u64 = 2;

impl Saved for Case {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.definition.save(up_to, to);
        self.creator.save(up_to, to);
        self.creator_workspace.save(up_to, to);
        self.parent.save(up_to, to);
        self.completed.save(up_to, to);
        self.list.save(up_to, to);
        self.persons.save(up_to, to);
        let restriction = self.restriction.as_deref().filter(|one| first_place(&one.on, up_to).is_some());
        let rare = self.rare.as_deref();
        to.number(restriction.map_or(0, |_| RESTRICTION) | rare.map_or(0, |_| RARE));
        if let Some(restriction) = restriction {
            restriction.on.save(up_to, to);
            restriction.list.save(up_to, to);
        }
        if let Some(rare) = rare {
            rare.walls.save(up_to, to);
            let glasses = || rare.glasses.iter().take_while(|glass| glass.broken <= up_to);
            to.number(glasses().count() as u64);
            glasses().for_each(|glass| save_glass(glass, up_to, to));
            rare.assignees.save(up_to, to);
        }
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let mut case = Case {
            opened: Pos32::ZERO,
            definition: Saved::load(from)?,
            creator: Saved::load(from)?,
            creator_workspace: Saved::load(from)?,
            parent: Saved::load(from)?,
            completed: Saved::load(from)?,
            list: Saved::load(from)?,
            persons: Saved::load(from)?,
            restriction: None,
            rare: None,
            special: false,
        };
        let parts = from.number()?;
        if parts & RESTRICTION != 0 {
            case.restriction = Some(Box::new(Restriction { on: Saved::load(from)?, list: Saved::load(from)? }));
        }
        if parts & RARE != 0 {
            let walls = Saved::load(from)?;
            let count = from.count()?;
            let glasses = (0..count).map(|_| load_glass(from)).collect::<Result<_, _>>()?;
            let assignees = Saved::load(from)?;
            case.rare = Some(Box::new(Rare { walls, glasses, assignees, ..Rare::default() }));
            case.drop_empty();
        }
        case.renew_special();
        Ok(case)
    }
}

fn save_glass(glass: &Glass, up_to: Pos32, to: &mut RowWriter) {
    to.place(glass.broken);
    glass.user.save(up_to, to);
    glass.rights.save(up_to, to);
    glass.from.save(up_to, to);
    glass.until.save(up_to, to);
    glass.ended.filter(|ended| *ended <= up_to).is_some().save(up_to, to);
    if let Some(ended) = glass.ended.filter(|ended| *ended <= up_to) {
        to.place(ended);
    }
}

fn load_glass(from: &mut RowReader<'_>) -> Result<Glass, RowDamage> {
    Ok(Glass {
        broken: from.place()?,
        user: Saved::load(from)?,
        rights: Rights::load(from)?,
        from: Saved::load(from)?,
        until: Saved::load(from)?,
        ended: if bool::load(from)? { Some(from.place()?) } else { None },
    })
}

impl Case {
    /// A copy without what came later, and without what is not saved with it.
    pub(crate) fn as_of(&self, place: Pos32) -> Case {
        let mut saved = RowWriter::default();
        self.save(place, &mut saved);
        let case = Case::load(&mut RowReader(&saved.0)).expect("what was saved is read");
        Case { opened: self.opened, ..case }
    }

    /// What it has that is not saved with it, taken out.
    pub(super) fn unsaved(&mut self) -> Option<Rare> {
        let Rare { links, items, tasks, .. } = self.rare.as_deref_mut()?;
        let [links, items, tasks] = [links, items, tasks].map(std::mem::take);
        let unsaved = Rare { links, items, tasks, ..Rare::default() };
        (unsaved != Rare::default()).then_some(unsaved)
    }

    /// The same, put in again.
    pub(super) fn set_unsaved(&mut self, unsaved: &Rare) {
        let rare = self.rare_mut();
        rare.links.clone_from(&unsaved.links);
        rare.items.clone_from(&unsaved.items);
        rare.tasks.clone_from(&unsaved.tasks);
        // What was in it may have been undone.
        self.drop_empty();
    }

    /// When its restriction was switched on and off.
    pub(crate) fn switches(&self) -> impl Iterator<Item = (Pos32, bool)> {
        let restriction = self.restriction.as_deref().into_iter();
        restriction.flat_map(|one| one.on.values().map(|(since, on)| (since, *on)))
    }
}

impl CaseAccess {
    /// Cases with their ids, which are found only when they are indexed; the first of them left, by the
    /// digests and lengths of their rows.
    pub(crate) fn append(&mut self, ids: Vec<CaseId>, opened: Vec<Pos32>, left: Vec<(u64, usize)>, cases: Vec<Case>) {
        self.names.append(ids, opened);
        left.into_iter().for_each(|(digest, len)| self.cases.push_left(digest, len));
        self.cases.extend(cases);
    }

    pub(crate) fn reserve(&mut self, cases: usize) {
        self.names.reserve(cases);
        self.cases.reserve(cases);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.cases.len()
    }

    /// What a case has beside what is saved with it, where it is known.
    pub(crate) fn rare_of(&mut self, case: u32) -> Result<&mut Rare, RowDamage> {
        self.cases.rare_of(case)
    }

    /// How many cases were restricted, over all places, from when they were switched on and off.
    pub(crate) fn derive_restricted(&mut self, mut switches: Vec<(Pos32, bool)>) {
        switches.sort_unstable();
        let mut restricted = 0;
        self.restricted = History::default();
        for (since, on) in switches {
            restricted = if on { restricted + 1 } else { u32::saturating_sub(restricted, 1) };
            self.restricted.push(since, restricted);
        }
    }
}

impl Saved for Placed {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        let placed = match *self {
            Placed::Out => None,
            Placed::In(workspace) => Some(workspace),
        };
        placed.save(up_to, to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Option::<Option<u32>>::load(from)?.map_or(Placed::Out, Placed::In))
    }
}
