//! How cases are saved. Links, items and tasks of a case follow from those; the streams of cases from the cases.

use super::{Case, CaseAccess, Gathered, Gathering, Glass, Placed, Rare, Restriction};
use crate::access_list::SubjectKey;
use crate::checkpoint::bytes::{Damage, Sink, Source};
use crate::checkpoint::values::{Saved, first_place};
use crate::history::{History, Place};
use crate::ordered::Ordered;
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

    /// Takes apart what is made of the cases, so that its halves can be made side by side.
    pub(crate) fn gatherers(&mut self) -> (Gatherer<'_>, Gatherer<'_>) {
        let CaseAccess { cases, all, gathered: Gathered { users, groups, workspaces, definitions }, .. } = self;
        let naming_users = Gatherer { cases, streams: Streams::OfUsers(users) };
        (naming_users, Gatherer { cases, streams: Streams::Others { all, groups, workspaces, definitions } })
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

/// Puts cases in some of the streams that they were ever gathered by.
pub(crate) struct Gatherer<'a> {
    cases: &'a [Case],
    streams: Streams<'a>,
}

enum Streams<'a> {
    OfUsers(&'a mut Vec<Ordered>),
    Others {
        all: &'a mut Ordered,
        groups: &'a mut Vec<Ordered>,
        workspaces: &'a mut Vec<Ordered>,
        definitions: &'a mut Vec<Ordered>,
    },
}

impl Gatherer<'_> {
    /// Every case, in the order of their ids; false where one names what is not known.
    pub(crate) fn gather(self, order: &[u32], known: impl Fn(Gathering) -> bool) -> bool {
        let mut all_known = true;
        let mut put = |table: &mut Vec<Ordered>, by: Gathering, number: u32, case: u32| {
            if !known(by) {
                all_known = false;
                return;
            }
            let index = number as usize;
            if table.len() <= index {
                table.resize_with(index + 1, Ordered::default);
            }
            table[index].add_loose(case);
        };
        match self.streams {
            Streams::OfUsers(users) => {
                for &case in order {
                    self.cases[case as usize].naming(|subject| {
                        if let Some(user) = subject.as_user() {
                            put(users, Gathering::Naming(subject), user, case);
                        }
                    });
                }
                users.iter_mut().for_each(Ordered::keep_loose);
            }
            Streams::Others { all, groups, workspaces, definitions } => {
                for &case in order {
                    all.add_loose(case);
                    self.cases[case as usize].gatherings(|by| match by {
                        Gathering::Naming(subject) => {
                            if let Some(group) = subject.as_group() {
                                put(groups, by, group, case);
                            }
                        }
                        Gathering::Workspace(workspace) => put(workspaces, by, workspace, case),
                        Gathering::Definition(definition) => put(definitions, by, definition, case),
                    });
                }
                all.keep_loose();
                groups.iter_mut().chain(workspaces).chain(definitions).for_each(Ordered::keep_loose);
            }
        }
        all_known
    }
}

impl Case {
    /// All that it was ever gathered by, some perhaps twice.
    pub(crate) fn gatherings(&self, mut each: impl FnMut(Gathering)) {
        self.naming(|subject| each(Gathering::Naming(subject)));
        each(Gathering::Definition(self.definition));
        if let Some(workspace) = self.creator_workspace {
            each(Gathering::Workspace(workspace));
        }
        for (_, placed) in self.persons.iter().flat_map(|(_, history)| history.values()) {
            if let Placed::In(Some(workspace)) = placed {
                each(Gathering::Workspace(*workspace));
            }
        }
    }

    /// Whoever was ever named by it.
    fn naming(&self, mut naming: impl FnMut(SubjectKey)) {
        naming(SubjectKey::user(self.creator));
        self.list.entries().iter().for_each(|entry| naming(entry.subject()));
        if let Some(restriction) = self.restriction.as_deref() {
            restriction.list.entries().iter().for_each(|entry| naming(entry.subject()));
        }
        if let Some(rare) = self.rare() {
            rare.walls.iter().for_each(|(against, _)| naming(against));
            rare.glasses.iter().for_each(|glass| naming(SubjectKey::user(glass.user)));
        }
        self.persons.iter().for_each(|((_, person), _)| naming(person));
    }
}
