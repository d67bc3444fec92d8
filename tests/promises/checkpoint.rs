//! Views that were saved and loaded are those that were folded: at every cut, whatever was folded in meanwhile.

use crate::scene::office;
use crate::undo::{all_commands, differences};
use caseward::events::{Position, Recorded};
use caseward::projections::{CaseRows, Cut, FoldError, Loading, RowsMissing, Table, Views};
use std::collections::BTreeMap;

/// The rows of a checkpoint, as a store keeps them.
#[derive(Clone, Default)]
pub struct Kept {
    pub header: Vec<u8>,
    pub rows: BTreeMap<(Table, u32), Vec<u8>>,
}

impl Kept {
    pub fn take(&mut self, views: &Views, cut: &Cut) {
        self.header = cut.header();
        self.rows.extend(cut.rows().map(|(table, row)| ((table, row), save_row(views, cut, table, row))));
    }

    pub fn load(&self) -> Views {
        self.load_by(Loading::new(&self.header).expect("it was saved here"))
    }

    pub fn load_by(&self, mut loading: Loading) -> Views {
        for (&(table, _), row) in &self.rows {
            if table == Table::Cases {
                let mut cases = CaseRows::default();
                cases.row(row).expect("it was saved here");
                loading.cases(cases);
            } else {
                loading.row(table, row).expect("it was saved here");
            }
        }
        loading.finish(&one_by_one).expect("it was saved here")
    }
}

fn one_by_one(jobs: &mut [&mut (dyn FnMut() + Send)]) {
    jobs.iter_mut().for_each(|job| job());
}

fn save_row(views: &Views, cut: &Cut, table: Table, row: u32) -> Vec<u8> {
    views.ask(|views| views.save_row(cut, table, row)).expect("what is to be saved does not leave")
}

pub async fn history() -> Vec<Recorded> {
    let scene = office().await;
    for command in all_commands() {
        scene.apply(&command).await;
    }
    scene.organization.events(Position(1)).await.expect("they can be read")
}

pub fn folded(events: &[Recorded]) -> Views {
    let mut views = Views::default();
    fold(&mut views, events);
    views.settle(views.tip());
    views
}

fn fold(views: &mut Views, events: &[Recorded]) {
    events.iter().for_each(|event| views.apply(event).expect("it fits"));
}

const NONE: Vec<String> = Vec::new();

#[tokio::test]
async fn views_loaded_from_a_cut_equal_those_folded_to_it_whatever_lies_above() {
    let events = history().await;
    for cut_at in 0..=events.len() {
        let expected = folded(&events[..cut_at]);
        for ahead in [0, 1, 5, events.len()] {
            // Some lie above the head when it is cut, and some come while rows are written.
            let mut views = folded(&events[..cut_at]);
            let above = (cut_at + ahead).min(events.len());
            fold(&mut views, &events[cut_at..above]);
            let cut = views.cut(Position(cut_at as u64));
            fold(&mut views, &events[above..]);
            views.settle(views.tip());
            let mut kept = Kept::default();
            kept.take(&views, &cut);
            let mut loaded = kept.load();
            assert_eq!(differences(&loaded, &expected), NONE, "cut at {cut_at}, {ahead} ahead");
            fold(&mut loaded, &events[cut_at..]);
            assert_eq!(differences(&loaded, &folded(&events)), NONE, "cut at {cut_at} and on");
        }
    }
}

#[tokio::test]
async fn a_cut_writes_only_rows_that_changed_and_nothing_that_changed_is_left_out() {
    let events = history().await;
    for step in [1, 3, 7] {
        let (mut views, mut kept) = (Views::default(), Kept::default());
        for piece in events.chunks(step) {
            fold(&mut views, piece);
            views.settle(views.tip());
            let cut = views.cut(views.tip());
            kept.take(&views, &cut);
            assert_eq!(differences(&kept.load(), &views), NONE, "at {}", views.tip());
        }
    }
    let mut views = folded(&events);
    let mut kept = Kept::default();
    let first = views.cut(views.tip());
    kept.take(&views, &first);
    let again = views.cut(views.tip());
    assert_eq!(again.rows().collect::<Vec<_>>(), [(Table::Organization, 0)], "nothing else changed");
    // Loaded views, too, know what is saved already.
    let mut loaded = kept.load();
    let cut = loaded.cut(loaded.tip());
    assert_eq!(cut.rows().count(), 1);
}

#[tokio::test]
async fn rows_of_a_failed_checkpoint_are_saved_by_the_next() {
    let events = history().await;
    let (early, late) = (events.len() / 3, events.len() / 2);
    let (mut views, mut kept) = (folded(&events[..early]), Kept::default());
    let cut = views.cut(views.tip());
    kept.take(&views, &cut);
    fold(&mut views, &events[early..late]);
    views.settle(views.tip());
    let failed = views.cut(views.tip());
    fold(&mut views, &events[late..]);
    views.settle(views.tip());
    views.take_back(&failed);
    let cut = views.cut(views.tip());
    kept.take(&views, &cut);
    assert_eq!(differences(&kept.load(), &folded(&events)), NONE);
}

#[tokio::test]
async fn events_above_the_head_can_be_undone_while_a_checkpoint_is_written() {
    let events = history().await;
    let half = events.len() / 2;
    let mut views = folded(&events[..half]);
    fold(&mut views, &events[half..]);
    let cut = views.cut(Position(half as u64));
    views.truncate(Position(half as u64));
    let mut kept = Kept::default();
    kept.take(&views, &cut);
    assert_eq!(differences(&kept.load(), &folded(&events[..half])), NONE);
}

/// Chance that is the same in every run.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % end
    }
}

/// Views at the hands of a writer that decides ahead, undoes and settles.
pub struct Busy<'a> {
    pub views: Views,
    /// Brings back what an event changes and is not in memory.
    pub bring: &'a dyn Fn(&mut Views, &RowsMissing),
    pub events: &'a [Recorded],
    pub head: usize,
    pub chance: Chance,
}

impl Busy<'_> {
    /// One thing that may happen while a checkpoint is written.
    pub fn go_on(&mut self) {
        let tip = usize::try_from(self.views.tip().0).expect("a few");
        match self.chance.below(4) {
            0 | 1 => {
                let to = (tip + self.chance.below(6)).min(self.events.len());
                for event in &self.events[tip..to] {
                    while let Err(why) = self.views.apply(event) {
                        let FoldError::Missing { rows, .. } = why else { panic!("{why}") };
                        (self.bring)(&mut self.views, &rows);
                    }
                }
            }
            2 => self.views.truncate(Position((self.head + self.chance.below(tip - self.head + 1)) as u64)),
            _ => {
                self.head += self.chance.below(tip - self.head + 1);
                // The head is published a moment before it is settled, or never settled but by a cut.
                if self.chance.below(2) == 0 {
                    self.views.settle(Position(self.head as u64));
                }
            }
        }
    }

    /// A checkpoint at the head, while that goes on; none where it could not be kept.
    pub fn save(&mut self, kept: &mut Kept) -> Option<Cut> {
        let cut = self.views.cut(Position(self.head as u64));
        let before = kept.clone();
        kept.header = cut.header();
        for (table, row) in cut.rows() {
            kept.rows.insert((table, row), save_row(&self.views, &cut, table, row));
            self.go_on();
        }
        if self.chance.below(4) == 0 {
            *kept = before;
            self.views.take_back(&cut);
            return None;
        }
        self.views.forget_ids(&cut);
        Some(cut)
    }
}

#[tokio::test]
async fn checkpoint_after_checkpoint_is_right_whatever_is_decided_undone_and_settled_meanwhile() {
    let events = history().await;
    for seed in 0..30 {
        let mut busy = Busy {
            views: Views::default(),
            bring: &|_, _| panic!("no case leaves"),
            events: &events,
            head: 0,
            chance: Chance(seed),
        };
        let mut kept = Kept::default();
        while busy.head < events.len() {
            (0..busy.chance.below(5)).for_each(|_| busy.go_on());
            let Some(cut) = busy.save(&mut kept) else { continue };
            let at = usize::try_from(cut.position().0).expect("a few");
            assert_eq!(differences(&kept.load(), &folded(&events[..at])), NONE, "seed {seed}, cut at {at}");
        }
        busy.views.settle(busy.views.tip());
        let tip = usize::try_from(busy.views.tip().0).expect("a few");
        assert_eq!(differences(&busy.views, &folded(&events[..tip])), NONE, "seed {seed}");
    }
}

#[tokio::test]
async fn ids_of_a_cut_are_those_up_to_it_and_leave_memory_when_it_is_kept() {
    let events = history().await;
    let half = Position(events.len() as u64 / 2);
    let mut views = folded(&events);
    let cut = views.cut(half.min(views.tip()));
    let ids = views.ids_of(&cut, Position::ZERO, usize::MAX);
    assert!(ids.iter().all(|(_, first)| *first <= half) && ids.len() > 20);
    let (some, rest) = (views.ids_of(&cut, Position::ZERO, 7), views.ids_of(&cut, ids[6].1, usize::MAX));
    assert_eq!([some, rest].concat(), ids);
    let known = views.recent_ids().known();
    assert!(views.forget_ids(&cut).is_empty(), "some of the layer lie above the cut");
    let cut = views.cut(views.tip());
    assert!(!views.forget_ids(&cut).is_empty());
    assert_eq!(views.recent_ids().known(), known, "they are still known of");
    assert_eq!(views.command(&ids[0].0), None, "and found elsewhere");
}

#[tokio::test]
async fn no_damaged_row_makes_the_loader_panic() {
    let events = history().await;
    let mut views = folded(&events);
    let (mut kept, cut) = (Kept::default(), views.cut(views.tip()));
    kept.take(&views, &cut);
    let mut damaged = 0;
    for ((table, _), row) in &kept.rows {
        for at in 0..row.len() {
            for flip in [1, 0x40, 0x80, 0xff] {
                let mut bytes = row.clone();
                bytes[at] ^= flip;
                let mut loading = Loading::new(&kept.header).expect("the header is whole");
                let answer = match table {
                    Table::Cases => CaseRows::default().row(&bytes),
                    table => loading.row(*table, &bytes),
                };
                damaged += usize::from(answer.is_err());
            }
        }
        assert!(CaseRows::default().row(&row[..row.len() / 2]).is_err() || *table != Table::Cases);
    }
    assert!(damaged > 100, "only {damaged} were seen");
    for end in 0..kept.header.len() {
        assert!(Loading::new(&kept.header[..end]).is_err(), "cut to {end}");
    }
}
