//! The reader: answers questions about one organization as of one position and one instant.
//!
//! INVARIANT: everything that one reader answers is of the same place, whatever is recorded meanwhile. Absent on
//! purpose: a second way to say as of when. Whoever asks has resolved it once, in
//! [`crate::engine::Organization::reader`].

use super::Asking;
use super::work::{QuestionLimits, Work};
use crate::engine::clock::Clock;
use crate::engine::error::Error;
use crate::engine::steps;
use crate::engine::tenant::Tenant;
use caseward_events::answer::{
    AdoptedKey, MatrixAnswer, MatrixOfDefinition, MatrixOfProfile, PolicyAnswer, RightsAnswer, VocabularyAnswer,
};
use caseward_events::ask::{MatrixOf, has_action};
use caseward_events::policy::PolicyKey;
use caseward_events::{
    Asker, CaseId, Code, DefinitionId, Policy, Position, ProfileId, Refusal, Resource, Timestamp, Vocabulary,
};
use caseward_projections::{AsOf, Decision, HoldersCounted, Question, Resolved};
use std::fmt;
use std::sync::Arc;

/// Users whose profile is looked up under one lock.
const SLICE_HOLDERS: u32 = 1_024;

/// Answers questions about one organization as of one place. Lists and reports go on slice by slice beside the writer.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) asking: &'a Asking,
    pub(super) resolved: Resolved,
    pub(super) limits: QuestionLimits,
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("organization", self.tenant.name()).field("resolved", &self.resolved).finish()
    }
}

impl<'a> Reader<'a> {
    /// A reader at a position that is already resolved.
    pub(in crate::engine) fn at(tenant: &'a Tenant, asking: &'a Asking, resolved: Resolved) -> Reader<'a> {
        Reader { tenant, asking, resolved, limits: asking.limits }
    }

    /// A reader at a position that must be resolved first, which may wait for the group that is being written.
    pub(in crate::engine) async fn resolve(
        tenant: &'a Tenant,
        asking: &'a Asking,
        (as_of, at): (AsOf, Option<Timestamp>),
    ) -> Result<Reader<'a>, Error> {
        Ok(Reader::at(tenant, asking, asking.resolve(tenant, as_of, at).await?))
    }

    /// A decision at the question's own place, found out under the one lock that decides it.
    pub(in crate::engine) async fn check_once(
        tenant: &Tenant,
        asking: &Asking,
        question: &Question,
    ) -> Result<Decision, Error> {
        has_action(&question.resource, question.action)?;
        // At the head nothing has to be waited for, so what counts as now is found out under the same lock.
        let settled = match question.as_of {
            AsOf::Instant(_) => Some(asking.settle(tenant, question.as_of).await),
            AsOf::Head | AsOf::Position(_) => None,
        };
        let (clock, head) = (asking.clock.now(), tenant.head());
        let step = steps::evaluate();
        let decided = tenant.ask(|views| {
            let now = settled.unwrap_or_else(|| tenant.now(clock, views.timeline.time(head.into())));
            let resolved = views.resolve(question.as_of, question.at, head, now)?;
            Ok::<Decision, Refusal>(views.answer(question, resolved))
        });
        let decision = decided??;
        drop(step);
        judged(|| Work::new(asking.limits, &asking.rows), &decision)?;
        Ok(decision)
    }

    /// With other limits on what one question may come to than those of its engine.
    #[must_use]
    pub fn within_limits(self, limits: QuestionLimits) -> Reader<'a> {
        Reader { limits, ..self }
    }

    /// A question that is asked now.
    pub(super) fn work(&self) -> Work<'a> {
        Work::new(self.limits, &self.asking.rows).into_step()
    }

    /// Where and when it asks, and whether that may still change.
    #[must_use]
    pub fn resolved(&self) -> Resolved {
        self.resolved
    }

    /// The position that it asks at.
    #[must_use]
    pub fn position(&self) -> Position {
        self.resolved.when.place.position()
    }

    /// A decision with its reasons. What the question itself says of as-of does not count: this place does.
    ///
    /// # Errors
    /// `invalid`, where the resource does not have the action. The log, where a case that has left memory cannot be
    /// read again.
    pub async fn check(&self, question: &Question) -> Result<Decision, Error> {
        has_action(&question.resource, question.action)?;
        let decision = self.tenant.ask(|views| views.answer(question, self.resolved))?;
        judged(|| Work::new(self.limits, &self.asking.rows), &decision)?;
        Ok(decision)
    }

    /// All actions of a subject on a resource.
    ///
    /// # Errors
    /// The log, where a case that has left memory cannot be read again.
    pub async fn rights(&self, subject: &Asker, resource: &Resource) -> Result<RightsAnswer, Error> {
        let Resolved { when, settled } = self.resolved;
        Ok(self.tenant.ask(|views| {
            let is_known = views.known(subject, when.place).is_none() && views.exists(resource, when.place);
            let (rights, known) = (views.rights(subject, resource, when), (!is_known).then_some(false));
            RightsAnswer { rights, position: when.place.position(), settled, known }
        })?)
    }

    /// The permission matrix of a profile; `None` where no event names it by then.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn matrix_of_profile(&self, profile: &ProfileId) -> Result<Option<MatrixOfProfile>, Error> {
        let (work, Resolved { when, settled }) = (self.work(), self.resolved);
        let holders = self.holders(&work).await?;
        work.look_at(self.tenant.views().definitions.names.count_at(when.place))?;
        let matrix = self.tenant.views().matrix_of_profile(profile, when.place, &holders);
        let matrix = matrix.map(|matrix| MatrixOfProfile { settled, ..matrix });
        work.answer_with(&matrix)?;
        Ok(matrix)
    }

    /// The permission matrix of a definition; `None` where it was not created by then.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn matrix_of_definition(&self, definition: &DefinitionId) -> Result<Option<MatrixOfDefinition>, Error> {
        let (work, Resolved { when, settled }) = (self.work(), self.resolved);
        let holders = self.holders(&work).await?;
        work.look_at(self.tenant.views().profiles.names.count_at(when.place))?;
        let matrix = self.tenant.views().matrix_of_definition(definition, when.place, &holders);
        let matrix = matrix.map(|matrix| MatrixOfDefinition { settled, ..matrix });
        work.answer_with(&matrix)?;
        Ok(matrix)
    }

    /// One side of the permission matrix.
    ///
    /// # Errors
    /// `not_found`: it was not there by then. As for [`Reader::rights`].
    pub async fn matrix(&self, of: &MatrixOf) -> Result<MatrixAnswer, Error> {
        let found = match of {
            MatrixOf::Profile(profile) => self.matrix_of_profile(profile).await?.map(MatrixAnswer::Profile),
            MatrixOf::Definition(definition) => {
                self.matrix_of_definition(definition).await?.map(MatrixAnswer::Definition)
            }
        };
        found.ok_or_else(|| {
            let message = format!("`{of}` does not exist at position {}", self.position());
            Refusal::new(Code::NotFound, message).hint(format!("caseward history {of}")).into()
        })
    }

    async fn holders(&self, work: &Work<'_>) -> Result<HoldersCounted, Error> {
        let (mut holders, place) = (HoldersCounted::default(), self.resolved.when.place);
        let named = self.tenant.views().directory.users.count_at(place);
        let named = u32::try_from(named).expect("numbers have 32 bits");
        work.in_slices((0..named).step_by(SLICE_HOLDERS as usize), |first| {
            let slice = first..named.min(first.saturating_add(SLICE_HOLDERS));
            work.look_at(slice.len())?;
            holders.count(&self.tenant.views(), slice, place);
            Ok(true)
        })
        .await?;
        Ok(holders)
    }

    /// Returns true if the resource existed then.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn exists(&self, resource: &Resource) -> Result<bool, Error> {
        Ok(self.tenant.ask(|views| views.exists(resource, self.resolved.when.place))?)
    }

    /// Every key of the policy in force, with the event that last adopted it.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn policy_answer(&self) -> Result<PolicyAnswer, Error> {
        let values = serde_json::json!(self.policy().await?);
        let adopted = self.policy_adopted().await?.into_iter();
        let keys = adopted.map(|(key, event)| AdoptedKey { key, value: values[key.name()].clone(), event }).collect();
        Ok(PolicyAnswer { keys, position: self.position(), settled: self.resolved.settled })
    }

    /// The vocabulary in force, with the event that adopted it; our own words, where none did.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn vocabulary_answer(&self) -> Result<VocabularyAnswer, Error> {
        let (event, vocabulary) = match self.vocabulary().await? {
            Some((event, vocabulary)) => (Some(event), Vocabulary::clone(&vocabulary)),
            None => (None, Vocabulary::own()),
        };
        Ok(VocabularyAnswer { vocabulary, event, position: self.position(), settled: self.resolved.settled })
    }

    /// The policy in force.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn policy(&self) -> Result<Policy, Error> {
        Ok(*self.tenant.views().policy.at(self.resolved.when.place))
    }

    /// The vocabulary in force, and since which position; none where our own words count.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn vocabulary(&self) -> Result<Option<(Position, Arc<Vocabulary>)>, Error> {
        let views = self.tenant.views();
        let adopted = views.vocabulary.at(self.resolved.when.place);
        Ok(adopted.map(|(since, vocabulary)| (since.position(), Arc::clone(vocabulary))))
    }

    /// The definition of a case, where it had been opened by then.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn definition_of(&self, case: &CaseId) -> Result<Option<DefinitionId>, Error> {
        let place = self.resolved.when.place;
        Ok(self.tenant.ask(|views| {
            let number = views.known_case(case, place)?;
            Some(views.definitions.names.id(views.case(number).definition).clone())
        })?)
    }

    /// Every key of the policy, with the position of the event that last adopted it, where one did.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn policy_adopted(&self) -> Result<Vec<(PolicyKey, Option<Position>)>, Error> {
        let views = self.tenant.views();
        let adopted = |key| views.policy.adopted(key, self.resolved.when.place).map(|place| place.position());
        Ok(PolicyKey::ALL.iter().map(|&key| (key, adopted(key))).collect())
    }
}

/// A check looks at one pair, and has few reasons: only where it has many is its answer counted. Work begins with a look at the
/// clock, which would be a tenth of a check.
fn judged<'a>(work: impl FnOnce() -> Work<'a>, decision: &Decision) -> Result<(), Refusal> {
    const REASONS_FEW: usize = 256;
    if decision.reasons.len() > REASONS_FEW { work().answer_with(decision) } else { Ok(()) }
}
