//! The commits under one sync: deciding them, each on top of all before it.
//!
//! INVARIANT: what stands on the views above the head is what this group and the one on its way to the disk have
//! encoded, no more and no less; what is taken off the one is taken off the other.

use super::batch::{Batch, How, Source, all_refused};
use super::budget::{self, EffectLimits};
use super::committer::{Committer, Pipeline, Ready};
use super::envelope::record;
use super::foresee::foresee;
use super::reply::CommandError;
use super::sealing;
use super::{GROUP_EVENTS_MAX, Request, Work};
use crate::engine::answer::{Accepted, Answer};
use crate::engine::clock::Clock;
use crate::engine::replay::{self, OpenError};
use crate::engine::store::{Encoded, OrganizationNumber, Run, StoreError};
use crate::engine::tenant::{Tenant, flow};
use caseward_events::codec::{decode, encode_into};
use caseward_events::event::{OrganizationCreated, SubjectErased};
use caseward_events::seal::StoredReason;
use caseward_events::submission::{Content, Sent};
use caseward_events::{
    Actor, Code, CommandId, Event, OrganizationName, Position, Recorded, Refusal, Subject, Submission, Timestamp,
};
use caseward_projections::changes::ChangedBy;
use caseward_projections::{AtHand, Decided, Moment, Views, decide};
use serde_json::json;
use std::sync::{Arc, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// What an event takes about, envelope included.
const EVENT_BYTES_USUAL: usize = 192;

/// What was decided and is not stored yet, with the answers that wait for it.
pub(super) struct CommitGroup {
    clock: Arc<dyn Clock>,
    open: Vec<Open>,
    /// How many commands waited for it.
    waiting: usize,
    /// Those of the register.
    encoded: Encoded,
    ready: Ready,
}

/// The events of one organization in this group.
struct Open {
    organization: Arc<Tenant>,
    /// The position they follow.
    base: Position,
    encoded: Encoded,
    /// Who is erased, with the events that say so.
    erased: Vec<(Position, Subject)>,
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
    pub(super) fn new(clock: Arc<dyn Clock>, number: u64, waiting: usize) -> Self {
        let ready = Ready { number, ..Ready::default() };
        CommitGroup { clock, open: Vec::new(), waiting, encoded: Encoded::new(), ready }
    }

    pub(super) fn events(&self) -> usize {
        self.encoded.len() + self.open.iter().map(|open| open.encoded.len()).sum::<usize>()
    }

    /// Decides a request; the pipeline is for what cannot be decided ahead of the disk.
    pub(super) fn take(&mut self, Request { work, reply, room }: Request, pipeline: &mut Pipeline) {
        let decided = match work {
            _ if let Some(error) = pipeline.refuses() => Err(CommandError::Store(Arc::clone(error))),
            Work::Commands { organization, batch } => self.commands(&organization, batch, pipeline),
            Work::CreateOrganization { name, actor } => Ok(vec![self.create_organization(name, actor, pipeline)]),
            Work::BetweenGroups { .. } => return,
        };
        drop(room);
        match decided {
            Ok(answers) => self.ready.replies.push((reply, answers)),
            // Nothing was decided, so nothing need be waited for.
            Err(error) => reply.send(Err(error)),
        }
    }

    fn commands(
        &mut self,
        organization: &Arc<Tenant>,
        batch: Batch,
        pipeline: &mut Pipeline,
    ) -> Result<Vec<Answer>, CommandError> {
        let open = self.open(organization);
        let start = self.open[open].end();
        let Batch { submissions, how } = batch;
        let ids: Vec<_> = submissions.iter().map(|sent| sent.as_ref().ok().and_then(|sent| sent.id.clone())).collect();
        let mut decided = if how.atomic {
            self.atomic(open, submissions, how, pipeline)
        } else {
            self.each(open, submissions, how, pipeline)
        };
        if how.dry_run {
            decided = decided.and_then(|answers| foresee(organization, answers));
        }
        if let Ok(answers) = &mut decided {
            self.tell_of_clock(open, answers);
            name_refused(ids, answers);
        }
        if how.dry_run || decided.is_err() {
            self.go_back(open, start);
        }
        decided
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
            self.open.push(Open { organization, base, encoded, erased: Vec::new(), told });
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
            answers.push(self.single(open, submission, how, pipeline)?);
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
        let Submission { id, sent, content } = submission?;
        let organization = Arc::clone(&self.open[open].organization);
        // A statement of its own, so that the lock is let go: finding the events may have to change views.
        let first = id.as_ref().map(|id| first_use(&organization, id, pipeline.committer())).transpose()?.flatten();
        if let (Some(id), Some(first)) = (&id, first) {
            let events = self.known(open, first, commit.earlier, pipeline)?;
            let about = content.ok().and_then(|content| content.command.first_subject());
            return replayed(pipeline.committer(), &organization, id, events, &sent, about.as_ref());
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
        let sealed = sealing::seal(pipeline.committer(), &organization, &content, &sent, &id)
            .map_err(|error| Trouble::Failed(CommandError::Store(Arc::new(error))))?;
        let events = record(&organization.views(), commit.start, content, decided, id, sealed);
        let position = self.put(open, &events).map_err(undecided)?;
        Ok(Accepted {
            position,
            events,
            warnings,
            replayed: false,
            foreseen: how.dry_run.then(|| ChangedBy::default().into()),
            clock_behind: None,
        })
    }

    /// Puts events on the views above the head: all of them, or none.
    fn put(&self, open: usize, events: &[Recorded]) -> Result<Position, OpenError> {
        let organization = &self.open[open].organization;
        let before = organization.views().tip();
        organization.fold_in(events).inspect_err(|_| organization.views_mut().truncate(before))
    }

    fn decide(
        &self,
        (open, cascade_cases): (usize, usize),
        views: AtHand<'_>,
        content: &Content,
        source: Source,
        live: Option<Timestamp>,
    ) -> Result<Decided, Refusal> {
        let moment = match source {
            Source::Live => Moment::Live(live.unwrap_or_else(|| self.now(open, &views))),
            Source::Import => Moment::Import { clock: self.flowing(open, &views).1 },
        };
        let decided = decide(views, self.open[open].organization.name(), content, moment, cascade_cases)?;
        budget::has_room(views.tip(), decided.events.len())?;
        Ok(decided)
    }

    /// A live commit is strictly later than the one before it, and than every instant that was told what it resolves
    /// to, whatever the clock does.
    fn now(&self, open: usize, views: &Views) -> Timestamp {
        let (last, now) = self.flowing(open, views);
        last.max(self.open[open].told).map_or(now, |taken| now.max(taken.next()))
    }

    /// The time of the last event, and what counts as now.
    fn flowing(&self, open: usize, views: &Views) -> (Option<Timestamp>, Timestamp) {
        let (clock, last) = (self.clock.now(), views.timeline.last());
        (last, last.map_or(clock, |last| self.open[open].organization.now(clock, last)))
    }

    /// Has every answer say that the clock lies behind the log, where it does.
    fn tell_of_clock(&self, open: usize, answers: &mut [Answer]) {
        let organization = &self.open[open].organization;
        let Some(last) = organization.views().timeline.last() else { return };
        let clock = self.clock.now();
        let Some(behind) = flow::told(clock, organization.now(clock, last)) else { return };
        for answer in answers {
            match answer {
                Answer::Accepted(accepted) => accepted.clock_behind = Some(behind),
                Answer::Refused(refusal) => *refusal = refusal.clone().fact("clock_behind", json!(behind)),
            }
        }
    }

    /// Encodes what a commit appended, which is known only now to be whole.
    ///
    /// # Errors
    /// It is too large, with the command that makes it so. Nothing is taken off again.
    fn close_commit(
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

    fn take_back(&mut self, open: usize, to: Position, refusal: Refusal) -> Answer {
        self.go_back(open, to);
        Answer::Refused(refusal)
    }

    fn go_back(&mut self, open: usize, to: Position) {
        let Open { organization, base, encoded, erased, .. } = &mut self.open[open];
        organization.views_mut().truncate(to);
        erased.retain(|(position, _)| *position <= to);
        encoded.truncate(usize::try_from(to.0 - base.0).expect("a group is limited"));
    }

    /// The events of a known command: from this commit, this group or the store, where those of the group on its way
    /// are once it has done.
    fn known(
        &self,
        open: usize,
        first: Position,
        earlier: &[Answer],
        pipeline: &mut Pipeline,
    ) -> Result<Vec<Recorded>, Trouble> {
        let Open { organization, base, encoded, .. } = &self.open[open];
        let begins = |answer: &&Accepted| answer.events.first().is_some_and(|event| event.position == first);
        if let Some(answer) = earlier.iter().filter_map(accepted).find(begins) {
            return Ok(answer.events.clone());
        }
        if first > *base {
            let index = usize::try_from(first.0 - base.0 - 1).expect("a group is limited");
            let own = encoded.iter().skip(index).map(|bytes| decode(bytes).expect("it was encoded here"));
            let own = own.map(|mut event| {
                event.open(pipeline.committer().store.keyring()).expect("it was sealed here under that key");
                event
            });
            let mut own = own.peekable();
            let count = own.peek().map_or(0, |event| event.count);
            return Ok(own.take(count as usize).collect());
        }
        if first > organization.head() {
            pipeline.drain();
            if let Some(error) = pipeline.refuses() {
                return Err(Trouble::Failed(CommandError::Store(Arc::clone(error))));
            }
        }
        let committer = pipeline.committer();
        Ok(committer.runtime.block_on(replay::command(&*committer.store, organization.number(), first))?)
    }

    fn create_organization(&mut self, name: OrganizationName, actor: Actor, pipeline: &mut Pipeline) -> Answer {
        // The register holds what is durable, and the next number and position follow from it; this is rare enough.
        pipeline.drain();
        let mut register = pipeline.committer().register.write().unwrap_or_else(PoisonError::into_inner);
        let taken = self.ready.created.iter().any(|(_, created)| created.name == name);
        if taken || register.get(&name).is_some() {
            let refusal = Refusal::new(Code::Exists, format!("the organization `{name}` already exists"));
            return Answer::Refused(refusal.hint("caseward org list"));
        }
        let time = self.clock.now().max(register.last.next());
        let ahead = u32::try_from(self.ready.created.len()).expect("a group is limited");
        let position = Position(register.head.0 + u64::from(ahead) + 1);
        let number = register.next_number().0 + ahead;
        register.last = time;
        let created = OrganizationCreated { name, number };
        self.ready.created.push((position, created.clone()));
        let recorded = Recorded {
            position,
            stream_version: position.0,
            time,
            command_id: fresh_id(),
            index: 0,
            count: 1,
            commit_index: 0,
            commit_count: 1,
            actor,
            reason: None,
            correlation_id: None,
            causation_id: None,
            first: None,
            event: created.into(),
        };
        self.encoded.push(|bytes| encode_into(&recorded, bytes));
        Answer::Accepted(Accepted {
            position,
            events: vec![recorded],
            warnings: Vec::new(),
            replayed: false,
            foreseen: None,
            clock_behind: None,
        })
    }

    /// As the disk gets it.
    pub(super) fn ready(mut self) -> Ready {
        if let Some((first, _)) = self.ready.created.first() {
            let run = Run { organization: OrganizationNumber::REGISTER, first: *first, events: self.encoded };
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

fn undecided(error: OpenError) -> Trouble {
    Trouble::Failed(CommandError::Cases(Arc::new(error)))
}

fn accepted(answer: &Answer) -> Option<&Accepted> {
    match answer {
        Answer::Accepted(accepted) => Some(accepted),
        Answer::Refused(_) => None,
    }
}

/// The events that a command appended now.
fn appended_mut(answer: &mut Answer) -> Option<&mut Vec<Recorded>> {
    match answer {
        Answer::Accepted(accepted) if !accepted.replayed => Some(&mut accepted.events),
        _ => None,
    }
}

/// Where an id was first used: among the recent ones, or further back, in the checkpoint.
fn first_use(organization: &Tenant, id: &CommandId, committer: &Committer) -> Result<Option<Position>, Trouble> {
    let recent = organization.views().command(id);
    if recent.is_some() {
        return Ok(recent);
    }
    let found = committer.checkpointer.find_id(organization, id, &committer.runtime);
    found.map_err(|error| Trouble::Failed(CommandError::Store(Arc::new(error))))
}

/// A known id answers as the first time, or is refused where it was another command.
fn replayed(
    committer: &Committer,
    organization: &Tenant,
    id: &CommandId,
    mut events: Vec<Recorded>,
    sent: &Sent,
    about: Option<&Subject>,
) -> Result<Accepted, Trouble> {
    let (Some(kept), Some(last)) = (events.first(), events.last()) else {
        let why = format!("the events of the command `{id}` cannot be found again");
        return Err(OpenError::Store(StoreError::Corruption(why)).into());
    };
    let first = kept.first.as_ref().expect("the first event of a command carries what it was sent as");
    // Erased is what was decided to be, though the key goes only once that is durable: no answer depends on how soon.
    let erased = |place| about.is_some_and(|subject| organization.views().erased_since(subject, place).is_some());
    let is_gone = kept.reason.as_ref().is_some_and(|reason| reason.key().is_some()) && erased(sealing::TIP);
    let unkept = is_gone || erased(kept.position.into());
    if !sealing::is_what_was_sent(committer, kept, first, sent, unkept) {
        let message = format!("the id `{id}` was used for another command, at position {}", kept.position);
        return Err(Trouble::Refused(
            Refusal::new(Code::IdReused, message)
                .hint("send a changed command under an id of its own")
                .fact("position", kept.position.0),
        ));
    }
    let (position, warnings) = (last.position, first.warnings.clone());
    if is_gone {
        events.iter_mut().filter_map(|event| event.reason.as_mut()).for_each(StoredReason::close);
    }
    Ok(Accepted { position, events, warnings, replayed: true, foreseen: None, clock_behind: None })
}

/// By the clock; before 1970, which such an id cannot tell, by chance alone.
fn fresh_uuid() -> Uuid {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(_) => Uuid::now_v7(),
        Err(_) => Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 0, 0)),
    }
}

/// A refused answer carries the id that was sent.
fn name_refused(ids: Vec<Option<CommandId>>, answers: &mut [Answer]) {
    for (id, answer) in ids.into_iter().zip(answers) {
        if let (Some(id), Answer::Refused(refusal)) = (id, answer) {
            refusal.facts.insert("id".to_owned(), json!(id));
        }
    }
}

fn fresh_id() -> CommandId {
    let mut text = Uuid::encode_buffer();
    fresh_uuid().hyphenated().encode_lower(&mut text).parse().expect("a UUID is an id")
}
