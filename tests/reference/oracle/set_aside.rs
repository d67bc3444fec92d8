//! What a profile's row would give, were its scope to fit, or sharing on (`interface.md` section 2, `because`).
//!
//! Only these two reasons to set something aside are written here a second time; the others follow from the reasons that
//! count, and stand in the engine's own tests.

use super::profiles::{active_profile, row_of, ways_of};
use super::reasons::Reason;
use super::world::World;
use caseward_events::{Action, Scope};
use serde_json::{Value, json};

/// Something that would have given a right.
#[derive(Clone, Debug, PartialEq)]
pub struct SetAside {
    /// `profile`, `module_administrator` or `link`.
    pub rule: &'static str,
    /// Where it comes from.
    pub source: String,
    /// The scope that does not hold, and what it lacks; none where sharing is off.
    pub scope: Option<(Scope, &'static str)>,
    /// Positions.
    pub events: Vec<u64>,
}

impl SetAside {
    /// As answers write it.
    pub fn to_json(&self) -> Value {
        let because = if self.scope.is_some() { "scope" } else { "sharing_off" };
        let (scope, missing) = self.scope.unzip();
        json!({"rule": self.rule, "source": self.source, "because": because, "scope": scope.map(|scope| scope.name()),
               "missing": missing, "events": self.events})
    }
}

/// Of a user who is not disabled, in the order of rule, source, and scope. `counting` is what counts.
pub fn of_user(world: &World, user: &str, resource: &str, counting: &[Reason]) -> Vec<SetAside> {
    let (Some(active), Some(case)) = (active_profile(world, user), world.cases.get(resource)) else {
        return Vec::new();
    };
    let whose = [active.assigned, active.configured];
    let sharing = world.facts.sharing.contains_key(&case.definition);
    let switched_off = world.facts.sharing_off.get(&case.definition).copied();
    let mut asides = Vec::new();
    if let Some((row, set_by)) = row_of(world, &active.profile, resource) {
        let holds = |scope| ways_of(world, user, resource, scope).is_some();
        let read = holds(row.read) || counting.iter().any(|reason| reason.rights.contains(&Action::Read));
        let of_profile = |scope: Option<(Scope, &'static str)>, between: Vec<u64>| {
            let (rule, source) = ("profile", active.profile.clone());
            SetAside { rule, source, scope, events: each_once([vec![set_by], between].concat()) }
        };
        for scope in [Scope::Involved, Scope::Registered, Scope::Workspace].into_iter().filter(|scope| !holds(*scope)) {
            // Only what would count but for the scope: not what completion locks, not what needs read and lacks it.
            let locked = case.completed && !row.write_completed;
            let gives = row.read == scope || (read && (row.delete == scope || (row.write == scope && !locked)));
            if gives {
                let (missing, shown) = lacks(world, user, resource, scope);
                asides.push(of_profile(Some((scope, missing)), [shown, whose.to_vec()].concat()));
            }
        }
        if row.share && read && !sharing {
            asides.push(of_profile(None, whose.into_iter().chain(switched_off).collect()));
        }
    }
    if active.settings.administrator && !sharing {
        let events = each_once(whose.into_iter().chain(switched_off).collect());
        asides.push(SetAside { rule: "module_administrator", source: active.profile, scope: None, events });
    }
    asides
}

/// What a scope lacks, and what shows it.
fn lacks(world: &World, user: &str, resource: &str, scope: Scope) -> (&'static str, Vec<u64>) {
    let facts = &world.facts;
    let opened = world.cases[resource].opened_by;
    let removed = facts.removed.iter().filter(|(person, _)| person.case == resource);
    match scope {
        Scope::Workspace => match facts.workspaces.get(user) {
            None => ("placement", facts.unplaced.get(user).copied().into_iter().collect()),
            Some((workspace, placed)) => {
                let unlinked = removed.filter(|(person, _)| person.workspace.as_ref() == Some(workspace));
                let last = unlinked.map(|(_, removed_by)| *removed_by).max();
                ("link", [*placed].into_iter().chain(last).collect())
            }
        },
        Scope::Involved => {
            let groups = world.groups_around(user, true);
            let mine = removed.filter(|(person, _)| person.person == user || groups.contains_key(&person.person));
            let last = mine.map(|(_, removed_by)| *removed_by).max();
            ("person", [opened].into_iter().chain(last).collect())
        }
        _ => ("opener", vec![opened]),
    }
}

/// Of a link whose definition is not shared any more.
pub fn of_link(world: &World, link: &str, resource: &str) -> SetAside {
    let shared_by = world.facts.links[link].shared_by;
    let definition = world.definition_of(resource).unwrap_or_default();
    let events = [shared_by].into_iter().chain(world.facts.sharing_off.get(&definition).copied()).collect();
    SetAside { rule: "link", source: link.to_owned(), scope: None, events }
}

fn each_once(positions: Vec<u64>) -> Vec<u64> {
    let mut once = Vec::new();
    for position in positions {
        if !once.contains(&position) {
            once.push(position);
        }
    }
    once
}
