//! Views made from rows again.

use crate::facts::bytes::{RowDamage, RowReader};
use crate::facts::interner::saved::load_name;
use crate::facts::jobs::Jobs;
use crate::facts::number::{StreamIndex, SubjectKey};
use crate::facts::position::Pos32;
use crate::facts::saved::Saved;
use crate::fold::checkpoint::FORMAT;
use crate::fold::checkpoint::case_rows::CaseRows;
use crate::fold::checkpoint::cut::Lengths;
use crate::fold::views::Views;
use crate::tables::case_access::build_index::CasesByKey;
use crate::tables::command_ids::RecentIds;
use crate::tables::table::Table;
use caseward_events::{Position, Timestamp};
/// Views on the way back. Rows come table by table, each from its first row on.
#[derive(Debug)]
pub struct Loading {
    views: Views,
    place: Pos32,
    lengths: Lengths,
    switches: Vec<(Pos32, bool)>,
    /// What gathers the cases, where they may leave.
    found: Option<CasesByKey>,
}

impl Loading {
    /// Begins with a [header](super::Cut::header).
    ///
    /// # Errors
    /// It is none, or of another format.
    pub fn new(header: &[u8]) -> Result<Loading, RowDamage> {
        let mut from = RowReader(header);
        if from.number()? != u64::from(FORMAT) {
            return Err(RowDamage("it is of another release"));
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

    /// Lets cases be left out; before any of them is taken.
    pub fn let_leave(&mut self) {
        self.views.let_leave();
        self.found = Some(CasesByKey::default());
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
    pub fn row(&mut self, table: Table, row: &[u8]) -> Result<(), RowDamage> {
        let mut from = RowReader(row);
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
        self.views.streams.reserve_cases(cases);
    }

    /// Takes the next rows of cases.
    pub fn cases(&mut self, rows: CaseRows) {
        let CaseRows { ids, opened, versions, switches, children, cases, found, left } = rows;
        if let Some(all) = &mut self.found {
            let first = u32::try_from(self.views.cases.len()).expect("there are no more cases than positions");
            all.append(found.unwrap_or_else(|| CasesByKey::among((first..).zip(&cases), cases.len())));
        }
        self.views.cases.append(ids, opened, left, cases);
        self.views.streams.push_cases(versions);
        self.switches.extend(switches);
        children.into_iter().for_each(|(parent, opened)| self.views.cases.add_child(parent, opened));
    }

    fn organization(&mut self, from: &mut RowReader<'_>) -> Result<(), RowDamage> {
        let views = &mut self.views;
        views.definitions.organization = Saved::load(from)?;
        views.definitions.walls = Saved::load(from)?;
        views.policy = Saved::load(from)?;
        views.keys.erased = Saved::load(from)?;
        views.keys.signing = Saved::load(from)?;
        views.labels = Saved::load(from)?;
        views.vocabulary = Saved::load(from)?;
        views.callers = Saved::load(from)?;
        views.streams.push(StreamIndex::Organization, from.number_32()?);
        from.end()
    }

    fn times(&mut self, from: &mut RowReader<'_>) -> Result<(), RowDamage> {
        let (mut last, mut times) = (Timestamp::EPOCH, Vec::with_capacity(Table::Times.row_entities() as usize));
        while !from.0.is_empty() {
            last = Timestamp::from_micros(last.as_micros().wrapping_add(from.signed()?));
            let run = from.number()?;
            if run > u64::from(Table::Times.row_entities()) {
                return Err(RowDamage("more times than a row has"));
            }
            (0..run).for_each(|_| times.push(last));
        }
        self.views.timeline.extend(&times);
        Ok(())
    }

    fn entity(&mut self, table: Table, from: &mut RowReader<'_>) -> Result<(), RowDamage> {
        let Views { directory, definitions, cases, profiles, items, streams, .. } = &mut self.views;
        let next = |length: usize| u32::try_from(length).map_err(|_| RowDamage("more than can be numbered"));
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

    fn handed(&mut self, table: Table, from: &mut RowReader<'_>) -> Result<(), RowDamage> {
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
            _ => return Err(RowDamage("a row of another table")),
        }
        Ok(())
    }

    /// The views, with what follows from the rows made anew, in jobs that `run` runs.
    ///
    /// # Errors
    /// Rows are missing, come twice, or name what is not there.
    pub fn finish(self, run: Jobs<'_>) -> Result<Views, RowDamage> {
        let Loading { mut views, place, lengths, switches, found } = self;
        // What must have been counted only now, as rows are cut by the length.
        let times = views.timeline.resolve(Timestamp::MAX, Pos32::LATEST);
        if views.lengths_at(place) != lengths || times != place || views.cases.len() != views.cases.names.len() {
            return Err(RowDamage("rows are missing"));
        }
        views.cases.derive_restricted(switches);
        let Views { definitions, directory, .. } = &mut views;
        definitions.derive_walled();
        for group in definitions.ever_walled().filter_map(SubjectKey::as_group) {
            directory.known_group(group)?;
            directory.wall(group);
        }
        for (case, link) in views.links.cases().zip(0..) {
            views.cases.rare_of(case)?.links.push(link);
        }
        for (case, item) in views.items.in_cases() {
            views.cases.rare_of(case)?.items.push(item);
        }
        for (case, task) in views.items.attached()? {
            views.cases.rare_of(case)?.tasks.push(task);
        }
        super::derive::derive(&mut views, found, run)?;
        views.streams.trim();
        views.tip = place.position();
        views.undo_log.dirty.saved = lengths;
        Ok(views)
    }
}
