//! Encoding what a commit appended for the disk, or undoing it.
//!
//! INVARIANT: views and bytes are cut at the same position.

use super::{CommitGroup, Open, budget};
use crate::engine::answer::Answer;
use crate::engine::replay::OpenError;
use crate::engine::write::budget::EffectLimits;
use crate::engine::write::committer::Ready;
use crate::seams::{OrganizationNumber, Run};
use caseward_events::codec::encode_into;
use caseward_events::event::SubjectErased;
use caseward_events::{Event, Position, Recorded, Refusal, Subject};

impl CommitGroup {
    /// Folds events into the views above the head: all of them, or none.
    pub(super) fn put(&self, open: usize, events: &[Recorded]) -> Result<Position, OpenError> {
        let organization = &self.open[open].organization;
        let before = organization.views().tip();
        organization.fold_in(events).inspect_err(|_| organization.take_off(before))
    }

    /// Encodes what a commit appended, which is known only now to be whole.
    ///
    /// # Errors
    /// It is too large, with the command that makes it so. Nothing is taken off again.
    pub(super) fn close_commit(
        &mut self,
        open: usize,
        answers: &mut [Answer],
        limits: &EffectLimits,
    ) -> Result<(), (usize, Refusal)> {
        let appended = answers.iter_mut().filter_map(appended_mut);
        let count = appended.map(|events| events.len()).sum::<usize>();
        let count = u32::try_from(count).expect("a commit is limited");
        let Open { encoded, erased, .. } = &mut self.open[open];
        let mut bytes = 0;
        for (index, events) in (0..).zip(answers.iter_mut().map(appended_mut)) {
            let (events, first) = (events.into_iter().flatten(), encoded.len());
            let mut is_limited = true;
            for event in events {
                event.commit_count = count;
                is_limited &= event.index > 0 || budget::is_limited_by(&event.event);
                if let Event::SubjectErased(SubjectErased { subject }) = &event.event {
                    erased.push((event.position, subject.clone()));
                }
                encoded.push(|bytes| encode_into(event, bytes));
            }
            let own = (first..encoded.len()).filter_map(|at| encoded.get(at));
            if is_limited {
                bytes = limits.judge_bytes(bytes, own).map_err(|refusal| (index, refusal))?;
            } else {
                bytes += own.map(<[u8]>::len).sum::<usize>();
            }
        }
        Ok(())
    }

    pub(super) fn take_back(&mut self, open: usize, to: Position, refusal: Refusal) -> Answer {
        self.go_back(open, to);
        Answer::Refused(refusal)
    }

    pub(super) fn go_back(&mut self, open: usize, to: Position) {
        let Open { organization, base, encoded, erased, begun, .. } = &mut self.open[open];
        organization.take_off(to);
        erased.retain(|(position, _)| *position <= to);
        begun.retain(|(position, _)| *position <= to);
        encoded.truncate(usize::try_from(to.0 - base.0).expect("a group is limited"));
    }

    /// The group in the form that is written.
    pub(in crate::engine::write) fn ready(mut self) -> Ready {
        if let Some(first) = self.ready.registered.first() {
            let run = Run { organization: OrganizationNumber::REGISTER, first: first.position, events: self.encoded };
            self.ready.runs.push(run);
        }
        for Open { organization, base, encoded, erased, .. } in self.open {
            if !encoded.is_empty() {
                let key = |(_, subject): &(_, Subject)| organization.views().keys.get(subject);
                self.ready.doomed.extend(erased.iter().filter_map(key));
                let head = Position(base.0 + encoded.len() as u64);
                let run = Run { organization: organization.number(), first: base.next(), events: encoded };
                self.ready.runs.push(run);
                self.ready.heads.push((organization, head));
            }
        }
        self.ready
    }
}

/// The events that a command appended now.
fn appended_mut(answer: &mut Answer) -> Option<&mut Vec<Recorded>> {
    match answer {
        Answer::Accepted(accepted) if !accepted.replayed => Some(&mut accepted.events),
        _ => None,
    }
}
