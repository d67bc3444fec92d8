//! The engine over a log that was brought over: what it is given goes to one engine, and the commands that this one's
//! events came of go to another, which is asked.

use super::candidate::Candidate;
use super::engine::EngineCandidate;
use caseward_events::command::OnExisting;
use caseward_events::{Command, CommandId, Recorded, Submission};
use serde_json::Value;
use std::collections::BTreeSet;

/// An engine that is asked, over the commands that the events of another one came of.
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

impl Remade {
    /// The commands of both logs are known to both: sent again they append nothing. So are lines as they were given, in
    /// the log that they were brought to, but for what no event tells.
    pub fn assert_known(&mut self, lines: &[String]) {
        let commands = self.given.commands();
        for engine in [&mut self.given, &mut self.asked] {
            let answers = engine.import(&commands);
            let unknown = commands.iter().zip(&answers).find(|(_, answer)| answer["replayed"] != true);
            assert_eq!(unknown, None, "it was exported");
        }
        let known: BTreeSet<CommandId> = self.given.events().into_iter().map(|event| event.command_id).collect();
        let told = lines.iter().filter(|line| is_told_by_events(line, &known)).cloned().collect::<Vec<_>>();
        let [first, again] = [self.given.import(&told), self.asked.import(&told)];
        // A reason that was erased was not brought over.
        let is_whole = |answer: &Value| answer["replayed"] == true && answer["events"][0]["reason_erased"] != true;
        let pairs = told.iter().zip(first.iter().zip(&again));
        let other = pairs.into_iter().find(|(_, (first, again))| is_whole(first) && again["replayed"] != true);
        assert_eq!(other, None, "it was given");
    }
}

/// Whether events tell all that a line says: not what version was expected, nor what a command left as it was.
fn is_told_by_events(line: &str, known: &BTreeSet<CommandId>) -> bool {
    let Ok(submission) = Submission::parse(line.as_bytes()) else { return false };
    let Ok(content) = submission.content else { return false };
    let is_told = match &content.command {
        Command::Grant(grant) => grant.on_existing == OnExisting::Error,
        Command::UpdateGrant(_)
        | Command::AssignActivity(_)
        | Command::ReleaseActivity(_)
        | Command::AdoptPolicy(_)
        | Command::ConfigureProfile(_)
        | Command::SetFormAccess(_) => false,
        _ => true,
    };
    is_told && content.expected_version.is_none() && submission.id.is_some_and(|id| known.contains(&id))
}

/// All that does not depend on the keys of a store, and whether the reason lies under one. One that was erased is left
/// out, as the commands leave it out.
fn without_what_keys_make(recorded: &Recorded) -> String {
    let Recorded { index, count, commit_index, commit_count, reason, first, .. } = recorded;
    let is_sealed = reason.as_ref().is_some_and(|reason| reason.key().is_some() && reason.text().is_some());
    let warnings = first.as_ref().map(|first| &first.warnings);
    let mut json = recorded.to_json();
    json.as_object_mut().and_then(|json| json.remove("reason_erased"));
    format!("{json} {index}/{count} {commit_index}/{commit_count} {is_sealed} {warnings:?}")
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

    fn holds_the_lines(&self) -> bool {
        false
    }

    fn reopened(self) -> Self {
        Remade { given: self.given, asked: self.asked.reopened() }
    }

    fn rebuilt(self) -> Self {
        Remade { given: self.given, asked: self.asked.rebuilt() }
    }
}
