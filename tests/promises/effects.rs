//! What one command may come to: warnings, commits and events have limits, and beyond them a refusal harms nobody else.

use crate::scene::{Scene, office};
use caseward::engine::{
    Answer, Batch, EffectLimits, Engine, How, MemoryBound, Options, Organization, Outcome, Plan, Source, SystemClock,
};
use caseward::events::ask::actions_of;
use caseward::events::{Code, Event, OrganizationName, Position, Reference, Resource, Submission, Timestamp};
use caseward::projections::{AsOf, Question, Views, WhatPart};
use caseward::seams::NoCheckpoints;
use caseward::store::{MemoryStore, MemoryViews};
use serde_json::{Value, json};
use std::sync::Arc;

fn oa(command: Value) -> Value {
    json!({"actor": "user:oa", "command": command})
}

async fn accepted(scene: &Scene, command: Value) -> Value {
    let answer = scene.apply(&oa(command.clone())).await;
    assert!(answer.refusal().is_none(), "{command}: {:?}", answer.refusal());
    answer.to_json()
}

/// So many cases of `D1`, each with an entry for `user:ben`, who is on the list of the definition too.
async fn many_grants(scene: &Scene, cases: usize) {
    for number in 0..cases {
        let case = format!("N{number:03}");
        accepted(scene, json!({"open_case": {"case": case, "definition": "D1", "creator": "maker"}})).await;
        accepted(scene, json!({"grant": {"on": format!("case:{case}"), "to": "user:ben"}})).await;
    }
    accepted(scene, json!({"grant": {"on": "definition:D1", "to": "user:ben"}})).await;
}

#[tokio::test]
async fn a_warning_names_the_first_hundred_and_says_how_many_there_are() {
    let scene = office().await;
    many_grants(&scene, 103).await;
    for number in 0..102 {
        let group = format!("g{number:03}");
        accepted(&scene, json!({"add_member": {"group": group, "member": "user:ben"}})).await;
        accepted(&scene, json!({"grant": {"on": "organization", "to": format!("group:{group}")}})).await;
    }
    let mut revoke = oa(json!({"revoke": {"on": "definition:D1", "to": "user:ben"}}));
    revoke["id"] = json!("r1");
    let answer = scene.apply(&revoke).await.to_json();
    let [ineffective, survive] = &answer["warnings"].as_array().expect("there are some")[..] else {
        panic!("{}", answer["warnings"])
    };
    assert_eq!((&survive["code"], &survive["count"]), (&json!("grants_survive"), &json!(103)));
    let cases: Vec<_> = (0..100).map(|number| json!(format!("N{number:03}"))).collect();
    assert_eq!(survive["cases"], json!(cases));
    assert_eq!((&ineffective["code"], &ineffective["count"]), (&json!("ineffective"), &json!(102)));
    assert_eq!(ineffective["entries"].as_array().map(Vec::len), Some(100));
    let again = scene.apply(&revoke).await.to_json();
    assert_eq!((&again["replayed"], &again["warnings"]), (&json!(true), &answer["warnings"]));
}

/// An office where a commit may come to little.
async fn limited(limits: EffectLimits) -> Scene {
    let store = MemoryStore::new();
    let options = Options::new(Arc::new(NoCheckpoints), Arc::new(SystemClock)).limited(limits);
    let engine = Engine::open_with(Arc::new(store.clone()), options).await.expect("it opens");
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    let scene = Scene { engine, organization, store };
    for command in [
        json!({"appoint_org_admin": {"user": "oa"}}),
        json!({"create_definition": {"definition": "D1", "access_control": true}}),
        json!({"open_case": {"case": "C1", "definition": "D1", "creator": "maker"}}),
    ] {
        accepted(&scene, command).await;
    }
    scene
}

fn assign(activity: &str, many: usize) -> Value {
    let to: Vec<_> = (0..many).map(|number| format!("user:{activity}-{number}")).collect();
    json!({"assign_activity": {"case": "C1", "activity": activity, "to": to}})
}

fn restrict(entries: usize) -> Value {
    let entries: Vec<_> = (0..entries).map(|number| json!({"to": format!("user:u{number}")})).collect();
    json!({"restrict_case": {"case": "C1", "entries": entries}})
}

async fn sent(scene: &Scene, commands: &[Value], how: How) -> Vec<Option<Code>> {
    let lines = commands.iter().map(|command| oa(command.clone()).to_string());
    let submissions = lines.map(|line| Submission::parse(line.as_bytes())).collect();
    let answers = scene.organization.submit(Batch { submissions, how }).await.expect("memory does not fail");
    answers.iter().map(|answer: &Answer| answer.refusal().map(|refusal| refusal.code)).collect()
}

#[tokio::test]
async fn a_commit_at_a_limit_is_taken_and_one_above_it_is_refused_and_harms_nobody_beside_it() {
    let events = EffectLimits { commit_events: 5, ..EffectLimits::default() };
    let event_bytes = EffectLimits { event_bytes: 400, ..EffectLimits::default() };
    let commit_bytes = EffectLimits { commit_bytes: 900, ..EffectLimits::default() };
    for (limits, at, above) in [
        (events, assign("a", 4), assign("b", 5)),
        (event_bytes, restrict(5), assign("b", 40)),
        (commit_bytes, assign("a", 4), assign("b", 9)),
    ] {
        let scene = limited(limits).await;
        let other = |name: &str| json!({"add_member": {"group": "g", "member": format!("user:{name}")}});
        // Dry, alone, and among others: what is too large is refused, and nothing else is.
        let dry = How { dry_run: true, ..How::default() };
        assert_eq!(sent(&scene, std::slice::from_ref(&above), dry).await, [Some(Code::TooLarge)], "{limits:?}");
        let head = scene.organization.head();
        assert_eq!(sent(&scene, std::slice::from_ref(&above), How::default()).await, [Some(Code::TooLarge)]);
        assert_eq!((scene.organization.head(), scene.organization.at_head().tip()), (head, head), "{limits:?}");
        let mixed = [other("before"), above.clone(), other("behind")];
        assert_eq!(sent(&scene, &mixed, How::default()).await, [None, Some(Code::TooLarge), None], "{limits:?}");
        let atomic = How { atomic: true, ..How::default() };
        let whole = [other("one"), above, other("two")];
        let refused = Some(Code::BatchRefused);
        assert_eq!(sent(&scene, &whole, atomic).await, [refused, Some(Code::TooLarge), refused], "{limits:?}");
        assert_eq!(sent(&scene, &[other("one"), other("two")], atomic).await, [None, None], "{limits:?}");
        assert_eq!(sent(&scene, &[at], How::default()).await, [None], "{limits:?}");
        let again = Scene::over(scene.store.fork()).await;
        assert_eq!(again.organization.head(), scene.organization.head(), "what is stored can be read");
    }
}

#[tokio::test]
async fn a_revoke_succeeds_whatever_it_comes_to() {
    let scene =
        limited(EffectLimits { commit_events: 3, commit_bytes: 700, event_bytes: 350, ..EffectLimits::default() })
            .await;
    many_grants(&scene, 9).await;
    accepted(&scene, json!({"adopt_policy": {"definition_revoke_cascades": true}})).await;
    let revoked = accepted(&scene, json!({"revoke": {"on": "definition:D1", "to": "user:ben"}})).await;
    assert_eq!(revoked["events"].as_array().map(Vec::len), Some(10));
}

/// A history with cascades, each command a second after the one before it.
fn cascades() -> Vec<Value> {
    let grant = |on: &str, to: &str, access: &str| json!({"grant": {"on": on, "to": to, "access": access}});
    let revoke = |on: &str, to: &str| json!({"revoke": {"on": on, "to": to}});
    let open =
        |case: &str, definition: &str| json!({"open_case": {"case": case, "definition": definition, "creator": "m"}});
    let define = |definition: &str| json!({"create_definition": {"definition": definition, "access_control": true}});
    let policy = json!({"adopt_policy": {"definition_revoke_cascades": true}});
    let mut all = vec![json!({"appoint_org_admin": {"user": "oa"}}), policy, define("D1"), define("D2")];
    all.extend(["A", "B", "C", "E"].map(|case| open(case, "D1")));
    all.extend(["F", "G"].map(|case| open(case, "D2")));
    all.extend([
        json!({"add_member": {"group": "g", "member": "user:ben"}}),
        json!({"add_member": {"group": "g", "member": "user:eve"}}),
        json!({"delegate": {"delegation": "d", "from": "user:ben", "to": "user:ann"}}),
        grant("definition:D1", "user:ben", "read"),
        grant("definition:D1", "group:g", "read"),
        grant("case:A", "user:ben", "write"),
        json!({"grant": {"on": "case:B", "to": "user:ben", "valid_from": "2020-01-01T00:00:10Z",
                         "valid_until": "2020-01-01T00:00:40Z"}}),
        grant("case:C", "group:g", "write"),
        grant("case:A", "group:g", "read"),
        grant("case:F", "user:ben", "write"),
        json!({"restrict_case": {"case": "E", "entries": [{"to": "user:ben"}]}}),
        grant("case:E", "user:ben", "write"),
        revoke("definition:D1", "user:ben"),
        json!({"lift_restriction": {"case": "E"}}),
        json!({"update_grant": {"on": "case:A", "to": "user:ben", "access": "read"}}),
        revoke("case:A", "user:ben"),
        grant("case:A", "user:ben", "read"),
        grant("definition:D1", "user:ben", "write"),
        json!({"add_person": {"case": "B", "field": "owner", "person": "user:ben"}}),
        json!({"assign_activity": {"case": "C", "activity": "x", "to": ["user:ben"]}}),
        revoke("definition:D1", "user:ben"),
        revoke("definition:D1", "user:ben"),
        grant("case:B", "user:ben", "write"),
        revoke("definition:D1", "group:g"),
        grant("case:C", "group:g", "read"),
        json!({"adopt_policy": {"definition_revoke_cascades": false}}),
        grant("definition:D1", "user:ben", "read"),
        revoke("definition:D1", "user:ben"),
    ]);
    all
}

fn instant(second: usize) -> Timestamp {
    format!("2020-01-01T00:00:{second:02}Z").parse().expect("an instant")
}

async fn cascading(cascade_cases: usize, store: MemoryStore, views: MemoryViews) -> (Engine, Organization) {
    let limits = EffectLimits { cascade_cases, ..EffectLimits::default() };
    let options = Options::new(Arc::new(views), Arc::new(SystemClock)).limited(limits);
    let options = options.within(Some(MemoryBound::of_bytes(0)));
    let engine = Engine::open_with(Arc::new(store), options).await.expect("it opens");
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    (engine, organization)
}

/// What an answer says, without the positions, which are others where a cascade is one event.
fn without_positions(mut answer: Value) -> Value {
    match &mut answer {
        Value::Array(all) => all.iter_mut().for_each(|one| *one = without_positions(one.take())),
        Value::Object(fields) => {
            let positions =
                ["position", "events", "causes", "reasons", "set_aside", "opened_by", "closed_by", "from", "to"];
            // Of intervals, bounds are instants.
            let kept = |name: &str, value: &Value| !positions.contains(&name) || value.is_string();
            fields.retain(|name, value| kept(name, value));
            fields.iter_mut().for_each(|(_, value)| *value = without_positions(value.take()));
        }
        _ => {}
    }
    answer
}

/// Everything about everybody, as of an instant.
async fn answers(organization: &Organization, second: usize) -> Vec<Value> {
    let reader = organization.reader(AsOf::Instant(instant(second)), None).await.expect("it can be asked");
    let resources = ["case:A", "case:B", "case:C", "case:E", "case:F", "case:G", "definition:D1", "organization"];
    let mut all = Vec::new();
    for resource in resources.map(|one| one.parse::<Resource>().expect("a resource")) {
        for &action in actions_of(&resource) {
            all.push(json!(reader.who(action, &resource).await.expect("it can be asked")));
            for user in ["user:ben", "user:eve", "user:ann", "user:m", "user:oa", "user:nobody"] {
                let subject = user.parse().expect("an asker");
                let question = Question::new(subject, action, resource.clone());
                all.push(json!(reader.check(&question).await.expect("it can be asked")));
                let access = reader.access(&question, Some(AsOf::Position(Position(1))), None).await;
                all.push(json!(access.ok().map(|access| access.intervals)));
                let what = reader.what(&question.subject, action, WhatPart::default()).await;
                all.push(json!(what.expect("it can be asked").answer));
            }
        }
    }
    let before = second.checked_sub(3);
    for of in ["user:ben", "case:A", "organization"].into_iter().filter(|_| before.is_some()) {
        let of: Reference = of.parse().expect("a reference");
        let diff = reader.diff(&of, AsOf::Instant(instant(before.unwrap_or_default()))).await.expect("it can be asked");
        let mut diff = json!(diff);
        diff.as_object_mut().expect("an object").remove("by_cause");
        all.push(diff);
    }
    all.into_iter().map(without_positions).collect()
}

#[tokio::test]
async fn a_cascade_that_is_one_event_gives_the_answers_of_one_event_for_each_case_at_every_instant() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let (_, one_by_one) = cascading(1_000, MemoryStore::new(), MemoryViews::new()).await;
    let (engine, at_once) = cascading(0, store.clone(), views.clone()).await;
    let all = cascades();
    for (second, command) in all.iter().enumerate() {
        let line = json!({"id": format!("c{second}"), "time": instant(second).to_string(), "actor": "user:oa",
                          "command": command});
        let send = async |organization: &Organization, dry_run: bool| {
            let how = How { source: Source::Import, dry_run, ..How::default() };
            let answers = organization.submit(Batch::one(line.to_string().as_bytes(), how)).await;
            let mut answer = answers.expect("memory does not fail").remove(0).to_json();
            if dry_run {
                answer = json!([answer["status"], answer["changes"], answer["changes_count"]]);
            }
            without_positions(answer)
        };
        for dry_run in [true, false] {
            let (one, two) = (send(&one_by_one, dry_run).await, send(&at_once, dry_run).await);
            assert_eq!(one, two, "{command}, dry: {dry_run}");
        }
        // Cases are evicted now and then, and come back as they were.
        if second % 5 == 0 {
            engine.checkpoint().await.expect("it is saved");
            engine.hold_to_bound().await.expect("it runs");
        }
    }
    let swept = |events: &[caseward::events::Recorded]| {
        events.iter().filter(|recorded| matches!(recorded.event, Event::GrantsRevoked(_))).count()
    };
    let events = at_once.events(Position(1)).await.expect("they can be read");
    assert_eq!(swept(&events), 3, "the cascades that there are");
    assert_eq!(swept(&one_by_one.events(Position(1)).await.expect("they can be read")), 0);
    let plan = Plan::default();
    let rebuilt = at_once.rebuild(plan).await.expect("it folds");
    assert_eq!((rebuilt.differences, rebuilt.outcome), (Vec::new(), Outcome::Swapped));
    engine.checkpoint().await.expect("it is saved");
    let (_, again) = cascading(0, store.fork(), views.fork()).await;
    for second in 0..all.len() {
        let expected = answers(&one_by_one, second).await;
        for organization in [&at_once, &again] {
            for (one, two) in answers(organization, second).await.iter().zip(&expected) {
                assert_eq!(one, two, "at second {second}");
            }
        }
    }
    // Undone and done again, from every position.
    let whole = folded(&events);
    for to in 0..events.len() {
        let mut views = whole.clone();
        events[to..].iter().rev().for_each(|event| views.truncate(Position(event.position.0 - 1)));
        let there = folded(&events[..to]);
        assert_eq!(views.ask(|views| views.differences(&there)).expect("all is in memory"), [], "back to {to}");
    }
}

/// Nothing of it is settled.
fn folded(events: &[caseward::events::Recorded]) -> Views {
    let mut views = Views::default();
    events.iter().for_each(|event| views.apply(event).expect("it fits"));
    views
}

#[tokio::test]
async fn a_cascade_over_more_cases_than_are_revoked_one_by_one_is_one_event_and_a_short_answer() {
    let scene = limited(EffectLimits { cascade_cases: 20, ..EffectLimits::default() }).await;
    many_grants(&scene, 20).await;
    accepted(&scene, json!({"adopt_policy": {"definition_revoke_cascades": true}})).await;
    let revoke = json!({"revoke": {"on": "definition:D1", "to": "user:ben"}});
    let revoked = accepted(&scene, revoke.clone()).await;
    assert_eq!(revoked["events"].as_array().map(Vec::len), Some(21));
    accepted(&scene, json!({"open_case": {"case": "O", "definition": "D1", "creator": "maker"}})).await;
    accepted(&scene, json!({"grant": {"on": "case:O", "to": "user:ben"}})).await;
    accepted(&scene, json!({"grant": {"on": "definition:D1", "to": "user:ben"}})).await;
    let mut revoke = oa(revoke);
    revoke["id"] = json!("again");
    let revoked = scene.apply(&revoke).await.to_json();
    assert_eq!(revoked["events"].as_array().map(Vec::len), Some(1));
    assert_eq!(revoked["events"][0]["type"], "grants_revoked");
    // Sent again it answers as the first time, and exported it is the command that it was.
    assert_eq!(scene.apply(&revoke).await.to_json()["replayed"], true);
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked");
    let (ben, case) = ("user:ben".parse().expect("an asker"), "case:O".parse().expect("a resource"));
    assert!(reader.rights(&ben, &case).await.expect("it can be asked").rights.is_empty());
}
