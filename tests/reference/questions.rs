//! What is asked of a history, with the reference's answers: at every position, from the empty log to the head, of all
//! users about all things; a sample of it, which the history's seed chooses, and the whole at the head.

use super::drafts::{CASES, DEFINITIONS, USERS};
use super::oracle::evaluate::actions_of;
use super::oracle::{Log, World, check, who};
use super::worlds::History;
use caseward_events::{Action, Code, Event, Timestamp};
use serde_json::{Value, json};

/// Checks at each position but the head.
const CHECKS_AT_A_POSITION: usize = 24;
/// Lists of subjects at each position.
const WHOS_AT_A_POSITION: usize = 3;

/// A question and what the reference answers.
pub struct Asked {
    /// Of `interface.md` section 2.
    pub question: Value,
    /// The fields that are compared.
    pub expected: Value,
    /// Whether it is a `who`, or a check.
    pub who: bool,
}

/// All that is asked of the history.
pub fn questions(history: &History, log: &Log) -> Vec<Asked> {
    let mut dice = Dice(history.seed);
    let edges = instants(log);
    let (subjects, resources) = (subjects(), resources());
    let mut asked = Vec::new();
    for position in 0..=log.head() {
        let world = World::at(&log.events, position);
        for _ in 0..CHECKS_AT_A_POSITION {
            let (subject, resource, action) = thrown(&mut dice, &world, &subjects, &resources);
            let when = When::thrown(&mut dice, position, log, &edges);
            asked.push(when.check(&world, &subject, action, &resource));
        }
        for _ in 0..WHOS_AT_A_POSITION {
            let (_, resource, action) = thrown(&mut dice, &world, &subjects, &resources);
            let when = When::thrown(&mut dice, position, log, &edges);
            asked.push(when.who(&world, action, &resource));
        }
    }
    let world = World::at(&log.events, log.head());
    let when = When { position: log.head(), as_of: json!(log.head()), at: None, seen_at: log.time_of(log.head()) };
    let one_of_no_being = ["case:C9", "definition:D9"];
    for resource in resources.iter().filter(|thing| world.exists(thing) || one_of_no_being.contains(&thing.as_str())) {
        for action in actions_of(resource) {
            asked.extend(subjects.iter().map(|subject| when.check(&world, subject, *action, resource)));
            asked.push(when.who(&world, *action, resource));
        }
    }
    asked.extend(impossible(log.head()));
    asked
}

/// Users of the histories, one that no event names, and a link, which cannot exist yet.
fn subjects() -> Vec<String> {
    let users = USERS.iter().map(|user| format!("user:{user}"));
    users.chain(["user:nobody".to_owned(), "link:x8".to_owned()]).collect()
}

/// All things of the histories; one of the cases and one of the definitions never exist.
fn resources() -> Vec<String> {
    let cases = CASES.iter().map(|case| format!("case:{case}"));
    let definitions = DEFINITIONS.iter().map(|definition| format!("definition:{definition}"));
    cases.chain(definitions).chain(["organization".to_owned()]).collect()
}

/// A subject, a resource and an action: often those that an entry is about, sometimes any.
fn thrown(dice: &mut Dice, world: &World, subjects: &[String], resources: &[String]) -> (String, String, Action) {
    let there: Vec<&String> = resources.iter().filter(|resource| world.exists(resource)).collect();
    let any = if dice.below(12) == 0 { dice.one_of(resources).clone() } else { (*dice.one_of(&there)).clone() };
    let (mut subject, mut resource) = (dice.one_of(subjects).clone(), any);
    if world.entries.is_empty() || dice.below(3) == 0 {
        let action = *dice.one_of(actions_of(&resource));
        return (subject, resource, action);
    }
    let entry = dice.one_of(&world.entries);
    let reached = |user: &&String| **user == entry.to || world.groups_around(user, false).contains_key(&entry.to);
    let reached: Vec<&String> = subjects.iter().filter(reached).collect();
    if !reached.is_empty() {
        subject = (*dice.one_of(&reached)).clone();
    }
    // A case of the definition, as often as the definition itself.
    let list = entry.list.replacen("restriction:", "case:", 1);
    let below: Vec<&String> = there.into_iter().filter(|thing| world.lists_for(thing).contains(&list)).collect();
    if !below.is_empty() {
        resource = (*dice.one_of(&below)).clone();
    }
    let here: Vec<Action> =
        actions_of(&resource).iter().copied().filter(|right| entry.rights.contains(right)).collect();
    let action =
        if here.is_empty() || dice.below(4) == 0 { *dice.one_of(actions_of(&resource)) } else { *dice.one_of(&here) };
    (subject, resource, action)
}

/// What cannot be asked is `invalid`.
fn impossible(head: u64) -> Vec<Asked> {
    let questions = [
        json!({"subject": "user:ann", "action": "register", "resource": "case:C1"}),
        json!({"subject": "user:ann", "action": "read", "resource": "definition:D1"}),
        json!({"subject": "user:ann", "action": "restrict", "resource": "organization"}),
        json!({"subject": "group:g1", "action": "read", "resource": "case:C1"}),
        json!({"subject": "user:ann", "action": "read", "resource": "case:C1", "as_of": head + 1}),
        json!({"subject": "user:ann", "action": "fly", "resource": "case:C1"}),
        json!({"subject": "user:ann", "action": "read", "resource": "item:C1"}),
        json!({"subject": "user:ann", "action": "read", "resource": "case:C1", "at": "tomorrow"}),
        json!({"subject": "user:ann", "action": "read", "resource": "case:C1", "how": "so"}),
    ];
    let expected = json!({"status": "refused", "code": Code::Invalid.name()});
    questions.into_iter().map(|question| Asked { question, expected: expected.clone(), who: false }).collect()
}

/// The instants at which something changes: recorded times and bounds of windows.
fn instants(log: &Log) -> Vec<Timestamp> {
    let mut instants = vec![Timestamp::EPOCH];
    for recorded in &log.events {
        instants.push(recorded.time);
        let bounds = match &recorded.event {
            Event::AccessGranted(event) => vec![event.valid_from, event.valid_until],
            Event::GrantUpdated(event) => vec![event.valid_from, event.valid_until],
            Event::CaseRestricted(event) => {
                event.entries.iter().flat_map(|entry| [entry.valid_from, entry.valid_until]).collect()
            }
            _ => Vec::new(),
        };
        instants.extend(bounds.into_iter().flatten());
    }
    instants.sort_unstable();
    instants.dedup();
    instants
}

/// `as_of` and `at` of a question, with the instant that windows are compared with.
struct When {
    position: u64,
    as_of: Value,
    at: Option<Timestamp>,
    seen_at: Timestamp,
}

impl When {
    /// As of the position, as its number or, where it is the last of its instant, as that instant; `at` left out, on an
    /// edge, a microsecond beside one, or far ahead.
    fn thrown(dice: &mut Dice, position: u64, log: &Log, edges: &[Timestamp]) -> When {
        let time = log.time_of(position);
        let edge = *dice.one_of(edges);
        let at = match dice.below(8) {
            0..=2 => None,
            3..=5 => Some(edge),
            6 => Some(Timestamp::from_micros(edge.as_micros() - 1)),
            _ => Some("2026-01-01T00:00:00.000001Z".parse().expect("it is an instant")),
        };
        // An instant before the next event's resolves to this position too.
        let next = log.events.get(usize::try_from(position).unwrap_or(usize::MAX)).map(|next| next.time);
        let inside = next.map_or(time, |next| Timestamp::from_micros(time.as_micros().max(next.as_micros() - 1)));
        let instant = if dice.below(2) == 0 { time } else { inside };
        let by_instant = dice.below(4) == 0 && log.position_at(instant) == position;
        let (as_of, default) = if by_instant { (json!(instant.to_string()), instant) } else { (json!(position), time) };
        When { position, as_of, at, seen_at: at.unwrap_or(default) }
    }

    fn question(&self, action: Action, resource: &str) -> Value {
        let mut question = json!({"action": action.name(), "resource": resource, "as_of": self.as_of});
        if let Some(at) = self.at {
            question["at"] = at.to_string().into();
        }
        question
    }

    fn check(&self, world: &World, subject: &str, action: Action, resource: &str) -> Asked {
        let mut question = self.question(action, resource);
        question["subject"] = subject.into();
        let expected = check(world, subject, action, resource, self.seen_at).to_json(self.position, self.seen_at);
        Asked { question, expected, who: false }
    }

    fn who(&self, world: &World, action: Action, resource: &str) -> Asked {
        let (everyone, subjects) = who(world, action, resource, self.seen_at);
        let expected = json!({"everyone": everyone, "subjects": subjects, "position": self.position});
        Asked { question: self.question(action, resource), expected, who: true }
    }
}

/// Numbers that a seed determines (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or(0) % bound
    }

    fn one_of<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        let index = self.below(list.len());
        &list[index]
    }
}
