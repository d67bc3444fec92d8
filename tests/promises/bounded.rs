//! Cases leave memory where a bound says so, and come back on demand: no answer tells.

use crate::checkpoint::{Busy, Chance, Kept, folded, history};
use crate::undo::{all_commands, differences};
use caseward::engine::report::{About, ReportQuery};
use caseward::engine::timeline::TimelineQuery;
use caseward::engine::{
    Answer, Batch, BoundUse, Engine, Error, How, Kind, ManualClock, MemoryBound, Options, Organization, Outcome, Plan,
    SystemClock,
};
use caseward::events::{
    Asker, Event, OrganizationName, Position, Recorded, Reference, Resource, Submission, Timestamp,
};
use caseward::projections::{
    AsOf, CaseRows, FootprintWalk, Loading, Projection, Question, RowMissing, RowReturned, RowsMissing, Table, Views,
    WhatPart,
};
use caseward::seams::{Checkpoints, OrganizationNumber};
use caseward::store::{Access, Cache, FjallStore, FjallViews, MemoryStore, MemoryViews};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const NONE: Vec<String> = Vec::new();
const NOTHING: Option<MemoryBound> = Some(MemoryBound::of_bytes(0));

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
async fn whatever_leaves_and_comes_back_while_events_are_folded_undone_settled_and_saved_the_views_are_the_same() {
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
async fn what_is_not_saved_as_it_is_does_not_leave() {
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

/// An engine over stores in memory.
struct Bounded {
    engine: Engine,
    organization: Organization,
    store: MemoryStore,
    views: MemoryViews,
}

impl Bounded {
    async fn over(
        bound: Option<MemoryBound>,
        store: MemoryStore,
        views: MemoryViews,
        clock: Arc<dyn caseward::engine::Clock>,
    ) -> Bounded {
        let (log, saved) = (Arc::new(store.clone()), Arc::new(views.clone()));
        let engine = Engine::open_with(log, Options::new(saved, clock).within(bound)).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        Bounded { engine, organization, store, views }
    }

    async fn new(bound: Option<MemoryBound>) -> Bounded {
        Bounded::over(bound, MemoryStore::new(), MemoryViews::new(), Arc::new(SystemClock)).await
    }

    async fn again(&self, bound: Option<MemoryBound>) -> Bounded {
        Bounded::over(bound, self.store.fork(), self.views.fork(), Arc::new(SystemClock)).await
    }

    async fn send(&self, commands: &[Value], how: How) -> Vec<Value> {
        let submissions = commands.iter().map(|line| Submission::parse(line.to_string().as_bytes())).collect();
        let answers = self.organization.submit(Batch { submissions, how }).await;
        answers.expect("memory does not fail").iter().map(Answer::to_json).collect()
    }

    async fn fill(&self, commands: impl Iterator<Item = Value>) {
        for command in commands {
            let answers = self.send(&[command], How::default()).await;
            assert_eq!(answers[0]["status"], "accepted", "{answers:?}");
        }
    }

    /// Has everything leave that can.
    async fn cool(&self) {
        self.engine.checkpoint().await.expect("it is saved");
        self.engine.hold_to_bound().await.expect("it runs");
    }

    /// Where the views are not equal to those of an engine that holds all cases.
    fn differences(&self, warm: &Bounded) -> Vec<String> {
        let found = self.organization.ask(|cold| cold.differences(&warm.organization.at_head()));
        found.expect("it can be read").iter().map(|difference| format!("{difference:?}")).collect()
    }

    fn within(&self) -> BoundUse {
        self.organization.memory().within.expect("it is bounded")
    }

    /// Every question about everything, at a position.
    async fn answers(&self, at: Position) -> Vec<Value> {
        let reader = self.organization.reader(AsOf::Position(at), None).await.expect("it is there");
        let (askers, resources) = everything(&self.organization, at);
        let mut answers = Vec::new();
        for resource in &resources {
            let action = "read".parse().expect("an action");
            if let Ok(who) = reader.who(action, resource).await {
                answers.push(json!(who));
            }
            for asker in &askers {
                answers.push(json!(reader.rights(asker, resource).await.expect("it can be asked")));
                let line = json!({"subject": asker.to_string(), "action": "read", "resource": resource.to_string(),
                                  "as_of": at.0});
                if let Ok(question) = Question::parse(line.to_string().as_bytes()) {
                    answers.push(json!(self.organization.check(&question).await.ok()));
                    let access = reader.access(&question, None, Some(AsOf::Position(at))).await;
                    answers.push(json!(access.ok()));
                }
            }
        }
        for asker in &askers {
            let (action, part) = ("read".parse().expect("an action"), WhatPart::default());
            answers.push(json!(reader.what(asker, action, part).await.expect("it can be asked").answer));
        }
        answers
    }
}

fn everything(organization: &Organization, at: Position) -> (Vec<Asker>, Vec<Resource>) {
    let views = organization.at_head();
    let users = views.directory.users.named(at.into()).map(|(_, id)| Asker::User(id.clone()));
    let links = views.links.names.named(at.into()).map(|(_, id)| Asker::Link(id.clone()));
    let cases = views.cases.names.named(at.into()).map(|(_, id)| Resource::Case(id.clone()));
    let definitions = views.definitions.names.named(at.into()).map(|(_, id)| Resource::Definition(id.clone()));
    (users.chain(links).collect(), cases.chain(definitions).chain([Resource::Organization]).collect())
}

fn office() -> impl Iterator<Item = Value> {
    let commands = [
        json!({"appoint_org_admin": {"user": "oa"}}),
        json!({"create_definition": {"definition": "D1", "access_control": true}}),
        json!({"open_case": {"case": "C1", "definition": "D1", "creator": "maker"}}),
        json!({"open_case": {"case": "C2", "definition": "D1", "creator": "maker"}}),
    ];
    commands.into_iter().map(|command| json!({"actor": "user:oa", "command": command}))
}

/// With ids, so that two engines do the same.
fn lines() -> Vec<Value> {
    let all = office().chain(all_commands()).enumerate();
    all.map(|(number, mut line)| {
        line["id"] = format!("l{number}").into();
        line
    })
    .collect()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse::<Timestamp>().expect("an instant")))
}

#[tokio::test]
async fn an_engine_that_holds_no_case_answers_as_one_that_holds_all_whatever_it_is_sent() {
    let cold = Bounded::over(NOTHING, MemoryStore::new(), MemoryViews::new(), clock()).await;
    let warm = Bounded::over(None, MemoryStore::new(), MemoryViews::new(), clock()).await;
    let dry = How { dry_run: true, ..How::default() };
    let atomic = How { atomic: true, ..How::default() };
    let bad = json!({"actor": "user:oa", "command": {"complete_case": {"case": "nobody-opened-it"}}});
    for line in lines() {
        for (commands, how) in [
            (vec![line.clone()], dry),
            (vec![line.clone(), bad.clone()], atomic),
            (vec![line.clone()], How::default()),
            (vec![line.clone()], How::default()),
        ] {
            cold.cool().await;
            assert_eq!(cold.within().cases_held, 0, "before {line}");
            assert_eq!(cold.send(&commands, how).await, warm.send(&commands, how).await, "{line}");
        }
    }
    assert!(cold.within().cases_returned > 100);
    for at in 0..=cold.organization.head().0 {
        cold.cool().await;
        assert_eq!(cold.answers(Position(at)).await, warm.answers(Position(at)).await, "at {at}");
    }
    // And after a restart, with a tail behind the checkpoint.
    let grant = [json!({"id": "tail", "actor": "user:oa", "command": {"grant": {"on": "case:C2", "to": "user:tail"}}})];
    assert_eq!(cold.send(&grant, How::default()).await, warm.send(&grant, How::default()).await);
    let again = cold.again(NOTHING).await;
    assert_eq!(again.engine.remarks().len(), 1, "only of the bound: {:?}", again.engine.remarks());
    let head = warm.organization.head();
    for at in [head.0 / 3, head.0 / 2, head.0] {
        assert_eq!(again.answers(Position(at)).await, warm.answers(Position(at)).await, "at {at}, after a restart");
    }
    assert_eq!(again.within().suspended, None);
}

#[tokio::test]
async fn an_opening_loads_no_case_that_a_bound_has_no_room_for_and_finds_all_of_them() {
    let first = Bounded::new(None).await;
    first.fill(lines().into_iter()).await;
    first.engine.checkpoint().await.expect("it is saved");
    let (cold, warm) = (first.again(NOTHING).await, first.again(None).await);
    let within = cold.within();
    assert_eq!((within.cases_held, within.cases_cold, within.cases_returned), (0, 4, 0));
    assert_eq!(cold.organization.status(), warm.organization.status());
    assert_eq!(cold.differences(&warm), NONE);
    assert_eq!(cold.within().cases_returned, 4);
}

#[tokio::test]
async fn cases_whose_saved_rows_are_spoiled_or_gone_come_from_the_log_and_the_next_start_folds_it() {
    for gone in [false, true] {
        let cold = Bounded::new(NOTHING).await;
        cold.fill(lines().into_iter()).await;
        let head = cold.organization.head();
        let expected = cold.answers(head).await;
        cold.cool().await;
        if gone {
            cold.views.set_aside("the test wants it so");
        } else {
            assert!((0..).take_while(|&place| cold.views.spoil(place)).count() > 5);
        }
        assert_eq!(cold.answers(head).await, expected, "gone: {gone}");
        let why = cold.within().suspended.expect("it is told");
        assert!(why.contains("a row is missing, damaged or stale"), "{why}");
        // It goes on, all in memory.
        let grant = json!({"actor": "user:oa", "command": {"grant": {"on": "case:C2", "to": "user:late"}}});
        cold.fill([grant].into_iter()).await;
        cold.cool().await;
        assert_eq!((cold.within().cases_held, cold.within().cases_cold), (4, 0));
        let again = cold.again(NOTHING).await;
        assert!(again.engine.remarks()[0].contains("could not be brought back"), "{:?}", again.engine.remarks());
        let (one, two) = (cold.answers(head.next()).await, again.answers(head.next()).await);
        assert_eq!(one, two, "gone: {gone}");
    }
}

/// Every verb that looks at a case, each with what it was answered.
async fn asked_about_c1(cold: &Bounded) -> Vec<(&'static str, Result<Value, Error>)> {
    let line = json!({"subject": "user:maker", "action": "read", "resource": "case:C1"});
    let question = Question::parse(line.to_string().as_bytes()).expect("it can be asked");
    let (asker, action, resource) = (question.subject.clone(), question.action, question.resource.clone());
    let reader = cold.organization.reader(AsOf::Head, None).await.expect("it is there");
    let timeline = TimelineQuery { resource: resource.clone(), from: None, to: None, after: None, limit: None };
    let report = |about| ReportQuery { about, from: None, to: None, limit: 9 };
    let (of_case, of_user) =
        (report(About::Resource(resource.clone())), report(About::User("maker".parse().expect("an id"))));
    let diff = async |of: &str| {
        let of: Reference = of.parse().expect("a reference");
        reader.diff(&of, AsOf::Position(Position(1))).await.map(|diff| json!(diff))
    };
    vec![
        ("check", cold.organization.check(&question).await.map(|decision| json!(decision))),
        ("explain", reader.check(&question).await.map(|decision| json!(decision))),
        ("who", reader.who(action, &resource).await.map(|who| json!(who))),
        ("what", reader.what(&asker, action, WhatPart::default()).await.map(|what| json!(what.answer))),
        ("rights", reader.rights(&asker, &resource).await.map(|rights| json!(rights))),
        ("exists", reader.exists(&resource).await.map(|exists| json!(exists))),
        ("access", reader.access(&question, None, None).await.map(|access| json!(access.intervals))),
        ("diff of a case", diff("case:C1").await),
        ("diff of a user", diff("user:maker").await),
        ("diff of all", diff("organization").await),
        ("timeline", reader.timeline(&timeline).await.map(|timeline| json!(timeline.bands))),
        ("report of a case", reader.report(&of_case).await.map(|report| json!(report.pairs.len()))),
        ("report of a user", reader.report(&of_user).await.map(|report| json!(report.pairs.len()))),
    ]
}

#[tokio::test]
async fn where_neither_the_saved_row_nor_the_log_can_be_read_every_verb_answers_with_the_fault_and_none_panics() {
    let cold = Bounded::over(NOTHING, MemoryStore::new(), MemoryViews::new(), clock()).await;
    cold.fill(lines().into_iter()).await;
    cold.cool().await;
    let expected: Vec<_> = asked_about_c1(&cold).await.into_iter().map(|(verb, answer)| (verb, answer.ok())).collect();
    assert!(expected.iter().all(|(_, answer)| answer.is_some()), "{expected:?}");
    cold.cool().await;
    let head = cold.organization.head();
    let spoil = || assert!((0..).take_while(|&place| cold.views.spoil(place)).count() > 5);
    spoil();
    let opened = cold.store.replace(OrganizationNumber::DEFAULT, Position(3), b"no event".to_vec());
    let of_c1 = |id: &str| {
        let line = json!({"id": id, "actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": "user:late"}}});
        vec![Submission::parse(line.to_string().as_bytes())]
    };
    for round in 0..2 {
        for (verb, answer) in asked_about_c1(&cold).await {
            let error = answer.expect_err(verb);
            assert_eq!(error.kind(), Kind::Corruption, "{verb}, round {round}: {error}");
        }
        for how in [How::default(), How { dry_run: true, ..How::default() }, How { atomic: true, ..How::default() }] {
            let sent = cold.organization.submit(Batch { submissions: of_c1("late"), how }).await;
            assert_eq!(sent.expect_err("it cannot be decided").kind(), Kind::Corruption, "{how:?}");
        }
        // Nothing of it is left, and what needs no case is answered.
        assert_eq!((cold.organization.head(), cold.organization.at_head().tip()), (head, head));
        let reader = cold.organization.reader(AsOf::Head, None).await.expect("it is there");
        let (oa, definition) = ("user:oa".parse().expect("an asker"), "definition:D1".parse().expect("a resource"));
        assert!(!reader.rights(&oa, &definition).await.expect("no case plays a part").is_empty());
        assert_eq!(cold.within().suspended, None, "nothing comes from the log");
    }
    // Once the log can be read, cases come from it.
    cold.store.replace(OrganizationNumber::DEFAULT, Position(3), opened.expect("there is one"));
    for ((verb, answer), (_, expected)) in asked_about_c1(&cold).await.into_iter().zip(expected) {
        assert_eq!(answer.ok(), expected, "{verb}");
    }
    assert!(cold.within().suspended.is_some());
    let sent = cold.organization.submit(Batch { submissions: of_c1("late"), how: How::default() }).await;
    assert!(sent.expect("it is decided")[0].refusal().is_none());
}

#[tokio::test]
async fn a_row_that_is_spoiled_between_its_loading_and_the_fold_of_the_tail_costs_an_opening_only_time() {
    let first = Bounded::new(None).await;
    first.fill(lines().into_iter()).await;
    first.engine.checkpoint().await.expect("it is saved");
    let grant = json!({"actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": "user:tail"}}});
    first.fill([grant].into_iter()).await;
    let views = first.views.fork();
    views.spoil_once_read(Table::Cases as u8);
    let again = Bounded::over(NOTHING, first.store.fork(), views, Arc::new(SystemClock)).await;
    let [remark, _] = again.engine.remarks() else { panic!("{:?}", again.engine.remarks()) };
    assert!(remark.contains("a row is missing, damaged or stale"), "{remark}");
    let head = first.organization.head();
    assert_eq!(again.answers(head).await, first.answers(head).await);
}

#[tokio::test]
async fn cases_that_have_left_come_back_from_the_generation_that_is_served_whatever_a_rebuild_swapped() {
    let cold = Bounded::new(NOTHING).await;
    cold.fill(lines().into_iter()).await;
    let head = cold.organization.head();
    let expected = cold.answers(head).await;
    for projections in
        [&[Projection::Policy][..], &[Projection::CaseAccess], &[Projection::Directory], &Projection::ALL]
    {
        cold.cool().await;
        assert_eq!(cold.within().cases_held, 0);
        let plan = Plan { projections: projections.to_vec(), ..Plan::default() };
        let rebuilt = cold.organization.rebuild(plan).await.expect("it folds");
        assert_eq!((rebuilt.differences, rebuilt.outcome), (Vec::new(), Outcome::Swapped));
        // Nothing of what was served before is asked any more.
        cold.organization.drop_old().await.expect("they are taken away");
        for _ in 0..2 {
            assert_eq!(cold.answers(head).await, expected, "{projections:?}");
            cold.cool().await;
            let within = cold.within();
            assert_eq!((within.cases_held, within.suspended), (0, None), "{projections:?}");
        }
        assert_eq!(cold.again(NOTHING).await.answers(head).await, expected, "{projections:?}, after a restart");
    }
}

/// Many cases, each its creator's.
fn many(cases: usize) -> impl Iterator<Item = Value> {
    let policy = json!({"actor": "user:oa", "command": {"adopt_policy": {"creator_grant": "write"}}});
    let open = |number| {
        json!({"open_case": {"case": format!("N{number}"), "definition": "D1",
                                             "creator": format!("u{}", number % 17)}})
    };
    let opened = (0..cases).map(move |number| json!({"actor": "user:oa", "command": open(number)}));
    office().chain([policy]).chain(opened)
}

#[tokio::test]
async fn memory_counted_in_steps_of_any_size_is_what_is_counted_at_once() {
    let warm = Bounded::new(None).await;
    warm.fill(many(300)).await;
    warm.engine.checkpoint().await.expect("it is saved");
    let bound = MemoryBound::least_for(warm.organization.memory().bytes as u64 - 20_000);
    for one in [warm.again(Some(bound)).await, warm.again(NOTHING).await, warm] {
        let views = one.organization.at_head();
        for cases_max in [1, 7, 100_000] {
            let mut walk = FootprintWalk::default();
            while walk.step(&views, cases_max) {}
            assert_eq!(walk.footprint(), views.memory(), "{cases_max} cases at a time");
            let sum: usize = walk.projections().iter().map(|(_, bytes)| bytes).sum();
            assert!(sum <= views.memory().total(), "{cases_max} cases at a time");
        }
        assert!(views.floor().total() <= views.memory().total());
    }
}

#[tokio::test]
async fn no_more_is_held_than_a_bound_says_and_one_below_the_floor_is_told_at_the_opening() {
    let first = Bounded::new(None).await;
    first.fill(many(1_000)).await;
    first.engine.checkpoint().await.expect("it is saved");
    let whole = first.organization.memory();
    let floor = first.again(NOTHING).await.within().floor_bytes;
    assert!(floor * 5 < whole.bytes as u64 * 4, "{floor} of {} cannot leave", whole.bytes);
    let bound = MemoryBound::least_for((floor + whole.bytes as u64) / 2);
    let half = first.again(Some(bound)).await;
    assert_eq!(half.engine.remarks(), [""; 0]);
    let asked = everything(&half.organization, half.organization.head()).1;
    for round in 0..3 {
        for resource in asked.iter().filter(|resource| resource.case().is_some()) {
            let at = half.organization.head();
            let reader = half.organization.reader(AsOf::Position(at), None).await.expect("it is there");
            reader.who("write".parse().expect("an action"), resource).await.expect("it is");
        }
        half.engine.hold_to_bound().await.expect("it runs");
        let (memory, within) = (half.organization.memory(), half.within());
        assert!(memory.bytes as u64 <= bound.views_bytes(), "round {round}: {memory:?}");
        assert!(within.cases_held > 100 && within.cases_cold > 100, "round {round}: {within:?}");
    }
    let tight = first.again(Some(MemoryBound::of_bytes(floor / 2))).await;
    let [told] = tight.engine.remarks() else { panic!("{:?}", tight.engine.remarks()) };
    assert!(told.contains("is below the minimum: "), "{told}");
    assert_eq!(tight.within().cases_held, 0);
}

#[tokio::test]
async fn what_is_asked_for_stays_and_what_is_not_leaves() {
    let first = Bounded::new(None).await;
    first.fill(many(1_000)).await;
    first.engine.checkpoint().await.expect("it is saved");
    let whole = first.organization.memory().bytes as u64;
    let floor = first.again(NOTHING).await.within().floor_bytes;
    let half = first.again(Some(MemoryBound::least_for((floor + whole) / 2))).await;
    let ask = async |number: usize| {
        let line = json!({"subject": format!("user:u{}", number % 17), "action": "write",
                          "resource": format!("case:N{number}")});
        let question = Question::parse(line.to_string().as_bytes()).expect("it can be asked");
        assert!(half.organization.check(&question).await.expect("it can be asked").decision);
    };
    let (mut hot_back, mut others_back) = (0, 0);
    for round in 0..40 {
        let before = half.within().cases_returned;
        for hot in (0..20).map(|number| number * 50) {
            ask(hot).await;
        }
        let between = half.within().cases_returned;
        for other in 0..10 {
            ask((round * 97 + other * 61) % 1_000).await;
        }
        hot_back += between - before;
        others_back += half.within().cases_returned - between;
        half.engine.hold_to_bound().await.expect("it runs");
    }
    assert!(hot_back * 2 < others_back, "{hot_back} came back that everybody asks for, {others_back} others");
    assert!(half.within().cases_cold > 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn readers_and_the_writer_go_on_while_cases_leave_and_come_back() {
    const CASES: usize = 300;
    let cold = Arc::new(Bounded::new(NOTHING).await);
    cold.fill(many(CASES)).await;
    cold.cool().await;
    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> =
        (0..2_u64).map(|seed| tokio::spawn(read(Arc::clone(&cold), Arc::clone(&over), seed))).collect();
    for number in 0..400 {
        let case = format!("case:N{}", number * 7 % CASES);
        let to = format!("user:new-{number}");
        let line = json!({"actor": "user:oa", "command": {"grant": {"on": case, "to": to}}});
        cold.fill([line].into_iter()).await;
        if number % 3 == 0 {
            cold.cool().await;
        }
    }
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.expect("every answer is right") > 100);
    }
    assert!(cold.within().cases_returned > 1_000);
    // A row that came back and was changed and saved meanwhile is no damage.
    assert_eq!(cold.within().suspended, None);
    cold.cool().await;
    let warm = Bounded::over(None, cold.store.fork(), MemoryViews::new(), Arc::new(SystemClock)).await;
    assert_eq!(cold.differences(&warm), NONE);
}

/// Asks for what has been so since the beginning, until it is over; how often.
async fn read(cold: Arc<Bounded>, over: Arc<AtomicBool>, seed: u64) -> usize {
    let (mut chance, mut asked) = (Chance(seed), 0);
    while !over.load(Ordering::Relaxed) {
        let number = chance.below(300);
        for (user, right) in [(number % 17, true), ((number + 1) % 17, false)] {
            let line = json!({"subject": format!("user:u{user}"), "action": "write",
                              "resource": format!("case:N{number}")});
            let question = Question::parse(line.to_string().as_bytes()).expect("it can be asked");
            let decision = cold.organization.check(&question).await.expect("it can be asked");
            assert_eq!(decision.decision, right, "{line}");
        }
        asked += 1;
    }
    asked
}

#[tokio::test]
async fn on_disk_cases_come_back_one_row_at_a_time_and_in_a_new_organization_too() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let cache = Cache::Bytes(1 << 20);
    let store = FjallStore::open_caching(folder.path(), Access::Create, cache).expect("it opens");
    let views = Arc::new(FjallViews::open_caching(folder.path(), cache));
    let engine = Engine::open_with(Arc::new(store), Options::new(views, Arc::new(SystemClock)).within(NOTHING)).await;
    let engine = engine.expect("it opens");
    let name: OrganizationName = "second".parse().expect("a name");
    engine.create_organization(name.clone(), caseward::events::Actor::unknown()).await.expect("it is made");
    let organization = engine.organization(&name).expect("it was made");
    for command in many(100) {
        let answers = organization.submit(Batch::one(command.to_string().as_bytes(), How::default())).await;
        assert!(answers.expect("it is taken")[0].refusal().is_none(), "{command}");
    }
    engine.checkpoint().await.expect("it is saved");
    engine.hold_to_bound().await.expect("it runs");
    let within = || organization.memory().within.expect("it is bounded");
    assert_eq!((within().cases_held, within().cases_cold, within().cases_returned), (0, 102, 0));
    let line = json!({"subject": "user:u16", "action": "write", "resource": "case:N50"});
    let question = Question::parse(line.to_string().as_bytes()).expect("it can be asked");
    assert!(organization.check(&question).await.expect("it can be asked").decision);
    assert!(within().cases_returned <= 8, "{:?}", within());
}
