//! What happened to a case is found without going through the log, and is what the log says.

use crate::checkpoint::{Kept, folded, history};
use crate::scene::office;
use crate::undo::all_commands;
use caseward::engine::Page;
use caseward::events::{CaseId, Event, Position, Query, Recorded, Reference, Resource};
use caseward::projections::{AsOf, Pos32, Target, Views};
use std::collections::BTreeSet;

fn cases(events: &[Recorded]) -> BTreeSet<CaseId> {
    let opened = |recorded: &Recorded| match &recorded.event {
        Event::CaseOpened(event) => Some(event.case.clone()),
        _ => None,
    };
    events.iter().filter_map(opened).collect()
}

/// As far as the log goes.
fn naming<'a>(events: &'a [Recorded], case: &CaseId) -> impl Iterator<Item = &'a Recorded> + use<'a> {
    let case = Reference::Case(case.clone());
    events.iter().filter(move |recorded| recorded.event.concerns(&case))
}

fn found(views: &Views, case: &CaseId, up_to: u64) -> Vec<Position> {
    let place = Pos32::from(Position(up_to));
    let found = views.ask(|views| match views.target(&Resource::Case(case.clone()), place) {
        Some(Target::Case(case)) => views.events_of_case(case, place),
        _ => Vec::new(),
    });
    found.expect("all cases are in memory")
}

#[tokio::test]
async fn every_event_that_names_a_case_is_found_without_the_log_at_every_position() {
    let events = history().await;
    let mut views = folded(&events);
    let cut = views.cut(views.tip());
    let mut kept = Kept::default();
    kept.take(&views, &cut);
    let loaded = kept.load();
    let mut checked = 0;
    for case in cases(&events) {
        for up_to in 0..=events.len() {
            let right: Vec<Position> = naming(&events[..up_to], &case).map(|recorded| recorded.position).collect();
            let undone = {
                let mut undone = folded(&events[..up_to / 2]);
                events[up_to / 2..].iter().for_each(|event| undone.apply(event).expect("it fits"));
                undone.truncate(Position(up_to as u64));
                undone
            };
            for views in [&views, &loaded, &undone] {
                let found = found(views, &case, up_to as u64);
                assert!(found.is_sorted_by(|one, next| one < next), "each once");
                let is_named = |at: &Position| right.binary_search(at).is_ok();
                let named: Vec<Position> = found.iter().copied().filter(is_named).collect();
                assert_eq!(named, right, "case:{case} up to {up_to}");
                assert!(found.last().is_none_or(|last| last.0 <= up_to as u64));
            }
            checked += right.len();
        }
    }
    assert!(checked > 100, "{checked}");
}

#[tokio::test]
async fn the_history_of_a_case_is_what_names_it_in_the_log_in_pages_too() {
    let scene = office().await;
    for command in all_commands() {
        scene.apply(&command).await;
    }
    let events = scene.organization.events(Position(1)).await.expect("it can be read");
    for case in cases(&events) {
        for up_to in [1, events.len() / 2, events.len()] {
            let reader = scene.organization.reader(AsOf::Position(Position(up_to as u64)), None).await;
            let reader = reader.expect("it is below the head");
            let right: Vec<Recorded> = naming(&events[..up_to], &case).cloned().collect();
            let of = Reference::Case(case.clone());
            for limit in [1, 3, usize::MAX] {
                let (mut found, mut page) = (Vec::new(), Page { limit: Some(limit), ..Page::default() });
                loop {
                    let next = reader.history(&of, &Query::default(), page).await.expect("it can be read");
                    let Some(last) = next.last() else { break };
                    page.after = last.position;
                    found.extend(next);
                }
                assert_eq!(found, right, "case:{case} up to {up_to}, {limit} at once");
            }
        }
    }
}
