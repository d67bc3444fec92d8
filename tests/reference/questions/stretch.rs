//! `access` by the reference: a check at every instant at which anything at all changes.

use super::super::oracle::{Log, World, check};
use caseward_events::{Action, Timestamp};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A log, with the worlds that were folded so far.
pub struct Past<'l> {
    log: &'l Log,
    instants: Vec<Timestamp>,
    worlds: RefCell<BTreeMap<u64, Rc<World>>>,
}

impl<'l> Past<'l> {
    /// Of the log, all of it.
    pub fn of(log: &'l Log) -> Past<'l> {
        Past { log, instants: super::instants(log), worlds: RefCell::default() }
    }

    fn world(&self, position: u64) -> Rc<World> {
        let fold = || Rc::new(World::at(&self.log.events, position));
        Rc::clone(self.worlds.borrow_mut().entry(position).or_insert_with(fold))
    }

    /// `from`, `until` and `rule` of each interval in `[from, to)`, known up to a position.
    pub fn access(
        &self,
        (subject, action, resource): (&str, Action, &str),
        (from, to): (Timestamp, Timestamp),
        known: u64,
    ) -> Value {
        let within = self.instants.iter().copied().filter(|instant| from < *instant && *instant < to);
        let mut intervals: Vec<Value> = Vec::new();
        let mut before = None;
        for instant in [from].into_iter().chain(within) {
            let position = self.log.position_at(instant).min(known);
            let verdict = check(&self.world(position), subject, action, resource, instant);
            let gives = |reason: &&super::super::oracle::reasons::Reason| {
                reason.effect == "allow" && reason.rights.contains(&action)
            };
            let pairs = verdict.allowed.then(|| {
                let given = verdict.reasons.iter().filter(gives);
                given.map(|reason| (reason.rule, reason.source.clone())).collect::<BTreeSet<_>>()
            });
            if pairs == before {
                continue;
            }
            if before.is_some() {
                intervals.last_mut().expect("one is open")["until"] = instant.to_string().into();
            }
            if pairs.is_some() {
                intervals.push(json!({"from": instant.to_string(), "until": null, "rule": verdict.rule}));
            }
            before = pairs;
        }
        json!(intervals)
    }
}
