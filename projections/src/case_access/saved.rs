//! How cases are saved. Links, items and tasks of a case follow from those; the streams of cases from the cases.

use super::{Case, CaseAccess, Glass, Rare, Restriction};
use crate::checkpoint::bytes::{Damage, Sink, Source};
use crate::checkpoint::values::{Saved, first_place};
use crate::history::{History, Place};
use caseward_events::{CaseId, Rights};

/// Which of the boxed parts follow.
const RESTRICTION: u64 = 1;
const RARE: u64 = 2;

impl Saved for Case {
    fn save(&self, up_to: Place, to: &mut Sink) {
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
    fn load(from: &mut Source<'_>) -> Result<Self, Damage> {
        let mut case = Case {
            opened: Place::ZERO,
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

fn save_glass(glass: &Glass, up_to: Place, to: &mut Sink) {
    to.place(glass.broken);
    glass.user.save(up_to, to);
    glass.rights.save(up_to, to);
    glass.from.save(up_to, to);
    glass.until.save(up_to, to);
}

fn load_glass(from: &mut Source<'_>) -> Result<Glass, Damage> {
    Ok(Glass {
        broken: from.place()?,
        user: Saved::load(from)?,
        rights: Rights::load(from)?,
        from: Saved::load(from)?,
        until: Saved::load(from)?,
    })
}

impl CaseAccess {
    /// Cases with their ids, which are found only when they are indexed.
    pub(crate) fn append(&mut self, ids: Vec<CaseId>, cases: Vec<Case>) {
        let firsts = cases.iter().map(|case| case.opened).collect();
        self.names.append(ids, firsts);
        self.cases.extend(cases);
    }

    pub(crate) fn reserve(&mut self, cases: usize) {
        self.names.reserve(cases);
        self.cases.reserve_exact(cases);
    }

    pub(crate) fn all_cases(&self) -> &[Case] {
        &self.cases
    }

    /// What a case has beside itself, where it is known.
    pub(crate) fn rare_of(&mut self, case: u32) -> Result<&mut Rare, Damage> {
        Ok(self.cases.get_mut(case as usize).ok_or(Damage("a case beyond the last"))?.rare_mut())
    }

    /// How many cases were restricted, over all places.
    pub(crate) fn derive_restricted(&mut self) {
        let switches = self.cases.iter().filter_map(|case| case.restriction.as_deref());
        let mut switches: Vec<_> = switches.flat_map(|one| one.on.values().map(|(since, on)| (since, *on))).collect();
        switches.sort_unstable();
        let mut restricted = 0;
        self.restricted = History::default();
        for (since, on) in switches {
            restricted = if on { restricted + 1 } else { u32::saturating_sub(restricted, 1) };
            self.restricted.push(since, restricted);
        }
    }
}
