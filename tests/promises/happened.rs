//! What happened to a thing is found without going through the log, and is what the log says.

use crate::checkpoint::{Kept, folded, history};
use crate::scene::{Scene, office};
use crate::undo::all_commands;
use caseward::engine::report::{About, ReportQuery};
use caseward::engine::timeline::TimelineQuery;
use caseward::engine::{Batch, How, Page};
use caseward::events::{Event, Position, Query, Recorded, Reference, Resource, Stream, Submission, Timestamp};
use caseward::integrity::signing::{SigningKeys, verifier};
use caseward::projections::{AsOf, NamingWalk, Question, Views};
use caseward::proof::check;
use caseward::proof::make::Maker;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Everything that events name, whatever it is: each text of an event is tried as each kind of thing.
fn things(events: &[Recorded]) -> Vec<Reference> {
    let mut found = BTreeMap::new();
    let mut put = |text: &str| {
        let kinds = ["user", "group", "definition", "case", "profile", "item", "task", "link"];
        let tried = kinds.map(|kind| format!("{kind}:{text}"));
        for text in tried.iter().map(String::as_str).chain([text]) {
            if let Ok(reference) = text.parse::<Reference>() {
                found.insert(reference.to_string(), reference);
            }
        }
    };
    events.iter().for_each(|recorded| texts(&recorded.event.fields(), &mut put));
    let is_named = |one: &Reference| events.iter().any(|recorded| recorded.event.concerns(one));
    found.into_values().filter(is_named).collect()
}

fn streams(events: &[Recorded]) -> Vec<Stream> {
    let named: BTreeMap<String, Stream> =
        events.iter().map(|recorded| (recorded.stream().to_string(), recorded.stream())).collect();
    named.into_values().collect()
}

fn texts(value: &Value, put: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => put(text),
        Value::Array(all) => all.iter().for_each(|one| texts(one, put)),
        Value::Object(all) => all.values().for_each(|one| texts(one, put)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn kind(reference: &Reference) -> String {
    reference.to_string().split(':').next().unwrap_or_default().to_owned()
}

/// As far as the log goes.
fn naming<'a>(events: &'a [Recorded], of: &'a Reference) -> impl Iterator<Item = &'a Recorded> + use<'a> {
    events.iter().filter(move |recorded| recorded.event.concerns(of))
}

fn walked(views: &Views, walk: Option<NamingWalk>) -> Vec<Position> {
    let Some(mut walk) = walk else { return Vec::new() };
    while let Some(step) = views.ask(|views| walk.step(views)).expect("all cases are in memory") {
        walk.take(step);
    }
    walk.finish()
}

/// Those of the positions that are right, which must be all of them.
fn assert_found(found: &[Position], right: &[Position], up_to: u64, what: &str) {
    assert!(found.is_sorted_by(|one, next| one < next), "each once");
    let is_right = |at: &Position| right.binary_search(at).is_ok();
    let kept: Vec<Position> = found.iter().copied().filter(is_right).collect();
    assert_eq!(kept, right, "{what} up to {up_to}");
    assert!(found.last().is_none_or(|last| last.0 <= up_to), "{what}: nothing above {up_to}");
}

#[tokio::test]
async fn every_event_that_names_a_thing_is_found_without_the_log_at_every_position() {
    let events = history().await;
    let mut views = folded(&events);
    let cut = views.cut(views.tip());
    let mut kept = Kept::default();
    kept.take(&views, &cut);
    let loaded = kept.load();
    let (mut checked, things) = (BTreeMap::<String, usize>::new(), things(&events));
    for up_to in 0..=events.len() {
        let undone = {
            let mut undone = folded(&events[..up_to / 2]);
            events[up_to / 2..].iter().for_each(|event| undone.apply(event).expect("it fits"));
            undone.truncate(Position(up_to as u64));
            undone
        };
        let place = Position(up_to as u64);
        for views in [&views, &loaded, &undone] {
            for of in things.iter().filter(|of| **of != Reference::Organization) {
                let right: Vec<Position> = naming(&events[..up_to], of).map(|recorded| recorded.position).collect();
                let found = walked(views, NamingWalk::of(views, of, place.into()));
                assert_found(&found, &right, place.0, &of.to_string());
                *checked.entry(kind(of)).or_default() += right.len();
            }
            for stream in streams(&events) {
                let is_in_it = |recorded: &&Recorded| recorded.event.stream() == stream;
                let right: Vec<Position> = events[..up_to].iter().filter(is_in_it).map(|one| one.position).collect();
                let found = walked(views, NamingWalk::of_stream(views, &stream, place.into()));
                assert_found(&found, &right, place.0, &stream.to_string());
                if stream == Stream::Organization {
                    *checked.entry("organization".to_owned()).or_default() += right.len();
                }
            }
        }
    }
    let kinds = ["case", "definition", "group", "item", "link", "organization", "profile", "task", "user"];
    assert_eq!(checked.keys().collect::<Vec<_>>(), kinds.each_ref().map(|kind| *kind));
    assert!(checked.values().all(|checked| *checked > 100), "{checked:?}");
}

/// A history in which everything happens, behind more events than are read at once: short stretches are read as they are.
async fn long_history() -> (Scene, Vec<Recorded>) {
    let scene = office().await;
    for command in all_commands() {
        scene.apply(&command).await;
    }
    for number in 0..1_200 {
        let command = json!({"add_member": {"group": "inner", "member": format!("user:more-{number}")}});
        scene.apply(&json!({"actor": "user:oa", "command": command})).await;
    }
    let events = scene.organization.events(Position(1)).await.expect("it can be read");
    (scene, events)
}

#[tokio::test]
async fn the_history_of_a_thing_is_what_names_it_in_the_log_in_pages_too() {
    let (scene, events) = long_history().await;
    for of in things(&events[..events.len() - 1_200]) {
        for up_to in [1, events.len() / 2, events.len()] {
            let reader = scene.organization.reader(AsOf::Position(Position(up_to as u64)), None).await;
            let reader = reader.expect("it is below the head");
            let right: Vec<Recorded> = naming(&events[..up_to], &of).cloned().collect();
            for limit in [3, usize::MAX] {
                let (mut found, mut page) = (Vec::new(), Page { limit: Some(limit), ..Page::default() });
                loop {
                    let next = reader.history(&of, &Query::default(), page).await.expect("it can be read");
                    let Some(last) = next.last() else { break };
                    page.after = last.position;
                    found.extend(next);
                    if found.len() > 30 {
                        break;
                    }
                }
                let upto = found.len().max(right.len().min(30));
                assert_eq!(found, right[..upto], "{of} up to {up_to}, {limit} at once");
            }
        }
    }
}

#[tokio::test]
async fn what_ends_an_emergency_access_and_nothing_else_is_in_the_history_of_its_case_and_of_whoever_took_it() {
    let scene = office().await;
    let oa = |command: Value| json!({"actor": "user:oa", "command": command});
    for command in [
        oa(json!({"adopt_policy": {"break_glass": "read"}})),
        json!({"actor": "user:medic", "reason": "night shift", "command": {"break_glass": {"case": "C2", "minutes": 5}}}),
        oa(json!({"disable_user": {"user": "medic"}})),
        oa(json!({"offboard": {"user": "medic"}})),
    ] {
        let answer = scene.apply(&command).await;
        assert!(answer.refusal().is_none(), "{command}: {:?}", answer.to_json());
    }
    let last = scene.organization.head();
    {
        let views = scene.organization.at_head();
        for of in ["case:C2", "user:medic"] {
            let of: Reference = of.parse().expect("it is a reference");
            let found = walked(&views, NamingWalk::of(&views, &of, last.into()));
            assert_eq!(found.last(), Some(&last), "{of}");
        }
        let of_stream = NamingWalk::of_stream(&views, &"user:medic".parse().expect("it is a stream"), last.into());
        assert!(!walked(&views, of_stream).contains(&last), "it is only found where everything is looked at");
    }
    // A proof looks at everything then.
    let folder = tempfile::tempdir().expect("there is room for a folder");
    SigningKeys::make(&folder.path().join("SIGNING")).expect("there is room");
    let keys = SigningKeys::open(&folder.path().join("SIGNING")).expect("it was made");
    let maker = Maker { organization: &scene.organization, keys: &keys };
    let question = Question::from_value(json!({"subject": "user:medic", "action": "read", "resource": "case:C2"}));
    let resolved = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked").resolved();
    let bundle = maker.decision(&question.expect("it can be asked"), resolved).await.expect("it can be proved");
    let key = verifier(&keys.origin(scene.organization.name()), &keys.first()).expect("it is a key");
    check(&bundle, &[key]).expect("it holds");
}

#[tokio::test]
async fn a_query_for_what_events_name_finds_what_going_through_the_log_finds() {
    let (scene, events) = long_history().await;
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked");
    for text in [
        "on:case:C1",
        "to:user:x on:case:C1",
        "to:new type:access_granted",
        "on:definition:D1 on:case:C2",
        "to:more-7",
        "on:organization to:rival",
        "to:nobody",
        "on:item:knife -type:attached",
    ] {
        let query = Query::parse(text, Timestamp::EPOCH).expect("it is a query");
        let right: Vec<Recorded> = events.iter().filter(|recorded| query.matches(recorded)).cloned().collect();
        let all = reader.history(&Reference::Organization, &query, Page::default()).await.expect("it can be read");
        assert_eq!(all, right, "{text}");
        for count in [0, 1, 2, 5_000] {
            let last = reader.last(&query, count).await.expect("it can be read");
            assert_eq!(last, right[right.len().saturating_sub(count)..], "the last {count} of {text}");
        }
    }
}

#[tokio::test]
async fn timelines_and_reports_tell_what_going_through_the_log_tells() {
    let (scene, events) = long_history().await;
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked");
    let told = |of: Resource, from: Position| {
        let of_resource = of.to_string().parse::<Reference>().expect("a resource is a reference");
        let is_told = move |recorded: &&Recorded| match &of {
            Resource::Organization => recorded.event.stream() == Stream::Organization,
            Resource::Definition(_) => {
                !matches!(recorded.event, Event::CaseOpened(_)) && recorded.event.concerns(&of_resource)
            }
            Resource::Case(_) => recorded.event.concerns(&of_resource),
        };
        events.iter().filter(|one| one.position > from).filter(is_told).cloned().collect::<Vec<_>>()
    };
    let mut told_of = 0;
    for resource in ["case:C1", "case:C2", "definition:D1", "organization"] {
        let resource: Resource = resource.parse().expect("it is a resource");
        for from in [0, 60] {
            let (from, limit) = (Position(from), None);
            let begin = Some(AsOf::Position(from));
            let query = TimelineQuery { resource: resource.clone(), from: begin, to: None, after: None, limit };
            let timeline = reader.timeline(&query).await.expect("it is there");
            let since: Vec<Recorded> =
                told(resource.clone(), Position::ZERO).into_iter().filter(|one| one.time >= timeline.from).collect();
            assert_eq!(timeline.events, since, "{resource} from {from}");
            told_of += since.len();
            let query = ReportQuery { about: About::Resource(resource.clone()), from: begin, to: None, limit: 1_000 };
            let report = reader.report(&query).await.expect("it is there");
            assert_eq!(report.timeline.events, since, "{resource} from {from}");
        }
    }
    assert!(told_of > 50, "{told_of}");
    for user in ["new", "fresh", "x", "rival"] {
        let of: Reference = format!("user:{user}").parse().expect("it is a user");
        let about = About::User(user.parse().expect("it is a user"));
        let query = ReportQuery { about, from: Some(AsOf::Position(Position::ZERO)), to: None, limit: 1_000 };
        let report = reader.report(&query).await.expect("it is there");
        let right: Vec<Recorded> = naming(&events, &of).cloned().collect();
        assert_eq!(report.timeline.events, right, "{of}");
    }
}

/// Where a command came through a caller: one that sends now and then, one that sends all for a while, and one beside another.
fn caller_of(number: usize) -> Option<&'static str> {
    match number {
        _ if number % 900 == 7 => Some("token:nowAndThen00"),
        1_000..2_500 => Some("token:forAwhile000"),
        3_000..3_500 if number.is_multiple_of(2) => Some("token:besideOthers"),
        3_000..3_500 => Some("token:theOtherOne0"),
        _ => None,
    }
}

#[tokio::test]
async fn what_came_through_a_caller_is_what_going_through_the_log_finds_before_and_after_a_restart() {
    let scene = Scene::new().await;
    for numbers in (0..4_000).collect::<Vec<usize>>().chunks(500) {
        let submissions = numbers.iter().map(|number| {
            let command = json!({"add_member": {"group": "all", "member": format!("user:u{number}")}});
            let mut submission =
                Submission::from_value(&json!({"actor": "user:oa", "command": command})).expect("it is one");
            submission.via = caller_of(*number).map(|via| via.parse().expect("a caller"));
            Ok(submission)
        });
        let batch = Batch { submissions: submissions.collect(), how: How::default() };
        let answers = scene.organization.submit(batch).await.expect("memory does not fail");
        assert!(answers.iter().all(|answer| answer.refusal().is_none()));
    }
    let again = Scene::over(scene.store.fork()).await;
    let mut events: Vec<Recorded> = Vec::new();
    while let Some(more) = Some(events.len() as u64).filter(|read| *read < 4_000) {
        events.extend(scene.organization.events(Position(more + 1)).await.expect("it can be read"));
    }
    for scene in [&scene, &again] {
        for up_to in [1_500, 4_000] {
            let reader =
                scene.organization.reader(AsOf::Position(Position(up_to)), None).await.expect("it can be asked");
            for text in [
                "via:nowAndThen00",
                "via:forAwhile000",
                "via:besideOthers via:nowAndThen00",
                "via:theOtherOne0 to:u3001",
                "via:theOtherOne0 actor:oa",
                "via:nobodyEver00",
            ] {
                let query = Query::parse(text, Timestamp::EPOCH).expect("it is a query");
                let asked = events.iter().take(usize::try_from(up_to).expect("it is small"));
                let right: Vec<Recorded> = asked.filter(|recorded| query.matches(recorded)).cloned().collect();
                for limit in [3, 700] {
                    let (mut found, mut page) = (Vec::new(), Page { limit: Some(limit), ..Page::default() });
                    while let next = reader.history(&Reference::Organization, &query, page).await.expect("it reads")
                        && let Some(last) = next.last()
                        && found.len() < 2_000
                    {
                        page.after = last.position;
                        found.extend(next);
                    }
                    assert!(found == right, "{text} up to {up_to}, {limit} at once");
                }
                for count in [0, 1, 5, 5_000] {
                    let last = reader.last(&query, count).await.expect("it can be read");
                    assert!(last == right[right.len().saturating_sub(count)..], "the last {count} of {text}");
                }
            }
        }
    }
}
