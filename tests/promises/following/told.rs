//! Over histories: what is told is what is so, and what `diff` finds between any two steps.

use super::*;
use caseward::events::answer::Change;
use caseward::events::ask::AsOf;
use caseward::events::{Reference, Rights, UserId};
use serde_json::{Value, json};

#[tokio::test]
async fn whoever_puts_together_what_was_told_knows_what_everybody_holds_at_every_step() {
    let mut compared = 0;
    for (name, lines) in histories() {
        let scene = with(&lines).await;
        let organization = &scene.organization;
        let resources = resources(organization).await;
        let mut folded = Folded::default();
        for (id, told) in steps(&mut from(organization, FeedId::default()), organization).await {
            told.iter().for_each(|told| folded.put(told));
            assert_eq!(folded, truth(organization, &resources, id).await, "{name} at {id}: {told:?}");
            compared += folded.held.len();
        }
    }
    assert!(compared > 10_000, "{compared}");
}

/// What `diff` is asked for the moment of a step; none where no question has that moment.
fn as_of(id: FeedId, organization: &Organization) -> Option<AsOf> {
    let Some(at) = id.at else { return Some(AsOf::Position(id.position)) };
    let views = organization.at_head();
    (views.timeline.resolve(at, Pos32::LATEST) == Pos32::from(id.position)).then_some(AsOf::Instant(at))
}

fn of(resource: &Resource) -> Reference {
    resource.to_string().parse().expect("a resource is a reference")
}

fn without_causes(value: &Value) -> Value {
    json!([value["subject"], value["resource"], value["before"], value["after"]])
}

/// The lists of an answer as one.
fn changes(answer: &impl serde::Serialize) -> Vec<Value> {
    let answer = serde_json::to_value(answer).expect("it is JSON");
    let lists = ["gained", "lost", "changed"].map(|list| answer[list].as_array().expect("a list").clone());
    let mut all = lists.concat();
    all.sort_by_key(Value::to_string);
    all
}

#[tokio::test]
async fn each_message_has_the_changes_and_the_causes_of_diff_from_the_step_before() {
    let (mut compared, mut windows) = (0, 0);
    for (name, lines) in histories() {
        let scene = with(&lines).await;
        let organization = &scene.organization;
        let resources = resources(organization).await;
        let mut before = FeedId::default();
        for (id, told) in steps(&mut from(organization, FeedId::default()), organization).await {
            let bounds = (as_of(before, organization), as_of(id, organization));
            before = id;
            let (Some(from), Some(to)) = bounds else { continue };
            let reader = organization.reader(to, None).await.expect("it can be asked");
            let mut found = Vec::new();
            for resource in resources.iter().filter(|resource| **resource != Resource::Organization) {
                if reader.exists(resource).await.expect("memory does not fail") {
                    let of = of(resource);
                    found.extend(changes(&reader.diff(&of, from).await.expect("it can be asked")));
                }
            }
            found.sort_by_key(Value::to_string);
            let mut told = told.map_or_else(Vec::new, |told| changes(&*told));
            told.retain(|change| change["resource"] != "organization");
            windows += told.iter().filter(|change| change["causes"][0]["window"] != Value::Null).count();
            compared += told.len();
            assert_eq!(told, found, "{name} at {id}");
        }
    }
    assert!(compared > 1_000 && windows > 20, "{compared} {windows}");
}

#[tokio::test]
async fn between_any_two_steps_what_was_told_comes_to_what_diff_finds() {
    let (mut dice, mut compared) = (7_u64, 0);
    for (name, lines) in histories() {
        let scene = with(&lines).await;
        let organization = &scene.organization;
        let (mut states, mut folded) = (vec![(FeedId::default(), Folded::default())], Folded::default());
        for (id, told) in steps(&mut from(organization, FeedId::default()), organization).await {
            told.iter().for_each(|told| folded.put(told));
            states.push((id, folded.clone()));
        }
        let resources = resources(organization).await;
        for _ in 0..40 {
            let mut draw = |below: usize| {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                usize::try_from(dice >> 33).expect("31 bits") % below
            };
            let (one, other) = (draw(states.len()), draw(states.len()));
            let ((first, before), (last, after)) = (&states[one.min(other)], &states[one.max(other)]);
            let resource = &resources[draw(resources.len())];
            let (Some(from), Some(to)) = (as_of(*first, organization), as_of(*last, organization)) else { continue };
            let reader = organization.reader(to, None).await.expect("it can be asked");
            let is_there = reader.exists(resource).await.expect("memory does not fail");
            if moment(*first, organization) == moment(*last, organization)
                || *resource == Resource::Organization
                || !is_there
            {
                continue;
            }
            let found = reader.diff(&of(resource), from).await.expect("it can be asked");
            let found: Vec<Value> = changes(&found).iter().map(without_causes).collect();
            let known = users(organization, first.position);
            let on = resource.to_string();
            let mut expected = Vec::new();
            for user in users(organization, last.position) {
                let held = |folded: &Folded, user: &Asker| folded.held.get(&(user.to_string(), on.clone())).cloned();
                // Whoever was not named held what everybody did.
                let before =
                    if known.contains(&user) { held(before, &user) } else { before.everyone.get(&on).cloned() };
                let (before, after) = (before.unwrap_or_default(), held(after, &user).unwrap_or_default());
                if before != after {
                    expected.push(json!([user.to_string(), on, before, after]));
                }
            }
            compared += expected.len();
            let sorted = |mut all: Vec<Value>| {
                all.sort_by_key(Value::to_string);
                all
            };
            assert_eq!(sorted(found), sorted(expected), "{name}: {on} from {first} to {last}");
        }
    }
    assert!(compared > 300, "{compared}");
}

#[tokio::test]
async fn a_feed_goes_on_behind_every_id_as_if_it_had_not_been_left() {
    for (name, lines) in histories() {
        let scene = with(&lines).await;
        let organization = &scene.organization;
        let told = all(from(organization, FeedId::default()), organization).await;
        // In long histories some will do.
        let some = told.len() / 60 + 1;
        for (index, message) in told.iter().enumerate().step_by(some) {
            let id = message.id.to_string().parse().expect("it is an id");
            let again = all(from(organization, id), organization).await;
            assert_eq!(again, told[index + 1..], "{name} behind {id}");
        }
    }
}

#[tokio::test]
async fn a_filter_leaves_of_each_message_what_it_asks_for() {
    let mut left = 0;
    for (name, lines) in histories() {
        let scene = with(&lines).await;
        let organization = &scene.organization;
        let told = all(from(organization, FeedId::default()), organization).await;
        let (resources, users) = (resources(organization).await, users(organization, organization.head()));
        let user = |index: usize| match users.get(index % users.len().max(1)) {
            Some(Asker::User(user)) => Some(user.clone()),
            _ => None::<UserId>,
        };
        let resource = |index: usize| Some(resources[index % resources.len()].clone());
        let (none, read) = (ChangeFilter::default, Some(Action::Read));
        for filter in [
            ChangeFilter { subject: user(1), ..none() },
            ChangeFilter { subject: user(3), resource: resource(0), ..none() },
            ChangeFilter { resource: resource(2), ..none() },
            ChangeFilter { action: read, ..none() },
            ChangeFilter { subject: user(2), action: read, ..none() },
        ] {
            let filtered = organization.follow_changes(FeedId::default(), filter.clone()).expect("it can be followed");
            let filtered = all(filtered, organization).await;
            let expected: Vec<_> = told.iter().filter_map(|told| only(organization, &filter, told)).collect();
            left += expected.iter().map(|told| told.items().count()).sum::<usize>();
            assert_eq!(filtered.iter().map(|told| (**told).clone()).collect::<Vec<_>>(), expected, "{name} {filter:?}");
        }
    }
    assert!(left > 1_000, "{left}");
}

/// A message with what a filter asks for, if there is anything.
fn only(organization: &Organization, filter: &ChangeFilter, told: &AccessChanges) -> Option<AccessChanges> {
    let mut told = told.clone();
    let known = users(organization, told.from.position);
    let of = Rights::of;
    let is_on = |resource: &Resource| filter.resource.as_ref().is_none_or(|wanted| wanted == resource);
    let is_of = |subject: &Asker| filter.subject.as_ref().is_none_or(|wanted| *subject == Asker::User(wanted.clone()));
    let turns = |before: &[Action], after: &[Action]| {
        filter.action.is_none_or(|action| of(before).has(action) != of(after).has(action))
    };
    for list in [&mut told.gained, &mut told.lost, &mut told.changed] {
        // Of a user who is named for the first time, what did not change as to the action is held still.
        let is_still = |one: &Change| !known.contains(&one.subject) && !turns(&one.before, &one.after);
        let still =
            list.iter().filter(|one| is_still(one)).map(|one| Change { events: vec![], causes: vec![], ..one.clone() });
        told.named.extend(still);
        list.retain(|one| is_on(&one.resource) && is_of(&one.subject) && turns(&one.before, &one.after));
    }
    told.named.retain(|one| {
        is_on(&one.resource) && is_of(&one.subject) && filter.action.is_none_or(|action| of(&one.before).has(action))
    });
    told.named.sort_by_key(|one| (one.subject.to_string(), one.resource.to_string()));
    told.everyone.retain(|one| is_on(&one.resource) && turns(&one.before, &one.after));
    (!told.is_empty()).then_some(told)
}
