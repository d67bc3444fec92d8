//! What one question may come to: at a limit it is answered, above it is told, and nobody works for a caller who has gone.

use crate::scene::Scene;
use caseward::engine::report::{About, ReportQuery};
use caseward::engine::timeline::TimelineQuery;
use caseward::engine::{Error, Page, QuestionLimits, Reader};
use caseward::events::{Action, AsOf, Asker, Code, Position, Query, Question, Refusal, Resource};
use caseward::projections::WhatPart;
use serde_json::json;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use std::time::Duration;

/// More than are looked at in one slice.
const MANY: usize = 300;
/// Enough for more than one of each.
const FEW: usize = 12;

/// Every kind of question.
const VERBS: [&str; 12] = [
    "who",
    "what",
    "matrix of a profile",
    "matrix of a definition",
    "diff of a case",
    "diff of a user",
    "diff of all",
    "access",
    "timeline",
    "report",
    "history of a case",
    "history of a user",
];

/// A definition with access control, cases that a crowd may read one by one and one that all may, and somebody who may
/// read it through many groups.
async fn world(users: usize) -> Scene {
    let scene = Scene::new().await;
    let mut commands = vec![
        json!({"appoint_org_admin": {"user": "oa"}}),
        json!({"create_definition": {"definition": "d", "access_control": true}}),
        json!({"configure_profile": {"profile": "p", "module_access": true}}),
        json!({"assign_profile": {"user": "u0", "profile": "p"}}),
        json!({"open_case": {"case": "wide", "definition": "d", "creator": "maker"}}),
    ];
    for number in 0..users {
        commands.extend([
            json!({"open_case": {"case": format!("c{number}"), "definition": "d", "creator": "u0"}}),
            json!({"grant": {"on": format!("case:c{number}"), "to": "user:u0"}}),
            json!({"grant": {"on": "case:wide", "to": format!("user:u{number}")}}),
            json!({"add_member": {"group": format!("g{number}"), "member": "user:many"}}),
            json!({"grant": {"on": "case:wide", "to": format!("group:g{number}")}}),
        ]);
    }
    for command in commands {
        let answer = scene.apply(&json!({"actor": "user:oa", "command": command})).await;
        assert!(answer.refusal().is_none(), "{command}: {:?}", answer.refusal());
    }
    scene
}

fn wide() -> Resource {
    "case:wide".parse().expect("it is a case")
}

fn asker(text: &str) -> Asker {
    text.parse().expect("somebody who may ask")
}

/// How much of an answer there is.
async fn asked(reader: &Reader<'_>, verb: &str) -> Result<usize, Error> {
    let from = AsOf::Position(Position(5));
    let of = |text: &str| text.parse().expect("a reference");
    let history = async |text: &str| {
        reader.history(&of(text), &Query::default(), Page::default()).await.map(|events| events.len())
    };
    Ok(match verb {
        "who" => reader.who(Action::Read, &wide()).await?.subjects.len(),
        "what" => reader.what(&asker("user:u0"), Action::Read, WhatPart::default()).await?.answer.resources.len(),
        "matrix of a profile" => {
            let matrix = reader.matrix_of_profile(&"p".parse().expect("an id")).await?.expect("it is named");
            matrix.rows.len() + matrix.users
        }
        "matrix of a definition" => {
            let matrix = reader.matrix_of_definition(&"d".parse().expect("an id")).await?.expect("it is there");
            matrix.none.len() + matrix.some.len()
        }
        "diff of a case" => reader.diff(&of("case:wide"), from).await?.changes().count(),
        "diff of a user" => reader.diff(&of("user:u0"), from).await?.changes().count(),
        "diff of all" => reader.diff(&of("organization"), from).await?.by_cause.expect("by cause").len(),
        "access" => {
            let question = Question::new(asker("user:many"), Action::Read, wide());
            reader.access(&question, None, None).await?.intervals.len()
        }
        "timeline" => {
            let query = TimelineQuery { resource: wide(), from: None, to: None, after: None, limit: None };
            reader.timeline(&query).await?.rows.len()
        }
        "report" => {
            let about = About::Resource(wide());
            reader.report(&ReportQuery { about, from: None, to: None, limit: usize::MAX }).await?.pairs.len()
        }
        "history of a case" => history("case:wide").await?,
        "history of a user" => history("user:u0").await?,
        other => unreachable!("{other}"),
    })
}

fn refused(answer: Result<usize, Error>, verb: &str) -> Refusal {
    let Err(Error::Refused(refusal)) = answer else { panic!("{verb} is beyond a limit: {answer:?}") };
    assert_eq!(refusal.code, Code::TooLarge, "{verb}: {refusal}");
    assert!(refusal.hint.as_ref().is_some_and(|hint| hint.contains("--limit")), "{verb}: {refusal:?}");
    refusal
}

fn number(refusal: &Refusal, name: &str) -> u64 {
    refusal.facts[name].as_u64().expect("a number")
}

#[tokio::test]
async fn a_question_at_a_limit_is_answered_and_one_above_it_is_told_what_it_came_to() {
    let scene = world(FEW).await;
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked");
    for verb in VERBS {
        let before = scene.engine.rows_looked_at();
        let whole = asked(&reader, verb).await.expect("there are no limits to speak of");
        let rows = scene.engine.rows_looked_at() - before;
        assert!(whole > 0 && rows > 0, "{verb}");
        let within = |limits: QuestionLimits| {
            let reader = reader.within_limits(limits);
            async move { asked(&reader, verb).await }
        };
        let of_rows = |rows| QuestionLimits { rows, ..QuestionLimits::default() };
        assert_eq!(within(of_rows(rows)).await.expect("it is at the limit"), whole, "{verb}");
        let refusal = refused(within(of_rows(rows - 1)).await, verb);
        assert_eq!((number(&refusal, "limit"), number(&refusal, "came_to")), (rows - 1, rows), "{verb}");
        let refusal = refused(within(QuestionLimits { time: Duration::ZERO, ..QuestionLimits::default() }).await, verb);
        assert_eq!(refusal.facts["of"], "milliseconds", "{verb}");
        let of_bytes = |answer_bytes| QuestionLimits { answer_bytes, ..QuestionLimits::default() };
        // How long the answer is, is found out part by part.
        let (mut bytes, mut answered) = (0, within(of_bytes(0)).await);
        while answered.is_err() {
            let refusal = refused(answered, verb);
            assert_eq!((refusal.facts["of"].as_str(), number(&refusal, "limit")), (Some("answer_bytes"), bytes));
            bytes = number(&refusal, "came_to");
            answered = within(of_bytes(bytes)).await;
        }
        assert_eq!(answered.expect("it is at the limit"), whole, "{verb}");
        refused(within(of_bytes(bytes - 1)).await, verb);
    }
}

#[tokio::test]
async fn the_reasons_of_a_decision_are_an_answer_too() {
    let scene = world(MANY).await;
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked");
    let question = Question::new(asker("user:many"), Action::Read, wide());
    let decision = reader.check(&question).await.expect("it can be asked");
    assert_eq!(decision.reasons.len(), MANY);
    let bytes = serde_json::to_string(&decision).expect("it has a JSON form").len() as u64;
    let within = |answer_bytes| reader.within_limits(QuestionLimits { answer_bytes, ..QuestionLimits::default() });
    assert_eq!(within(bytes).check(&question).await.expect("it is at the limit"), decision);
    let above = within(bytes - 1).check(&question).await.map(|decision| decision.reasons.len());
    assert_eq!(number(&refused(above, "check"), "came_to"), bytes);
}

#[tokio::test]
async fn a_question_whose_caller_has_gone_begins_no_other_slice() {
    let turns = QuestionLimits { turn: Duration::ZERO, ..QuestionLimits::default() };
    let scene = world(FEW).await;
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked");
    let reader = reader.within_limits(turns);
    for verb in VERBS {
        let rows = || scene.engine.rows_looked_at();
        let before = rows();
        asked(&reader, verb).await.expect("it can be asked");
        let (whole, before) = (rows() - before, rows());
        let mut gone: Pin<Box<dyn Future<Output = _>>> = Box::pin(asked(&reader, verb));
        let mut context = Context::from_waker(Waker::noop());
        assert!(gone.as_mut().poll(&mut context).is_pending(), "{verb} gives way");
        drop(gone);
        tokio::task::yield_now().await;
        assert!(rows() - before < whole, "{verb} went on without anybody who asks");
    }
    let scene = world(MANY).await;
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked").within_limits(turns);
    let on = wide();
    // From then on the order of users is known.
    reader.who(Action::Read, &on).await.expect("it can be asked");
    let mut who = pin!(reader.who(Action::Read, &on));
    let before = scene.engine.rows_looked_at();
    for slices in 0..2 {
        assert!(who.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(scene.engine.rows_looked_at() - before, slices * 256, "a slice at a time");
    }
}
