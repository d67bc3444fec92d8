//! What the views hold in memory, by part, from the room that was made, not from what is in it.
//!
//! Every allocation counts as the allocator of the system gives it: with 8 bytes of its own, in steps of 16. Left out:
//! what hangs below profiles, items, tasks, delegations, links and the policy beside their tables, and what the allocator
//! holds and has given to nobody.

use crate::fold::compare::Projection;
use crate::fold::views::Views;
use serde::Serialize;

/// Bytes of each part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Footprint {
    /// Ids of all kinds but commands, their numbers, and how many events each stream has.
    pub names: usize,
    /// Cases, without their lists.
    pub cases: usize,
    /// Entries of all lists, with their histories.
    pub lists: usize,
    /// Which cases there are by user, group, workspace and definition.
    pub gathered: usize,
    /// Users and groups.
    pub directory: usize,
    /// Times of events.
    pub times: usize,
    /// Ids of the commands that no checkpoint keeps.
    pub ids: usize,
    /// All else.
    pub others: usize,
}

impl Footprint {
    /// All parts.
    #[must_use]
    pub fn total(&self) -> usize {
        let Footprint { names, cases, lists, gathered, directory, times, ids, others } = self;
        names + cases + lists + gathered + directory + times + ids + others
    }
}

impl Views {
    /// What they take. It looks at every entity.
    #[must_use]
    pub fn memory(&self) -> Footprint {
        let mut walk = FootprintWalk::default();
        while walk.step(self, usize::MAX) {}
        walk.footprint()
    }

    /// What they take without the cases in memory: where cases may leave, the least that can be held. It looks at every
    /// entity but those.
    #[must_use]
    pub fn floor(&self) -> Footprint {
        let mut walk = FootprintWalk::default();
        while walk.is_before_cases() && walk.step(self, 0) {}
        walk.footprint()
    }
}

/// A count on its way: a table or some cases at a time, so that nobody need hold the views for all of it.
///
/// INVARIANT: between two steps the views may change; what is counted then is off by what changed meanwhile.
#[derive(Clone, Debug, Default)]
pub struct FootprintWalk {
    tables: [usize; TABLES.len()],
    /// How many of them are counted.
    counted: usize,
    /// The first case that is not.
    case: usize,
    /// Of the cases in memory: themselves with what hangs on them, and their lists.
    cases: usize,
    lists: usize,
}

/// Everything that is counted at once, by its place in [`FootprintWalk::tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Users,
    Groups,
    Workspaces,
    DefinitionNames,
    CaseNames,
    Fields,
    Activities,
    ProfileNames,
    ItemNames,
    TaskNames,
    DelegationNames,
    LinkNames,
    Streams,
    Definitions,
    DefinitionLists,
    Profiles,
    Items,
    Delegations,
    Links,
    Windows,
    CaseTable,
    CaseIndex,
    Directory,
    Timeline,
    Ids,
    Keys,
    Labels,
    Callers,
    Vocabulary,
    UndoLog,
}

const TABLES: [Part; 30] = [
    Part::Users,
    Part::Groups,
    Part::Workspaces,
    Part::DefinitionNames,
    Part::CaseNames,
    Part::Fields,
    Part::Activities,
    Part::ProfileNames,
    Part::ItemNames,
    Part::TaskNames,
    Part::DelegationNames,
    Part::LinkNames,
    Part::Streams,
    Part::Definitions,
    Part::DefinitionLists,
    Part::Profiles,
    Part::Items,
    Part::Delegations,
    Part::Links,
    Part::Windows,
    Part::CaseTable,
    Part::CaseIndex,
    Part::Directory,
    Part::Timeline,
    Part::Ids,
    Part::Keys,
    Part::Labels,
    Part::Callers,
    Part::Vocabulary,
    Part::UndoLog,
];

impl Part {
    fn heap(self, views: &Views) -> usize {
        let Views { directory, definitions, cases, profiles, items, delegations, links, .. } = views;
        match self {
            Part::Users => directory.users.heap(),
            Part::Groups => directory.groups.heap(),
            Part::Workspaces => directory.workspaces.heap(),
            Part::DefinitionNames => definitions.names.heap(),
            Part::CaseNames => cases.names.heap(),
            Part::Fields => cases.fields.heap(),
            Part::Activities => cases.activities.heap(),
            Part::ProfileNames => profiles.names.heap(),
            Part::ItemNames => items.items.heap(),
            Part::TaskNames => items.tasks.heap(),
            Part::DelegationNames => delegations.names.heap(),
            Part::LinkNames => links.names.heap(),
            Part::Streams => views.streams.heap(),
            Part::Definitions => definitions.heap(),
            Part::DefinitionLists => definitions.lists_heap(),
            Part::Profiles => profiles.heap(),
            Part::Items => items.heap(),
            Part::Delegations => delegations.heap(),
            Part::Links => links.heap(),
            Part::Windows => views.windows.heap(),
            Part::CaseTable => cases.table_heap(),
            Part::CaseIndex => cases.index_heap(),
            Part::Directory => directory.heap(),
            Part::Timeline => views.timeline.heap(),
            Part::Ids => views.recent_ids().heap(),
            Part::Keys => views.keys.heap(),
            Part::Labels => views.labels.heap(),
            Part::Callers => views.callers.heap(),
            Part::Vocabulary => views.vocabulary.heap(),
            Part::UndoLog => views.undo_log.heap(),
        }
    }
}

impl FootprintWalk {
    /// Counts one table more or, after all of them, at most so many cases; false when all is counted.
    pub fn step(&mut self, views: &Views, cases_max: usize) -> bool {
        if let Some(part) = TABLES.get(self.counted) {
            self.tables[self.counted] = part.heap(views);
            self.counted += 1;
            return true;
        }
        let end = self.case.saturating_add(cases_max);
        let (cases, lists) = views.cases.heap_of(self.case..end);
        (self.case, self.cases, self.lists) = (end, self.cases + cases, self.lists + lists);
        end < views.cases.names.len()
    }

    fn is_before_cases(&self) -> bool {
        self.counted < TABLES.len()
    }

    fn of(&self, parts: &[Part]) -> usize {
        parts.iter().map(|part| self.tables[*part as usize]).sum()
    }

    /// What was counted, by what it is.
    #[must_use]
    pub fn footprint(&self) -> Footprint {
        use Part::*;
        let others = [Definitions, Profiles, Items, Delegations, Links, Windows, Keys, Labels, Callers, UndoLog];
        Footprint {
            names: self.names() + self.of(&[Streams]),
            cases: self.of(&[CaseTable]) + self.cases,
            lists: self.of(&[DefinitionLists]) + self.lists,
            gathered: self.of(&[CaseIndex]),
            directory: self.of(&[Directory]),
            times: self.of(&[Timeline]),
            ids: self.of(&[Ids]),
            others: self.of(&others),
        }
    }

    /// The same by projection; the policy is too small to be told.
    #[must_use]
    pub fn projections(&self) -> Vec<(Projection, usize)> {
        use Part::*;
        vec![
            (Projection::DefinitionAccess, self.of(&[Definitions, DefinitionLists])),
            (Projection::CaseAccess, self.cases + self.lists + self.of(&[CaseTable])),
            (Projection::Directory, self.of(&[Directory, Profiles])),
            (Projection::ReverseIndex, self.of(&[CaseIndex])),
            (Projection::Ids, self.names() + self.of(&[Ids])),
            (Projection::Time, self.of(&[Timeline, Windows])),
            (Projection::Handing, self.of(&[Delegations, Links])),
            (Projection::Items, self.of(&[Items])),
            (Projection::Ledger, self.of(&[Streams, Keys, Labels, Callers])),
        ]
    }

    fn names(&self) -> usize {
        self.tables[..Part::Streams as usize].iter().sum()
    }
}
