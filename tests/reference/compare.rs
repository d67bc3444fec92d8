//! One history against a candidate and the reference: answers, events, and decisions at every position; again after it
//! was reopened, and after it was rebuilt, asked cold and warm.
//!
//! Read on in [`super::questions`] (what is asked).

use super::candidate::Candidate;
use super::oracle::{Answer, Log, Mode};
use super::oracle_candidate::clock;
use super::questions::{Asked, questions};
use super::worlds::History;
use caseward_events::{Code, Recorded, Warning};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a run has met.
#[derive(Default, Debug)]
pub struct Coverage {
    /// Rules that decided a check, and how often.
    pub rules: BTreeMap<String, usize>,
    /// Codes of refused lines, likewise.
    pub codes: BTreeMap<Code, usize>,
    /// Codes of warnings, likewise.
    pub warnings: BTreeMap<&'static str, usize>,
    /// Types of events, likewise; and what stands out among them.
    pub events: BTreeMap<&'static str, usize>,
    /// Lines sent, lines accepted, lines accepted that appended something.
    pub lines: [usize; 3],
    /// Questions, each asked several times.
    pub questions: usize,
}

/// Ok where the candidate does as the reference does; else the first difference.
pub fn agree<C: Candidate>(history: &History, open: impl FnOnce() -> C, met: &mut Coverage) -> Result<(), String> {
    let mut log = Log::default();
    let expected: Vec<Answer> = history.lines.iter().map(|line| log.submit(line, Mode::Import, clock())).collect();
    let mut candidate = open();
    let cut = usize::try_from(history.seed).unwrap_or(0) % (history.lines.len() + 1);
    let mut answers = candidate.import(&history.lines[..cut]);
    answers.extend(candidate.import(&history.lines[cut..]));
    if answers.len() != expected.len() {
        return Err(format!("{} answers to {} lines", answers.len(), expected.len()));
    }
    for (line, (answer, expected)) in history.lines.iter().zip(answers.iter().zip(&expected)) {
        met.line(expected);
        let given = comparable_answer(answer);
        differ(&expected.comparable(), &given, || format!("the answer to the line {line}"))?;
    }
    same_events(&log, &candidate.events(), &history.lines)?;
    let asked = questions(history, &log);
    for rule in asked.iter().filter_map(|question| question.expected["rule"].as_str()) {
        *met.rules.entry(rule.to_owned()).or_default() += 1;
    }
    met.questions += asked.len();
    for recorded in &log.events {
        *met.events.entry(recorded.event.name()).or_default() += 1;
        if recorded.index == 1 {
            let together = if recorded.event.name() == "grant_revoked" { "cascade" } else { "creator_grant" };
            *met.events.entry(together).or_default() += 1;
        }
    }
    ask_all(&candidate, asked.iter(), "after the import")?;
    // The first question after each opening is asked cold, and again when all others have been; each opening begins
    // with another question.
    let middle = asked.len() / 2;
    let cold = |candidate: &C, when: &str| {
        let round = asked.iter().skip(middle).chain(asked.iter().take(middle));
        ask_all(candidate, round.chain(asked.iter().skip(middle).take(1)), when)
    };
    let candidate = candidate.reopened();
    ask_all(&candidate, asked.iter().rev().take(8), "right after it was reopened")?;
    let candidate = candidate.reopened();
    cold(&candidate, "after it was reopened")?;
    let candidate = candidate.rebuilt();
    same_events(&log, &candidate.events(), &history.lines)?;
    ask_all(&candidate, asked.iter().rev(), "after it was rebuilt")
}

fn ask_all<'q, C: Candidate>(candidate: &C, asked: impl Iterator<Item = &'q Asked>, when: &str) -> Result<(), String> {
    for asked in asked {
        let answer = if asked.who { candidate.who(&asked.question) } else { candidate.check(&asked.question) };
        let verb = if asked.who { "who" } else { "check" };
        let what = || format!("the answer, {when}, to {verb} {}", asked.question);
        differ(&asked.expected, &picked(&answer, &asked.expected), what)?;
    }
    Ok(())
}

/// The fields of the answer that are compared: those of the expected one, in reasons too.
fn picked(answer: &Value, expected: &Value) -> Value {
    const OF_REASONS: [&str; 6] = ["rule", "effect", "source", "subject", "rights", "events"];
    let pick = |from: &Value, keys: &[&str]| {
        keys.iter().map(|key| ((*key).to_owned(), from[*key].clone())).collect::<serde_json::Map<_, _>>()
    };
    let keys: Vec<&str> = expected.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    let mut picked = pick(answer, &keys);
    if let Some(reasons) = picked.get_mut("reasons").and_then(Value::as_array_mut) {
        for reason in reasons {
            // A reason that takes everything may leave `rights` out.
            let mut fields = pick(reason, &OF_REASONS);
            if fields["rights"].is_null() {
                fields.insert("rights".to_owned(), json!([]));
            }
            *reason = Value::Object(fields);
        }
    }
    Value::Object(picked)
}

fn differ(expected: &Value, given: &Value, what: impl Fn() -> String) -> Result<(), String> {
    if expected == given {
        return Ok(());
    }
    Err(format!("{}\n  reference: {expected}\n  candidate: {given}", what()))
}

/// Status, code, position, number of events, codes of warnings, whether it is a replay.
fn comparable_answer(answer: &Value) -> Value {
    if answer["status"] == "refused" {
        return json!({"status": "refused", "code": answer["code"]});
    }
    let mut warnings: Vec<&str> =
        answer["warnings"].as_array().into_iter().flatten().filter_map(|warning| warning["code"].as_str()).collect();
    warnings.sort_unstable();
    json!({"status": answer["status"], "position": answer["position"],
           "events": answer["events"].as_array().map(Vec::len), "warnings": warnings,
           "replayed": answer["replayed"] == true})
}

impl Answer {
    fn comparable(&self) -> Value {
        match self {
            Answer::Refused(code) => json!({"status": "refused", "code": code.name()}),
            Answer::Accepted { position, events, warnings, replayed } => {
                json!({"status": "accepted", "position": position, "events": events, "warnings": warnings,
                       "replayed": replayed})
            }
        }
    }
}

impl Coverage {
    fn line(&mut self, answer: &Answer) {
        self.lines[0] += 1;
        match answer {
            Answer::Refused(code) => *self.codes.entry(*code).or_default() += 1,
            Answer::Accepted { events, warnings, .. } => {
                self.lines[1] += 1;
                self.lines[2] += usize::from(*events > 0);
                for warning in warnings {
                    *self.warnings.entry(warning).or_default() += 1;
                }
            }
        }
    }
}

/// The same events in the same envelopes; but an id that was left out is the candidate's, and digests may be keyed.
fn same_events(log: &Log, given: &[Recorded], lines: &[String]) -> Result<(), String> {
    if log.events.len() != given.len() {
        return Err(format!("{} events, the reference has {}", given.len(), log.events.len()));
    }
    let sent: BTreeSet<String> = lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["id"].as_str().map(str::to_owned))
        .collect();
    for (expected, given) in log.events.iter().zip(given) {
        let normal = |recorded: &Recorded| {
            let mut json = recorded.to_json();
            if !sent.contains(expected.command_id.as_str()) {
                json["command_id"] = Value::Null;
            }
            json["place"] = json!([recorded.index, recorded.count, recorded.commit_index, recorded.commit_count]);
            let warnings = recorded.first.as_ref().map(|first| first.warnings.iter().map(in_order).collect::<Vec<_>>());
            json["warnings"] = json!(warnings);
            json
        };
        let number = given.position;
        differ(&normal(expected), &normal(given), || format!("event {number}"))?;
    }
    Ok(())
}

/// The spec leaves open in which order a warning names entries.
fn in_order(warning: &Warning) -> Value {
    let mut json = warning.to_json();
    json["message"] = Value::Null;
    if let Some(entries) = json["entries"].as_array_mut() {
        entries.sort_by_key(Value::to_string);
    }
    json
}
