//! Views alone, without an engine: what leaves and comes back leaves no trace.

use super::*;

/// Rows that were saved, and given back: the engine's part, without an engine.
#[derive(Clone, Debug, Default)]
struct Shelf {
    rows: Arc<Mutex<HashMap<u32, Vec<u8>>>>,
    asked: Arc<AtomicUsize>,
}

impl Shelf {
    fn put(&self, kept: &Kept) {
        let cases = kept.rows.iter().filter(|((table, _), _)| *table == Table::Cases);
        self.rows.lock().expect("nobody fails").extend(cases.map(|((_, row), bytes)| (*row, bytes.clone())));
    }

    fn digest(&self, row: u32) -> u64 {
        digest(&self.rows.lock().expect("nobody fails")[&row])
    }
}

/// No two rows of these tests have the same.
fn digest(row: &[u8]) -> u64 {
    row.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Shelf {
    fn row(&self, missing: RowMissing) -> RowReturned {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let bytes = self.rows.lock().expect("nobody fails")[&missing.row].clone();
        assert_eq!(digest(&bytes), missing.digest, "row {} is not as it was when it left", missing.row);
        let mut rows = CaseRows::default();
        rows.row(&bytes).expect("it was saved here");
        rows.into_cases().returned(missing)
    }

    fn bring(&self, views: &mut Views, RowsMissing(missing): &RowsMissing) {
        for &row in missing {
            assert!(views.put_back(self.row(row)), "it is missing");
        }
    }

    /// Where views with all cases back are not equal to others.
    fn differences(&self, views: &mut Views, others: &Views) -> Vec<String> {
        while let Err(missing) = views.all_here(3) {
            self.bring(views, &missing);
        }
        differences(views, others)
    }
}

/// Every kind of event, and enough cases beside those that they are about for several rows.
async fn many_rows() -> Vec<Recorded> {
    let scene = crate::scene::office().await;
    for (number, command) in all_commands().enumerate() {
        let open = json!({"open_case": {"case": format!("N{number}"), "definition": "D1", "creator": "maker"}});
        let grant = json!({"grant": {"on": format!("case:N{}", number / 2), "to": format!("user:u{number}")}});
        for line in [command, json!({"command": open}), json!({"actor": "user:oa", "command": grant})] {
            assert!(scene.apply(&line).await.refusal().is_none(), "{line}");
        }
    }
    scene.organization.events(Position(1)).await.expect("they can be read")
}

/// Until nothing more leaves.
fn all_leave(views: &mut Views, shelf: &Shelf) {
    // The first look forgets who was asked for.
    for _ in 0..2 {
        while !views.leave(2, |row| shelf.digest(row)).is_empty() {}
    }
}

#[tokio::test]
async fn eviction_and_loading_leave_the_views_the_same_through_fold_undo_settle_and_save() {
    let events = many_rows().await;
    let (mut left, mut back) = (0, 0);
    for seed in 0..20 {
        let shelf = Shelf::default();
        let mut views = Views::default();
        views.let_leave();
        let bring = |views: &mut Views, missing: &RowsMissing| shelf.bring(views, missing);
        let mut busy = Busy { views, bring: &bring, events: &events, head: 0, chance: Chance(seed) };
        let mut kept = Kept::default();
        while busy.head < events.len() {
            for _ in 0..busy.chance.below(5) {
                busy.go_on();
                left += busy.views.leave(1, |row| shelf.digest(row)).len();
            }
            let Some(cut) = busy.save(&mut kept) else { continue };
            shelf.put(&kept);
            all_leave(&mut busy.views, &shelf);
            // Loaded with all cases out, and one by one.
            let at = usize::try_from(cut.position().0).expect("a few");
            let mut loading = Loading::new(&kept.header).expect("it was saved here");
            loading.let_leave();
            assert_eq!(differences(&kept.load_by(loading), &folded(&events[..at])), NONE, "seed {seed}, cut at {at}");
        }
        busy.views.settle(busy.views.tip());
        all_leave(&mut busy.views, &shelf);
        let tip = usize::try_from(busy.views.tip().0).expect("a few");
        assert_eq!(shelf.differences(&mut busy.views, &folded(&events[..tip])), NONE, "seed {seed}");
        back += shelf.asked.load(Ordering::Relaxed);
    }
    assert!(left > 10 && back > 300, "{left} left on the way, {back} came back");
}

#[tokio::test]
async fn a_case_that_changed_since_the_checkpoint_is_not_evicted() {
    let events = history().await;
    // From here on no case is new, which would be another reason to stay.
    let opened = events.iter().rposition(|event| matches!(event.event, Event::CaseOpened(_)));
    let half = opened.expect("some are opened") + 1;
    let mut views = folded(&events[..half]);
    let shelf = Shelf::default();
    views.let_leave();
    assert!(views.leave(9, |_| 0).is_empty() && views.leave(9, |_| 0).is_empty(), "nothing was ever saved");
    let cut = views.cut(views.tip());
    let mut kept = Kept::default();
    kept.take(&views, &cut);
    shelf.put(&kept);
    // All the rest is about its cases, and lies above the head.
    events[half..].iter().for_each(|event| views.apply(event).expect("it fits"));
    all_leave(&mut views, &shelf);
    assert_eq!(views.whereabouts().cold, 0, "what lies above the head would be lost");
    views.settle(views.tip());
    all_leave(&mut views, &shelf);
    assert_eq!(views.whereabouts().cold, 0, "what the head has passed is saved by the next checkpoint");
    let cut = views.cut(views.tip());
    kept.take(&views, &cut);
    shelf.put(&kept);
    all_leave(&mut views, &shelf);
    assert_eq!(views.whereabouts().here, 0);
    assert_eq!(views.memory().cases, views.floor().cases, "and nothing of it is held");
    assert_eq!(shelf.differences(&mut views, &folded(&events)), NONE);
    assert_eq!(views.whereabouts().cold, 0, "all of it came back");
}
