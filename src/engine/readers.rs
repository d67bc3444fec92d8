//! Questions: each reads the published head once and asks the views at it, under the lock of a reader.

use super::Engine;
use super::fold::{self, OpenError};
use super::leaving::WithinBound;
use super::organization::Organization;
use caseward_events::policy::PolicyKey;
use caseward_events::{
    Action, Asker, DefinitionId, Policy, Position, ProfileId, Recorded, Refusal, Resource, Subject, Timestamp,
};
use caseward_projections::decision::{What, Who};
use caseward_projections::evaluate::WhatPart;
use caseward_projections::matrix::{ByDefinition, ByProfile};
use caseward_projections::memory::Memory;
use caseward_projections::question::{Resolved, has_action};
use caseward_projections::{AsOf, Decision, Question};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// Users that are asked about under one lock.
const SLICE_USERS: u32 = 256;

/// How much of the log is read at once.
const READ_BYTES: usize = 1 << 20;

/// How far one looks back at once, from the end of the log.
const BACK_EVENTS: u64 = 1_000;

/// A part of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Not what lies at or before this position.
    pub after: Position,
    /// At most so many.
    pub limit: Option<usize>,
}

/// What an organization takes in memory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MemoryUse {
    /// Its views with their indexes, and ids.
    pub views: Memory,
    /// The same by projection; what is of none of them is left out.
    pub projections: BTreeMap<&'static str, usize>,
    /// All views, in bytes.
    pub bytes: usize,
    /// The same for each event.
    pub bytes_per_event: f64,
    /// Blocks of both databases, of all organizations.
    pub cache_bytes: u64,
    /// What both databases keep in memory of their tables beside these: filters and indexes.
    pub table_bytes: u64,
    /// What came of a bound, where there is one.
    pub within: Option<WithinBound>,
}

impl Engine {
    /// The engine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where and when a question is asked. Waits only for an instant from the time of the head to the clock: until what
    /// is being written is durable or gone. From then on no live commit changes what it resolves to.
    ///
    /// # Errors
    /// `invalid`, for a position above the head.
    pub async fn resolve(
        &self,
        organization: &Organization,
        as_of: AsOf,
        at: Option<Timestamp>,
    ) -> Result<Resolved, Refusal> {
        let clock = self.clock.now();
        self.until_settled(organization, as_of, clock).await;
        let head = organization.head();
        organization.views().resolve(as_of, at, head, clock)
    }

    /// A decision with its reasons; it waits as [`Engine::resolve`] does, so not at the head or at a position.
    ///
    /// # Errors
    /// `invalid`, where the question cannot be asked.
    pub async fn check(&self, organization: &Organization, question: &Question) -> Result<Decision, Refusal> {
        has_action(&question.resource, question.action)?;
        let clock = self.clock.now();
        self.until_settled(organization, question.as_of, clock).await;
        let head = organization.head();
        let views = organization.views_with(question.resource.case());
        let resolved = views.resolve(question.as_of, question.at, head, clock)?;
        Ok(views.decision(question, resolved))
    }

    async fn until_settled(&self, organization: &Organization, as_of: AsOf, clock: Timestamp) {
        let AsOf::Instant(instant) = as_of else { return };
        let head = organization.head();
        let settled = organization.views().timeline.time(head.into());
        if instant < settled || clock < instant {
            return;
        }
        let group = organization.tell(instant);
        // Where the writer has gone, nothing is being written.
        let _ = self.done.clone().wait_for(|done| *done >= group).await;
    }

    /// Who may do something. The views are held for a slice of the users at a time.
    ///
    /// # Errors
    /// `invalid`, where the resource does not have the action.
    pub fn who(
        &self,
        organization: &Organization,
        action: Action,
        resource: &Resource,
        resolved: Resolved,
    ) -> Result<Who, Refusal> {
        has_action(resource, action)?;
        let (mut subjects, when) = (Vec::new(), resolved.when);
        let named = organization.views().directory.users.count_at(when.place);
        for first in (0..u32::try_from(named).expect("numbers have 32 bits")).step_by(SLICE_USERS as usize) {
            let slice = first..first.saturating_add(SLICE_USERS);
            subjects.extend(organization.views_with(resource.case()).who_among(slice, action, resource, when));
        }
        Ok(organization.views_with(resource.case()).who_with(subjects, action, resource, when))
    }

    /// The resources on which a subject may do something.
    #[must_use]
    pub fn what(
        &self,
        organization: &Organization,
        subject: &Asker,
        action: Action,
        part: WhatPart<'_>,
        resolved: Resolved,
    ) -> What {
        organization.views().what(subject, action, part, resolved.when)
    }

    /// The permission matrix of a profile; `None` where no event names it by then.
    #[must_use]
    pub fn matrix_of_profile(
        &self,
        organization: &Organization,
        profile: &ProfileId,
        resolved: Resolved,
    ) -> Option<ByProfile> {
        organization.views().matrix_of_profile(profile, resolved.when.place)
    }

    /// The permission matrix of a definition; `None` where it was not created by then.
    #[must_use]
    pub fn matrix_of_definition(
        &self,
        organization: &Organization,
        definition: &DefinitionId,
        resolved: Resolved,
    ) -> Option<ByDefinition> {
        organization.views().matrix_of_definition(definition, resolved.when.place)
    }

    /// All actions of a subject on a resource.
    #[must_use]
    pub fn rights(
        &self,
        organization: &Organization,
        subject: &Asker,
        resource: &Resource,
        resolved: Resolved,
    ) -> Vec<Action> {
        organization.views_with(resource.case()).rights(subject, resource, resolved.when)
    }

    /// Whether there was such a resource.
    #[must_use]
    pub fn exists(&self, organization: &Organization, resource: &Resource, resolved: Resolved) -> bool {
        organization.views().exists(resource, resolved.when.place)
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self, organization: &Organization, resolved: Resolved) -> Policy {
        *organization.views().policy.at(resolved.when.place)
    }

    /// Every key of the policy, with the position of the event that last adopted it, where one did.
    #[must_use]
    pub fn policy_adopted(
        &self,
        organization: &Organization,
        resolved: Resolved,
    ) -> Vec<(PolicyKey, Option<Position>)> {
        let views = organization.views();
        let adopted = |key| views.policy.adopted(key, resolved.when.place).map(|place| place.position());
        PolicyKey::ALL.iter().map(|&key| (key, adopted(key))).collect()
    }

    /// The events up to a position that are wanted, oldest first.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn history(
        &self,
        organization: &Organization,
        wanted: impl Fn(&Recorded) -> bool,
        up_to: Position,
        page: Page,
    ) -> Result<Vec<Recorded>, OpenError> {
        let mut found = Vec::new();
        let mut position = page.after;
        while position < up_to {
            for recorded in self.events(organization, position.next()).await? {
                position = recorded.position;
                if position > up_to || page.limit.is_some_and(|limit| found.len() >= limit) {
                    return Ok(found);
                }
                if wanted(&recorded) {
                    found.push(recorded);
                }
            }
        }
        Ok(found)
    }

    /// The last events up to a position that are wanted, oldest first. Reads no more of the log than it takes to find
    /// so many.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn last(
        &self,
        organization: &Organization,
        wanted: impl Fn(&Recorded) -> bool,
        up_to: Position,
        count: usize,
    ) -> Result<Vec<Recorded>, OpenError> {
        let (mut found, mut up_to) = (VecDeque::new(), up_to);
        while up_to > Position::ZERO && found.len() < count {
            let page = Page { after: Position(up_to.0.saturating_sub(BACK_EVENTS)), limit: None };
            let portion = self.history(organization, &wanted, up_to, page).await?;
            portion.into_iter().rev().take(count - found.len()).for_each(|recorded| found.push_front(recorded));
            up_to = page.after;
        }
        Ok(found.into())
    }

    /// The subject under whose key the reason of an event is sealed.
    #[must_use]
    pub fn sealed_for(&self, organization: &Organization, recorded: &Recorded) -> Option<Subject> {
        let key = recorded.reason.as_ref()?.key()?;
        organization.views().keys.subject(key).cloned()
    }

    /// Events from a position on; none above the head.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn events(&self, organization: &Organization, from: Position) -> Result<Vec<Recorded>, OpenError> {
        fold::readable_events(&*self.store, organization.number(), from, READ_BYTES).await
    }

    /// One event.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn event(&self, organization: &Organization, at: Position) -> Result<Option<Recorded>, OpenError> {
        if at == Position::ZERO || at > organization.head() {
            return Ok(None);
        }
        Ok(fold::readable_events(&*self.store, organization.number(), at, 1).await?.into_iter().next())
    }

    /// What it takes in memory. It looks at every entity.
    #[must_use]
    pub fn memory(&self, organization: &Organization) -> MemoryUse {
        let (views, projections) = {
            let views = organization.views();
            (views.memory(), views.memory_of_projections())
        };
        let events = organization.head().0.max(1);
        let [log, saved] = [self.store.memory(), self.keeper.memory()];
        MemoryUse {
            views,
            projections: projections.into_iter().map(|(one, bytes)| (one.name(), bytes)).collect(),
            bytes: views.total(),
            bytes_per_event: (views.total() as f64 / events as f64 * 10.0).round() / 10.0,
            cache_bytes: log.cache_bytes + saved.cache_bytes,
            table_bytes: log.table_bytes + saved.table_bytes,
            within: self.keeper.within_bound(organization),
        }
    }
}
