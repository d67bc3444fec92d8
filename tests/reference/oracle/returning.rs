//! What comes back with a command that does not name it: `given_again`, `links_return`, `entries_remain`.

use super::warnings::{bare, parse, subject};
use super::world::{Entry, World, holds};
use caseward_events::{Action, LinkId, ListRef, Timestamp, Warning, Window};
use std::collections::BTreeSet;

/// A list that once named the subject does so again.
pub fn given_again(world: &World, list: &str, to: &str) -> Option<Warning> {
    let before = world.ever_listed.contains(&(list.to_owned(), to.to_owned()));
    before.then(|| Warning::GivenAgain { subject: subject(to), on: parse(list) })
}

/// An entry gives more now than before, and some of that an entry that was set earlier would still give.
pub fn given_back(
    world: &World,
    old: &Entry,
    (rights, window): (&BTreeSet<Action>, &Window),
    now: Timestamp,
) -> Option<Warning> {
    let gives =
        |rights: &BTreeSet<Action>, window: &Window, right: &Action| rights.contains(right) && holds(window, now);
    let is_gained = |right: &&Action| gives(rights, window, right) && !gives(&old.rights, &old.window, right);
    let gained: Vec<&Action> = rights.iter().filter(is_gained).collect();
    let earlier = world.ever_set.iter().filter(|entry| entry.list == old.list && entry.to == old.to);
    let gave_some = |entry: &Entry| gained.iter().any(|right| gives(&entry.rights, &entry.window, right));
    let again = Warning::GivenAgain { subject: subject(&old.to), on: parse(&old.list) };
    earlier.into_iter().any(gave_some).then_some(again)
}

/// An org admin is appointed who was one before.
pub fn appointed_again(world: &World, user: &str) -> Option<Warning> {
    let before = world.ever_admins.contains(user);
    before.then(|| Warning::GivenAgain { subject: subject(user), on: ListRef::Organization })
}

/// Links, of these cases, that were not revoked and have not expired; restricted cases have none that work.
pub fn links_return(world: &World, of: impl Fn(&str) -> bool, now: Timestamp) -> Option<Warning> {
    let back =
        world.facts.links.iter().filter(|(_, link)| {
            of(&link.case) && link.revoked_by.is_none() && link.until.is_none_or(|until| now < until)
        });
    let all: Vec<LinkId> = back.map(|(name, _)| bare(name).parse().expect("it was an id before")).collect();
    let count = all.len() as u64;
    (count > 0).then(|| Warning::LinksReturn { links: all.into_iter().take(100).collect(), count })
}

/// The lists that name a group.
pub fn entries_remain(world: &World, group: &str) -> Option<Warning> {
    let mut named: Vec<&str> =
        world.entries.iter().filter(|entry| entry.to == group).map(|entry| entry.list.as_str()).collect();
    named.sort_unstable();
    let count = named.len() as u64;
    let lists: Vec<ListRef> = named.into_iter().take(100).map(parse).collect();
    (count > 0).then(|| Warning::EntriesRemain { subject: subject(group), lists, count })
}
