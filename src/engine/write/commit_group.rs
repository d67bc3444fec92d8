//! The commits under one sync: deciding them, each on top of all before it.
//!
//! INVARIANT: what stands on the views above the head is what this group and the one on its way to the disk have
//! encoded, no more and no less; what is taken off the one is taken off the other.

mod command_ids;
mod deciding;
mod encoding;
mod register;

use super::batch::{Batch, How, all_refused};
use super::committer::{Pipeline, Ready};
use super::envelope::record;
use super::foresee::{self, GoesOn};
use super::reply::CommandError;
use super::{GROUP_EVENTS_MAX, Request, Work, budget, sealing};
use crate::engine::answer::{Accepted, Answer};
use crate::engine::believed_clock::BelievedClock;
use crate::engine::replay::OpenError;
use crate::engine::tenant::Tenant;
use crate::seams::Encoded;
use caseward_events::answer::ForeseenChanges;
use caseward_events::{KeyNumber, Position, Refusal, Subject, Submission, Timestamp};
use command_ids::{first_use, fresh_id, name_refused, replayed};
use std::sync::Arc;

/// What an event takes about, envelope included.
const EVENT_BYTES_USUAL: usize = 192;

/// What was decided and is not stored yet, with the answers that wait for it.
pub(super) struct CommitGroup {
    clock: Arc<BelievedClock>,
    open: Vec<Open>,
    /// How many commands waited for it.
    waiting: usize,
    /// Those of the register.
    encoded: Encoded,
    ready: Ready,
    /// The last key that a subject had before this group gave any, once that was needed: it asks all organizations.
    last_key: Option<KeyNumber>,
}

/// The events of one organization in this group.
struct Open {
    organization: Arc<Tenant>,
    /// The position they follow.
    base: Position,
    encoded: Encoded,
    /// Who is erased, with the events that say so.
    erased: Vec<(Position, Subject)>,
    /// The keys that subjects got here, with the last event of the command that did it.
    begun: Vec<(Position, KeyNumber)>,
    /// No live commit may be at this instant or before it: what it resolves to has been told.
    told: Option<Timestamp>,
}

impl Open {
    /// The position of the last event, between two commits.
    fn end(&self) -> Position {
        Position(self.base.0 + self.encoded.len() as u64)
    }
}

/// Why a command has no answer yet.
enum Trouble {
    Refused(Refusal),
    Failed(CommandError),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Trouble::Refused(refusal)
    }
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Self {
        Trouble::Failed(CommandError::ReadBack(Arc::new(error)))
    }
}

/// Where in a commit the next event stands, and when the commit is.
struct Commit<'a> {
    start: Position,
    /// One time for all of an atomic batch.
    live: Option<Timestamp>,
    /// What the commit did already, which is not encoded yet.
    earlier: &'a [Answer],
}

impl CommitGroup {
    pub(super) fn new(clock: Arc<BelievedClock>, number: u64, waiting: usize) -> Self {
        let ready = Ready { number, ..Ready::default() };
        CommitGroup { clock, open: Vec::new(), waiting, encoded: Encoded::new(), ready, last_key: None }
    }

    pub(super) fn events(&self) -> usize {
        self.encoded.len() + self.open.iter().map(|open| open.encoded.len()).sum::<usize>()
    }

    /// Decides a request; the pipeline is for what cannot be decided ahead of the disk.
    pub(super) fn take(&mut self, Request { work, mut reply, room }: Request, pipeline: &mut Pipeline) {
        let step = reply.steps.decides(work.commands());
        let Some(decided) = step.in_scope(|| self.outcome(work, pipeline)) else { return };
        drop((room, step));
        match decided {
            Ok(answers) => self.ready.replies.push((reply, answers)),
            // Nothing was decided, so nothing need be waited for.
            Err(error) => reply.send(Err(error)),
        }
    }

    /// None of what is not to be decided.
    fn outcome(&mut self, work: Work, pipeline: &mut Pipeline) -> Option<Result<Vec<Answer>, CommandError>> {
        Some(match work {
            _ if let Some(error) = pipeline.refuses() => Err(CommandError::Store(Arc::clone(error))),
            Work::Commands { .. } | Work::Register { .. } if let Some(doubt) = self.clock.doubt() => {
                Err(CommandError::Clock(doubt))
            }
            Work::Commands { organization, batch } => self.commands(&organization, batch, pipeline),
            Work::Register { command, by } => Ok(vec![self.register(command, by, pipeline)]),
            Work::BetweenGroups { .. } => return None,
        })
    }

    fn commands(
        &mut self,
        organization: &Arc<Tenant>,
        batch: Batch,
        pipeline: &mut Pipeline,
    ) -> Result<Vec<Answer>, CommandError> {
        let open = self.open(organization);
        let start = self.open[open].end();
        let decided = self.decide_all(open, batch, pipeline);
        if decided.is_err() {
            self.go_back(open, start);
        }
        decided
    }

    /// Decides commands on views that are there for it, tells what they would change while their events stand on those,
    /// and takes them off again.
    pub(super) fn try_out(
        &mut self,
        organization: &Arc<Tenant>,
        batch: Batch,
        (pipeline, goes_on): (&mut Pipeline, GoesOn<'_>),
    ) -> Result<Vec<Answer>, CommandError> {
        let open = self.open(organization);
        let start = self.open[open].end();
        let decided = self.decide_all(open, batch, pipeline);
        let foreseen = decided.and_then(|answers| foresee::foresee(organization, answers, goes_on));
        self.go_back(open, start);
        foreseen
    }

    fn decide_all(
        &mut self,
        open: usize,
        Batch { submissions, how }: Batch,
        pipeline: &mut Pipeline,
    ) -> Result<Vec<Answer>, CommandError> {
        let ids: Vec<_> = submissions.iter().map(|sent| sent.as_ref().ok().and_then(|sent| sent.id.clone())).collect();
        let mut answers = if how.atomic {
            self.atomic(open, submissions, how, pipeline)?
        } else {
            self.each(open, submissions, how, pipeline)?
        };
        self.tell_of_clock(open, &mut answers);
        name_refused(ids, &mut answers);
        Ok(answers)
    }

    fn open(&mut self, organization: &Arc<Tenant>) -> usize {
        let known = self.open.iter().position(|open| Arc::ptr_eq(&open.organization, organization));
        known.unwrap_or_else(|| {
            let told = organization.enter(self.ready.number);
            let base = organization.views().tip();
            // For one organization with much that waits; others begin small.
            let room = if self.open.is_empty() { self.waiting.min(GROUP_EVENTS_MAX) } else { 0 };
            let encoded = Encoded::with_room(room, EVENT_BYTES_USUAL);
            let organization = Arc::clone(organization);
            self.open.push(Open { organization, base, encoded, erased: Vec::new(), begun: Vec::new(), told });
            self.open.len() - 1
        })
    }

    fn each(
        &mut self,
        open: usize,
        submissions: Vec<Result<Submission, Refusal>>,
        how: How,
        pipeline: &mut Pipeline,
    ) -> Result<Vec<Answer>, CommandError> {
        // Not collected, which would keep the place of the submissions, and cut it to size.
        let mut answers = Vec::with_capacity(submissions.len());
        for submission in submissions {
            match budget::judge_dry_run(self.events()) {
                Err(refusal) if how.dry_run => answers.push(Answer::Refused(refusal)),
                _ => answers.push(self.single(open, submission, how, pipeline)?),
            }
        }
        Ok(answers)
    }

    fn single(
        &mut self,
        open: usize,
        submission: Result<Submission, Refusal>,
        how: How,
        pipeline: &mut Pipeline,
    ) -> Result<Answer, CommandError> {
        let commit = Commit { start: self.open[open].end(), live: None, earlier: &[] };
        match self.command(open, submission, how, &commit, pipeline) {
            Ok(accepted) => {
                let mut answer = Answer::Accepted(accepted);
                let closed = self.close_commit(open, std::slice::from_mut(&mut answer), &pipeline.committer().limits);
                Ok(closed.map_or_else(|(_, refusal)| self.take_back(open, commit.start, refusal), |()| answer))
            }
            Err(Trouble::Refused(refusal)) => Ok(Answer::Refused(refusal)),
            Err(Trouble::Failed(error)) => Err(error),
        }
    }

    /// All or nothing: a refusal takes off what the commands before it appended.
    fn atomic(
        &mut self,
        open: usize,
        submissions: Vec<Result<Submission, Refusal>>,
        how: How,
        pipeline: &mut Pipeline,
    ) -> Result<Vec<Answer>, CommandError> {
        let start = self.open[open].end();
        let live = Some(self.now(open, &self.open[open].organization.views()));
        let count = submissions.len();
        let mut answers = Vec::with_capacity(count);
        for (index, submission) in submissions.into_iter().enumerate() {
            match self.command(open, submission, how, &Commit { start, live, earlier: &answers }, pipeline) {
                Ok(accepted) => answers.push(Answer::Accepted(accepted)),
                Err(Trouble::Failed(error)) => return Err(error),
                Err(Trouble::Refused(refusal)) => {
                    self.go_back(open, start);
                    return Ok(all_refused(count, index, refusal));
                }
            }
        }
        if let Err((index, refusal)) = self.close_commit(open, &mut answers, &pipeline.committer().limits) {
            self.go_back(open, start);
            return Ok(all_refused(count, index, refusal));
        }
        Ok(answers)
    }

    fn command(
        &mut self,
        open: usize,
        submission: Result<Submission, Refusal>,
        how: How,
        commit: &Commit<'_>,
        pipeline: &mut Pipeline,
    ) -> Result<Accepted, Trouble> {
        let Submission { id, sent, content, via } = submission?;
        let organization = Arc::clone(&self.open[open].organization);
        // A statement of its own, so that the lock is let go: finding the events may have to change views.
        let first = id.as_ref().map(|id| first_use(&organization, id, pipeline.committer())).transpose()?.flatten();
        if let (Some(id), Some(first)) = (&id, first) {
            let events = self.known(open, first, commit.earlier, pipeline)?;
            return replayed(pipeline.committer(), &organization, id, events, &sent, content.ok().as_ref());
        }
        let content = content?;
        // Only this thread changes views, so they still stand when events are put in.
        let limits = pipeline.committer().limits;
        let cascades = limits.cascade_cases;
        let decided = organization.ask(|views| self.decide((open, cascades), views, &content, how.source, commit.live));
        let decided = decided.map_err(undecided)??;
        if budget::is_limited(&content.command) {
            let before = organization.views().tip().0 - commit.start.0;
            let before = usize::try_from(before).expect("a commit is limited");
            limits.judge_events(before + decided.events.len())?;
        }
        let id = id.unwrap_or_else(fresh_id);
        let warnings = decided.warnings.clone();
        let next_key = || self.next_key(pipeline.committer());
        let sealed = sealing::seal(pipeline.committer(), &organization, &content, &sent, &id, next_key)
            .map_err(|error| Trouble::Failed(CommandError::Store(Arc::new(error))))?;
        let begun = sealed.begun;
        let events = record(&organization.views(), commit.start, (content, via), decided, id, sealed);
        let position = self.put(open, &events).map_err(undecided)?;
        self.open[open].begun.extend(begun.map(|key| (position, key)));
        Ok(Accepted {
            position,
            events,
            warnings,
            replayed: false,
            foreseen: how.dry_run.then(|| ForeseenChanges::of([], Some(0))),
            clock_behind: None,
        })
    }
}

fn undecided(error: OpenError) -> Trouble {
    Trouble::Failed(CommandError::Cases(Arc::new(error)))
}
