//! `grant`, `update_grant`, `revoke`, on each of the four lists.

use super::{Deciding, Outcome, TIP};
use crate::decide::dormant::Giving;
use crate::decide::effects::{Change, Entry};
use crate::facts::number::{CaseIndexKey, ListIndex, SubjectKey};
use caseward_events::command::{Command, Grant, OnExisting, Revoke, UpdateGrant};
use caseward_events::event::{AccessGranted, GrantRevoked, GrantUpdated, GrantsRevoked};
use caseward_events::warning::{NAMED_MAX, StillGiven};
use caseward_events::{CaseId, Code, ListRef, Refusal, Subject, Warning, Window};
use serde_json::Value;

impl Deciding<'_> {
    /// Windows as they would result; with no grant to merge with, as given.
    pub(super) fn judge_windows(&self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Grant(grant) => upright(grant.window()),
            Command::UpdateGrant(update) => {
                let list = self.views.list_index(&update.on, TIP);
                let before = list.and_then(|list| self.entry(list, &update.to)).map(|entry| entry.window);
                upright(update.window_from(before.unwrap_or_default()))
            }
            Command::Delegate(delegate) => upright(delegate.window()),
            Command::RestrictCase(restrict) => restrict.entries.iter().try_for_each(|entry| upright(entry.window())),
            _ => Ok(()),
        }
    }

    pub(super) fn grant(&self, grant: &Grant) -> Result<Outcome, Refusal> {
        let Grant { on, to, on_existing, .. } = grant;
        let list = self.list(on)?;
        let after = Entry { rights: grant.rights(), window: grant.window() };
        let dormant = self.dormant(list, to, &after, Giving::Grant);
        match (self.entry(list, to), on_existing) {
            (None, _) => Ok(Outcome::one(AccessGranted {
                on: on.clone(),
                to: to.clone(),
                rights: after.rights,
                valid_from: after.window.from,
                valid_until: after.window.until,
                origin: None,
            })
            .warn(dormant)
            .warn(self.given_again(list, on, to, *on_existing))),
            (Some(before), OnExisting::Error) => Err(already_granted(on, to, &before)),
            (Some(before), OnExisting::Ignore) => Ok(Outcome::unchanged().warn(self.dormant_still(&before))),
            (Some(before), OnExisting::Update) if before == after => {
                Ok(Outcome::unchanged().warn(self.dormant_still(&before)))
            }
            (Some(before), OnExisting::Update) => Ok(self.updated(on, to, list, before, after).warn(dormant)),
        }
    }

    pub(super) fn update_grant(&self, update: &UpdateGrant) -> Result<Outcome, Refusal> {
        let UpdateGrant { on, to, .. } = update;
        let list = self.list(on)?;
        let before = self.entry(list, to).ok_or_else(|| self.no_such_grant("update", on, to))?;
        let after = Entry { rights: update.rights_from(before.rights), window: update.window_from(before.window) };
        if before == after {
            return Ok(Outcome::unchanged().warn(self.dormant_still(&before)));
        }
        let dormant = self.dormant(list, to, &after, Giving::Update);
        Ok(self.updated(on, to, list, before, after).warn(dormant))
    }

    fn updated(&self, on: &ListRef, to: &Subject, list: ListIndex, before: Entry, after: Entry) -> Outcome {
        let event = GrantUpdated {
            on: on.clone(),
            to: to.clone(),
            rights: after.rights,
            valid_from: after.window.from,
            valid_until: after.window.until,
            origin: None,
        };
        let change = Change { before, after: Some(after) };
        Outcome::one(event).warn(self.ineffective(list, to, &change)).warn(self.given_back(list, on, to, &change))
    }

    pub(super) fn revoke(&self, Revoke { on, to }: &Revoke) -> Result<Outcome, Refusal> {
        let list = self.list(on)?;
        let before = self.entry(list, to).ok_or_else(|| self.no_such_grant("revoke", on, to))?;
        let mut outcome = Outcome::one(GrantRevoked { on: on.clone(), to: to.clone() }).warn(self.ineffective(
            list,
            to,
            &Change { before, after: None },
        ));
        let ListIndex::Definition(definition) = list else {
            return Ok(outcome.warn(self.restricted_survives(list, to)));
        };
        let cascades = self.views.policy.at(TIP).definition_revoke_cascades;
        if cascades && self.may_hold_more_than(self.cascade_cases, definition, to) {
            let definition = self.views.definitions.names.id(definition).clone();
            outcome.events = vec![GrantsRevoked { definition, to: to.clone() }.into()];
            return Ok(outcome);
        }
        let mut cases = self.case_grants(definition, to);
        if cascades {
            let revoked = |case| GrantRevoked { on: ListRef::Case(case), to: to.clone() }.into();
            outcome.events.extend(cases.into_iter().map(revoked));
            return Ok(outcome);
        }
        let count = cases.len() as u64;
        cases.truncate(NAMED_MAX);
        Ok(outcome.warn((count > 0).then(|| Warning::GrantsSurvive { subject: to.clone(), cases, count })))
    }

    /// Whether more cases of the definition than so many ever named the subject. Only ids are looked at, no case.
    fn may_hold_more_than(&self, cases: usize, definition: u32, to: &Subject) -> bool {
        let Some(key) = self.views.directory.key(to) else { return false };
        let all = &self.views.cases;
        let of = |by| all.indexed(by).into_iter().flat_map(|set| set.behind(None, &all.names));
        let mut of_definition = of(CaseIndexKey::Definition(definition)).peekable();
        let id = |number: u32| all.names.id(number);
        let both = of(CaseIndexKey::Naming(key)).filter(|&named| {
            while of_definition.next_if(|&other| id(other) < id(named)).is_some() {}
            of_definition.peek() == Some(&named)
        });
        both.take(cases.saturating_add(1)).count() > cases
    }

    /// The cases of the definition whose list names the subject, by id bytewise.
    fn case_grants(&self, definition: u32, to: &Subject) -> Vec<CaseId> {
        let Some(key) = self.views.directory.key(to) else { return Vec::new() };
        let cases = &self.views.cases;
        let Some(named) = cases.indexed(CaseIndexKey::Naming(key)) else { return Vec::new() };
        let held = |case: &u32| {
            self.views.case(*case).definition == definition
                && self.views.entry(ListIndex::Case(*case), key, TIP).is_some()
        };
        named.behind(None, &cases.names).filter(held).map(|case| cases.names.id(case).clone()).collect()
    }

    /// Revoked on a case that is restricted: the entry of the list that counts.
    fn restricted_survives(&self, list: ListIndex, to: &Subject) -> Option<Warning> {
        let ListIndex::Case(case) = list else { return None };
        let counting = ListIndex::Restriction(case);
        let rights = self.entry(counting, to)?.rights;
        let entry = StillGiven { on: self.views.list_ref(counting), to: to.clone(), rights };
        Some(Warning::RestrictedSurvives { entry })
    }

    /// The list addressed; a restricted one only while the case is restricted.
    fn list(&self, on: &ListRef) -> Result<ListIndex, Refusal> {
        Ok(match on {
            ListRef::Organization => ListIndex::Organization,
            ListRef::Definition(definition) => ListIndex::Definition(self.definition(definition)?),
            ListRef::Case(case) => ListIndex::Case(self.case(case)?),
            ListRef::Restriction(case) => ListIndex::Restriction(self.restricted(case)?),
        })
    }

    pub(super) fn entry(&self, list: ListIndex, to: &Subject) -> Option<Entry> {
        self.entry_of(list, self.views.directory.key(to)?)
    }

    pub(super) fn entry_of(&self, list: ListIndex, subject: SubjectKey) -> Option<Entry> {
        let (_, held) = self.views.entry(list, subject, TIP)?;
        Some(Entry { rights: held.rights, window: self.views.windows.get(held.window) })
    }

    /// A12: scoped to the list addressed; the answer names the lists that do hold an entry.
    fn no_such_grant(&self, verb: &str, on: &ListRef, to: &Subject) -> Refusal {
        let elsewhere: Vec<(ListRef, Entry)> = self
            .lists_around(on)
            .into_iter()
            .filter_map(|list| Some((self.views.list_ref(list), self.entry(list, to)?)))
            .collect();
        let refusal =
            Refusal::new(Code::NoSuchGrant, format!("cannot {verb} the grant of `{to}` on `{on}`: there is none"));
        let Some((first, _)) = elsewhere.first() else {
            let hint = match verb {
                "update" => format!("caseward grant {on} {to}"),
                // Whoever takes away must not be told to give.
                _ => {
                    format!("no list that covers it has an entry for `{to}`; see what there was: caseward history {to}")
                }
            };
            return refusal.hint(hint).fact("held_on", Value::Array(Vec::new()));
        };
        let hint = match verb {
            "update" => format!("it is held on `{first}`; change it there: caseward update {first} {to} LEVEL"),
            _ => format!("it is held on `{first}`; revoke it there: caseward revoke {first} {to}"),
        };
        let held_on = elsewhere.iter().map(|(list, _)| Value::from(list.to_string())).collect();
        refusal.hint(hint).fact("held_on", Value::Array(held_on))
    }

    /// The other lists that may hold an entry for what this one covers: case, restriction, definition, organization.
    fn lists_around(&self, on: &ListRef) -> Vec<ListIndex> {
        let mut lists = Vec::new();
        let definition = match on {
            ListRef::Case(id) | ListRef::Restriction(id) => {
                let case = self.views.cases.names.get(id);
                lists.extend(case.map(ListIndex::Case));
                lists.extend(case.map(ListIndex::Restriction));
                case.map(|case| self.views.case(case).definition)
            }
            ListRef::Definition(id) => self.views.definitions.names.get(id),
            ListRef::Organization => None,
        };
        lists.extend(definition.map(ListIndex::Definition));
        lists.push(ListIndex::Organization);
        lists.retain(|&list| self.views.list_ref(list) != *on);
        lists
    }
}

fn upright(window: Window) -> Result<(), Refusal> {
    if window.is_upright() {
        return Ok(());
    }
    let shown =
        |bound: Option<_>| bound.map_or_else(|| "-".to_owned(), |bound: caseward_events::Timestamp| bound.to_string());
    let (from, until) = (shown(window.from), shown(window.until));
    Err(Refusal::new(Code::InvalidWindow, format!("a window from {from} until {until} holds at no instant"))
        .hint("give a `valid_until` after `valid_from`")
        .fact("valid_from", from)
        .fact("valid_until", until))
}

fn already_granted(on: &ListRef, to: &Subject, held: &Entry) -> Refusal {
    let message = format!("`{on}` already has an entry for `{to}`: {}", held.rights);
    Refusal::new(Code::AlreadyGranted, message)
        .hint(format!(
            "caseward update {on} {to} LEVEL; or grant with --on-existing update (in JSON \"on_existing\": \"update\")"
        ))
        .fact("rights", serde_json::json!(held.rights))
}
