//! `who` over a stretch of time against brute force: at every instant at which anything happens, or any window begins or ends,
//! whoever is listed with it is whom `who` lists as of that instant.

use crate::scene::{self, Scene, at_once};
use caseward::engine::{Batch, How, ListOf, ListPage, Organization, QuestionLimits, Source};
use caseward::events::answer::{Interval, WhoBetweenAnswer};
use caseward::events::ask::actions_of;
use caseward::events::{Action, AsOf, Asker, Code, Event, Position, Recorded, Resource, Submission, Timestamp, UserId};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Checks that the brute force may come to for one history.
const CHECKS_MAX: usize = 200_000;

/// A history, read without the views.
struct History {
    scene: Scene,
    events: Vec<Recorded>,
    /// When anything happened, or a window begins or ends.
    instants: BTreeSet<Timestamp>,
    users: usize,
}

impl History {
    async fn of(lines: &str) -> History {
        let scene = Scene::new().await;
        let lines: Vec<&str> = lines.lines().filter(|line| !line.trim().is_empty()).collect();
        for chunk in lines.chunks(1_000) {
            let submissions = chunk.iter().map(|line| Submission::parse(line.as_bytes())).collect();
            let how = How { source: Source::Import, ..How::default() };
            scene.organization.submit(Batch { submissions, how }).await.expect("memory does not fail");
        }
        let mut events: Vec<Recorded> = Vec::new();
        while events.len() < usize::try_from(scene.organization.head().0).expect("it is small") {
            let next = events.last().map_or(Position(1), |last| Position(last.position.0 + 1));
            events.extend(scene.organization.events(next).await.expect("memory does not fail"));
        }
        let mut instants: BTreeSet<Timestamp> = events.iter().map(|recorded| recorded.time).collect();
        events.iter().for_each(|recorded| instants_in(&recorded.event.fields(), &mut instants));
        let users = scene.organization.at_head().users_named(scene.organization.head().into());
        History { scene, events, instants, users }
    }

    fn organization(&self) -> &Organization {
        &self.scene.organization
    }

    /// Everything that rights are held on, with each of its actions.
    fn pairs(&self) -> Vec<(Action, Resource)> {
        let mut resources = vec![Resource::Organization];
        for Recorded { event, .. } in &self.events {
            match event {
                Event::CaseOpened(opened) => resources.push(Resource::Case(opened.case.clone())),
                Event::DefinitionCreated(created) => resources.push(Resource::Definition(created.definition.clone())),
                _ => {}
            }
        }
        let of = |resource: Resource| actions_of(&resource).iter().map(move |action| (*action, resource.clone()));
        let all: Vec<_> = resources.into_iter().flat_map(of).collect();
        let most = (CHECKS_MAX / (self.users * self.instants.len()).max(1)).max(2);
        let step = all.len().div_ceil(most);
        all.into_iter().step_by(step.max(1)).collect()
    }

    /// The last position by an instant, of those that are known.
    fn position(&self, at: Timestamp, known: Position) -> Position {
        let mut backwards = self.events.iter().rev();
        let by_then = backwards.find(|recorded| recorded.time <= at && recorded.position <= known);
        by_then.map_or(Position::ZERO, |recorded| recorded.position)
    }

    fn page(&self, list: ListOf<'_>, limit: Option<usize>, after: Option<&str>) -> ListPage {
        let limit = limit.and_then(NonZeroUsize::new);
        ListPage::of(self.organization().name(), list, limit, after).expect("the token is of this list")
    }

    fn between(
        &self,
        (action, resource): (Action, &Resource),
        (from, to): (Timestamp, Timestamp),
        known: Position,
    ) -> WhoBetweenAnswer {
        let page = self.page(ListOf::WhoBetween(action, resource, None), None, None);
        let reader =
            at_once(self.organization().reader(AsOf::Position(known), None)).expect("it is not above the head");
        let (from, to) = (Some(AsOf::Instant(from)), Some(AsOf::Instant(to)));
        at_once(reader.who_between(action, resource, (from, to), &page)).expect("it can be asked")
    }

    /// Compares one answer with `who` at every instant of the stretch; how many were compared.
    fn compare(
        &self,
        (action, resource): (Action, &Resource),
        (from, to): (Timestamp, Timestamp),
        known: Position,
    ) -> usize {
        let answer = self.between((action, resource), (from, to), known);
        let told = format!("who {action} {resource} from {from} to {to}, known {known}");
        let mut held: BTreeMap<&Asker, &[Interval]> = BTreeMap::new();
        for holder in &answer.subjects {
            let (first, last) = (holder.intervals.first(), holder.intervals.last());
            assert_eq!(
                (Some(holder.first), Some(holder.last)),
                (first.map(|it| it.from), last.map(|it| it.until)),
                "{told}"
            );
            for Interval { from: begins, until, .. } in &holder.intervals {
                assert!(*begins == from || self.instants.contains(begins), "{told}: {holder:?}");
                assert!(until.is_none_or(|until| self.instants.contains(&until)), "{told}: {holder:?}");
            }
            assert!(held.insert(&holder.subject, &holder.intervals).is_none(), "{told}: {holder:?} twice");
        }
        let instants: BTreeSet<Timestamp> = self.instants.range(from..to).copied().chain([from]).collect();
        for at in &instants {
            let place = AsOf::Position(self.position(*at, known));
            let reader = at_once(self.organization().reader(place, Some(*at))).expect("it is not above the head");
            let who = at_once(reader.who(action, resource)).expect("it can be asked");
            let now: BTreeSet<&Asker> = who.holders().collect();
            let then: BTreeSet<&Asker> =
                held.iter().filter(|(_, intervals)| holds(intervals, *at)).map(|(subject, _)| *subject).collect();
            let missed: Vec<_> = now.difference(&then).collect();
            assert!(missed.is_empty(), "{told}: {missed:?} could at {at}");
            for more in then.difference(&now) {
                // Nobody names them yet, and everybody could.
                assert!(who.everyone && !self.is_named(more, reader.position()), "{told}: {more} could not at {at}");
            }
            assert_eq!(holds(&answer.everyone, *at), who.everyone, "{told}: everyone at {at}");
        }
        instants.len()
    }

    fn is_named(&self, asker: &Asker, by: Position) -> bool {
        let Asker::User(user) = asker else { return true };
        self.organization().at_head().names_user(user, by.into())
    }

    /// Every pair over the whole time, and over the middle of it as of the middle; how many instants were compared.
    fn every_answer_is_right(&self) -> usize {
        let first = self.events.first().expect("something happened").time;
        let last = *self.instants.last().expect("something happened");
        let end = Timestamp::from_micros(last.as_micros() + 1);
        let head = self.organization().head();
        let middle = &self.events[self.events.len() / 2];
        let mut compared = 0;
        for (action, resource) in self.pairs() {
            compared += self.compare((action, &resource), (first, end), head);
            if first < middle.time {
                compared += self.compare((action, &resource), (first, middle.time), head);
            }
            compared += self.compare((action, &resource), (middle.time, end), middle.position);
        }
        compared
    }
}

fn holds(intervals: &[Interval], at: Timestamp) -> bool {
    intervals.iter().any(|one| one.from <= at && one.until.is_none_or(|until| at < until))
}

/// Every instant that stands anywhere in the fields of an event.
fn instants_in(value: &Value, found: &mut BTreeSet<Timestamp>) {
    match value {
        Value::String(text) => found.extend(text.parse::<Timestamp>()),
        Value::Array(items) => items.iter().for_each(|item| instants_in(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| instants_in(field, found)),
        _ => {}
    }
}

fn shipped(folder: &str, file: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("it is shipped").map(|entry| entry.expect("an entry").path().join(file));
    let mut found: Vec<_> = entries.filter(|path| path.is_file()).collect();
    found.sort();
    found
}

#[tokio::test]
async fn at_every_instant_whoever_is_listed_with_it_is_whom_who_lists_then() {
    let files = [shipped("replay-fixtures", "commands.jsonl"), shipped("tests/datasets", "commands.jsonl")].concat();
    assert!(files.len() >= 27, "fixtures and packs are shipped: {files:?}");
    for file in files {
        let history = History::of(&fs::read_to_string(&file).expect("it can be read")).await;
        let compared = history.every_answer_is_right();
        assert!(compared > 20, "{}", file.display());
        eprintln!("{}: {compared} lists as at their instant", file.display());
    }
}

#[tokio::test]
async fn so_it_is_for_a_real_history() {
    let Some(path) = scene::shared("data/receipt/commands.jsonl.gz") else { return };
    let mut lines = String::new();
    GzDecoder::new(File::open(path).expect("it can be opened")).read_to_string(&mut lines).expect("it is text");
    let lines: Vec<&str> = lines.lines().take(1_500).collect();
    let compared = History::of(&lines.join("\n")).await.every_answer_is_right();
    eprintln!("receipt: {compared} lists as at their instant");
    assert!(compared > 1_000);
}

#[tokio::test]
async fn pages_make_the_whole_of_where_the_first_was_asked_whatever_is_recorded_meanwhile() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-fixtures/demo/commands.jsonl");
    let history = History::of(&fs::read_to_string(path).expect("it is shipped")).await;
    let resource: Resource = "case:4711".parse().expect("a reference");
    let (from, to) = (AsOf::Position(Position(1)), "2025-06-01T00:00:00Z".parse().expect("an instant"));
    let ask = async |limit: Option<usize>, after: Option<&str>| {
        let page = history.page(ListOf::WhoBetween(Action::Read, &resource, None), limit, after);
        let (as_of, to) = page.stretch(AsOf::Head, Some(AsOf::Instant(to)));
        let reader = history.organization().reader(as_of, None).await.expect("it is not above the head");
        reader.who_between(Action::Read, &resource, (Some(from), to), &page).await.expect("it can be asked")
    };
    let whole = ask(None, None).await;
    assert!(whole.subjects.len() > 6 && whole.next.is_not_paged(), "{}", whole.subjects.len());
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = ask(Some(2), after.as_deref()).await;
        assert_eq!((page.position, page.to), (whole.position, whole.to));
        paged.extend(page.subjects);
        after = page.next.token().map(ToString::to_string);
        if after.is_none() {
            break;
        }
        // Whoever is admitted now was not when the first page was asked.
        let user: UserId = format!("aa-{}", paged.len()).parse().expect("an id");
        let command = json!({"grant": {"on": "case:4711", "to": format!("user:{user}"), "access": "read"}});
        history.scene.apply(&json!({"actor": "user:judith", "command": command})).await;
    }
    assert_eq!(paged, whole.subjects);
}

#[tokio::test]
async fn it_may_come_to_no_more_than_any_question() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-fixtures/demo/commands.jsonl");
    let history = History::of(&fs::read_to_string(path).expect("it is shipped")).await;
    let resource: Resource = "case:4711".parse().expect("a reference");
    let page = history.page(ListOf::WhoBetween(Action::Read, &resource, None), None, None);
    for limits in [
        QuestionLimits { rows: 10, ..QuestionLimits::default() },
        QuestionLimits { answer_bytes: 100, ..QuestionLimits::default() },
    ] {
        let reader = history.organization().reader(AsOf::Head, None).await.expect("it can be asked");
        let asked = reader.within_limits(limits).who_between(Action::Read, &resource, (None, None), &page).await;
        let refusal = asked.expect_err("it comes to more").refusal().cloned().expect("it is a refusal");
        assert_eq!(refusal.code, Code::TooLarge);
    }
}

#[tokio::test]
async fn where_everybody_could_pages_make_the_whole_of_many_thousands() {
    let mut lines = vec![
        json!({"actor": "system:s", "time": "2026-01-01T00:00:00Z", "command": {"appoint_org_admin": {"user": "oa"}}}),
        json!({"actor": "user:oa", "time": "2026-01-01T00:00:00Z", "command": {"create_definition": {"definition": "d", "access_control": false}}}),
        json!({"actor": "user:oa", "time": "2026-01-02T00:00:00Z", "command": {"open_case": {"case": "1", "definition": "d", "creator": "u0007"}}}),
        json!({"actor": "user:oa", "time": "2026-01-02T00:00:00Z", "command": {"raise_wall": {"on": "case:1", "against": "user:u0042"}}}),
    ];
    lines.extend((0..5_000).map(|number| {
        let join = json!({"add_member": {"group": "g", "member": format!("user:u{:04}", number * 7 % 5_000)}});
        json!({"actor": "user:oa", "time": "2026-01-03T00:00:00Z", "command": join})
    }));
    let history = History::of(&lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")).await;
    let resource: Resource = "case:1".parse().expect("a reference");
    let to = Some(AsOf::Instant("2026-02-01T00:00:00Z".parse().expect("an instant")));
    let ask = async |limit: Option<usize>, after: Option<&str>| {
        let page = history.page(ListOf::WhoBetween(Action::Read, &resource, None), limit, after);
        let reader = history.organization().reader(AsOf::Head, None).await.expect("it can be asked");
        reader.who_between(Action::Read, &resource, (None, to), &page).await.expect("it can be asked")
    };
    let whole = ask(None, None).await;
    // All of them and the org admin, but for the one behind the wall.
    assert_eq!((whole.subjects.len(), whole.everyone.len()), (5_000, 1));
    assert!(whole.subjects.is_sorted_by_key(|holder| holder.subject.to_string()));
    assert!(whole.subjects.iter().all(|holder| holder.subject.to_string() != "user:u0042"));
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = ask(Some(400), after.as_deref()).await;
        assert!(page.subjects.len() == 400 || page.next.token().is_none(), "{}", page.subjects.len());
        paged.extend(page.subjects);
        after = page.next.token().map(ToString::to_string);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, whole.subjects);
}
