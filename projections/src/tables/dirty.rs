//! Which rows changed since the last cut, and how far the tables were saved.
//!
//! A row is marked as the head passes an event's changes, so what lies above the head is never marked. A table that grew
//! needs no marks: what lies behind its saved length is new.

use crate::facts::number::{CaseIndexKey, EntityKey, ListIndex, StreamIndex, SubjectKey, Target};
use crate::tables::table::Table;
use crate::tables::undo_record::UndoRecord;

/// A bit a row, and the saved lengths.
#[derive(Clone, Debug, Default)]
pub struct DirtyRows {
    rows: [Vec<u64>; Table::ALL.len()],
    pub(crate) saved: [u32; Table::ALL.len()],
}

impl DirtyRows {
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
    pub(crate) fn touched(&mut self, record: &UndoRecord) {
        match *record {
            UndoRecord::UserDisabled(user)
            | UndoRecord::OrgAdmin(user)
            | UndoRecord::UserWorkspace(user)
            | UndoRecord::UserProfile(user) => {
                self.entity(Table::Users, user);
            }
            UndoRecord::Membership { member, .. } => self.subject(member),
            UndoRecord::GroupActive(group) => self.entity(Table::Groups, group),
            UndoRecord::AccessControl(definition)
            | UndoRecord::Sharing(definition)
            | UndoRecord::Swept { definition, .. } => {
                self.entity(Table::Definitions, definition);
            }
            UndoRecord::Completed(case) | UndoRecord::Restriction(case) | UndoRecord::Glass(case) => {
                self.entity(Table::Cases, case)
            }
            UndoRecord::Placement { case, .. }
            | UndoRecord::Assignee { case, .. }
            | UndoRecord::GlassesEnded { case, .. } => self.entity(Table::Cases, case),
            UndoRecord::Entry { list, .. } => match list {
                ListIndex::Organization => self.row(Table::Organization, 0),
                ListIndex::Definition(definition) => self.entity(Table::Definitions, definition),
                ListIndex::Case(case) | ListIndex::Restriction(case) => self.entity(Table::Cases, case),
            },
            UndoRecord::Wall { on, .. } => match on {
                Target::Organization => self.row(Table::Organization, 0),
                Target::Definition(definition) => self.entity(Table::Definitions, definition),
                Target::Case(case) => self.entity(Table::Cases, case),
            },
            UndoRecord::PolicyKey(_) | UndoRecord::PolicyEvent | UndoRecord::Erased(_) => {
                self.row(Table::Organization, 0);
            }
            UndoRecord::SigningKey | UndoRecord::Label(_) | UndoRecord::Vocabulary | UndoRecord::Caller(_) => {
                self.row(Table::Organization, 0);
            }
            UndoRecord::StreamVersion(stream) => self.stream(stream),
            UndoRecord::ProfileSettings(profile) | UndoRecord::FormAccess { profile, .. } => {
                self.entity(Table::Profiles, profile)
            }
            UndoRecord::LinkRevoked(link) => self.entity(Table::Links, link),
            UndoRecord::DelegationEnded(delegation) => self.entity(Table::Delegations, delegation),
            UndoRecord::ItemInCase { item, .. } | UndoRecord::ItemAway(item) => self.entity(Table::Items, item),
            UndoRecord::Attached { task, .. } => self.entity(Table::Tasks, task),
            // New ends of tables, which their lengths tell, and what is made anew.
            UndoRecord::User
            | UndoRecord::Group
            | UndoRecord::Definition
            | UndoRecord::Case
            | UndoRecord::Window
            | UndoRecord::Command => {}
            UndoRecord::Time
            | UndoRecord::Workspace
            | UndoRecord::Profile
            | UndoRecord::Field
            | UndoRecord::Activity
            | UndoRecord::Link => {}
            UndoRecord::Delegation | UndoRecord::Item | UndoRecord::Task | UndoRecord::SealingKey => {}
            UndoRecord::RestrictedCases | UndoRecord::Indexed(..) | UndoRecord::LinkOfCase(_) => {}
        }
    }

    /// The same with the rows of what follows from it.
    pub(crate) fn mark_with_derived(&mut self, record: &UndoRecord) {
        self.touched(record);
        match *record {
            UndoRecord::Indexed(by, _) => match by {
                CaseIndexKey::Naming(subject) => self.subject(subject),
                CaseIndexKey::Workspace(workspace) => self.entity(Table::Workspaces, workspace),
                CaseIndexKey::Definition(definition) => self.entity(Table::Definitions, definition),
            },
            UndoRecord::Membership { group, .. } => self.entity(Table::Groups, group),
            UndoRecord::LinkOfCase(case) | UndoRecord::ItemInCase { case, .. } => self.entity(Table::Cases, case),
            UndoRecord::Attached { entity: EntityKey::Case(case), .. } => self.entity(Table::Cases, case),
            UndoRecord::Attached { entity: EntityKey::Item(item), .. } => self.entity(Table::Items, item),
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
    pub(crate) fn take_back(&mut self, unsaved: &DirtyRows) {
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
