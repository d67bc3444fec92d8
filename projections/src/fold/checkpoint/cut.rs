//! Views cut at a place, row by row, and views made from rows again (see [`crate::checkpoint`]).

use super::{Streams, Views};
use crate::case_access::Case;
use crate::case_access::cases::{CHUNK_CASES, ColdCases, SavedCases};
use crate::case_access::gather::Found;
use crate::checkpoint::bytes::{Sink, Source};
use crate::checkpoint::values::Saved;
use crate::checkpoint::{Damage, FORMAT, Jobs, Marks, Table};
use crate::history::Place;
use crate::ids::{Layer, RecentIds};
use crate::names::Names;
use crate::trail::{StreamIndex, Touch};
use caseward_events::{CaseId, CommandId, Position, Timestamp};
use std::fmt;
use std::hash::Hash;
use std::str::FromStr;
use std::sync::Arc;

pub(crate) type Lengths = [u32; Table::ALL.len()];

/// What is to be saved: the rows that changed, and what has no history, as it was at the place.
#[derive(Debug)]
pub struct Cut {
    place: Place,
    marks: Marks,
    lengths: Lengths,
    streams: Streams,
    ids: u64,
    ids_behind: Place,
}

impl Cut {
    /// Up to where.
    #[must_use]
    pub fn position(&self) -> Position {
        self.place.position()
    }

    /// The rows to write: those that changed since the last cut that was saved.
    pub fn rows(&self) -> impl Iterator<Item = (Table, u32)> {
        self.marks.iter()
    }

    /// What loading begins with.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        let mut to = Sink::default();
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
        let place = Place::from(head);
        self.trail.settle(place, usize::MAX);
        let lengths = self.lengths_at(place);
        let mut marks = std::mem::take(&mut self.trail.marks);
        self.trail.marks.saved = lengths;
        marks.grown(&lengths);
        marks.row(Table::Organization, 0);
        let mut streams = self.streams.clone();
        for touch in self.trail.above(place) {
            if let Touch::StreamVersion(stream) = touch {
                streams.count_down(*stream);
            }
        }
        self.commands.begin_layer();
        let (ids, ids_behind) = (self.commands.known_at(place), self.commands.forgotten());
        Cut { place, marks, lengths, streams, ids, ids_behind }
    }

    /// After a cut could not be saved: its rows are to be written with the next one.
    pub fn take_back(&mut self, cut: &Cut) {
        self.trail.marks.take_back(&cut.marks);
    }

    /// After a cut was saved: forgets the ids that it keeps. What comes back is for dropping without the lock.
    pub fn forget_ids(&mut self, cut: &Cut) -> Vec<Layer> {
        self.commands.forget(cut.place)
    }

    /// Some of the ids that a cut has to keep, oldest first, from those behind `after` on.
    #[must_use]
    pub fn ids_of(&self, cut: &Cut, after: Position, count_max: usize) -> Vec<(CommandId, Position)> {
        let after = Place::from(after).max(cut.ids_behind);
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

    /// A row as it was at the cut; what came since may have been folded in.
    #[must_use]
    pub fn save_row(&self, cut: &Cut, table: Table, row: u32) -> Vec<u8> {
        let from = row * table.row_entities();
        let to = (from + table.row_entities()).min(cut.lengths[table as usize]);
        let mut sink = Sink::default();
        match table {
            Table::Organization => self.save_organization(cut, &mut sink),
            Table::Times => self.save_times(from, to, &mut sink),
            _ => (from..to).for_each(|number| self.save_entity(cut, table, number, &mut sink)),
        }
        sink.0
    }

    fn save_organization(&self, cut: &Cut, to: &mut Sink) {
        self.save_common(cut.place, to);
        to.number(u64::from(cut.streams.get(StreamIndex::Organization)));
    }

    /// What is of no entity, beside the version of the stream.
    pub(crate) fn save_common(&self, place: Place, to: &mut Sink) {
        self.definitions.organization.save(place, to);
        self.definitions.walls.save(place, to);
        self.policy.save(place, to);
        self.keys.erased.save(place, to);
        self.keys.signing.save(place, to);
    }

    fn save_times(&self, from: u32, until: u32, to: &mut Sink) {
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
        self.timeline.time(Place::from(Position(u64::from(number) + 1)))
    }

    fn save_entity(&self, cut: &Cut, table: Table, number: u32, to: &mut Sink) {
        self.save_id(table, number, to);
        if let Some(stream) = table.stream(number) {
            to.number(u64::from(cut.streams.get(stream)));
        }
        self.save_facts(table, number, cut.place, to);
    }

    fn save_id(&self, table: Table, number: u32, to: &mut Sink) {
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

    /// What is saved of an entity beside its id and the version of its stream.
    pub(crate) fn save_facts(&self, table: Table, number: u32, place: Place, to: &mut Sink) {
        match table {
            Table::Users => self.directory.save_user(number, place, to),
            Table::Groups => self.directory.save_group(number, place, to),
            Table::Definitions => self.definitions.get(number).save(place, to),
            Table::Cases => self.cases.get(number).save(place, to),
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

    /// How long every table is.
    pub(crate) fn lengths(&self) -> Lengths {
        self.lengths_at(self.tip.into())
    }

    pub(crate) fn lengths_at(&self, place: Place) -> Lengths {
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

/// How many ids were named up to a place.
fn named<K: Eq + Hash>(names: &Names<K>, place: Place) -> u32 {
    u32::try_from(names.count_at(place)).expect("there are no more ids than positions")
}

impl Streams {
    /// A stream is the next of its kind.
    fn push(&mut self, stream: StreamIndex, version: u32) {
        match self.counts(stream) {
            Some((counts, number)) => {
                counts.resize(number as usize, 0);
                counts.push(version);
            }
            None => self.organization = version,
        }
    }

    /// No count behind the last stream that has events: as the fold has it.
    fn trim(&mut self) {
        let Streams { cases, definitions, groups, users, profiles, items, tasks, organization: _ } = self;
        for counts in [cases, definitions, groups, users, profiles, items, tasks] {
            let used = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
            counts.truncate(used);
        }
    }
}

fn save_name<K: Eq + Hash + fmt::Display>(names: &Names<K>, number: u32, to: &mut Sink) {
    to.text(&names.id(number).to_string());
    to.place(names.first(number));
}

fn load_id<K: FromStr>(from: &mut Source<'_>) -> Result<(K, Place), Damage> {
    let id = from.text()?.parse().map_err(|_| Damage("an id that is none"))?;
    Ok((id, from.place()?))
}

fn load_name<K: Clone + Eq + Hash + FromStr>(names: &mut Names<K>, from: &mut Source<'_>) -> Result<Place, Damage> {
    let (id, first) = load_id(from)?;
    if names.intern(&id, first).1 { Ok(first) } else { Err(Damage("a name twice")) }
}

/// Rows of cases, decoded apart from the rest, so that it can be done on several threads.
#[derive(Debug, Default)]
pub struct CaseRows {
    ids: Vec<CaseId>,
    opened: Vec<Place>,
    versions: Vec<u32>,
    /// When restrictions were switched on and off.
    switches: Vec<(Place, bool)>,
    cases: Vec<Case>,
    found: Option<Found>,
    /// Those that do not stay, by the digests and lengths of their rows.
    left: Vec<(u64, usize)>,
}

impl CaseRows {
    /// With room for so many rows.
    #[must_use]
    pub fn with_capacity(rows: usize) -> CaseRows {
        let cases = rows * Table::Cases.row_entities() as usize;
        CaseRows {
            ids: Vec::with_capacity(cases),
            opened: Vec::with_capacity(cases),
            versions: Vec::with_capacity(cases),
            cases: Vec::with_capacity(cases),
            ..CaseRows::default()
        }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// It is no row of cases.
    pub fn row(&mut self, row: &[u8]) -> Result<(), Damage> {
        let mut from = Source(row);
        while !from.0.is_empty() {
            let (id, opened) = load_id(&mut from)?;
            self.ids.push(id);
            self.opened.push(opened);
            self.versions.push(from.number_32()?);
            let mut case = Case::load(&mut from)?;
            case.opened = opened;
            self.switches.extend(case.switches());
            self.cases.push(case);
        }
        Ok(())
    }

    /// How many cases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// What the cases take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.cases.iter().map(|case| size_of_val(case) + case.heap()).sum()
    }

    /// Notes what gathers the cases, the first of which is in row `first`.
    pub fn look_through(&mut self, first: u32) {
        let first = first * Table::Cases.row_entities();
        self.found = Some(Found::among((first..).zip(&self.cases), self.cases.len()));
    }

    /// Leaves out the cases that can come back, once they were [looked through](CaseRows::look_through). `digests` has one
    /// for each row.
    pub fn leave(&mut self, digests: &[u64]) {
        assert!(self.found.is_some(), "nobody could tell any more what gathers them");
        let lengths = self.cases.chunks(CHUNK_CASES).map(<[Case]>::len);
        self.left = digests.iter().copied().zip(lengths).collect();
        self.cases = Vec::new();
    }

    /// The cases alone.
    #[must_use]
    pub fn into_cases(self) -> SavedCases {
        SavedCases(self.cases)
    }
}

/// Views on the way back. Rows come table by table, each from its first row on.
#[derive(Debug)]
pub struct Loading {
    views: Views,
    place: Place,
    lengths: Lengths,
    switches: Vec<(Place, bool)>,
    /// What gathers the cases, where they may leave.
    found: Option<Found>,
}

impl Loading {
    /// Begins with a [`Cut::header`].
    ///
    /// # Errors
    /// It is none, or of another format.
    pub fn new(header: &[u8]) -> Result<Loading, Damage> {
        let mut from = Source(header);
        if from.number()? != u64::from(FORMAT) {
            return Err(Damage("it is of another release"));
        }
        let place = from.place()?;
        let ids = from.number()?;
        let mut lengths = Lengths::default();
        for length in &mut lengths {
            *length = from.number_32()?;
        }
        from.end()?;
        let views = Views { commands: RecentIds::kept_elsewhere(place, ids), ..Views::default() };
        Ok(Loading { views, place, lengths, switches: Vec::new(), found: None })
    }

    /// Lets cases be left out, to come back from there; before any of them is taken.
    pub fn may_leave(&mut self, source: Arc<dyn ColdCases>) {
        self.views.may_leave(source);
        self.found = Some(Found::default());
    }

    /// Up to where.
    #[must_use]
    pub fn position(&self) -> Position {
        self.place.position()
    }

    /// How many rows a table has.
    #[must_use]
    pub fn rows(&self, table: Table) -> u32 {
        table.rows(self.lengths[table as usize])
    }

    /// Takes the next row of a table other than that of the cases.
    ///
    /// # Errors
    /// It is no row of that table.
    pub fn row(&mut self, table: Table, row: &[u8]) -> Result<(), Damage> {
        let mut from = Source(row);
        while !from.0.is_empty() {
            match table {
                Table::Organization => self.organization(&mut from)?,
                Table::Times => self.times(&mut from)?,
                _ => self.entity(table, &mut from)?,
            }
        }
        Ok(())
    }

    /// Makes room for so many more cases.
    pub fn reserve_cases(&mut self, cases: usize) {
        self.views.cases.reserve(cases);
        self.views.streams.cases.reserve_exact(cases);
    }

    /// Takes the next rows of cases.
    pub fn cases(&mut self, rows: CaseRows) {
        let CaseRows { ids, opened, versions, switches, cases, found, left } = rows;
        if let Some(all) = &mut self.found {
            let first = u32::try_from(self.views.cases.len()).expect("there are no more cases than positions");
            all.append(found.unwrap_or_else(|| Found::among((first..).zip(&cases), cases.len())));
        }
        self.views.cases.append(ids, opened, left, cases);
        self.views.streams.cases.extend(versions);
        self.switches.extend(switches);
    }

    fn organization(&mut self, from: &mut Source<'_>) -> Result<(), Damage> {
        let views = &mut self.views;
        views.definitions.organization = Saved::load(from)?;
        views.definitions.walls = Saved::load(from)?;
        views.policy = Saved::load(from)?;
        views.keys.erased = Saved::load(from)?;
        views.keys.signing = Saved::load(from)?;
        views.streams.push(StreamIndex::Organization, from.number_32()?);
        from.end()
    }

    fn times(&mut self, from: &mut Source<'_>) -> Result<(), Damage> {
        let (mut last, mut times) = (Timestamp::EPOCH, Vec::with_capacity(Table::Times.row_entities() as usize));
        while !from.0.is_empty() {
            last = Timestamp::from_micros(last.as_micros().wrapping_add(from.signed()?));
            let run = from.number()?;
            if run > u64::from(Table::Times.row_entities()) {
                return Err(Damage("more times than a row has"));
            }
            (0..run).for_each(|_| times.push(last));
        }
        self.views.timeline.extend(&times);
        Ok(())
    }

    fn entity(&mut self, table: Table, from: &mut Source<'_>) -> Result<(), Damage> {
        let Views { directory, definitions, cases, profiles, items, streams, .. } = &mut self.views;
        let next = |length: usize| u32::try_from(length).map_err(|_| Damage("more than can be numbered"));
        match table {
            Table::Users => {
                let number = next(directory.users.len())?;
                load_name(&mut directory.users, from)?;
                streams.push(StreamIndex::User(number), from.number_32()?);
                directory.load_user(from)?;
            }
            Table::Groups => {
                let number = next(directory.groups.len())?;
                load_name(&mut directory.groups, from)?;
                streams.push(StreamIndex::Group(number), from.number_32()?);
                directory.load_group(from)?;
            }
            Table::Workspaces => drop(load_name(&mut directory.workspaces, from)?),
            Table::Definitions => {
                let number = next(definitions.names.len())?;
                let created = load_name(&mut definitions.names, from)?;
                streams.push(StreamIndex::Definition(number), from.number_32()?);
                definitions.push(created, Saved::load(from)?);
            }
            Table::Fields => drop(load_name(&mut cases.fields, from)?),
            Table::Activities => drop(load_name(&mut cases.activities, from)?),
            Table::Profiles => {
                let number = next(profiles.names.len())?;
                load_name(&mut profiles.names, from)?;
                streams.push(StreamIndex::Profile(number), from.number_32()?);
                profiles.push(Saved::load(from)?);
            }
            Table::Items => {
                let number = next(items.items.len())?;
                load_name(&mut items.items, from)?;
                streams.push(StreamIndex::Item(number), from.number_32()?);
                items.push_item(Saved::load(from)?);
            }
            Table::Tasks => {
                let number = next(items.tasks.len())?;
                load_name(&mut items.tasks, from)?;
                streams.push(StreamIndex::Task(number), from.number_32()?);
                items.push_task(Saved::load(from)?);
            }
            _ => self.handed(table, from)?,
        }
        Ok(())
    }

    fn handed(&mut self, table: Table, from: &mut Source<'_>) -> Result<(), Damage> {
        let Views { delegations, links, windows, keys, .. } = &mut self.views;
        match table {
            Table::Delegations => {
                let made = load_name(&mut delegations.names, from)?;
                delegations.push(made, Saved::load(from)?);
            }
            Table::Links => {
                let made = load_name(&mut links.names, from)?;
                links.push(made, Saved::load(from)?);
            }
            Table::Windows => windows.load_next(from)?,
            Table::SealingKeys => keys.load_next(from)?,
            _ => return Err(Damage("a row of another table")),
        }
        Ok(())
    }

    /// The views, with what follows from the rows made anew, in jobs that `run` runs.
    ///
    /// # Errors
    /// Rows are missing, come twice, or name what is not there.
    pub fn finish(self, run: Jobs<'_>) -> Result<Views, Damage> {
        let Loading { mut views, place, lengths, switches, found } = self;
        // What must have been counted only now, as rows are cut by the length.
        let times = views.timeline.resolve(Timestamp::MAX, Place::LATEST);
        if views.lengths_at(place) != lengths || times != place || views.cases.len() != views.cases.names.len() {
            return Err(Damage("rows are missing"));
        }
        views.cases.derive_restricted(switches);
        for (case, link) in views.links.cases().zip(0..) {
            views.cases.rare_of(case)?.links.push(link);
        }
        for (case, item) in views.items.in_cases() {
            views.cases.rare_of(case)?.items.push(item);
        }
        for (case, task) in views.items.attached()? {
            views.cases.rare_of(case)?.tasks.push(task);
        }
        crate::checkpoint::gather(&mut views, found, run)?;
        views.streams.trim();
        views.tip = place.position();
        views.trail.marks.saved = lengths;
        Ok(views)
    }
}
