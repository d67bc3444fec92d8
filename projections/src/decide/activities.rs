//! `add_person`, `remove_person`, `assign_activity`, `release_activity`.

use super::{Deciding, Outcome, TIP};
use crate::decide::effects::{Change, Entry};
use crate::facts::number::ListIndex;
use crate::tables::case_access::Placed;
use caseward_events::command::{Assignment, Placement};
use caseward_events::event::{
    AccessGranted, ActivityAssigned, ActivityReleased, GrantUpdated, Origin, PersonAdded, PersonRemoved,
};
use caseward_events::warning::NAMED_MAX;
use caseward_events::{
    Action, ActivityId, Asker, CaseId, Code, Event, ListRef, Refusal, Resource, Rights, Subject, Warning, Window,
};

impl Deciding<'_> {
    pub(super) fn add_person(&self, command: &Placement) -> Result<Outcome, Refusal> {
        let Placement { case, field, person } = command;
        if self.is_placed(command)? {
            let message = format!("`{person}` is already in the field `{field}` of `case:{case}`");
            return Err(Refusal::new(Code::AlreadyThere, message).hint(format!("caseward history case:{case}")));
        }
        // Groups never count for a workspace (B6).
        let workspace = match person {
            Subject::User(user) => self.workspace_of(user),
            Subject::Group(_) => None,
        };
        // What a person may do comes from a profile: rights that a wall takes.
        let dormant = self.dormant_parts(self.case(case)?, [(person, Rights::WRITE)]);
        let added = PersonAdded { case: case.clone(), field: field.clone(), person: person.clone(), workspace };
        Ok(Outcome::one(added).warn(dormant))
    }

    pub(super) fn remove_person(&self, command: &Placement) -> Result<Outcome, Refusal> {
        let Placement { case, field, person } = command;
        if !self.is_placed(command)? {
            let message = format!("`{person}` is not in the field `{field}` of `case:{case}`");
            return Err(Refusal::new(Code::NotThere, message).hint(format!("caseward history {person}")));
        }
        Ok(Outcome::one(PersonRemoved { case: case.clone(), field: field.clone(), person: person.clone() }))
    }

    fn is_placed(&self, Placement { case, field, person }: &Placement) -> Result<bool, Refusal> {
        let case = self.case(case)?;
        let key = self.views.cases.fields.get(field).zip(self.views.directory.key(person));
        let placed = key.and_then(|key| self.views.case(case).persons.at(key, TIP));
        Ok(matches!(placed, Some((_, Placed::In(_)))))
    }

    pub(super) fn assign_activity(&self, command: &Assignment) -> Result<Outcome, Refusal> {
        let Assignment { case, activity, .. } = command;
        let number = self.case(case)?;
        let to = each_once(&command.to);
        let restricted = self.views.case(number).restriction(TIP).is_some();
        if restricted && let Some(unlisted) = to.iter().find(|subject| !self.may_write(case, number, subject)) {
            let message = format!("`{unlisted}` may not write the restricted `case:{case}`");
            return Err(Refusal::new(Code::RestrictedUnlisted, message)
                .hint(format!("list it first: caseward grant restriction:{case} {unlisted} write")));
        }
        let news: Vec<bool> = to.iter().map(|subject| !self.is_assigned(number, activity, subject)).collect();
        let new: Vec<_> = to.iter().zip(&news).filter(|(_, new)| **new).map(|(subject, _)| subject.clone()).collect();
        let mut events: Vec<Event> = Vec::new();
        if !new.is_empty() {
            events.push(ActivityAssigned { case: case.clone(), activity: activity.clone(), to: new }.into());
        }
        let raised = |subject| if restricted { None } else { self.raised(case, number, activity, subject) };
        let mut parts = Vec::new();
        for (subject, new) in to.iter().zip(news) {
            let raised = raised(subject);
            if new || raised.is_some() {
                parts.push((subject, raised.as_ref().map_or(Rights::WRITE, rights_of)));
            }
            events.extend(raised);
        }
        let mut warnings = self.dormant_parts(number, parts);
        warnings.extend(events.iter().filter_map(|event| self.raised_again(number, event)).take(NAMED_MAX));
        Ok(Outcome { events, warnings })
    }

    pub(super) fn release_activity(&self, command: &Assignment) -> Result<Outcome, Refusal> {
        let Assignment { case, activity, .. } = command;
        let number = self.case(case)?;
        let mut to = each_once(&command.to);
        to.retain(|subject| self.is_assigned(number, activity, subject));
        if to.is_empty() {
            return Ok(Outcome::unchanged());
        }
        Ok(Outcome::one(ActivityReleased { case: case.clone(), activity: activity.clone(), to }))
    }

    fn is_assigned(&self, case: u32, activity: &ActivityId, subject: &Subject) -> bool {
        let key = self.views.cases.activities.get(activity).zip(self.views.directory.key(subject));
        let rare = self.views.case(case).rare();
        key.zip(rare).is_some_and(|(key, rare)| rare.assignees.true_since(key, TIP).is_some())
    }

    /// A user by the evaluator; a group by its own entry on the restricted list.
    fn may_write(&self, case: &CaseId, number: u32, subject: &Subject) -> bool {
        match subject {
            Subject::User(user) => {
                let resource = Resource::Case(case.clone());
                self.views.check(&Asker::User(user.clone()), Action::Write, &resource, self.when()).allowed
            }
            Subject::Group(_) => self
                .entry(ListIndex::Restriction(number), subject)
                .is_some_and(|entry| entry.rights.has(Action::Write) && entry.window.holds(self.now)),
        }
    }

    /// Of what an assignment gives: where it was taken away before.
    fn raised_again(&self, case: u32, raised: &Event) -> Option<Warning> {
        let list = ListIndex::Case(case);
        match raised {
            Event::AccessGranted(granted) => self.listed_again(list, &granted.on, &granted.to),
            Event::GrantUpdated(GrantUpdated { on, to, rights, .. }) => {
                let before = self.entry(list, to)?;
                let after = Some(Entry { rights: *rights, window: Window::ALWAYS });
                self.given_back(list, on, to, &Change { before, after })
            }
            _ => None,
        }
    }

    /// A23: raises to write, window cleared; never lowers.
    fn raised(&self, case: &CaseId, number: u32, activity: &ActivityId, to: &Subject) -> Option<Event> {
        let definition = self.views.case(number).definition;
        let open = self.views.definitions.get(definition).open_since(TIP).is_some();
        if open || !self.views.policy.at(TIP).assignment_grant {
            return None;
        }
        let (on, to, origin) = (ListRef::Case(case.clone()), to.clone(), Some(Origin::Activity(activity.clone())));
        match self.entry(ListIndex::Case(number), &to) {
            None => {
                let (valid_from, valid_until) = (None, None);
                Some(AccessGranted { on, to, rights: Rights::WRITE, valid_from, valid_until, origin }.into())
            }
            Some(before) => {
                let after = Entry { rights: before.rights | Rights::WRITE, window: Window::ALWAYS };
                let (rights, valid_from, valid_until) = (after.rights, None, None);
                (before != after).then(|| GrantUpdated { on, to, rights, valid_from, valid_until, origin }.into())
            }
        }
    }
}

fn rights_of(raised: &Event) -> Rights {
    match raised {
        Event::AccessGranted(granted) => granted.rights,
        Event::GrantUpdated(updated) => updated.rights,
        _ => Rights::NONE,
    }
}

/// In the order given.
fn each_once(to: &[Subject]) -> Vec<Subject> {
    let mut once: Vec<Subject> = Vec::with_capacity(to.len());
    let mut seen = std::collections::HashSet::new();
    once.extend(to.iter().filter(|subject| seen.insert(*subject)).cloned());
    once
}
