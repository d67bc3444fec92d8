//! Views cut at a place, row by row, and views made from rows again (see [`crate::tables::table`]).

use super::FORMAT;
use crate::facts::bytes::RowWriter;
use crate::facts::interner::Interner;
use crate::facts::interner::saved::save_name;
use crate::facts::number::StreamIndex;
use crate::facts::position::Pos32;
use crate::facts::saved::Saved;
use crate::fold::at_hand::AtHand;
use crate::fold::views::Views;
use crate::tables::command_ids::IdLayer;
use crate::tables::dirty::DirtyRows;
use crate::tables::streams::Streams;
use crate::tables::table::Table;
use crate::tables::undo_record::UndoRecord;
use caseward_events::{CommandId, Position, Timestamp};
use std::hash::Hash;

pub(crate) type Lengths = [u32; Table::ALL.len()];

/// What is to be saved: the rows that changed, and what has no history, as it was at the place.
#[derive(Debug)]
pub struct Cut {
    place: Pos32,
    dirty: DirtyRows,
    lengths: Lengths,
    streams: Streams,
    ids: u64,
    ids_behind: Pos32,
}

impl Cut {
    /// Up to where.
    #[must_use]
    pub fn position(&self) -> Position {
        self.place.position()
    }

    /// The rows to write: those that changed since the last cut that was saved.
    pub fn rows(&self) -> impl Iterator<Item = (Table, u32)> {
        self.dirty.iter()
    }

    /// What loading begins with.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        let mut to = RowWriter::default();
        to.number(u64::from(FORMAT));
        to.place(self.place);
        to.number(self.ids);
        self.lengths.iter().for_each(|&length| to.number(u64::from(length)));
        to.0
    }
}

/// Saving.
impl Views {
    /// Cuts at the head, up to which everything must be settled. The lock is held for as long as it takes to copy the
    /// versions of all streams: 4 bytes an entity.
    pub fn cut(&mut self, head: Position) -> Cut {
        let place = Pos32::from(head);
        self.undo_log.settle(place, usize::MAX);
        let lengths = self.lengths_at(place);
        let mut dirty = std::mem::take(&mut self.undo_log.dirty);
        self.undo_log.dirty.saved = lengths;
        dirty.grown(&lengths);
        dirty.row(Table::Organization, 0);
        let streams = self.streams_at(place);
        self.commands.begin_layer();
        let (ids, ids_behind) = (self.commands.known_at(place), self.commands.forgotten());
        Cut { place, dirty, lengths, streams, ids, ids_behind }
    }

    /// A cut of all rows at the head, for other views in memory: nothing counts as saved, and nothing here changes. The
    /// lock is held for as long as the other one takes.
    #[must_use]
    pub fn cut_whole(&self, head: Position) -> Cut {
        let place = Pos32::from(head);
        let (lengths, mut dirty) = (self.lengths_at(place), DirtyRows::default());
        dirty.grown(&lengths);
        let (ids, ids_behind) = (self.commands.known_at(place), self.commands.forgotten());
        Cut { place, dirty, lengths, streams: self.streams_at(place), ids, ids_behind }
    }

    /// How many events each stream had at the head.
    fn streams_at(&self, head: Pos32) -> Streams {
        let mut streams = self.streams.clone();
        for record in self.undo_log.above(head) {
            if let UndoRecord::StreamVersion(stream) = record {
                streams.count_down(*stream);
            }
        }
        streams
    }

    /// After a cut could not be saved: its rows are to be written with the next one.
    pub fn take_back(&mut self, cut: &Cut) {
        self.undo_log.dirty.take_back(&cut.dirty);
    }

    /// After a cut was saved: forgets the ids that it keeps. What comes back is for dropping without the lock.
    pub fn forget_ids(&mut self, cut: &Cut) -> Vec<IdLayer> {
        self.commands.forget(cut.place)
    }

    /// Some of the ids that a cut has to keep, oldest first, from those behind `after` on.
    #[must_use]
    pub fn ids_of(&self, cut: &Cut, after: Position, count_max: usize) -> Vec<(CommandId, Position)> {
        let after = Pos32::from(after).max(cut.ids_behind);
        let ids = self.commands.behind(after).take_while(|(_, first)| *first <= cut.place).take(count_max);
        let id = |text: &str| text.parse().expect("it is the text of an id");
        ids.map(|(text, first)| (id(text), first.position())).collect()
    }

    /// Some of the ids in memory, oldest first, from those behind `after` on.
    #[must_use]
    pub fn ids_behind(&self, after: Position, count_max: usize) -> Vec<(CommandId, Position)> {
        let id = |text: &str| text.parse().expect("it is the text of an id");
        let ids = self.commands.behind(after.into()).take(count_max);
        ids.map(|(text, first)| (id(text), first.position())).collect()
    }

    fn save_organization(&self, cut: &Cut, to: &mut RowWriter) {
        self.save_common(cut.place, to);
        to.number(u64::from(cut.streams.get(StreamIndex::Organization)));
    }

    /// What is of no entity, beside the version of the stream.
    pub(crate) fn save_common(&self, place: Pos32, to: &mut RowWriter) {
        self.definitions.organization.save(place, to);
        self.definitions.walls.save(place, to);
        self.policy.save(place, to);
        self.keys.erased.save(place, to);
        self.keys.signing.save(place, to);
        self.labels.save(place, to);
        self.vocabulary.save(place, to);
        self.callers.save(place, to);
    }

    fn save_times(&self, from: u32, until: u32, to: &mut RowWriter) {
        let mut last = Timestamp::EPOCH;
        let mut number = from;
        while number < until {
            let time = self.time_of(number);
            let run = (number..until).take_while(|&number| self.time_of(number) == time).count();
            to.signed(time.as_micros() - last.as_micros());
            to.number(run as u64);
            number += u32::try_from(run).expect("a run is no longer than a row");
            last = time;
        }
    }

    fn time_of(&self, number: u32) -> Timestamp {
        self.timeline.time(Pos32::from(Position(u64::from(number) + 1)))
    }

    fn save_id(&self, table: Table, number: u32, to: &mut RowWriter) {
        match table {
            Table::Users => save_name(&self.directory.users, number, to),
            Table::Groups => save_name(&self.directory.groups, number, to),
            Table::Workspaces => save_name(&self.directory.workspaces, number, to),
            Table::Definitions => save_name(&self.definitions.names, number, to),
            Table::Cases => save_name(&self.cases.names, number, to),
            Table::Fields => save_name(&self.cases.fields, number, to),
            Table::Activities => save_name(&self.cases.activities, number, to),
            Table::Profiles => save_name(&self.profiles.names, number, to),
            Table::Items => save_name(&self.items.items, number, to),
            Table::Tasks => save_name(&self.items.tasks, number, to),
            Table::Delegations => save_name(&self.delegations.names, number, to),
            Table::Links => save_name(&self.links.names, number, to),
            Table::Windows | Table::SealingKeys => {}
            Table::Organization | Table::Times => unreachable!("these are no entities"),
        }
    }

    /// How long every table is.
    pub(crate) fn lengths(&self) -> Lengths {
        self.lengths_at(self.tip.into())
    }

    pub(crate) fn lengths_at(&self, place: Pos32) -> Lengths {
        let of = |table| match table {
            Table::Organization => 1,
            Table::Users => named(&self.directory.users, place),
            Table::Groups => named(&self.directory.groups, place),
            Table::Workspaces => named(&self.directory.workspaces, place),
            Table::Definitions => named(&self.definitions.names, place),
            Table::Cases => named(&self.cases.names, place),
            Table::Fields => named(&self.cases.fields, place),
            Table::Activities => named(&self.cases.activities, place),
            Table::Profiles => named(&self.profiles.names, place),
            Table::Items => named(&self.items.items, place),
            Table::Tasks => named(&self.items.tasks, place),
            Table::Delegations => named(&self.delegations.names, place),
            Table::Links => named(&self.links.names, place),
            Table::Windows => {
                u32::try_from(self.windows.count_at(place)).expect("there are no more windows than events")
            }
            Table::SealingKeys => named(self.keys.subjects(), place),
            Table::Times => u32::try_from(place.position().0).expect("a place has 32 bits"),
        };
        Table::ALL.map(of)
    }
}

impl AtHand<'_> {
    /// A row as it was at the cut; what came since may have been folded in.
    #[must_use]
    pub fn save_row(self, cut: &Cut, table: Table, row: u32) -> Vec<u8> {
        let from = row * table.row_entities();
        let to = (from + table.row_entities()).min(cut.lengths[table as usize]);
        let mut sink = RowWriter::default();
        match table {
            Table::Organization => self.save_organization(cut, &mut sink),
            Table::Times => self.save_times(from, to, &mut sink),
            _ => (from..to).for_each(|number| self.save_entity(cut, table, number, &mut sink)),
        }
        sink.0
    }

    fn save_entity(self, cut: &Cut, table: Table, number: u32, to: &mut RowWriter) {
        self.save_id(table, number, to);
        if let Some(stream) = table.stream(number) {
            to.number(u64::from(cut.streams.get(stream)));
        }
        self.save_facts(table, number, cut.place, to);
    }

    /// What is saved of an entity beside its id and the version of its stream.
    pub(crate) fn save_facts(self, table: Table, number: u32, place: Pos32, to: &mut RowWriter) {
        match table {
            Table::Users => self.directory.save_user(number, place, to),
            Table::Groups => self.directory.save_group(number, place, to),
            Table::Definitions => self.definitions.get(number).save(place, to),
            Table::Cases => self.case(number).save(place, to),
            Table::Profiles => self.profiles.get(number).save(place, to),
            Table::Items => self.items.item(number).save(place, to),
            Table::Tasks => self.items.task(number).save(place, to),
            Table::Delegations => self.delegations.get(number).save(place, to),
            Table::Links => self.links.get(number).save(place, to),
            Table::Windows => self.windows.save_nth(number, place, to),
            Table::SealingKeys => self.keys.save_nth(number, to),
            Table::Workspaces | Table::Fields | Table::Activities => {}
            Table::Organization | Table::Times => unreachable!("these are no entities"),
        }
    }
}

/// How many ids were named up to a place.
fn named<K: Eq + Hash>(names: &Interner<K>, place: Pos32) -> u32 {
    u32::try_from(names.count_at(place)).expect("there are no more ids than positions")
}
