//! A subject, a resource and an action: mostly those that a fact is about, sometimes any.

use super::super::oracle::World;
use super::super::oracle::evaluate::actions_of;
use super::super::oracle::world::Entry;
use caseward_events::{Action, Timestamp, Window};

/// What to ask.
pub struct Thrown {
    /// Who.
    pub subject: String,
    /// About what.
    pub resource: String,
    /// What they want to do.
    pub action: Action,
    /// Instants that matter to the fact.
    pub edges: Vec<Timestamp>,
}

/// Whom a fact is about, on which resource or on what around it, which actions it bears on, and when.
struct Hint {
    to: String,
    on: String,
    of: Vec<Action>,
    edges: Vec<Timestamp>,
}

impl Thrown {
    /// Near a fact of the world.
    pub fn near(dice: &mut Dice, world: &World, subjects: &[String], resources: &[String]) -> Thrown {
        let there: Vec<&String> = resources.iter().filter(|resource| world.exists(resource)).collect();
        let any = if dice.below(12) == 0 { dice.one_of(resources).clone() } else { (*dice.one_of(&there)).clone() };
        let (mut subject, mut resource) = (dice.one_of(subjects).clone(), any);
        let hints: Vec<Vec<Hint>> = hints(world).into_iter().filter(|kind| !kind.is_empty()).collect();
        if hints.is_empty() || dice.below(6) == 0 {
            let action = *dice.one_of(actions_of(&resource));
            return Thrown { subject, resource, action, edges: Vec::new() };
        }
        let kind = dice_kind(dice, &hints);
        let hint = dice.one_of(kind);
        let reached = |asker: &&String| **asker == hint.to || world.groups_around(asker, false).contains_key(&hint.to);
        let reached: Vec<&String> = subjects.iter().filter(reached).collect();
        if !reached.is_empty() {
            subject = (*dice.one_of(&reached)).clone();
        }
        // A case of the definition, as often as the definition itself.
        let below: Vec<&String> = there.into_iter().filter(|thing| world.lists_for(thing).contains(&hint.on)).collect();
        if !below.is_empty() {
            resource = (*dice.one_of(&below)).clone();
        }
        let all = actions_of(&resource);
        let here: Vec<Action> = all.iter().copied().filter(|right| hint.of.contains(right)).collect();
        let action = if here.is_empty() || dice.below(4) == 0 { *dice.one_of(all) } else { *dice.one_of(&here) };
        Thrown { subject, resource, action, edges: hint.edges.clone() }
    }
}

/// Facts by kind.
fn hints(world: &World) -> Vec<Vec<Hint>> {
    let facts = &world.facts;
    let hint = |to: &str, on: &str, of: &[Action], window: Window| {
        let on = on.replacen("restriction:", "case:", 1);
        Hint { to: to.to_owned(), on, of: of.to_vec(), edges: window.from.into_iter().chain(window.until).collect() }
    };
    let always = Window::default();
    let of_entry = |to: &str, entry: &Entry, window| {
        hint(to, &entry.list, &entry.rights.iter().copied().collect::<Vec<_>>(), window)
    };
    let content = [Action::Read, Action::Write, Action::Delete, Action::Share];
    let walls = facts.walls.iter().map(|wall| hint(&wall.against, &wall.on, &content, always));
    let glasses = facts.glasses.iter().map(|glass| hint(&glass.user, &glass.case, &content, glass.window));
    let links = facts
        .links
        .iter()
        .map(|(link, shared)| hint(link, &shared.case, &[Action::Read], Window { from: None, until: shared.until }));
    let rows_of = |profile: &str| {
        let of_it = facts.rows.keys().filter(|(of, _)| of == profile);
        of_it.map(|(_, on)| on.clone()).collect::<Vec<_>>()
    };
    let forms = [&content[..], &[Action::Register, Action::ChangeForm]].concat();
    let (mut profiles, mut delegations) = (Vec::new(), Vec::new());
    for (user, (profile, _)) in &facts.profiles {
        let others = [Action::SearchText, Action::SearchQuery, Action::AdministerForm, Action::ManageAccess];
        profiles.push(hint(user, "organization", &others, always));
        profiles.extend(rows_of(profile).into_iter().map(|definition| hint(user, &definition, &forms, always)));
    }
    for delegation in facts.delegations.iter().filter(|delegation| !delegation.ended) {
        let (to, window) = (&delegation.to, delegation.window);
        let groups = world.groups_around(&delegation.from, true);
        let lists = world.entries.iter().filter(|one| one.to == delegation.from || groups.contains_key(&one.to));
        delegations.extend(lists.map(|entry| of_entry(to, entry, window)));
        let lent = facts.profiles.get(&delegation.from);
        let lent = lent.into_iter().flat_map(|(profile, _)| rows_of(profile));
        delegations.extend(lent.map(|definition| hint(to, &definition, &forms, window)));
    }
    let completed = world.cases.iter().filter(|(_, case)| case.completed);
    let completed = completed.flat_map(|(name, case)| {
        let has_a_row = |profile: &String| facts.rows.contains_key(&(profile.clone(), case.definition.clone()));
        let users = facts.profiles.iter().filter(move |(_, (profile, _))| has_a_row(profile));
        users.map(move |(user, _)| hint(user, name, &[Action::Write], always))
    });
    let entries = world.entries.iter().map(|entry| of_entry(&entry.to, entry, entry.window));
    vec![
        entries.collect(),
        profiles,
        delegations,
        walls.collect(),
        glasses.collect(),
        links.collect(),
        completed.collect(),
    ]
}

/// Entries as often as all other kinds together.
fn dice_kind<'h>(dice: &mut Dice, kinds: &'h [Vec<Hint>]) -> &'h [Hint] {
    let other = dice.below(kinds.len() * 2);
    kinds.get(other).unwrap_or(&kinds[0])
}

/// Numbers that a seed determines (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    /// Below the bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or(0) % bound
    }

    /// Any of them.
    pub fn one_of<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        let index = self.below(list.len());
        &list[index]
    }
}
