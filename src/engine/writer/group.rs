//! The commits under one sync.

use super::{Batch, CommandError, How, Reply, Request, Source, Work, Writer};
use crate::engine::OpenError;
use crate::engine::answer::{Accepted, Answer};
use crate::engine::fold;
use crate::engine::organization::{Organization, Register};
use crate::engine::store::{Encoded, OrganizationNumber, Run, StoreError};
use caseward_events::codec::encode_into;
use caseward_events::event::OrganizationCreated;
use caseward_events::limits::POSITION_MAX;
use caseward_events::recorded::{Digests, First};
use caseward_events::seal::{Key, Reason, digests};
use caseward_events::submission::{Content, Sent};
use caseward_events::{
    Actor, Code, CommandId, KeyNumber, OrganizationName, Position, Recorded, Refusal, Submission, Timestamp,
};
use caseward_projections::{Decided, Moment, Views, decide};
use std::sync::{Arc, PoisonError, RwLockReadGuard};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// What was decided and is not stored yet, with the answers that wait for it.
pub(super) struct Group<'a> {
    writer: &'a Writer,
    runtime: &'a Handle,
    open: Vec<Open>,
    created: Vec<Recorded>,
    replies: Vec<(oneshot::Sender<Reply>, Vec<Answer>)>,
}

/// A reason and digests as they are stored.
struct Sealed {
    reason: Option<Reason>,
    digests: Digests,
}

/// The events of one organization above its head.
struct Open {
    organization: Arc<Organization>,
    events: Vec<Recorded>,
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
struct Commit {
    start: Position,
    /// One time for all of an atomic batch.
    live: Option<Timestamp>,
}

impl<'a> Group<'a> {
    pub(super) fn new(writer: &'a Writer, runtime: &'a Handle) -> Self {
        Group { writer, runtime, open: Vec::new(), created: Vec::new(), replies: Vec::new() }
    }

    pub(super) fn events(&self) -> usize {
        self.created.len() + self.open.iter().map(|open| open.events.len()).sum::<usize>()
    }

    pub(super) fn take(&mut self, Request { work, reply }: Request) {
        let decided = match work {
            Work::Commands { organization, batch } => self.commands(&organization, batch),
            Work::CreateOrganization { name, actor } => Ok(vec![self.create_organization(name, actor)]),
            Work::Rebuild { .. } => return,
        };
        match decided {
            Ok(answers) => self.replies.push((reply, answers)),
            // Nothing was decided, so nothing need be waited for; whoever asked may have gone.
            Err(error) => drop(reply.send(Err(error))),
        }
    }

    fn commands(&mut self, organization: &Arc<Organization>, batch: Batch) -> Result<Vec<Answer>, CommandError> {
        let known = self.open.iter().position(|open| Arc::ptr_eq(&open.organization, organization));
        let open = known.unwrap_or_else(|| {
            self.open.push(Open { organization: Arc::clone(organization), events: Vec::new() });
            self.open.len() - 1
        });
        let start = organization.views().tip();
        let Batch { submissions, how } = batch;
        let decided = if how.atomic {
            self.atomic(open, submissions, how)
        } else {
            submissions.into_iter().map(|submission| self.single(open, submission, how)).collect()
        };
        if how.dry_run || decided.is_err() {
            self.go_back(open, start);
        }
        decided
    }

    fn single(
        &mut self,
        open: usize,
        submission: Result<Submission, Refusal>,
        how: How,
    ) -> Result<Answer, CommandError> {
        let start = self.open[open].organization.views().tip();
        match self.command(open, submission, how, &Commit { start, live: None }) {
            Ok(accepted) => {
                self.close_commit(open, start);
                Ok(Answer::Accepted(accepted))
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
    ) -> Result<Vec<Answer>, CommandError> {
        let start = self.open[open].organization.views().tip();
        let commit = Commit { start, live: Some(self.now(open)) };
        let count = submissions.len();
        let mut answers = Vec::with_capacity(count);
        for (index, submission) in submissions.into_iter().enumerate() {
            match self.command(open, submission, how, &commit) {
                Ok(accepted) => answers.push(Answer::Accepted(accepted)),
                Err(Trouble::Failed(error)) => return Err(error),
                Err(Trouble::Refused(refusal)) => {
                    self.go_back(open, start);
                    return Ok(all_refused(count, index, refusal));
                }
            }
        }
        self.close_commit(open, start);
        Ok(answers)
    }

    fn command(
        &mut self,
        open: usize,
        submission: Result<Submission, Refusal>,
        how: How,
        commit: &Commit,
    ) -> Result<Accepted, Trouble> {
        let Submission { id, sent, content } = submission?;
        if let Some(id) = &id
            && let Some(first) = self.open[open].organization.views().command(id)
        {
            return self.replay(open, id, first, &sent);
        }
        let content = content?;
        let moment = match how.source {
            Source::Live => Moment::Live(commit.live.unwrap_or_else(|| self.now(open))),
            Source::Import => Moment::Import { clock: self.writer.clock.now() },
        };
        let organization = Arc::clone(&self.open[open].organization);
        // Decided under the lock of a reader: only this thread changes views, so they still stand when events are put in.
        let decided = decide(&organization.views(), organization.name(), &content, moment)?;
        has_room(organization.views().tip(), decided.events.len())?;
        let id = id.unwrap_or_else(fresh_id);
        let warnings = decided.warnings.clone();
        let sealed = self.seal(&organization, &content, &sent, &id)?;
        let events = record(&organization.views(), commit.start, content, decided, id, sealed);
        self.put(open, &events);
        let position = organization.views().tip();
        Ok(Accepted { position, events, warnings, replayed: false, dry_run: how.dry_run })
    }

    /// Folds events above the head, a slice of them under one lock.
    fn put(&mut self, open: usize, events: &[Recorded]) {
        const SLICE_EVENTS: usize = 16;
        let Open { organization, events: kept } = &mut self.open[open];
        for slice in events.chunks(SLICE_EVENTS) {
            let mut views = organization.views_mut();
            for event in slice {
                views.apply(event).expect("an event decided on these views fits them");
            }
        }
        kept.extend_from_slice(events);
    }

    /// A live commit is strictly later than the one before it, whatever the clock does.
    fn now(&self, open: usize) -> Timestamp {
        let last = self.open[open].organization.views().timeline.last();
        let clock = self.writer.clock.now();
        last.map_or(clock, |last| clock.max(last.next()))
    }

    fn close_commit(&mut self, open: usize, start: Position) {
        let events = &mut self.open[open].events;
        let from = events.partition_point(|event| event.position <= start);
        let count = u32::try_from(events.len() - from).expect("a batch is limited");
        events[from..].iter_mut().for_each(|event| event.commit_count = count);
    }

    fn go_back(&mut self, open: usize, to: Position) {
        let Open { organization, events } = &mut self.open[open];
        organization.views_mut().truncate(to);
        events.truncate(events.partition_point(|event| event.position <= to));
    }

    /// A known id answers as the first time, or is refused where it was another command.
    fn replay(&self, open: usize, id: &CommandId, first: Position, sent: &Sent) -> Result<Accepted, Trouble> {
        let kept = self.event(open, first)?;
        let remembered = kept.first.as_ref().expect("the first event of a command carries what it was sent as");
        if !self.is_what_was_sent(&kept, remembered, sent) {
            let message = format!("the id `{id}` was used for another command, at position {first}");
            return Err(Trouble::Refused(
                Refusal::new(Code::IdReused, message)
                    .hint("send a changed command under an id of its own")
                    .fact("position", first.0),
            ));
        }
        let warnings = remembered.warnings.clone();
        let positions = first.0..first.0 + u64::from(kept.count);
        let events: Result<Vec<_>, _> = positions.map(|position| self.event(open, Position(position))).collect();
        let events = events?;
        let position = events.last().map_or(first, |event| event.position);
        Ok(Accepted { position, events, warnings, replayed: true, dry_run: false })
    }

    /// Whether the event is of the command that is sent. A reason whose key was destroyed is not compared.
    fn is_what_was_sent(&self, event: &Recorded, first: &First, sent: &Sent) -> bool {
        let keys = self.writer.store.keyring();
        let number = event.reason.as_ref().and_then(Reason::key).unwrap_or(KeyNumber::STORE);
        match keys.key(number) {
            Some(key) => digests(sent, &self.store_key(), &key) == first.digests,
            None => digests(sent, &self.store_key(), &self.store_key()).body == first.digests.body,
        }
    }

    fn store_key(&self) -> Key {
        self.writer.store.keyring().key(KeyNumber::STORE).expect("a store has its key from the start")
    }

    /// The reason as it is stored: under the key of the subject that the command names first, which gets one if it has none.
    fn seal(
        &self,
        organization: &Organization,
        content: &Content,
        sent: &Sent,
        id: &CommandId,
    ) -> Result<Sealed, Trouble> {
        let store_key = self.store_key();
        let Some(text) = &content.reason else {
            return Ok(Sealed { reason: None, digests: digests(sent, &store_key, &store_key) });
        };
        let Some(subject) = content.command.first_subject() else {
            let reason = Some(Reason::Clear(text.clone()));
            return Ok(Sealed { reason, digests: digests(sent, &store_key, &store_key) });
        };
        let known = organization.views().keys.get(&subject);
        let number = known.unwrap_or_else(|| self.register().next_key());
        let keys = self.writer.store.keyring();
        keys.reserve(number).map_err(|error| Trouble::Failed(CommandError::Store(Arc::new(error))))?;
        let begins = known.is_none().then_some(subject);
        Ok(match keys.key(number) {
            Some(key) => Sealed {
                reason: Some(Reason::seal(text, id, number, &key, begins)),
                digests: digests(sent, &store_key, &key),
            },
            // It was destroyed: what is said about the subject from then on is not kept either.
            None => Sealed { reason: None, digests: Digests { reason: None, ..digests(sent, &store_key, &store_key) } },
        })
    }

    fn register(&self) -> RwLockReadGuard<'_, Register> {
        self.writer.register.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// From above the head, or from the store.
    fn event(&self, open: usize, position: Position) -> Result<Recorded, OpenError> {
        let Open { organization, events } = &self.open[open];
        if let Some(found) = events.iter().find(|event| event.position == position) {
            return Ok(found.clone());
        }
        let read = fold::readable_events(&*self.writer.store, organization.number(), position, 1);
        self.runtime
            .block_on(read)?
            .into_iter()
            .next()
            .ok_or_else(|| OpenError::Store(StoreError::Corruption(format!("event {position} cannot be found again"))))
    }

    fn create_organization(&mut self, name: OrganizationName, actor: Actor) -> Answer {
        let mut register = self.writer.register.write().unwrap_or_else(PoisonError::into_inner);
        let taken = self.created.iter().any(|recorded| created(recorded).name == name);
        if taken || register.get(&name).is_some() {
            let refusal = Refusal::new(Code::Exists, format!("the organization `{name}` exists already"));
            return Answer::Refused(refusal.hint("caseward org list"));
        }
        let time = self.writer.clock.now().max(register.last.next());
        let ahead = u32::try_from(self.created.len()).expect("a group is limited");
        let position = Position(register.head.0 + u64::from(ahead) + 1);
        let number = register.next_number().0 + ahead;
        register.last = time;
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
            event: OrganizationCreated { name, number }.into(),
        };
        self.created.push(recorded.clone());
        Answer::Accepted(Accepted {
            position,
            events: vec![recorded],
            warnings: Vec::new(),
            replayed: false,
            dry_run: false,
        })
    }

    /// Writes everything with one sync, publishes, answers.
    pub(super) fn commit(self) {
        let runs = self.runs();
        let written = if runs.is_empty() {
            Ok(())
        } else {
            self.runtime.block_on(self.writer.store.append(runs)).map_err(Arc::new)
        };
        match &written {
            Ok(()) => self.publish(),
            Err(_) => {
                self.open.iter().for_each(|open| open.organization.views_mut().truncate(open.organization.head()))
            }
        }
        for (reply, answers) in self.replies {
            // Whoever asked may have gone.
            let _ = reply.send(written.clone().map(|()| answers).map_err(CommandError::Store));
        }
    }

    fn runs(&self) -> Vec<Run> {
        let run = |organization, events: &[Recorded]| {
            let first = events.first()?.position;
            let mut encoded = Encoded::new();
            events.iter().for_each(|event| encoded.push(|bytes| encode_into(event, bytes)));
            Some(Run { organization, first, events: encoded })
        };
        let created = run(OrganizationNumber::REGISTER, &self.created);
        let open = self.open.iter().filter_map(|open| run(open.organization.number(), &open.events));
        created.into_iter().chain(open).collect()
    }

    fn publish(&self) {
        for Open { organization, .. } in &self.open {
            let mut views = organization.views_mut();
            let tip = views.tip();
            views.settle(tip);
            organization.publish(tip);
        }
        let mut register = self.writer.register.write().unwrap_or_else(PoisonError::into_inner);
        for recorded in &self.created {
            let OrganizationCreated { name, number } = created(recorded);
            register.head = recorded.position;
            register.add(Organization::new(name.clone(), OrganizationNumber(*number), Views::default()));
        }
    }
}

fn created(recorded: &Recorded) -> &OrganizationCreated {
    match &recorded.event {
        caseward_events::Event::OrganizationCreated(created) => created,
        _ => unreachable!("only creations are kept there"),
    }
}

fn all_refused(count: usize, at: usize, refusal: Refusal) -> Vec<Answer> {
    let others = Refusal::new(
        Code::BatchRefused,
        format!("not applied: command {} of the batch was refused ({})", at + 1, refusal.code),
    )
    .hint("mend that command, and send the whole batch again")
    .fact("refused", at + 1);
    let mut answers = vec![Answer::Refused(others); count];
    answers[at] = Answer::Refused(refusal);
    answers
}

fn has_room(tip: Position, events: usize) -> Result<(), Refusal> {
    if tip.0 + events as u64 <= POSITION_MAX {
        return Ok(());
    }
    let message = format!("the log of this organization is full: no position is beyond {POSITION_MAX}");
    Err(Refusal::invalid(message).hint("go on in another organization"))
}

fn fresh_id() -> CommandId {
    uuid::Uuid::now_v7().to_string().parse().expect("a UUID is an id")
}

/// The events of one command, in their envelopes.
fn record(
    views: &Views,
    commit_start: Position,
    content: Content,
    decided: Decided,
    id: CommandId,
    Sealed { mut reason, digests }: Sealed,
) -> Vec<Recorded> {
    let count = u32::try_from(decided.events.len()).expect("a command makes few events");
    let mut position = views.tip();
    let mut first = Some(First { digests, warnings: decided.warnings });
    let mut events: Vec<Recorded> = Vec::with_capacity(decided.events.len());
    for (index, event) in (0..).zip(decided.events) {
        position = position.next();
        let stream = event.stream();
        let before = events.iter().filter(|earlier| earlier.stream() == stream).count();
        let commit_index = u32::try_from(position.0 - commit_start.0 - 1).expect("a batch is limited");
        events.push(Recorded {
            position,
            stream_version: views.stream_version(&stream) + before as u64 + 1,
            time: decided.time,
            command_id: id.clone(),
            index,
            count,
            commit_index,
            commit_count: 0,
            actor: content.actor.clone(),
            reason: reason.clone(),
            correlation_id: content.correlation_id.clone(),
            causation_id: content.causation_id.clone(),
            first: first.take(),
            event,
        });
        if let Some(Reason::Sealed(sealed)) = &mut reason {
            sealed.begins = None;
        }
    }
    events
}
