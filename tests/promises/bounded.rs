//! Cases leave memory where a bound says so, and come back on demand: no answer tells.

mod answers;
mod memory;
mod views;

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
