//! What a comparison of two folds finds, event by event.

use crate::scene::office;
use crate::undo::all_commands;
use caseward::events::{Position, Recorded};
use caseward::projections::Views;
use caseward::projections::compare::{Difference, Projection};
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
