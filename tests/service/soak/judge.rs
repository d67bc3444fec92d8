//! What was promised, answered and told, against the log.

use super::followers::{Access, Commits};
use super::nuisances::HALF;
use super::oracle::{Rights, World, instant, text};
use super::producers::Promised;
use super::readers::{Answered, Said};
use caseward_events::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What came of a run.
pub struct Came {
    /// Of each producer.
    pub promised: Vec<Vec<Promised>>,
    /// The last command.
    pub last: Promised,
    pub answered: Vec<Answered>,
    pub commits: Commits,
    pub access: Access,
    /// Every event, read at the end.
    pub log: Vec<Value>,
    /// How often a client was a nuisance.
    pub troubled: u64,
}

/// Finds nothing wrong, or panics; what it looked at.
pub fn judge(came: Came) -> String {
    let Came { promised, last, mut answered, commits, access, log, troubled } = came;
    assert_eq!(commits.0, log, "what was told is what is stored");
    assert_eq!(log.last().map(|event| &event["position"]), Some(&last.position.into()), "nothing is behind the last");
    let commands = acknowledged(&promised, &log);
    let mut world = World::default();
    answered.sort_by_key(|one| one.position);
    let mut of_position = answered.iter().peekable();
    for (position, event) in (1..).zip(&log) {
        world.apply(event);
        while let Some(answer) = of_position.next_if(|one| one.position == position) {
            right(&world, answer);
        }
    }
    assert!(of_position.next().is_none(), "an answer is of a position that is not in the log");
    let end = log.last().map(|event| instant(text(event, "time"))).expect("there are events");
    told_access(&world, &access, end);
    let (events, questions, changes) = (log.len(), answered.len(), access.changes);
    format!(
        "{commands} commands acknowledged, 0 lost; {questions} answers, 0 wrong; {events} events and {changes} changes of \
         access told, none missed or doubled; {troubled} clients that were slow or left"
    )
}

/// Every command that was acknowledged is where it was promised, once, and no other is there; how many.
fn acknowledged(promised: &[Vec<Promised>], log: &[Value]) -> usize {
    let mut events: HashMap<&str, u64> = HashMap::new();
    for event in log {
        let id = text(event, "command_id");
        let position = event["position"].as_u64().expect("it has one");
        assert!(!id.starts_with(HALF), "half of a request counts: {event}");
        assert_eq!(events.insert(id, position), None, "it is there twice: {event}");
    }
    for producer in promised {
        assert!(producer.is_sorted_by_key(|one| one.position), "in the order in which they were answered");
        for Promised { id, position, .. } in producer {
            assert_eq!(events.remove(id.as_str()), Some(*position), "`{id}` is where it was promised");
        }
    }
    events.retain(|id, _| id.starts_with('p'));
    assert!(events.is_empty(), "nobody was promised these: {events:?}");
    promised.iter().map(Vec::len).sum()
}

fn right(world: &World, Answered { case, right, position, said }: &Answered) {
    match said {
        Said::May { user, at, may } => {
            let held = world.held(user, case, *at).contains(*right);
            assert_eq!(*may, held, "whether {user} may {right} {case} at position {position}, {at}");
        }
        Said::Who(users) => {
            let pairs = world.pairs().into_iter().filter(|(user, of)| of == case && user.starts_with("user:u"));
            let held = pairs.filter(|(user, _)| world.held(user, case, Timestamp::LAST).contains(*right));
            let held: BTreeSet<String> = held.map(|(user, _)| user).collect();
            let told: BTreeSet<String> = users.iter().cloned().collect();
            assert_eq!(told, held, "who may {right} {case} at position {position}");
        }
    }
}

/// What a follower of changes came to know is what holds.
fn told_access(world: &World, access: &Access, end: Timestamp) {
    let is_meant = |user: &str, case: &str| user != super::producers::ADMIN && case.starts_with("case:");
    let told = access.held.iter().filter(|((user, case), _)| is_meant(user, case));
    let told: BTreeMap<_, _> = told.map(|(pair, rights)| (pair.clone(), rights.clone())).collect();
    let held = world.pairs().into_iter().map(|(user, case)| {
        let rights: Rights = world.held(&user, &case, end);
        ((user, case), rights)
    });
    let held: BTreeMap<_, _> =
        held.filter(|((user, case), rights)| is_meant(user, case) && !rights.is_empty()).collect();
    assert_eq!(told, held, "who holds what");
}
