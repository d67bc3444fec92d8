//! The handle to one organization: ask questions, send commands, rebuild.
//!
//! INVARIANT: everything about the past goes through one [`Reader`], so there is one way to say as of when. Absent on
//! purpose: what an organization is made of ([`super::tenant`]).

use super::answer::Answer;
use super::ask::memory_use::{MemoryUse, memory_use};
use super::ask::pages::ListPage;
use super::ask::report::{ReportQuery, Reported};
use super::ask::snapshot_for_head::{HeadInput, each_stream};
use super::ask::status::status;
use super::ask::timeline::Timeline;
use super::ask::whereabouts::Search;
use super::ask::{Asking, ChangeFilter, Followed, Follower, Reader};
use super::clock::Clock;
use super::engine_core::Core;
use super::error::Error;
use super::keep::rebuild::{Control, Plan, RebuildError, Rebuilding, Rebuilt, ServedViews};
use super::replay::OpenError;
use super::tenant::{Tenant, flow};
use super::write::{Batch, CommandError, How, Pending};
#[cfg(doc)]
use crate::seams::Trees;
use crate::seams::tree::Root;
use crate::seams::{Generation, OrganizationNumber, StoreError};
use caseward_events::answer::{ClockBehind, Status};
use caseward_events::ask::{FeedId, PageToken};
use caseward_events::{Draft, OrganizationName, Position, Recorded, Stream, Subject, Timestamp};
use caseward_projections::{AsOf, AtHand, Decision, Projection, Question, Resolved, StreamLeaf, Views};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, RwLockReadGuard, Weak};

/// A handle to an organization. Clones refer to the same one; each keeps the engine alive.
#[derive(Clone)]
pub struct Organization {
    core: Arc<Core>,
    tenant: Arc<Tenant>,
}

/// A weak handle to an organization: it does not keep the engine or the store open.
#[derive(Clone)]
pub struct WeakOrganization {
    core: Weak<Core>,
    tenant: Weak<Tenant>,
}

impl WeakOrganization {
    /// `None` if the engine is gone.
    #[must_use]
    pub fn upgrade(&self) -> Option<Organization> {
        Some(Organization { core: self.core.upgrade()?, tenant: self.tenant.upgrade()? })
    }
}

impl fmt::Debug for Organization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Organization").field("name", self.name()).field("head", &self.head()).finish_non_exhaustive()
    }
}

/// What it is.
impl Organization {
    pub(super) fn of(core: &Arc<Core>, tenant: Arc<Tenant>) -> Organization {
        Organization { core: Arc::clone(core), tenant }
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// A weak handle, which does not keep the engine alive.
    #[must_use]
    pub fn downgrade(&self) -> WeakOrganization {
        WeakOrganization { core: Arc::downgrade(&self.core), tenant: Arc::downgrade(&self.tenant) }
    }

    pub(super) fn parts(&self) -> (&Tenant, &Asking) {
        (&self.tenant, self.asking())
    }

    fn asking(&self) -> &Asking {
        &self.core.asking
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &OrganizationName {
        self.tenant.name()
    }

    /// The number that its rows are stored under.
    #[must_use]
    pub fn number(&self) -> OrganizationNumber {
        self.tenant.number()
    }

    /// The last position that is stored and may be read.
    #[must_use]
    pub fn head(&self) -> Position {
        self.tenant.head()
    }

    /// Waits until the head is beyond the position `seen`, and returns it; `None` if the engine has stopped before
    /// that.
    pub async fn moved(&self, seen: Position) -> Option<Position> {
        let mut done = self.asking().done.clone();
        let moved = done.wait_for(|_| self.head() > seen).await.is_ok();
        (moved || self.head() > seen).then(|| self.head())
    }

    /// The position of the last checkpoint; 0 where there is none.
    #[must_use]
    pub fn checkpoint(&self) -> Position {
        self.tenant.checkpoint()
    }

    /// If the clock is behind the log: the reading of the clock, and the time that counts as now.
    #[must_use]
    pub fn clock_behind(&self) -> Option<ClockBehind> {
        let clock = self.asking().clock.now();
        flow::told(clock, self.tenant.now_at_head(clock))
    }

    /// The status: head, counts, and what is saved.
    #[must_use]
    pub fn status(&self) -> Status {
        status(&self.tenant, &self.asking().clock, &self.core.checkpointer)
    }

    /// Memory in use. It visits every entity, so it takes time proportional to their number.
    #[must_use]
    pub fn memory(&self) -> MemoryUse {
        memory_use(&self.tenant, &*self.asking().store, &self.core.checkpointer)
    }
}

/// Asking.
impl Organization {
    /// A reader at a position or an instant, with windows compared with `at`, or with the time there. Waits only for an
    /// instant from the time of the head to the clock: until what is being written is durable or gone. From then on no
    /// live commit changes what it resolves to.
    ///
    /// # Errors
    /// `invalid`, for a position above the head.
    pub async fn reader(&self, as_of: AsOf, at: Option<Timestamp>) -> Result<Reader<'_>, Error> {
        Reader::resolve(&self.tenant, self.asking(), (as_of, at)).await
    }

    /// A reader for a later page of a list: where the first one was asked.
    ///
    /// # Errors
    /// `invalid`, where the position lies above the head: the page is of another log.
    pub async fn reader_of_page(&self, PageToken { position, at, .. }: &PageToken) -> Result<Reader<'_>, Error> {
        let pinned = self.reader(AsOf::Position(*position), Some(*at)).await?.resolved();
        let now = self.tenant.now_at_head(self.asking().clock.now());
        let settled = (*at > now).then_some(false);
        Ok(self.at(Resolved { settled, ..pinned }))
    }

    /// A reader for a page of a list: where the first one was asked, or, for that one, where this says.
    ///
    /// # Errors
    /// `invalid`, for a position above the head: of a later page, that it is of another log.
    pub async fn reader_for(&self, page: &ListPage, as_of: AsOf, at: Option<Timestamp>) -> Result<Reader<'_>, Error> {
        match page.after() {
            None => self.reader(as_of, at).await,
            Some(token) => self.reader_of_page(token).await,
        }
    }

    /// The events at some positions, by position; none above the head.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn cited(
        &self,
        positions: impl IntoIterator<Item = Position>,
    ) -> Result<BTreeMap<Position, Recorded>, Error> {
        let events = self.events_at(positions).await?;
        Ok(events.into_iter().map(|recorded| (recorded.position, recorded)).collect())
    }

    /// The events that a timeline tells of: those that happened to it, and all that opened or closed something.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn cited_by(&self, timeline: &Timeline) -> Result<BTreeMap<Position, Recorded>, Error> {
        let mut cited = self.cited(timeline.cites()).await?;
        cited.extend(timeline.events.iter().map(|recorded| (recorded.position, recorded.clone())));
        Ok(cited)
    }

    /// Who held what on a resource, or what a user held, in a stretch of time, with every event that says so.
    ///
    /// # Errors
    /// As for [`Reader::report`].
    pub async fn report(&self, as_of: AsOf, query: &ReportQuery) -> Result<Reported, Error> {
        let report = self.reader(as_of, None).await?.report(query).await?;
        let of_timeline = self.cited_by(&report.timeline).await?;
        let of_pairs = self.cited(report.cites()).await?;
        let known = self.event(report.timeline.position).await?;
        Ok(Reported { report, of_timeline, of_pairs, known })
    }

    /// A reader at a position and instant that were resolved before.
    #[must_use]
    pub fn at(&self, resolved: Resolved) -> Reader<'_> {
        Reader::at(&self.tenant, self.asking(), resolved)
    }

    /// Answers one question at its own `as_of` and `at`, in one step.
    ///
    /// # Errors
    /// `invalid`, where the question cannot be asked.
    pub async fn check(&self, question: &Question) -> Result<Decision, Error> {
        Reader::check_once(&self.tenant, self.asking(), question).await
    }

    /// Follows who gained and lost what, from behind a moment on. The first who follows waits for a walk over all users.
    ///
    /// # Errors
    /// `invalid`, for a position above the head, or an instant that is not of it.
    pub fn follow_changes(&self, after: FeedId, filter: ChangeFilter) -> Result<Follower, Error> {
        Follower::behind(self.parts(), after, filter)
    }

    /// Runs `question` on the views, with every case that it needs in memory. The closure may run several times. Take
    /// [`Organization::head`] first, and read at or below it. No command is decided while the closure runs, so keep it
    /// short.
    ///
    /// # Errors
    /// A case that it needs has left memory, and neither its saved row nor the log can be read.
    pub fn ask<T>(&self, question: impl Fn(AtHand<'_>) -> T) -> Result<T, OpenError> {
        self.tenant.ask(question)
    }

    /// The locked views, for reads that concern no case (evicted cases are not loaded). Take [`Organization::head`]
    /// first, and read at or below it. No command is decided while the guard is held, so hold it briefly.
    pub fn at_head(&self) -> RwLockReadGuard<'_, Views> {
        self.tenant.views()
    }

    /// Events from a position on, about as many as one read returns; none above the head.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn events(&self, from: Position) -> Result<Vec<Recorded>, Error> {
        self.events_within(from, usize::MAX).await
    }

    /// The same, about as many as fill so many bytes of the log, and at least one.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn events_within(&self, from: Position, bytes: usize) -> Result<Vec<Recorded>, Error> {
        self.asking().events(&self.tenant, from, bytes).await
    }

    /// One event; `None` above the head.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn event(&self, at: Position) -> Result<Option<Recorded>, Error> {
        self.asking().event(&self.tenant, at).await
    }

    /// The events at some positions, oldest first, each once; none above the head. Faster than reading them one by one.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn events_at(&self, positions: impl IntoIterator<Item = Position>) -> Result<Vec<Recorded>, Error> {
        self.asking().events_at(&self.tenant, positions).await
    }

    /// The subject under whose key the reason of an event is sealed.
    #[must_use]
    pub fn sealed_for(&self, recorded: &Recorded) -> Option<Subject> {
        let key = recorded.reason.as_ref()?.key()?;
        self.tenant.views().keys.subject(key).cloned()
    }

    /// The input for signing a tree head now.
    ///
    /// # Errors
    /// The store cannot vouch for its log, or it cannot be read.
    pub async fn head_input(&self) -> Result<HeadInput, StoreError> {
        self.asking().head_input(&self.tenant).await
    }

    /// Calls `visit` with every stream that a head is of, by name, bytewise.
    pub async fn each_stream(&self, of: &HeadInput, visit: &mut (dyn FnMut(StreamLeaf) + Send)) {
        each_stream(&self.tenant, &of.streams, visit).await;
    }

    /// How many streams there were at a position, and the root of the tree over them, where that was [kept] and is of the last
    /// position that it was kept of.
    ///
    /// [kept]: Organization::keep_streams_root
    #[must_use]
    pub fn kept_streams_root(&self, position: Position) -> Option<(u64, Root)> {
        self.tenant.streams_root(position)
    }

    /// Keeps what was worked out of the streams at a position, which the log settles for ever, until this process ends.
    pub fn keep_streams_root(&self, position: Position, count: u64, root: Root) {
        self.tenant.keep_streams_root(position, (count, root));
    }

    /// Calls `visit` with the stored bytes of every event up to a position.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn scan(
        &self,
        up_to: Position,
        visit: &mut (dyn FnMut(Position, &[u8]) + Send),
    ) -> Result<(), StoreError> {
        self.scan_behind(Position::ZERO, up_to, visit).await
    }

    /// The same for the events behind a position.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn scan_behind(
        &self,
        after: Position,
        up_to: Position,
        visit: &mut (dyn FnMut(Position, &[u8]) + Send),
    ) -> Result<(), StoreError> {
        self.asking().scan(&self.tenant, (after, up_to), visit).await
    }

    /// The positions of all events up to one that are in some streams, ascending, and perhaps of events that only name
    /// what the streams are of. The log is not read for it.
    ///
    /// # Errors
    /// A case that has left memory cannot be read again.
    pub async fn positions_of_streams(
        &self,
        streams: &[Stream],
        search: Search,
        up_to: Position,
    ) -> Result<Vec<Position>, OpenError> {
        self.asking().positions_of_streams(&self.tenant, (streams, search), up_to).await
    }

    /// The roots of subtrees that are kept for proofs; see [`Trees::kept_subtrees`].
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn kept_subtrees(&self) -> Result<Vec<Root>, StoreError> {
        self.asking().store.kept_subtrees(self.number()).await
    }

    /// Keeps roots of subtrees for later proofs.
    ///
    /// # Errors
    /// They cannot be written.
    pub async fn keep_subtrees(&self, subtrees: Vec<Root>) -> Result<(), StoreError> {
        self.asking().store.keep_subtrees(self.number(), subtrees).await
    }
}

/// Sending.
impl Organization {
    /// Sends commands and waits for their answers, in order: each after the sync of what it was decided on. Dropping
    /// the future does not take back what was sent.
    ///
    /// # Errors
    /// No command has an answer; [`CommandError`] says whether the commands may be stored.
    pub async fn submit(&self, batch: Batch) -> Result<Vec<Answer>, CommandError> {
        self.enqueue(batch).await?.await
    }

    /// Sends one command that a program has built.
    ///
    /// # Errors
    /// As for [`Organization::submit`].
    pub async fn send(&self, draft: &Draft) -> Result<Answer, CommandError> {
        let batch = Batch { submissions: vec![draft.submission()], how: How::default() };
        let mut answers = self.submit(batch).await?;
        Ok(answers.pop().expect("one command has one answer"))
    }

    /// Sends commands without waiting for their answers; waits only while the queue of the organization is full.
    ///
    /// # Errors
    /// A batch of more commands than `caseward_events::limits::BATCH_COMMANDS_MAX`; the engine has stopped.
    pub async fn enqueue(&self, batch: Batch) -> Result<Pending, CommandError> {
        // A dry run changes nothing.
        if !batch.how.dry_run {
            self.core.takes_commands()?;
        }
        self.core.queue.commands(&self.tenant, batch).await
    }
}

/// Rebuilding.
impl Organization {
    /// Starts a rebuild of the views, or continues a stopped one, on its own threads, while the organization is in use.
    ///
    /// # Errors
    /// A rebuild is running already.
    pub fn begin_rebuild(&self, plan: Plan) -> Result<Rebuilding, RebuildError> {
        self.core.rebuilder.begin(&self.tenant, plan)
    }

    /// Starts a rebuild and waits until it has finished.
    ///
    /// # Errors
    /// As for [`Organization::begin_rebuild`] and [`Rebuilding::finished`].
    pub async fn rebuild(&self, plan: Plan) -> Result<Rebuilt, RebuildError> {
        self.begin_rebuild(plan)?.finished().await
    }

    /// The control of the running rebuild, if there is one.
    #[must_use]
    pub fn rebuilding(&self) -> Option<Arc<Control>> {
        self.core.checkpointer.rebuilding(&self.tenant)
    }

    /// The generation that a projection was last rebuilt in.
    #[must_use]
    pub fn generation_of(&self, projection: Projection) -> Generation {
        self.tenant.generations().of(projection)
    }

    /// Compares the views that are served with views that were folded from the start of the log, all of it up to any position.
    /// Nothing is changed, and commands are taken meanwhile.
    ///
    /// # Errors
    /// The log cannot be read or folded, or the engine has stopped.
    pub async fn compare_served(&self, folded: Views) -> Result<ServedViews, RebuildError> {
        self.core.rebuilder.compare_served(&self.tenant, folded).await
    }

    /// Discards the result of a rebuild that was stopped or not accepted. Returns its generation, if there was one.
    ///
    /// # Errors
    /// A rebuild is running, or its result cannot be removed.
    pub async fn cancel_rebuild(&self) -> Result<Option<Generation>, RebuildError> {
        self.core.rebuilder.cancel(&self.tenant).await
    }

    /// Removes the old generations of the saved views, which cannot be restored afterwards. Returns those it removed.
    ///
    /// # Errors
    /// They cannot be removed.
    pub async fn drop_old(&self) -> Result<Vec<Generation>, RebuildError> {
        self.core.rebuilder.drop_old(&self.tenant).await
    }
}

impl Follower {
    /// Goes one step on, if there is one. A step that is dropped before its end was not taken.
    ///
    /// # Errors
    /// The log cannot be read; one step takes more than a question may.
    pub async fn step(&mut self, organization: &Organization) -> Result<Followed, Error> {
        self.go_on(organization.parts()).await
    }
}
