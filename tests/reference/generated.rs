//! Histories to be tried: drawn command lines for `import`, over few users, groups, definitions and cases, so that they
//! meet often.
//!
//! A history begins with a cast (org admins, definitions, nested groups, cases), any line of which may be missing, and
//! goes on in steps. A step draws three commands; mostly the first that the reference accepts is taken, so that most of
//! a history happens, sometimes the first that is refused for what it is about, and sometimes the first as it is, so
//! that every refusal is met. Times stand still, go on, and now
//! and then go back or lie ahead; windows open and close between them, on the same grid.
//! Read on in [`super::generators`] (the commands) and [`aims`] (how they meet).

mod aims;

use super::generators::{Draft, UNDO, cast, draft};
use super::oracle::decide::{Accepted, Mode, decide};
use super::oracle::streams::version;
use super::oracle::{Log, World};
use super::oracle_candidate::clock;
use aims::{aimed, undoing};
use caseward_events::{Code, Submission, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Lines for `import`.
#[derive(Clone)]
pub struct History {
    /// In order.
    pub lines: Vec<String>,
    /// Chooses the questions.
    pub seed: u64,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// The time of the first line.
pub fn first_time() -> Timestamp {
    "2025-01-10T00:00:00Z".parse().expect("it is an instant")
}

/// Times and the bounds of windows lie on one grid of 90 minutes, so that they meet.
pub const GRID_MICROS: i64 = 90 * 60 * 1_000_000;

#[derive(Clone, Debug)]
struct Step {
    drafts: Vec<Draft>,
    liking: Liking,
    micros_later: i64,
    id: Id,
    expected: Expected,
    quirk: Quirk,
    reason: bool,
}

/// Which of its drafts a step takes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Liking {
    Change,
    Refusal,
    None,
}

#[derive(Clone, Debug)]
enum Id {
    Fresh,
    Absent,
    SentAgain(prop::sample::Index),
    OtherBody(prop::sample::Index),
}

#[derive(Clone, Debug, PartialEq)]
enum Expected {
    Nothing,
    Right,
    Wrong,
}

#[derive(Clone, Debug)]
enum Quirk {
    None,
    Back,
    Ahead,
    NoTime,
    Malformed(usize),
}

fn step() -> BoxedStrategy<Step> {
    let micros_later = prop_oneof![
        5 => (1..=4_i64).prop_map(|steps| steps * GRID_MICROS),
        3 => Just(0),
        1 => Just(1),
        1 => Just(GRID_MICROS / 3),
    ];
    let id = prop_oneof![
        16 => Just(Id::Fresh),
        2 => Just(Id::Absent),
        1 => any::<prop::sample::Index>().prop_map(Id::SentAgain),
        1 => any::<prop::sample::Index>().prop_map(Id::OtherBody),
    ];
    let expected = prop_oneof![16 => Just(Expected::Nothing), 2 => Just(Expected::Right), 1 => Just(Expected::Wrong)];
    let quirk = prop_oneof![
        40 => Just(Quirk::None),
        1 => Just(Quirk::Back),
        1 => Just(Quirk::Ahead),
        1 => Just(Quirk::NoTime),
        2 => (0..MALFORMED.len()).prop_map(Quirk::Malformed),
    ];
    let drafts = prop::collection::vec(draft(), 3);
    let liking = prop_oneof![13 => Just(Liking::Change), 5 => Just(Liking::Refusal), 2 => Just(Liking::None)];
    (drafts, liking, micros_later, id, expected, quirk, any::<bool>())
        .prop_map(|(drafts, liking, micros_later, id, expected, quirk, reason)| Step {
            drafts,
            liking,
            micros_later,
            id,
            expected,
            quirk,
            reason,
        })
        .boxed()
}

/// Histories of some 20 to 110 lines; a shrunk one may have fewer.
pub fn histories() -> impl Strategy<Value = History> {
    let steps = prop::collection::vec(step(), 2..76);
    (cast(), steps, any::<u64>()).prop_map(|(cast, steps, seed)| Telling::default().tell(cast, &steps, seed))
}

#[derive(Default)]
struct Telling {
    log: Log,
    /// At the head.
    world: World,
    lines: Vec<String>,
    time: Option<Timestamp>,
}

impl Telling {
    fn tell(mut self, cast: Vec<Draft>, steps: &[Step], seed: u64) -> History {
        self.time = Some(first_time());
        for draft in cast {
            let line = self.line(&draft);
            self.send(line.to_string());
        }
        for step in steps {
            let line = self.step(step);
            self.send(line);
        }
        History { lines: self.lines, seed }
    }

    fn send(&mut self, line: String) {
        self.log.submit(&line, Mode::Import, clock());
        self.world = World::at(&self.log.events, self.log.head());
        self.lines.push(line);
    }

    fn now(&self) -> Timestamp {
        self.time.unwrap_or_else(first_time)
    }

    fn line(&self, draft: &Draft) -> Value {
        let mut line = json!({"time": self.now().to_string(), "command": draft.command});
        let mut actor = draft.actor.map(str::to_owned);
        if draft.command == UNDO {
            let undoing = undoing(&self.world);
            let (by, command) = draft.aim.as_ref().map_or(&undoing[0], |aim| aim.get(&undoing)).clone();
            line["command"] = command;
            actor = by.or(actor);
        }
        if let Some(aim) = draft.aim {
            actor = aimed(&self.world, &mut line["command"], aim).or(actor);
        }
        line["id"] = format!("c-{}", self.lines.len() + 1).into();
        if let Some(actor) = actor {
            line["actor"] = actor.into();
        }
        if line["command"].get("break_glass").is_some() {
            line["reason"] = "an emergency".into();
        }
        line
    }

    fn step(&mut self, step: &Step) -> String {
        self.time = Some(Timestamp::from_micros(self.now().as_micros() + step.micros_later));
        if let Quirk::Malformed(which) = step.quirk {
            return MALFORMED[which].replace("TIME", &self.now().to_string());
        }
        if let (Id::SentAgain(which), false) = (&step.id, self.lines.is_empty()) {
            let line: &String = which.get(&self.lines);
            return self.sent_again(line);
        }
        let mut line = self.line(self.chosen(step));
        match &step.id {
            Id::Absent => drop(line.as_object_mut().and_then(|line| line.remove("id"))),
            Id::OtherBody(which) => {
                // One that was sent: ids that were left out are each candidate's own.
                let sent: Vec<_> = self.log.events.iter().map(|event| event.command_id.as_str()).collect();
                let sent: Vec<_> = sent.into_iter().filter(|id| !id.starts_with("made-")).collect();
                if !sent.is_empty() {
                    line["id"] = (*which.get(&sent)).into();
                }
            }
            _ => {}
        }
        if step.reason {
            line["reason"] = format!("reason {}", self.lines.len()).into();
            line["causation_id"] = "cause".into();
        }
        if step.expected != Expected::Nothing {
            let wrong = u64::from(step.expected == Expected::Wrong);
            line["expected_version"] = (self.version(&line) + wrong).into();
        }
        match step.quirk {
            Quirk::Back => {
                line["time"] = Timestamp::from_micros(self.now().as_micros() - 999_999_999).to_string().into()
            }
            Quirk::Ahead => line["time"] = "2999-01-01T00:00:00Z".into(),
            Quirk::NoTime => drop(line.as_object_mut().and_then(|line| line.remove("time"))),
            _ => {}
        }
        line.to_string()
    }

    /// The same line, or one that differs in what is not compared, or in what is.
    fn sent_again(&self, line: &str) -> String {
        let Ok(mut again) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
        if again.is_object() {
            match self.lines.len() % 4 {
                0 => {}
                1 => again["reason"] = "another one".into(),
                _ => {
                    again["time"] = self.now().to_string().into();
                    again["correlation_id"] = "again".into();
                }
            }
        }
        again.to_string()
    }

    /// As the step likes it, the first draft that changes something, or that its own row refuses with the last code;
    /// else the first.
    fn chosen<'s>(&self, step: &'s Step) -> &'s Draft {
        let outcome = |draft: &Draft| {
            decide(&self.log.events, &self.log.bodies, &self.line(draft).to_string(), Mode::Import, clock())
        };
        let changes = |draft: &&Draft| matches!(outcome(draft), Ok(Accepted::New { events, .. }) if !events.is_empty());
        let refused = |draft: &&Draft| outcome(draft).err().filter(|code| *code > Code::NotFound);
        let liked = match step.liking {
            Liking::Change => step.drafts.iter().find(changes),
            Liking::Refusal => step.drafts.iter().max_by_key(refused),
            Liking::None => None,
        };
        liked.unwrap_or_else(|| step.drafts.first().expect("three are drawn"))
    }

    fn version(&self, line: &Value) -> u64 {
        let submission = Submission::from_value(line).expect("the drafts are objects");
        submission.content.map_or(0, |content| version(&self.log.events, &content.command))
    }
}

/// What is no command, whatever the log holds.
const MALFORMED: [&str; 18] = [
    "{",
    "[]",
    r#"{"time":"TIME"}"#,
    r#"{"time":"TIME","command":{"grand":{"on":"case:C1","to":"user:ann"}}}"#,
    r#"{"time":"TIME","command":{"grant":{"on":"case:C1","to":"user:ann","access":[]}}}"#,
    r#"{"time":"TIME","actor":"user:oa","command":{"grant":{"on":"case:C1","to":"user:ann","access":["register"]}}}"#,
    r#"{"time":"TIME","actor":"user:oa","command":{"grant":{"on":"organization","to":"user:ann","access":["administer"]}}}"#,
    r#"{"time":"TIME","actor":"user:oa","command":{"grant":{"on":"definition:D1","to":"user:ann","access":["restrict"]}}}"#,
    r#"{"time":"TIME","actor":"user:oa","command":{"restrict_case":{"case":"C1","entries":[{"to":"user:ann"},{"to":"user:ann"}]}}}"#,
    r#"{"time":"TIME","actor":"group:g1","command":{"complete_case":{"case":"C1"}}}"#,
    r#"{"time":"TIME","who":"me","command":{"complete_case":{"case":"C1"}}}"#,
    r#"{"time":"TIME","id":" ","command":{"complete_case":{"case":"C1"}}}"#,
    r#"{"time":"TIME","actor":"user:ann","command":{"break_glass":{"case":"C1","minutes":5}}}"#,
    r#"{"time":"TIME","actor":"user:ann","reason":" ","command":{"break_glass":{"case":"C1","minutes":5}}}"#,
    r#"{"time":"TIME","reason":"who?","command":{"break_glass":{"case":"C1","minutes":5}}}"#,
    r#"{"time":"TIME","actor":"user:ann","reason":"none","command":{"break_glass":{"case":"C1","minutes":0}}}"#,
    r#"{"time":"TIME","actor":"user:oa","command":{"check_out_item":{"item":"i1","organization":"default"}}}"#,
    r#"{"time":"TIME","actor":"user:ann","command":{"delegate":{"delegation":"d1","from":"user:ann","to":"user:ann"}}}"#,
];
