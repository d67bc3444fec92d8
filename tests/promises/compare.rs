//! What a comparison of two folds finds, event by event.

use crate::scene::office;
use crate::undo::all_commands;
use caseward::events::{Position, Recorded, codec};
use caseward::projections::{Projection, Replay, ViewDifference, Views};
use serde_json::json;
use std::collections::BTreeSet;

async fn every_kind_of_event() -> Vec<Recorded> {
    let scene = office().await;
    let times = json!({"actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": "user:timed",
        "valid_from": "2020-01-01T00:00:00Z", "valid_until": "2020-02-01T00:00:00Z"}}});
    for command in all_commands().chain([times]) {
        assert!(scene.apply(&command).await.refusal().is_none(), "{command}");
    }
    scene.organization.events(Position(1)).await.expect("they can be read")
}

fn differences(one: &Views, two: &Views) -> Vec<ViewDifference> {
    one.ask(|one| one.differences(two)).expect("all is in memory")
}

#[tokio::test]
async fn what_any_event_changed_is_found_in_its_projection_and_with_its_position() {
    let events = every_kind_of_event().await;
    let (mut before, mut found) = (Views::default(), BTreeSet::new());
    for event in &events {
        let mut after = before.clone();
        after.apply(event).expect("it fits");
        let differences = differences(&after, &before);
        let told: BTreeSet<Projection> = differences.iter().map(|difference| difference.projection).collect();
        // Its time, and an id that it names first, tell of every event; what it is about has to be told too.
        let about = |one: &ViewDifference| ![Projection::Time, Projection::Ids].contains(&one.projection);
        let of_it = |one: &ViewDifference| about(one) && one.positions == [event.position];
        assert!(differences.iter().any(of_it), "{event:?}: {differences:?}");
        assert!(told.contains(&Projection::Time) && told.contains(&Projection::Ledger), "{event:?}");
        found.extend(told);
        before = after;
    }
    assert_eq!(found, Projection::ALL.into_iter().collect());
    assert_eq!(differences(&before, &before.clone()), []);
}

#[tokio::test]
async fn any_projection_that_is_exchanged_takes_its_differences_along() {
    let events = every_kind_of_event().await;
    let folded = |count: usize| {
        let mut views = Views::default();
        events[..count].iter().for_each(|event| views.apply(event).expect("it fits"));
        views
    };
    let (short, whole) = (folded(3), folded(events.len()));
    for projection in Projection::ALL {
        let (mut one, mut other) = (short.clone(), whole.clone());
        let differs = |one: &Views| {
            let rows = one.all_rows(&whole);
            let differing = |(table, row)| one.ask(|one| one.differing_projections(&whole, table, row));
            rows.flat_map(|row| differing(row).expect("all is in memory")).collect::<BTreeSet<_>>()
        };
        let before = differs(&one);
        assert!(before.contains(&projection), "{projection}");
        one.exchange(&mut other, &[projection]);
        let after = differs(&one);
        let gone: Vec<_> = before.difference(&after).collect();
        assert_eq!(gone, [&projection]);
        // And back again.
        one.exchange(&mut other, &[projection]);
        assert_eq!(differs(&one), before);
        one.exchange(&mut other, &Projection::ALL);
        assert_eq!(differences(&one, &whole), []);
    }
}

/// Folds events as a replay does: some together, and now and then a look at what there is, as for a checkpoint.
fn replayed(from: Views, events: &[Recorded]) -> Views {
    let encoded: Vec<Vec<u8>> = events.iter().map(codec::encode).collect();
    let mut replay = Replay::new(from);
    for together in encoded.chunks(7) {
        let decoded = together.iter().map(|bytes| codec::decode_to_fold(bytes).expect("it was encoded"));
        replay.apply_all(&decoded.collect::<Vec<_>>()).expect("it fits");
        assert_eq!(replay.unfinished().tip(), replay.tip());
    }
    replay.finish()
}

#[tokio::test]
async fn a_log_that_is_replayed_ends_in_the_views_that_applying_each_event_ends_in() {
    let events = every_kind_of_event().await;
    let applied = |mut views: Views, events: &[Recorded]| {
        events.iter().for_each(|event| views.apply(event).expect("it fits"));
        views
    };
    let whole = applied(Views::default(), &events);
    assert_eq!(differences(&replayed(Views::default(), &events), &whole), []);
    let head = whole.tip();
    for at in [4, 11, events.len() / 2, events.len() - 2] {
        let (before, after) = events.split_at(at);
        let saved = |fold: &dyn Fn(Views, &[Recorded]) -> Views| {
            let mut views = fold(Views::default(), before);
            // From here on it is marked what the next checkpoint has to write.
            views.cut(views.tip());
            let mut views = fold(views, after);
            let rows: Vec<_> = views.cut(head).rows().collect();
            (views, rows)
        };
        let ((one_by_one, rows), (together, rows_together)) = (saved(&applied), saved(&replayed));
        assert_eq!(differences(&together, &one_by_one), [], "from {at} on");
        assert_eq!(differences(&together, &whole), [], "from {at} on");
        assert_eq!(rows_together, rows, "from {at} on");
    }
}
