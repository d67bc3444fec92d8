//! What is asked of a history, with the reference's answers: at every position, from the empty log to the head, of all
//! users about all things; a sample of it, which the history's seed chooses, larger at the head.
//!
//! Read on in [`thrown`] (how a question is thrown near a fact) and [`stretch`] (what is asked about a time).

pub mod stretch;
mod thrown;

use super::generated::History;
use super::generators::{CASES, DEFINITIONS, GROUPS, LINKS, USERS};
use super::oracle::evaluate::actions_of;
use super::oracle::profiles::{active_profile, row_of};
use super::oracle::{Log, World, check, what, who};
use caseward_events::{Action, Code, Event, Scope, Timestamp};
use serde_json::{Value, json};
use stretch::{Past, Worlds};
use thrown::{Dice, Thrown};

/// Checks at each position but the head.
const CHECKS_AT_A_POSITION: usize = 16;
/// Lists of subjects at each position.
const WHOS_AT_A_POSITION: usize = 3;
/// Lists of resources at each position.
const WHATS_AT_A_POSITION: usize = 2;

/// Stretches of time.
const ACCESSES: usize = 12;
/// Comparisons, the last one of the whole organization.
const DIFFS: usize = 4;

/// A question and what the reference answers.
pub struct ExpectedAnswer {
    /// Of `interface.md` section 2.
    pub question: Value,
    /// The fields that are compared.
    pub expected: Value,
    /// What is asked.
    pub verb: Verb,
    /// Of a check: the scope that the asker's own profile has for the action on the case.
    pub scope: Option<Scope>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// May they?
    Check,
    /// Who may?
    Who,
    /// Where may they?
    What,
    /// When might they?
    Access,
    /// What changed?
    Diff,
}

/// All that is asked of the history.
pub fn questions(history: &History, log: &Log) -> Vec<ExpectedAnswer> {
    let mut dice = Dice(history.seed);
    let edges = instants(log);
    let (subjects, resources) = (subjects(), resources());
    let mut asked = Vec::new();
    for position in 0..=log.head() {
        let world = World::at(&log.events, position);
        let thrown = |dice: &mut Dice| {
            let thrown = Thrown::near(dice, &world, &subjects, &resources);
            let near = if thrown.edges.is_empty() || dice.below(3) == 0 { &edges } else { &thrown.edges };
            let when = When::thrown(dice, position, log, near);
            (thrown, when)
        };
        for _ in 0..CHECKS_AT_A_POSITION {
            let (thrown, when) = thrown(&mut dice);
            asked.push(when.check(&world, &thrown.subject, thrown.action, &thrown.resource));
        }
        for _ in 0..WHOS_AT_A_POSITION {
            let (thrown, when) = thrown(&mut dice);
            asked.push(when.who(&world, thrown.action, &thrown.resource));
        }
        for _ in 0..WHATS_AT_A_POSITION {
            let (thrown, when) = thrown(&mut dice);
            let definition = world.definition_of(&thrown.resource).filter(|_| dice.below(4) == 0);
            asked.push(when.what(&world, &thrown.subject, thrown.action, definition.as_deref()));
        }
    }
    asked.extend(at_the_head(&mut dice, log, &subjects, &resources));
    let worlds = Worlds::default();
    let past = Past::of(log, &worlds);
    asked.extend(stretches(&mut dice, (log, &past), &subjects, &resources, &edges));
    asked.extend(comparisons(&mut dice, (log, &past), &edges));
    asked.extend(impossible(log.head()));
    asked
}

/// What changed between two positions, or instants near to them, for one thing or all.
fn comparisons(dice: &mut Dice, (log, past): (&Log, &Past<'_>), edges: &[Timestamp]) -> Vec<ExpectedAnswer> {
    let of = things();
    let asked = (0..DIFFS).map(|number| {
        let whole = number + 1 == DIFFS;
        // All pairs at every step are many; a short stretch shows as much.
        let to = dice.below(log.events.len() + 1);
        let from = if whole { to.saturating_sub(dice.below(8)) } else { dice.below(to + 1) };
        let moment = |dice: &mut Dice, position: usize| {
            let at = *dice.one_of(edges);
            match dice.below(2) {
                0 => (json!(position), (position as u64, log.time_of(position as u64))),
                _ => (json!(at.to_string()), (log.position_at(at), at)),
            }
        };
        let (mut from, mut to) = (moment(dice, from), moment(dice, to));
        if from.1.0 > to.1.0 || from.1.1 > to.1.1 {
            from = (json!(0), (0, log.time_of(0)));
        }
        // `from` must lie before `to`.
        if from.1.1 > to.1.1 || from.1 == to.1 {
            let last = log.time_of(log.head()).max(from.1.1);
            let end = Timestamp::from_micros(last.as_micros() + 1);
            to = (json!(end.to_string()), (log.head(), end));
        }
        let of = if whole { "organization" } else { dice.one_of(&of) };
        let mut expected = past.diff(of, (from.1, to.1));
        if whole {
            expected["by_cause"] = past.tallies((from.1, to.1));
        }
        let question = json!({"of": of, "from": from.0, "to": to.0});
        ExpectedAnswer { question, expected, verb: Verb::Diff, scope: None }
    });
    asked.collect()
}

/// What a comparison may be of.
fn things() -> Vec<String> {
    let users = USERS.iter().chain(&["nobody"]).map(|user| format!("user:{user}"));
    let groups = GROUPS.iter().map(|group| format!("group:{group}"));
    let resources = resources().into_iter().filter(|thing| thing != "organization");
    users.chain(groups).chain(resources).collect()
}

/// Intervals of those whom facts are about, mostly over the whole history, sometimes as known before its end.
fn stretches(
    dice: &mut Dice,
    (log, past): (&Log, &Past<'_>),
    subjects: &[String],
    resources: &[String],
    edges: &[Timestamp],
) -> Vec<ExpectedAnswer> {
    let world = World::at(&log.events, log.head());
    let asked = (0..ACCESSES).map(|_| {
        let Thrown { subject, resource, action, .. } = Thrown::near(dice, &world, subjects, resources);
        let whole = (Timestamp::EPOCH, "2026-01-01T00:00:00Z".parse().expect("it is an instant"));
        let drawn = (*dice.one_of(edges), *dice.one_of(edges));
        let (from, to) = if dice.below(3) == 0 && drawn.0 < drawn.1 { drawn } else { whole };
        let known = if dice.below(4) == 0 { dice.below(log.events.len() + 1) } else { log.events.len() };
        let expected = past.access((&subject, action, &resource), (from, to), known as u64);
        let question = json!({"subject": subject, "action": action.name(), "resource": resource,
                              "from": from.to_string(), "to": to.to_string(), "as_of": known});
        ExpectedAnswer { question, expected: json!({"intervals": expected}), verb: Verb::Access, scope: None }
    });
    asked.collect()
}

/// Users about half of everything, links about less.
fn at_the_head(dice: &mut Dice, log: &Log, subjects: &[String], resources: &[String]) -> Vec<ExpectedAnswer> {
    let world = World::at(&log.events, log.head());
    let when = When { position: log.head(), as_of: json!(log.head()), at: None, seen_at: log.time_of(log.head()) };
    let one_of_no_being = ["case:C9", "definition:D9"];
    let mut asked = Vec::new();
    for resource in resources.iter().filter(|thing| world.exists(thing) || one_of_no_being.contains(&thing.as_str())) {
        for action in actions_of(resource) {
            let link = |subject: &String| subject.starts_with("link:");
            let asking = subjects.iter().filter(|subject| dice.below(if link(subject) { 4 } else { 2 }) == 0);
            asked.extend(asking.map(|subject| when.check(&world, subject, *action, resource)));
            asked.push(when.who(&world, *action, resource));
        }
    }
    for subject in subjects {
        let actions = Action::ALL.iter().filter(|_| dice.below(3) == 0);
        asked.extend(actions.map(|action| when.what(&world, subject, *action, None)));
    }
    asked
}

/// Users and links of the histories, and a user that no event names.
fn subjects() -> Vec<String> {
    let users = USERS.iter().chain(&["nobody"]).map(|user| format!("user:{user}"));
    users.chain(LINKS.iter().map(|link| format!("link:{link}"))).collect()
}

/// All things of the histories; one of the cases and one of the definitions never exist.
fn resources() -> Vec<String> {
    let cases = CASES.iter().map(|case| format!("case:{case}"));
    let definitions = DEFINITIONS.iter().map(|definition| format!("definition:{definition}"));
    cases.chain(definitions).chain(["organization".to_owned()]).collect()
}

/// What cannot be asked is `invalid`.
fn impossible(head: u64) -> Vec<ExpectedAnswer> {
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
    questions
        .into_iter()
        .map(|question| ExpectedAnswer { question, expected: expected.clone(), verb: Verb::Check, scope: None })
        .collect()
}

/// The instants at which something changes: recorded times and bounds of windows.
fn instants(log: &Log) -> Vec<Timestamp> {
    let mut instants = vec![Timestamp::EPOCH];
    instants.extend(log.events.iter().map(|recorded| recorded.time));
    instants.extend(bounds(log));
    instants.sort_unstable();
    instants.dedup();
    instants
}

/// Bounds of windows, as they come.
fn bounds(log: &Log) -> Vec<Timestamp> {
    let mut all = Vec::new();
    for recorded in &log.events {
        let bounds = match &recorded.event {
            Event::AccessGranted(event) => vec![event.valid_from, event.valid_until],
            Event::GrantUpdated(event) => vec![event.valid_from, event.valid_until],
            Event::Delegated(event) => vec![event.valid_from, event.valid_until],
            Event::CaseShared(event) => vec![event.valid_until],
            Event::GlassBroken(event) => vec![Some(event.until)],
            Event::CaseRestricted(event) => {
                event.entries.iter().flat_map(|entry| [entry.valid_from, entry.valid_until]).collect()
            }
            _ => Vec::new(),
        };
        all.extend(bounds.into_iter().flatten());
    }
    all
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

    fn question(&self, action: Action, resource: Option<&str>) -> Value {
        let mut question = json!({"action": action.name(), "as_of": self.as_of});
        if let Some(resource) = resource {
            question["resource"] = resource.into();
        }
        if let Some(at) = self.at {
            question["at"] = at.to_string().into();
        }
        question
    }

    fn check(&self, world: &World, subject: &str, action: Action, resource: &str) -> ExpectedAnswer {
        let mut question = self.question(action, Some(resource));
        question["subject"] = subject.into();
        let expected = check(world, subject, action, resource, self.seen_at).to_json(self.position, self.seen_at);
        let scope = scope_of(world, subject, action, resource);
        ExpectedAnswer { question, expected, verb: Verb::Check, scope }
    }

    fn who(&self, world: &World, action: Action, resource: &str) -> ExpectedAnswer {
        let expected = who(world, action, resource, self.seen_at).to_json(self.position);
        ExpectedAnswer { question: self.question(action, Some(resource)), expected, verb: Verb::Who, scope: None }
    }

    fn what(&self, world: &World, subject: &str, action: Action, definition: Option<&str>) -> ExpectedAnswer {
        let mut question = self.question(action, None);
        question["subject"] = subject.into();
        if let Some((_, id)) = definition.and_then(|definition| definition.split_once(':')) {
            question["definition"] = id.into();
        }
        let found = what(world, subject, action, definition, self.seen_at);
        let expected = json!({"resources": found, "position": self.position});
        ExpectedAnswer { question, expected, verb: Verb::What, scope: None }
    }
}

/// The scope that the asker's own profile has for the action on the case, if it is one that gives anything.
fn scope_of(world: &World, subject: &str, action: Action, resource: &str) -> Option<Scope> {
    let active = active_profile(world, subject).filter(|_| world.cases.contains_key(resource))?;
    let (row, _) = row_of(world, &active.profile, resource)?;
    match action {
        Action::Read => Some(row.read),
        Action::Write => Some(row.write),
        Action::Delete => Some(row.delete),
        _ => None,
    }
}
