//! One history against a candidate and the reference: answers, events, and decisions at every position; again after it
//! was reopened, and after it was rebuilt, asked cold and warm.
//!
//! Read on in [`super::questions`] (what is asked) and [`super::coverage`] (what a run has met).

use super::candidate::Candidate;
use super::coverage::Coverage;
use super::generated::History;
use super::oracle::reasons::Loosely;
use super::oracle::{Answer, Log, Mode};
use super::oracle_candidate::clock;
use super::questions::{ExpectedAnswer, Verb, questions};
use caseward_events::{Recorded, Warning};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the reference makes of a history.
pub struct Expected<'h> {
    history: &'h History,
    log: Log,
    answers: Vec<Answer>,
    asked: Vec<ExpectedAnswer>,
}

impl<'h> Expected<'h> {
    /// Its answers and events, and what is asked about it.
    pub fn of(history: &'h History) -> Expected<'h> {
        let mut log = Log::default();
        let answers = history.lines.iter().map(|line| log.submit(line, Mode::Import, clock())).collect();
        let asked = questions(history, &log);
        Expected { history, log, answers, asked }
    }

    /// How many.
    pub fn questions(&self) -> usize {
        self.asked.len()
    }

    /// What is asked about it.
    pub fn asked(&self) -> &[ExpectedAnswer] {
        &self.asked
    }

    /// Its lines.
    pub fn lines(&self) -> Vec<String> {
        self.history.lines.clone()
    }

    /// Counts what it meets.
    pub fn count(&self, met: &mut Coverage) {
        self.answers.iter().for_each(|answer| met.line(answer));
        met.history(&self.log, &self.asked);
    }

    /// Ok where the candidate does as the reference does; else the first difference.
    pub fn agree<C: Candidate>(&self, open: impl FnOnce() -> C) -> Result<(), String> {
        let (lines, asked) = (&self.history.lines, &self.asked);
        let mut candidate = open();
        let cut = usize::try_from(self.history.seed).unwrap_or(0) % (lines.len() + 1);
        let mut answers = candidate.import(&lines[..cut]);
        answers.extend(candidate.import(&lines[cut..]));
        if answers.len() != lines.len() {
            return Err(format!("{} answers to {} lines", answers.len(), lines.len()));
        }
        for (line, (answer, expected)) in lines.iter().zip(answers.iter().zip(&self.answers)) {
            let given = comparable_answer(answer);
            differ(&expected.comparable(), &given, || format!("the answer to the line {line}"))?;
        }
        same_events(&self.log, &candidate, lines)?;
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
        same_events(&self.log, &candidate, lines)?;
        ask_all(&candidate, asked.iter().rev(), "after it was rebuilt")
    }
}

fn ask_all<'q, C: Candidate>(
    candidate: &C,
    asked: impl Iterator<Item = &'q ExpectedAnswer>,
    when: &str,
) -> Result<(), String> {
    for asked in asked {
        let (verb, answer) = match asked.verb {
            Verb::Check => ("check", candidate.check(&asked.question)),
            Verb::Who => ("who", candidate.who(&asked.question)),
            Verb::What => ("what", candidate.what(&asked.question)),
            Verb::Access => ("access", candidate.access(&asked.question)),
            Verb::Diff => ("diff", candidate.diff(&asked.question)),
        };
        let what = || format!("the answer, {when}, to {verb} {}", asked.question);
        let mut given = picked(&answer, &asked.expected);
        if given == asked.expected {
            continue;
        }
        let expected = aligned(&asked.expected, &mut given);
        differ(&expected, &given, what)?;
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
    let intervals = picked.get_mut("intervals").and_then(Value::as_array_mut).into_iter().flatten();
    for (number, interval) in intervals.enumerate() {
        let cites = !expected["intervals"][number]["events"].is_null();
        let keys = ["from", "until", "rule"].into_iter().chain(cites.then_some("events"));
        *interval = Value::Object(pick(interval, &keys.collect::<Vec<_>>()));
    }
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
    if let Some(asides) = picked.get_mut("set_aside").and_then(Value::as_array_mut) {
        // The reference knows these two.
        asides.retain(|aside| aside["because"] == "scope" || aside["because"] == "sharing_off");
        let fields = ["rule", "source", "because", "scope", "missing", "events"];
        asides.iter_mut().for_each(|aside| *aside = Value::Object(pick(aside, &fields)));
    }
    for list in ["gained", "lost", "changed"] {
        for change in picked.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let causes = in_short(&change["causes"]);
            *change = Value::Object(pick(change, &["subject", "resource", "before", "after"]));
            change["causes"] = causes;
        }
    }
    if let Some(tallies) = picked.get_mut("by_cause") {
        let told = |tally: &Value| match cause_in_short(&tally["cause"]) {
            position if position.is_u64() => {
                let pair = |change: &Value| json!([change["subject"], change["resource"]]);
                let first: Vec<Value> = tally["first"].as_array().into_iter().flatten().map(pair).collect();
                json!([position, tally["pairs"], first])
            }
            window => json!([window]),
        };
        let mut told: Vec<Value> = tallies.as_array().into_iter().flatten().map(told).collect();
        told.dedup();
        *tallies = told.into();
    }
    Value::Object(picked)
}

/// Positions of events, and instants of windows, each once.
fn in_short(causes: &Value) -> Value {
    let mut causes: Vec<Value> = causes.as_array().into_iter().flatten().map(cause_in_short).collect();
    causes.dedup();
    causes.into()
}

/// A candidate tells a cause by its fields, the reference by its position or instant alone.
fn cause_in_short(cause: &Value) -> Value {
    match cause.as_object() {
        None => cause.clone(),
        Some(_) if cause["window"].is_null() => cause["position"].clone(),
        Some(_) => cause["time"].clone(),
    }
}

/// What is expected, as far as the spec settles it: reasons that it does not order are put in order, and where more
/// than one citation does, one that does is taken for the expected one.
fn aligned(expected: &Value, given: &mut Value) -> Value {
    let mut expected = expected.clone();
    let (Some(wanted), Some(given)) = (expected["reasons"].as_array_mut(), given["reasons"].as_array_mut()) else {
        return expected;
    };
    for reasons in [&mut *wanted, &mut *given] {
        for same in
            reasons.chunk_by_mut(|one, next| ["rule", "source", "subject"].iter().all(|key| one[key] == next[key]))
        {
            same.sort_by_key(|reason| reason["events"].to_string());
        }
    }
    for (wanted, given) in wanted.iter_mut().zip(given) {
        let loosely = wanted.as_object_mut().and_then(|reason| reason.remove("loosely"));
        let loosely = loosely.map(|loosely| serde_json::from_value::<Loosely>(loosely).expect("it was written so"));
        let cited: Vec<u64> = given["events"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        if loosely.is_some_and(|loosely| loosely.is_met_by(&cited)) {
            given["events"] = wanted["events"].clone();
        }
    }
    expected
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

/// The same events in the same envelopes, their reasons under the keys of the same subjects, and equal digests where
/// the bodies are equal; but an id that was left out is the candidate's, and keys have numbers of their own.
fn same_events<C: Candidate>(log: &Log, candidate: &C, lines: &[String]) -> Result<(), String> {
    let given = candidate.events();
    if log.events.len() != given.len() {
        return Err(format!("{} events, the reference has {}", given.len(), log.events.len()));
    }
    let sent: BTreeSet<String> = lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["id"].as_str().map(str::to_owned))
        .collect();
    let (keys, keys_given) = (sealed_for(&log.events), sealed_for(&given));
    let alike = |events: &[Recorded]| if candidate.holds_the_lines() { alike(events) } else { Vec::new() };
    let (bodies, bodies_given) = (alike(&log.events), alike(&given));
    for (index, (expected, given)) in log.events.iter().zip(&given).enumerate() {
        let normal = |recorded: &Recorded, keys: &[Value], bodies: &[Option<usize>]| {
            let mut json = recorded.to_json();
            // A log that was brought over never had it.
            json.as_object_mut().and_then(|json| json.remove("reason_erased"));
            if !sent.contains(expected.command_id.as_str()) {
                json["command_id"] = Value::Null;
            }
            json["place"] = json!([recorded.index, recorded.count, recorded.commit_index, recorded.commit_count]);
            let warnings = recorded.first.as_ref().map(|first| first.warnings.iter().map(in_order).collect::<Vec<_>>());
            json["warnings"] = json!(warnings);
            json["sealed_for"] = keys[index].clone();
            json["body_of_event"] = json!(bodies.get(index));
            json
        };
        let (expected, number) = (normal(expected, &keys, &bodies), given.position);
        differ(&expected, &normal(given, &keys_given, &bodies_given), || format!("event {number}"))?;
    }
    Ok(())
}

/// Under whose key the reason of each event lies, `clear` where it lies under none; null where it cannot be read.
pub fn sealed_for(events: &[Recorded]) -> Vec<Value> {
    let begun = events.iter().filter_map(|recorded| recorded.reason.as_ref()?.begins());
    let subjects: BTreeMap<_, String> = begun.map(|(subject, key)| (key, subject.to_string())).collect();
    let of_one = |recorded: &Recorded| {
        let reason = recorded.reason.as_ref().filter(|reason| reason.text().is_some())?;
        Some(reason.key().map_or("clear".to_owned(), |key| subjects[&key].clone()))
    };
    events.iter().map(|recorded| of_one(recorded).into()).collect()
}

/// The first event whose command had the same digest of its body, for each event that carries one.
fn alike(events: &[Recorded]) -> Vec<Option<usize>> {
    let body = |recorded: &Recorded| recorded.first.as_ref().map(|first| first.digests.body);
    let bodies: Vec<_> = events.iter().map(body).collect();
    bodies.iter().map(|one| one.and_then(|_| bodies.iter().position(|other| other == one))).collect()
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
