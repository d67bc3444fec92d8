//! `access` and `diff` by the reference: checks at every instant and position at which anything at all changes.

use super::super::oracle::evaluate::actions_of;
use super::super::oracle::{Log, World, check};
use caseward_events::{Action, Timestamp};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The worlds of a log that were folded so far.
#[derive(Default)]
pub struct Worlds(RefCell<BTreeMap<u64, Rc<World>>>);

impl Worlds {
    /// The world at a position.
    pub fn at(&self, log: &Log, position: u64) -> Rc<World> {
        let fold = || Rc::new(World::at(&log.events, position));
        Rc::clone(self.0.borrow_mut().entry(position).or_insert_with(fold))
    }
}

/// A log, with what is known of it.
pub struct Past<'l> {
    log: &'l Log,
    instants: Vec<Timestamp>,
    /// Bounds of windows.
    windows: Vec<Timestamp>,
    worlds: &'l Worlds,
}

impl<'l> Past<'l> {
    /// Of the log, all of it.
    pub fn of(log: &'l Log, worlds: &'l Worlds) -> Past<'l> {
        let windows = super::bounds(log).into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        Past { log, instants: super::instants(log), windows, worlds }
    }

    fn world(&self, position: u64) -> Rc<World> {
        self.worlds.at(self.log, position)
    }

    /// `from`, `until` and `rule` of each interval in `[from, to)`, known up to a position; `events`, where only one
    /// citation does.
    pub fn access(
        &self,
        (subject, action, resource): (&str, Action, &str),
        (from, to): (Timestamp, Timestamp),
        known: u64,
    ) -> Value {
        let within = self.instants.iter().copied().filter(|instant| from < *instant && *instant < to);
        let mut intervals: Vec<Value> = Vec::new();
        let mut before = None;
        let checked = |instant| {
            let position = self.log.position_at(instant).min(known);
            check(&self.world(position), subject, action, resource, instant)
        };
        for instant in [from].into_iter().chain(within) {
            let verdict = checked(instant);
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
                let mut begun = json!({"from": instant.to_string(), "until": null, "rule": verdict.rule});
                let given: Vec<_> = verdict.reasons.iter().filter(gives).collect();
                if given.iter().all(|reason| reason.loosely.is_none()) {
                    let mut events: Vec<u64> = Vec::new();
                    for event in given.iter().flat_map(|reason| &reason.events) {
                        if !events.contains(event) {
                            events.push(*event);
                        }
                    }
                    begun["events"] = json!(events);
                }
                intervals.push(begun);
            }
            before = pairs;
        }
        // `until` is null where it still holds at `to`.
        if let (Some(_), Some(last), false) = (&before, intervals.last_mut(), checked(to).allowed) {
            last["until"] = to.to_string().into();
        }
        json!(intervals)
    }

    /// The rights of everybody of a resource, a user, a group or the organization that differ at two moments, and what
    /// changed them on the way.
    pub fn diff(&self, of: &str, (from, to): (Moment, Moment)) -> Value {
        let world = self.world(to.0);
        let is_in = |world: &World, user: &str| world.groups_around(user, false).contains_key(of);
        let within = |user: &&String| is_in(&self.world(from.0), user) || is_in(&world, user);
        let asked = of.to_owned();
        let users: Vec<&String> = match of.split(':').next() {
            // Whoever is asked about, named by an event or not.
            Some("user") => vec![&asked],
            Some("group") => world.named_users.iter().filter(within).collect(),
            _ => world.named_users.iter().collect(),
        };
        let organization = "organization".to_owned();
        let all = world.cases.keys().chain(world.definitions.keys()).chain([&organization]);
        let is_asked = |thing: &&String| !["case", "definition"].contains(&kind(of)) || of == **thing;
        let resources: Vec<&String> = all.filter(is_asked).collect();
        let mut told = BTreeMap::from([("gained", Vec::new()), ("lost", Vec::new()), ("changed", Vec::new())]);
        for user in users {
            for resource in &resources {
                let held = |moment| self.held(user, resource, moment);
                let (before, after) = (held(from), held(to));
                let list = match (before.is_empty(), after.is_empty()) {
                    _ if before == after => continue,
                    (true, _) => "gained",
                    (_, true) => "lost",
                    _ => "changed",
                };
                let causes = self.causes(&[(user, resource)], (from, to));
                let causes: Vec<Value> = causes.into_iter().map(|(cause, _)| cause).collect();
                let change = json!({"subject": user, "resource": resource, "before": before, "after": after,
                                    "causes": causes});
                told.get_mut(list).expect("it is one of the three").push(change);
            }
        }
        json!(told)
    }

    /// What changed anything for anybody, for how many pairs, and which are the first of these by subject and resource.
    pub fn tallies(&self, (from, to): (Moment, Moment)) -> Value {
        let world = self.world(to.0);
        let organization = "organization".to_owned();
        let all: Vec<&String> = world.cases.keys().chain(world.definitions.keys()).chain([&organization]).collect();
        let of_user = |user| all.iter().map(move |resource| (user, *resource));
        let pairs: Vec<_> = world.named_users.iter().flat_map(of_user).collect();
        let causes = self.causes(&pairs, (from, to)).into_iter();
        // How many pairs each of several windows changed that turn at one instant is not compared.
        let told = |(cause, changed): (Value, Vec<usize>)| {
            let first: Vec<_> = changed.iter().take(10).map(|index| pairs[*index]).collect();
            if cause.is_u64() { json!([cause, changed.len(), first]) } else { json!([cause]) }
        };
        causes.map(told).collect()
    }

    /// Positions of events and instants of windows that changed what some of these hold, with the indices of those.
    fn causes(&self, pairs: &[(&String, &String)], (from, to): (Moment, Moment)) -> Vec<(Value, Vec<usize>)> {
        let mut now = from;
        let held = |moment| pairs.iter().map(|(user, on)| self.held(user, on, moment)).collect::<Vec<_>>();
        let mut known = held(now);
        let windows = self.windows.iter().filter(|at| from.1 < **at && **at <= to.1).map(|at| (*at, None));
        let events = (from.0 + 1..=to.0).map(|position| (self.log.time_of(position), Some(position)));
        let mut turns: Vec<(Timestamp, Option<u64>)> = windows.chain(events).collect();
        turns.sort_unstable();
        let mut causes = Vec::new();
        for (at, position) in turns {
            now = (position.unwrap_or(now.0), now.1.max(at));
            let next = held(now);
            let changed: Vec<usize> = (0..pairs.len()).filter(|&pair| next[pair] != known[pair]).collect();
            if !changed.is_empty() {
                causes.push((position.map_or_else(|| json!(at.to_string()), |position| json!(position)), changed));
            }
            known = next;
        }
        causes
    }

    fn held(&self, user: &str, resource: &str, (position, at): Moment) -> Vec<&'static str> {
        let world = self.world(position);
        let verdict = check(&world, user, actions_of(resource)[0], resource, at);
        verdict.rights.iter().map(|right| right.name()).collect()
    }
}

/// A position, and the instant that windows are compared with.
pub type Moment = (u64, Timestamp);

fn kind(reference: &str) -> &str {
    reference.split(':').next().unwrap_or_default()
}
