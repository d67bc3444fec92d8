//! What a comparison of two folds finds, event by event.

use crate::scene::office;
use crate::undo::all_commands;
use caseward::events::{Position, Recorded, codec};
use caseward::projections::compare::{Difference, Projection};
use caseward::projections::{Replay, Views};
use serde_json::json;
use std::collections::BTreeSet;

async fn every_kind_of_event() -> Vec<Recorded> {
    let scene = office().await;
    let times = json!({"actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": "user:timed",
        "valid_from": "2020-01-01T00:00:00Z", "valid_until": "2020-02-01T00:00:00Z"}}});
    for command in all_commands().chain([times]) {
        assert!(scene.apply(&command).await.refusal().is_none(), "{command}");
    }
    scene.engine.events(&scene.organization, Position(1)).await.expect("they can be read")
}

#[tokio::test]
async fn what_any_event_changed_is_found_in_its_projection_and_with_its_position() {
    let events = every_kind_of_event().await;
    let (mut before, mut found) = (Views::default(), BTreeSet::new());
    for event in &events {
        let mut after = before.clone();
        after.apply(event).expect("it fits");
        let differences = after.differences(&before);
        let told: BTreeSet<Projection> = differences.iter().map(|difference| difference.projection).collect();
        // Its time, and an id that it names first, tell of every event; what it is about has to be told too.
        let about = |one: &Difference| ![Projection::Time, Projection::Ids].contains(&one.projection);
        let of_it = |one: &Difference| about(one) && one.positions == [event.position];
        assert!(differences.iter().any(of_it), "{event:?}: {differences:?}");
        assert!(told.contains(&Projection::Time) && told.contains(&Projection::Ledger), "{event:?}");
        found.extend(told);
        before = after;
    }
    assert_eq!(found, Projection::ALL.into_iter().collect());
    assert_eq!(before.differences(&before.clone()), []);
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
            rows.flat_map(|(table, row)| one.differing_projections(&whole, table, row)).collect::<BTreeSet<_>>()
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
        assert_eq!(one.differences(&whole), []);
    }
}

/// Folds events as a replay does, the cases apart from the rest or not.
fn replayed(from: Views, events: &[Recorded], apart: bool) -> Views {
    let encoded: Vec<Vec<u8>> = events.iter().map(codec::encode).collect();
    let mut replay = Replay::new(from);
    let mut cases = apart.then(|| replay.split());
    for (number, together) in encoded.chunks(7).enumerate() {
        let decoded = together.iter().map(|bytes| codec::decode_to_fold(bytes).expect("it was encoded"));
        replay.apply_all(&decoded.collect::<Vec<_>>()).expect("it fits");
        if let Some(half) = &mut cases {
            // Now and then late, as on another thread.
            replay.steps(number % 3 == 0).iter().for_each(|steps| half.make(steps));
        }
        // And now and then together again, as for a checkpoint.
        if let Some(mut half) = cases.take_if(|_| number % 5 == 4) {
            replay.steps(true).iter().for_each(|steps| half.make(steps));
            replay.join(half);
            assert_eq!(replay.unfinished().tip(), replay.tip());
            cases = Some(replay.split());
        }
    }
    if let Some(mut half) = cases {
        replay.steps(true).iter().for_each(|steps| half.make(steps));
        replay.join(half);
    }
    replay.finish()
}

#[tokio::test]
async fn cases_that_are_folded_apart_from_their_names_are_those_folded_together() {
    let events = every_kind_of_event().await;
    let whole = replayed(Views::default(), &events, false);
    assert_eq!(replayed(Views::default(), &events, true).differences(&whole), []);
    let head = whole.tip();
    for at in [4, 11, events.len() / 2, events.len() - 2] {
        let (before, after) = events.split_at(at);
        let saved = |apart| {
            let mut views = replayed(Views::default(), before, apart);
            // From here on it is marked what the next checkpoint has to write.
            views.cut(views.tip());
            let mut views = replayed(views, after, apart);
            let rows: Vec<_> = views.cut(head).rows().collect();
            (views, rows)
        };
        let ((together, rows), (apart, rows_apart)) = (saved(false), saved(true));
        assert_eq!(apart.differences(&together), [], "from {at} on");
        assert_eq!(apart.differences(&whole), [], "from {at} on");
        assert_eq!(rows_apart, rows, "from {at} on");
    }
}
