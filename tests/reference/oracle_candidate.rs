//! The reference behind the trait of the engines under test: it lets the harness, the worlds and the coverage run
//! before there is an engine, and shows that the JSON in between loses nothing.

use super::candidate::Candidate;
use super::oracle::evaluate::actions_of;
use super::oracle::{Answer, Log, Mode, Who, World, check, what, who};
use super::questions::stretch::{Past, Worlds};
use caseward_events::{Action, Asker, Event, Recorded, Resource, Timestamp};
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// The reference's clock: after all that the worlds draw, before what lies ahead. A real clock does as well.
pub fn clock() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().expect("it is an instant")
}

/// The reference, with the worlds it folded so far.
#[derive(Default)]
pub struct OracleCandidate {
    log: Log,
    worlds: Worlds,
}

struct ParsedQuestion {
    position: u64,
    at: Timestamp,
    action: Action,
    resource: String,
    subject: String,
}

impl OracleCandidate {
    fn world(&self, position: u64) -> Rc<World> {
        self.worlds.at(&self.log, position)
    }

    /// The same over events that were changed.
    pub fn over(&self, change: impl Fn(&mut Event)) -> OracleCandidate {
        let mut log = self.log.clone();
        log.events.iter_mut().for_each(|recorded| change(&mut recorded.event));
        OracleCandidate { log, worlds: Worlds::default() }
    }

    /// `None` where it cannot be asked: `invalid`.
    fn parse(&self, question: &Value, with_subject: bool) -> Option<ParsedQuestion> {
        let fields: &Map<String, Value> = question.as_object()?;
        let known = ["subject", "action", "resource", "as_of", "at", "id", "expect", "rule"];
        if fields.keys().any(|key| !known.contains(&key.as_str())) {
            return None;
        }
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        let action: Action = text("action")?.parse().ok()?;
        let resource = text("resource")?.parse::<Resource>().ok()?.to_string();
        let subject = if with_subject { text("subject")?.parse::<Asker>().ok()?.to_string() } else { String::new() };
        // An action that the kind of resource does not have is `invalid`.
        if !actions_of(&resource).contains(&action) {
            return None;
        }
        let (position, at) = self.resolve(fields)?;
        Some(ParsedQuestion { position, at, action, resource, subject })
    }

    /// The position and the instant that windows are compared with.
    fn resolve(&self, fields: &Map<String, Value>) -> Option<(u64, Timestamp)> {
        // `as_of`: a position, or an instant that resolves to the last position recorded at or before it; default: the
        // head. A position above the head is `invalid`. `at`: default the instant given as `as_of`, the recorded time
        // of the position given as `as_of`, or now, which is never before the head's time.
        let head = self.log.head();
        let (position, default_at) = match fields.get("as_of") {
            None | Some(Value::Null) => (head, clock().max(self.log.time_of(head))),
            Some(Value::Number(number)) => {
                let position = number.as_u64().filter(|position| *position <= head)?;
                (position, self.log.time_of(position))
            }
            Some(Value::String(instant)) => {
                let instant: Timestamp = instant.parse().ok()?;
                (self.log.position_at(instant), instant)
            }
            Some(_) => return None,
        };
        let at = match fields.get("at") {
            None | Some(Value::Null) => default_at,
            Some(at) => at.as_str()?.parse().ok()?,
        };
        Some((position, at))
    }
}

fn invalid() -> Value {
    json!({"status": "refused", "code": "invalid", "message": "this cannot be asked"})
}

impl Candidate for OracleCandidate {
    fn import(&mut self, lines: &[String]) -> Vec<Value> {
        let answers = lines.iter().map(|line| self.log.submit(line, Mode::Import, clock()));
        answers.map(|answer| answer.to_json()).collect()
    }

    fn check(&self, question: &Value) -> Value {
        let Some(asked) = self.parse(question, true) else { return invalid() };
        let world = self.world(asked.position);
        let verdict = check(&world, &asked.subject, asked.action, &asked.resource, asked.at);
        verdict.to_json(asked.position, asked.at)
    }

    fn who(&self, question: &Value) -> Value {
        let Some(asked) = self.parse(question, false) else { return invalid() };
        let world = self.world(asked.position);
        who(&world, asked.action, &asked.resource, asked.at).to_json(asked.position)
    }

    fn what(&self, question: &Value) -> Value {
        let text = |key: &str| question[key].as_str();
        let resolved = question.as_object().and_then(|fields| self.resolve(fields));
        let action = text("action").and_then(|action| action.parse().ok());
        let (Some((position, at)), Some(subject), Some(action)) = (resolved, text("subject"), action) else {
            return invalid();
        };
        let definition = text("definition").map(|id| format!("definition:{id}"));
        let found = what(&self.world(position), subject, action, definition.as_deref(), at);
        json!({"resources": found, "position": position})
    }

    fn access(&self, question: &Value) -> Value {
        let text = |key: &str| question[key].as_str().expect("the question names it");
        let instant = |key: &str| question[key].as_str().map(|text| text.parse().expect("it is an instant"));
        let action = text("action").parse().expect("it is an action");
        let known = question["as_of"].as_u64().unwrap_or(self.log.head());
        let from = instant("from").unwrap_or(self.log.time_of(1));
        let to = instant("to").unwrap_or_else(clock);
        if from >= to {
            return invalid();
        }
        let asked = (text("subject"), action, text("resource"));
        json!({"intervals": Past::of(&self.log, &self.worlds).access(asked, (from, to), known)})
    }

    fn diff(&self, question: &Value) -> Value {
        let moment = |key: &str| match question[key].as_u64() {
            Some(position) => (position, self.log.time_of(position)),
            None => {
                let at = question[key].as_str().expect("an instant").parse().expect("an instant");
                (self.log.position_at(at), at)
            }
        };
        let of = question["of"].as_str().expect("the question names it");
        let (past, stretch) = (Past::of(&self.log, &self.worlds), (moment("from"), moment("to")));
        let mut told = past.diff(of, stretch);
        if of == "organization" {
            let change = |pair: &Value| json!({"subject": pair[0], "resource": pair[1]});
            let first = |tally: &Value| tally[2].as_array().into_iter().flatten().map(change).collect::<Vec<_>>();
            let told_by_cause = |tally: &Value| json!({"cause": tally[0], "pairs": tally[1], "first": first(tally)});
            let tallies = past.tallies(stretch);
            told["by_cause"] = tallies.as_array().into_iter().flatten().map(told_by_cause).collect();
        }
        told
    }

    fn events(&self) -> Vec<Recorded> {
        self.log.events.clone()
    }

    fn reopened(self) -> Self {
        OracleCandidate { log: self.log, worlds: Worlds::default() }
    }

    fn rebuilt(self) -> Self {
        self.reopened()
    }
}

impl Who {
    /// As `interface.md` section 3 has it.
    pub fn to_json(&self, position: u64) -> Value {
        json!({"everyone": self.everyone, "subjects": self.subjects, "links": self.links, "position": position})
    }
}

impl Answer {
    /// As `interface.md` section 1 has it, the texts apart.
    fn to_json(&self) -> Value {
        match self {
            Answer::Refused(code) => json!({"status": "refused", "code": code.name(), "message": ""}),
            Answer::Accepted { position, events, warnings, replayed } => {
                let warnings: Vec<Value> = warnings.iter().map(|code| json!({"code": code})).collect();
                let events = vec![json!({}); *events];
                let mut answer =
                    json!({"status": "accepted", "position": position, "events": events, "warnings": warnings});
                if *replayed {
                    answer["replayed"] = true.into();
                }
                answer
            }
        }
    }
}
