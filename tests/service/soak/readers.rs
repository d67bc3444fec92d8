//! Readers: they ask about users and cases, now and as of a position, and keep what they were answered.

use super::chance::Chance;
use super::client::Client;
use super::oracle::{instant, text};
use super::producers::{CASES, PRODUCERS, USERS};
use super::scene::Scene;
use caseward_events::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// From one question of a reader to the next.
const PAUSE: Duration = Duration::from_millis(20);
/// Questions of one request with several.
const BATCH: u64 = 20;

/// A question with its answer.
pub struct Answered {
    pub case: String,
    pub right: &'static str,
    pub position: u64,
    pub said: Said,
}

/// What was answered.
pub enum Said {
    /// Whether a user may, at an instant.
    May { user: String, at: Timestamp, may: bool },
    /// Who may, of those whose access has no end.
    Who(Vec<String>),
}

/// Asks until there is no more time.
pub fn read(scene: &Scene, number: u64) -> Vec<Answered> {
    let (mut chance, mut client) = (Chance::of("reader", number), Client::of(scene.service.address));
    let mut answered = Vec::new();
    while !scene.is_over() {
        match chance.below(4) {
            0 => answered.extend(who(scene, &mut client, &mut chance)),
            1 => answered.extend(checks(scene, &mut client, &mut chance)),
            2 => answered.extend(check(scene, &mut client, &mut chance, None)),
            _ => {
                let past = chance.below(scene.acknowledged()) + 1;
                answered.extend(check(scene, &mut client, &mut chance, Some(past)));
            }
        }
        std::thread::sleep(PAUSE);
    }
    answered
}

/// A question: who, which right, on which case.
type Question = (String, &'static str, String);

fn question(chance: &mut Chance) -> Question {
    let producer = chance.below(PRODUCERS);
    // Grants with an end are to users of their own, with the number of their command.
    let user = match chance.in_a_hundred(20) {
        true => format!("user:w{producer}-{}", chance.below(500)),
        false => format!("user:u{}", chance.below(USERS)),
    };
    let right = if chance.in_a_hundred(50) { "read" } else { "write" };
    (user, right, format!("case:c{producer}-{}", chance.below(CASES)))
}

fn check(scene: &Scene, client: &mut Client, chance: &mut Chance, as_of: Option<u64>) -> Option<Answered> {
    let question = question(chance);
    let body = json!({"subject": question.0, "action": question.1, "resource": question.2, "as_of": as_of});
    // What was acknowledged to anybody is there for everybody.
    let at_least = scene.acknowledged();
    let path = format!("/v1/orgs/default/check?at_least={at_least}");
    let answer = scene.answered(client.ask("POST", &path, &[], &body.to_string()))?;
    match as_of {
        Some(position) => assert_eq!(answer["position"], position, "{answer}"),
        None => assert!(answer["position"].as_u64() >= Some(at_least), "{at_least} was acknowledged: {answer}"),
    }
    Some(of(question, &answer))
}

fn checks(scene: &Scene, client: &mut Client, chance: &mut Chance) -> Vec<Answered> {
    let questions: Vec<_> = (0..BATCH).map(|_| question(chance)).collect();
    let asked = |(user, right, case): &Question| json!({"subject": user, "action": right, "resource": case});
    let body = json!({ "questions": questions.iter().map(asked).collect::<Vec<_>>() });
    let answer = client.ask("POST", "/v1/orgs/default/checks", &[], &body.to_string());
    let Some(answer) = scene.answered(answer) else { return Vec::new() };
    let answers = answer["answers"].as_array().expect("it is a list");
    assert_eq!(answers.len(), questions.len());
    assert!(answers.iter().all(|one| one["position"] == answer["position"]), "of one position: {answer}");
    questions.into_iter().zip(answers).map(|(question, answer)| of(question, answer)).collect()
}

fn of((user, right, case): Question, answer: &Value) -> Answered {
    let may = answer["decision"].as_bool().expect("it is decided");
    let position = answer["position"].as_u64().expect("it names one");
    Answered { case, right, position, said: Said::May { user, at: instant(text(answer, "at")), may } }
}

fn who(scene: &Scene, client: &mut Client, chance: &mut Chance) -> Option<Answered> {
    let (_, right, case) = question(chance);
    let path = format!("/v1/orgs/default/who?resource={case}&action={right}&limit=1000");
    let answer = scene.answered(client.ask("GET", &path, &[], ""))?;
    assert_eq!(answer["next"], Value::Null, "all of them are on one page");
    let subjects = answer["subjects"].as_array().expect("it is a list").iter();
    let subjects = subjects.map(|user| user.as_str().expect("it has a name").to_owned());
    let users = subjects.filter(|user| user.starts_with("user:u")).collect();
    let position = answer["position"].as_u64().expect("it names one");
    Some(Answered { case, right, position, said: Said::Who(users) })
}
