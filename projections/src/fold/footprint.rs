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
        let floor = self.floor();
        Footprint { cases: floor.cases + self.cases.heap(), lists: floor.lists + self.cases.lists_heap(), ..floor }
    }

    /// What they take without the cases in memory: where cases may leave, the least that can be held. It looks at every
    /// entity but those.
    #[must_use]
    pub fn floor(&self) -> Footprint {
        let Views { directory, definitions, cases, profiles, items, delegations, links, .. } = self;
        let names = [
            directory.users.heap(),
            directory.groups.heap(),
            directory.workspaces.heap(),
            definitions.names.heap(),
            cases.names.heap(),
            cases.fields.heap(),
            cases.activities.heap(),
            profiles.names.heap(),
            items.items.heap(),
            items.tasks.heap(),
            delegations.names.heap(),
            links.names.heap(),
            self.streams.heap(),
        ];
        let others =
            [definitions.heap(), profiles.heap(), items.heap(), delegations.heap(), links.heap(), self.windows.heap()];
        Footprint {
            names: names.iter().sum(),
            cases: cases.table_heap(),
            lists: definitions.lists_heap(),
            gathered: cases.index_heap(),
            directory: directory.heap(),
            times: self.timeline.heap(),
            ids: self.recent_ids().heap(),
            others: others.iter().sum::<usize>() + self.keys.heap() + self.undo_log.heap(),
        }
    }
}

/// By projection.
impl Views {
    /// What each takes; the policy is too small to be told.
    #[must_use]
    pub fn memory_of_projections(&self) -> Vec<(Projection, usize)> {
        let Views { directory, definitions, cases, profiles, items, delegations, links, .. } = self;
        let Footprint { names, ids, .. } = self.memory();
        let names = names - self.streams.heap();
        vec![
            (Projection::DefinitionAccess, definitions.heap() + definitions.lists_heap()),
            (Projection::CaseAccess, cases.heap() + cases.lists_heap() + cases.table_heap()),
            (Projection::Directory, directory.heap() + profiles.heap()),
            (Projection::ReverseIndex, cases.index_heap()),
            (Projection::Ids, names + ids),
            (Projection::Time, self.timeline.heap() + self.windows.heap()),
            (Projection::Handing, delegations.heap() + links.heap()),
            (Projection::Items, items.heap()),
            (Projection::Ledger, self.streams.heap() + self.keys.heap()),
        ]
    }
}
