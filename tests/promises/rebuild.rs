//! A rebuild folds from zero beside the live views, compares and swaps; what was spoiled is found.

use crate::scene::office;
use caseward::engine::store::OrganizationNumber;
use caseward::events::event::GrantUpdated;
use caseward::events::{Event, Position, Rights, codec};
use caseward::projections::compare::Projection;
use serde_json::json;

#[tokio::test]
async fn equal_projections_are_swapped_one_or_all() {
    let scene = office().await;
    for projections in [&[Projection::CaseAccess][..], &Projection::ALL] {
        let rebuilt = scene.engine.rebuild(&scene.organization, projections, &mut |_| {}).await.expect("it folds");
        assert_eq!((rebuilt.position, rebuilt.differences), (scene.organization.head(), Vec::new()));
    }
    // The swapped views go on taking commands.
    let grant = json!({"actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": "user:a"}}});
    assert!(scene.apply(&grant).await.refusal().is_none());
}

#[tokio::test]
async fn a_row_that_was_spoiled_is_found_and_the_live_views_stay() {
    let scene = office().await;
    let grant = json!({"actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": "user:ana"}}});
    scene.apply(&grant).await;
    let head = scene.organization.head();
    let mut spoiled = scene.engine.event(&scene.organization, head).await.expect("it reads").expect("it is there");
    let Event::AccessGranted(granted) = &mut spoiled.event else { panic!("{spoiled:?}") };
    granted.rights = Rights::WRITE;
    scene.store.replace(OrganizationNumber::DEFAULT, head, codec::encode(&spoiled));
    let rebuilt = scene.engine.rebuild(&scene.organization, &Projection::ALL, &mut |_| {}).await.expect("it folds");
    let [difference] = rebuilt.differences.as_slice() else { panic!("{rebuilt:?}") };
    assert_eq!((difference.projection, difference.of.as_str()), (Projection::CaseAccess, "case:C1"));
    assert_ne!(difference.live, difference.rebuilt);
    let others = [Projection::Directory, Projection::DefinitionAccess, Projection::Policy, Projection::Ledger];
    let rebuilt = scene.engine.rebuild(&scene.organization, &others, &mut |_| {}).await.expect("it folds");
    assert_eq!(rebuilt.differences, Vec::new());
}

#[tokio::test]
async fn an_event_that_does_not_fit_is_corruption_with_its_position() {
    let scene = office().await;
    let mut spoiled =
        scene.engine.event(&scene.organization, Position(3)).await.expect("it reads").expect("it is there");
    spoiled.event = GrantUpdated {
        on: "case:nobody-opened-it".parse().expect("a list"),
        to: "user:a".parse().expect("a subject"),
        rights: Rights::READ,
        valid_from: None,
        valid_until: None,
        origin: None,
    }
    .into();
    spoiled.stream_version = 1;
    scene.store.replace(OrganizationNumber::DEFAULT, Position(3), codec::encode(&spoiled));
    let failed = scene.engine.rebuild(&scene.organization, &Projection::ALL, &mut |_| {}).await;
    let failed = failed.expect_err("it names a case that does not exist");
    let causes: Vec<_> =
        std::iter::successors(Some(&failed as &dyn std::error::Error), |error| error.source()).collect();
    let told = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    assert!(told.contains("event 3 names `case:nobody-opened-it`"), "{told}");
}
