//! The engine as a candidate: over a store in memory, asked in the JSON of the interface.

use super::candidate::Candidate;
use caseward::engine::{Batch, Engine, Error, How, MemoryBound, Options, Organization, Plan, Source, SystemClock};
use caseward::events::{OrganizationName, Position, Recorded, Reference, Submission, command_from_events};
use caseward::integrity::signing::SigningKeys;
use caseward::projections::{AsOf, NamingWalk, Question, Resolved, WhatPart};
use caseward::proof::Bundle;
use caseward::proof::make::Maker;
use caseward::store::{MemoryStore, MemoryViews};
use serde_json::Value;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// An engine with a runtime of its own, so that the harness need not be async.
pub struct EngineCandidate {
    runtime: Runtime,
    store: MemoryStore,
    /// Where its views are saved, when all that can has to leave memory.
    cold: Option<MemoryViews>,
    engine: Engine,
    organization: Organization,
}

impl EngineCandidate {
    /// Over an empty store.
    pub fn empty() -> Self {
        Self::over(MemoryStore::new(), None)
    }

    /// The same, with every case out of memory that is saved, and saved again and again.
    pub fn without_memory() -> Self {
        Self::over(MemoryStore::new(), Some(MemoryViews::new()))
    }

    fn over(store: MemoryStore, cold: Option<MemoryViews>) -> Self {
        let runtime = Builder::new_current_thread().build().expect("there is room for a runtime");
        let (shared, clock) = (Arc::new(store.clone()), Arc::new(SystemClock));
        let mut unheard = |_| {};
        let opened = runtime.block_on(async {
            match &cold {
                None => Engine::open(shared, clock, &mut unheard).await,
                Some(views) => {
                    let nothing = Some(MemoryBound::of_bytes(0));
                    Engine::open_with(shared, Options::new(Arc::new(views.clone()), clock).within(nothing)).await
                }
            }
        });
        let engine = opened.expect("what an engine wrote opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        EngineCandidate { runtime, store, cold, engine, organization }
    }

    /// Has all cases leave that can.
    fn cool(&self) {
        if self.cold.is_some() {
            self.runtime.block_on(self.engine.checkpoint()).expect("memory does not fail");
            self.runtime.block_on(self.engine.hold_to_bound()).expect("it runs");
            let within = self.organization.memory().within.expect("it is bounded");
            assert_eq!((within.cases_held, within.suspended), (0, None), "all that is saved leaves");
        }
    }
}

impl EngineCandidate {
    /// The commands that its events came of, as `export --commands` writes them.
    pub fn commands(&self) -> Vec<String> {
        let events = self.events();
        let of_one = events.chunk_by(|one, next| next.index == one.index + 1);
        let line = |events: &[Recorded]| {
            let sealed_for = self.organization.sealed_for(&events[0]);
            command_from_events::line(events, sealed_for.as_ref()).expect("a command made them").to_string()
        };
        of_one.map(line).collect()
    }

    /// The proof of what a question is answered.
    pub fn prove(&self, question: &Value, keys: &SigningKeys) -> Bundle {
        let resolved = self.resolved(question);
        let question = Question::parse(question.to_string().as_bytes()).expect("it can be asked");
        let maker = Maker { organization: &self.organization, keys };
        self.runtime.block_on(maker.decision(&question, resolved)).expect("what is asked can be proved")
    }

    /// The positions at which a thing may be named, up to one; cases that have left memory come back for it.
    pub fn naming(&self, of: &Reference, up_to: Position) -> Vec<Position> {
        let walk = NamingWalk::of(&self.organization.at_head(), of, up_to.into());
        let Some(mut walk) = walk else { return Vec::new() };
        while let Some(step) = self.organization.ask(|views| walk.step(views)).expect("memory does not fail") {
            walk.take(step);
        }
        walk.finish()
    }

    fn resolved(&self, question: &Value) -> Resolved {
        let as_of = question.get("as_of").map_or(AsOf::Head, as_of);
        let at = question.get("at").and_then(Value::as_str).map(|at| at.parse().expect("an instant"));
        self.runtime.block_on(self.organization.reader(as_of, at)).expect("it can be asked").resolved()
    }
}

fn as_of(given: &Value) -> AsOf {
    match given.as_u64() {
        Some(position) => AsOf::Position(Position(position)),
        None => AsOf::Instant(given.as_str().expect("an instant").parse().expect("an instant")),
    }
}

impl Candidate for EngineCandidate {
    fn import(&mut self, lines: &[String]) -> Vec<Value> {
        // Where cases leave memory, they do so again and again.
        let together = if self.cold.is_some() { 7 } else { lines.len().max(1) };
        let import = |lines: &[String]| {
            let submissions = lines.iter().map(|line| Submission::parse(line.as_bytes())).collect();
            let batch = Batch { submissions, how: How { source: Source::Import, ..How::default() } };
            let answers = self.runtime.block_on(self.organization.submit(batch));
            self.cool();
            answers.expect("memory does not fail")
        };
        lines.chunks(together).flat_map(import).map(|answer| answer.to_json()).collect()
    }

    fn check(&self, question: &Value) -> Value {
        let question = Question::parse(question.to_string().as_bytes()).map_err(Error::from);
        match question.and_then(|one| self.runtime.block_on(self.organization.check(&one))) {
            Ok(decision) => serde_json::to_value(decision).expect("a decision is JSON"),
            Err(error) => error.refusal().expect("it is refused").to_json(),
        }
    }

    fn who(&self, question: &Value) -> Value {
        let text = |name: &str| question[name].as_str().expect("the question names it");
        let resolved = self.resolved(question);
        let (action, resource) = (text("action").parse(), text("resource").parse());
        let (action, resource) = (action.expect("an action"), resource.expect("a resource"));
        let who =
            self.runtime.block_on(self.organization.at(resolved).who(action, &resource)).expect("it can be asked");
        serde_json::to_value(who).expect("it is JSON")
    }

    fn what(&self, question: &Value) -> Value {
        let text = |name: &str| question[name].as_str();
        let resolved = self.resolved(question);
        let subject = text("subject").expect("the question names it").parse().expect("a subject");
        let action = text("action").expect("the question names it").parse().expect("an action");
        let definition = text("definition").map(|id| id.parse().expect("an id"));
        let part = WhatPart { definition: definition.as_ref(), after: None, limit: None };
        let what = self.runtime.block_on(self.organization.at(resolved).what(&subject, action, part));
        serde_json::to_value(what.expect("it can be asked").answer).expect("it is JSON")
    }

    fn access(&self, question: &Value) -> Value {
        let mut asked = question.clone();
        let mut bound = |key: &str| {
            let bound = asked.as_object_mut().and_then(|fields| fields.remove(key))?;
            Some(AsOf::Instant(bound.as_str().expect("an instant").parse().expect("an instant")))
        };
        let (from, to) = (bound("from"), bound("to"));
        let asked = Question::from_value(asked).expect("it can be asked");
        let access = async { self.organization.reader(asked.as_of, None).await?.access(&asked, from, to).await };
        match self.runtime.block_on(access) {
            Ok(access) => serde_json::to_value(access).expect("it is JSON"),
            Err(error) => error.refusal().expect("it is refused").to_json(),
        }
    }

    fn diff(&self, question: &Value) -> Value {
        let [from, to] = ["from", "to"].map(|key| as_of(&question[key]));
        let of = question["of"].as_str().expect("the question names it").parse().expect("a reference");
        let diff = async { self.organization.reader(to, None).await?.diff(&of, from).await };
        let diff: Result<_, Error> = self.runtime.block_on(diff);
        serde_json::to_value(diff.expect("it can be asked")).expect("it is JSON")
    }

    fn events(&self) -> Vec<Recorded> {
        let (mut events, head) = (Vec::new(), self.organization.head());
        while events.len() as u64 != head.0 {
            let from = Position(events.len() as u64 + 1);
            let read = self.runtime.block_on(self.organization.events(from));
            events.extend(read.expect("memory does not fail"));
        }
        events
    }

    fn reopened(self) -> Self {
        Self::over(self.store.fork(), self.cold.map(|views| views.fork()))
    }

    fn rebuilt(self) -> Self {
        let rebuilt = self.organization.rebuild(Plan::default());
        let rebuilt = self.runtime.block_on(rebuilt).expect("what an engine wrote folds");
        assert_eq!(rebuilt.differences, Vec::new(), "a rebuild differs from the live views");
        self.cool();
        self
    }
}
