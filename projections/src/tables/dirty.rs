//! Which rows changed since the last cut, and how far the tables were saved.
//!
//! Marks are set as the head passes an event's touches, so what lies above the head is never marked. A table that grew
//! needs no marks: what lies behind its saved length is new.

use crate::facts::number::{EntityKey, Gathering, ListIndex, StreamIndex, SubjectKey, Target};
use crate::tables::change::Touch;
use crate::tables::table::Table;

/// A bit a row, and the saved lengths.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    rows: [Vec<u64>; Table::ALL.len()],
    pub(crate) saved: [u32; Table::ALL.len()],
}

impl Marks {
    /// Whether there is a checkpoint that marks add to; without one, all there is will be saved.
    pub(crate) fn anything_saved(&self) -> bool {
        self.saved[Table::Organization as usize] > 0
    }

    pub(crate) fn row(&mut self, table: Table, row: u32) {
        let bits = &mut self.rows[table as usize];
        let (word, bit) = (row as usize / 64, row % 64);
        if bits.len() <= word {
            bits.resize(word + 1, 0);
        }
        bits[word] |= 1 << bit;
    }

    /// Whether a row is marked.
    pub(crate) fn has(&self, table: Table, row: u32) -> bool {
        self.rows[table as usize].get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    fn entity(&mut self, table: Table, number: u32) {
        self.row(table, number / table.row_entities());
    }

    /// What an event changed that the head has just passed.
    pub(crate) fn touched(&mut self, touch: &Touch) {
        match *touch {
            Touch::UserDisabled(user)
            | Touch::OrgAdmin(user)
            | Touch::UserWorkspace(user)
            | Touch::UserProfile(user) => {
                self.entity(Table::Users, user);
            }
            Touch::Membership { member, .. } => self.subject(member),
            Touch::GroupActive(group) | Touch::Closure(group) | Touch::ClosureOfAll(group) => {
                self.entity(Table::Groups, group);
            }
            Touch::AccessControl(definition) | Touch::Sharing(definition) => {
                self.entity(Table::Definitions, definition);
            }
            Touch::Completed(case) | Touch::Restriction(case) | Touch::Glass(case) => self.entity(Table::Cases, case),
            Touch::Placement { case, .. } | Touch::Assignee { case, .. } => self.entity(Table::Cases, case),
            Touch::Entry { list, .. } => match list {
                ListIndex::Organization => self.row(Table::Organization, 0),
                ListIndex::Definition(definition) => self.entity(Table::Definitions, definition),
                ListIndex::Case(case) | ListIndex::Restriction(case) => self.entity(Table::Cases, case),
            },
            Touch::Wall { on, .. } => match on {
                Target::Organization => self.row(Table::Organization, 0),
                Target::Definition(definition) => self.entity(Table::Definitions, definition),
                Target::Case(case) => self.entity(Table::Cases, case),
            },
            Touch::PolicyKey(_) | Touch::PolicyEvent | Touch::Erased(_) | Touch::SigningKey => {
                self.row(Table::Organization, 0);
            }
            Touch::StreamVersion(stream) => self.stream(stream),
            Touch::ProfileSettings(profile) | Touch::FormAccess { profile, .. } => {
                self.entity(Table::Profiles, profile)
            }
            Touch::LinkRevoked(link) => self.entity(Table::Links, link),
            Touch::DelegationEnded(delegation) => self.entity(Table::Delegations, delegation),
            Touch::ItemInCase { item, .. } | Touch::ItemAway(item) => self.entity(Table::Items, item),
            Touch::Attached { task, .. } => self.entity(Table::Tasks, task),
            // New ends of tables, which their lengths tell, and what is made anew.
            Touch::User | Touch::Group | Touch::Definition | Touch::Case | Touch::Window | Touch::Command => {}
            Touch::Time | Touch::Workspace | Touch::Profile | Touch::Field | Touch::Activity | Touch::Link => {}
            Touch::Delegation | Touch::Item | Touch::Task | Touch::SealingKey => {}
            Touch::RestrictedCases | Touch::Gathered(..) | Touch::LinkOfCase(_) => {}
        }
    }

    /// The same with the rows of what follows from it.
    pub(crate) fn touched_with_derived(&mut self, touch: &Touch) {
        self.touched(touch);
        match *touch {
            Touch::Gathered(by, _) => match by {
                Gathering::Naming(subject) => self.subject(subject),
                Gathering::Workspace(workspace) => self.entity(Table::Workspaces, workspace),
                Gathering::Definition(definition) => self.entity(Table::Definitions, definition),
            },
            Touch::Membership { group, .. } => self.entity(Table::Groups, group),
            Touch::LinkOfCase(case) | Touch::ItemInCase { case, .. } => self.entity(Table::Cases, case),
            Touch::Attached { entity: EntityKey::Case(case), .. } => self.entity(Table::Cases, case),
            Touch::Attached { entity: EntityKey::Item(item), .. } => self.entity(Table::Items, item),
            _ => {}
        }
    }

    fn subject(&mut self, subject: SubjectKey) {
        match (subject.as_user(), subject.as_group()) {
            (Some(user), _) => self.entity(Table::Users, user),
            (None, group) => self.entity(Table::Groups, group.expect("it is one of the two")),
        }
    }

    /// Each row keeps the versions of the streams of its entities.
    fn stream(&mut self, stream: StreamIndex) {
        match stream {
            StreamIndex::Case(number) => self.entity(Table::Cases, number),
            StreamIndex::Definition(number) => self.entity(Table::Definitions, number),
            StreamIndex::Group(number) => self.entity(Table::Groups, number),
            StreamIndex::User(number) => self.entity(Table::Users, number),
            StreamIndex::Profile(number) => self.entity(Table::Profiles, number),
            StreamIndex::Item(number) => self.entity(Table::Items, number),
            StreamIndex::Task(number) => self.entity(Table::Tasks, number),
            StreamIndex::Organization => self.row(Table::Organization, 0),
        }
    }

    /// All that grew up to these lengths.
    pub(crate) fn grown(&mut self, lengths: &[u32; Table::ALL.len()]) {
        for table in Table::ALL {
            let (saved, length) = (self.saved[table as usize], lengths[table as usize]);
            if saved < length {
                (saved / table.row_entities()..table.rows(length)).for_each(|row| self.row(table, row));
            }
        }
    }

    /// What they take in memory.
    pub(crate) fn heap(&self) -> usize {
        self.rows.iter().map(crate::facts::heap_size::vec).sum()
    }

    /// Takes the marks of a cut that was not saved after all.
    pub(crate) fn take_back(&mut self, unsaved: &Marks) {
        self.saved = unsaved.saved;
        for (mine, theirs) in self.rows.iter_mut().zip(&unsaved.rows) {
            if mine.len() < theirs.len() {
                mine.resize(theirs.len(), 0);
            }
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine |= theirs);
        }
    }

    /// The marked rows, table by table, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Table, u32)> {
        Table::ALL.into_iter().flat_map(|table| {
            let words = self.rows[table as usize].iter().zip(0_u32..);
            words.flat_map(move |(&bits, word)| {
                let set = (0..64).filter(move |bit| bits >> bit & 1 == 1);
                set.map(move |bit| (table, word * 64 + bit))
            })
        })
    }
}
