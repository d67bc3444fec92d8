//! The engine over a log that was brought over: what it is given goes to one engine, and the commands that this one's
//! events came of go to another, which is asked.

use super::candidate::Candidate;
use super::engine::EngineCandidate;
use caseward_events::Recorded;
use serde_json::Value;

/// See the module.
pub struct Remade {
    given: EngineCandidate,
    asked: EngineCandidate,
}

impl Remade {
    /// Two empty engines.
    pub fn empty() -> Self {
        Remade { given: EngineCandidate::empty(), asked: EngineCandidate::empty() }
    }

    /// What of the second log is not as in the first; only the digests of bodies may differ.
    pub fn difference(&self) -> Option<String> {
        let (given, again) = (self.given.events(), self.asked.events());
        if given.len() != again.len() {
            return Some(format!("{} events became {}", given.len(), again.len()));
        }
        let pairs = given.iter().map(without_what_keys_make).zip(again.iter().map(without_what_keys_make));
        pairs.into_iter().find(|(one, other)| one != other).map(|(one, other)| format!("{one}\nbecame {other}"))
    }
}

/// All that does not depend on the keys of a store, and under which of them the reason lies.
fn without_what_keys_make(recorded: &Recorded) -> String {
    let Recorded { index, count, commit_index, commit_count, reason, first, .. } = recorded;
    let key = reason.as_ref().map(|reason| (reason.key(), reason.begins()));
    let warnings = first.as_ref().map(|first| &first.warnings);
    format!("{} {index}/{count} {commit_index}/{commit_count} {key:?} {warnings:?}", recorded.to_json())
}

impl Candidate for Remade {
    fn import(&mut self, lines: &[String]) -> Vec<Value> {
        let answers = self.given.import(lines);
        self.asked = EngineCandidate::empty();
        self.asked.import(&self.given.commands());
        answers
    }

    fn check(&self, question: &Value) -> Value {
        self.asked.check(question)
    }

    fn who(&self, question: &Value) -> Value {
        self.asked.who(question)
    }

    fn what(&self, question: &Value) -> Value {
        self.asked.what(question)
    }

    fn access(&self, question: &Value) -> Value {
        self.asked.access(question)
    }

    fn diff(&self, question: &Value) -> Value {
        self.asked.diff(question)
    }

    fn events(&self) -> Vec<Recorded> {
        self.asked.events()
    }

    fn reopened(self) -> Self {
        Remade { given: self.given, asked: self.asked.reopened() }
    }

    fn rebuilt(self) -> Self {
        Remade { given: self.given, asked: self.asked.rebuilt() }
    }
}
