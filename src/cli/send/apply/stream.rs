//! Lines one by one: a thread reads and sends them without waiting, and their answers are taken in order, each as soon as
//! its group is durable. What lies between the two is bounded in bytes ([`Room`]).
//!
//! INVARIANT: what was sent is decided and counted before this ends, whatever ends it; nothing is sent behind the line that
//! it names as the last.

use super::answers::{Report, Sent};
use super::lines::{NOBODY_READS, Parsed, one, parse};
use super::stable_ids::StableIds;
use crate::cli::exit::Failure;
use crate::cli::input::InputLines;
use crate::cli::interrupt::Interrupt;
use crate::cli::opened::Opened;
use crate::engine::{Answer, Batch, CommandError, How, Pending, WeakOrganization};
use caseward_events::limits::LINE_BYTES_MAX;
use std::sync::Arc;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What may be sent and not yet answered, in KiB of lines; each line counts as one at least.
const ROOM_KIB: u32 = 8_192;
const _: () = assert!(LINE_BYTES_MAX / 1024 < ROOM_KIB as usize, "the longest line has room");

/// A line on its way. The room it takes is free when it is dropped.
struct InFlight {
    sent: Sent,
    pending: Pending,
    room: OwnedSemaphorePermit,
}

/// What answers are taken from, and what stops that before the end of the input.
struct Taking<'a> {
    incoming: Incoming,
    room: Room,
    interrupt: &'a Interrupt,
    reader_needed: bool,
}

/// How much may be on its way. Once closed it takes nothing more.
type Room = Arc<Semaphore>;

/// Lines on their way, in order; the last may be the failure that ended them.
type Incoming = UnboundedReceiver<Result<InFlight, Failure>>;

/// Lines to come.
pub struct Coming<'a> {
    /// One that was read already.
    pub first: Option<Parsed>,
    pub lines: InputLines,
    /// What gives ids to those that bring none, if that was asked for.
    pub ids: Option<StableIds>,
    /// Whether somebody has to read the answers: a file is sent to its end all the same; a stream may have none, and ends
    /// with its reader.
    pub reader_needed: bool,
    pub interrupt: &'a Interrupt,
}

/// How lines are sent.
#[derive(Clone, Copy)]
pub struct Stream {
    pub how: How,
    /// Nothing is sent behind a refusal.
    pub strict: bool,
}

impl Stream {
    /// Sends all that comes.
    ///
    /// # Errors
    /// It stopped before the end, or nobody can tell what became of a line.
    pub async fn all(self, opened: &Opened, coming: Coming<'_>, report: &mut Report<'_>) -> Result<(), Failure> {
        let Coming { first, lines, ids, reader_needed, interrupt } = coming;
        let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
        let incoming = self.start_sending(opened, first, (lines, ids), Arc::clone(&room))?;
        let mut taking = Taking { incoming, room, interrupt, reader_needed };
        let ended = self.take_answers(&mut taking, report).await;
        taking.room.close();
        taking.settle(report).await;
        match ended? {
            Some(why) => Err(report.stopped(&why)),
            None => Ok(()),
        }
    }

    /// Why it stopped before the end of the input, if it did.
    async fn take_answers(&self, taking: &mut Taking<'_>, report: &mut Report<'_>) -> Result<Option<String>, Failure> {
        while let Some(next) = taking.next(report).await? {
            let InFlight { sent, pending, room: taken } = next?;
            let answer = answer(pending, report).await?;
            report.answer(&sent, &answer)?;
            if self.strict && answer.refusal().is_some() {
                report.stopped_at(&sent);
                // Before the room of this line is free again, so that the next one cannot take it.
                taking.room.close();
                break;
            }
            if taking.reader_needed && report.nobody_reads() {
                return Ok(Some(NOBODY_READS.to_owned()));
            }
            drop(taken);
        }
        Ok(taking.interrupt.seen().map(|name| format!("by {name}")))
    }

    /// In a thread of its own, which the program does not wait for, as reading may wait for ever.
    fn start_sending(
        self,
        opened: &Opened,
        first: Option<Parsed>,
        lines: (InputLines, Option<StableIds>),
        room: Room,
    ) -> Result<Incoming, Failure> {
        let (to, incoming) = unbounded_channel();
        // It may wait for a line when all else has ended, and must not keep the store open then.
        let organization = opened.organization.downgrade();
        let sending = Sending { organization, how: self.how, strict: self.strict };
        let runtime = tokio::runtime::Handle::current();
        let send = move || runtime.block_on(sending.send(first, lines, room, to));
        std::thread::Builder::new().name("caseward-reader".to_owned()).spawn(send).map_err(Failure::fault)?;
        Ok(incoming)
    }
}

/// Lines on their way in.
struct Sending {
    organization: WeakOrganization,
    how: How,
    strict: bool,
}

impl Sending {
    async fn send(
        self,
        mut first: Option<Parsed>,
        (mut lines, mut ids): (InputLines, Option<StableIds>),
        room: Room,
        to: UnboundedSender<Result<InFlight, Failure>>,
    ) {
        loop {
            let next = match first.take() {
                Some(first) => Ok(Some(first)),
                None => lines.next().map(|line| line.map(|line| parse(line, ids.as_mut()))),
            };
            let sent = match next {
                Ok(Some(parsed)) => self.send_one(parsed, &room).await,
                Ok(None) => return,
                Err(failure) => Err(failure),
            };
            let Some(in_flight) = sent.transpose() else { return };
            let last = in_flight.is_err();
            if to.send(in_flight).is_err() || last {
                return;
            }
        }
    }

    /// `None` where nothing more is taken.
    async fn send_one(&self, (sent, submission): Parsed, room: &Room) -> Result<Option<InFlight>, Failure> {
        let kib = if self.strict { ROOM_KIB } else { 1 + sent.kib };
        let Ok(room) = Arc::clone(room).acquire_many_owned(kib).await else { return Ok(None) };
        let batch = Batch { submissions: vec![submission], how: self.how };
        let organization = self.organization.upgrade().ok_or(CommandError::Stopped)?;
        let pending = organization.enqueue(batch).await?;
        Ok(Some(InFlight { sent, pending, room }))
    }
}

impl Taking<'_> {
    /// The next line on its way. What was printed goes out before anything is waited for. Once a signal came no more is
    /// taken in, and this is what was taken before.
    async fn next(&mut self, report: &mut Report<'_>) -> Result<Option<Result<InFlight, Failure>>, Failure> {
        if self.interrupt.seen().is_some() {
            return Ok(self.taken_before().await);
        }
        match self.incoming.try_recv() {
            Ok(next) => Ok(Some(next)),
            Err(TryRecvError::Disconnected) => Ok(None),
            Err(TryRecvError::Empty) => {
                report.flush()?;
                let came = tokio::select! {
                    biased;
                    next = self.incoming.recv() => Some(next),
                    _ = self.interrupt.came() => None,
                };
                match came {
                    Some(next) => Ok(next),
                    None => Ok(self.taken_before().await),
                }
            }
        }
    }

    /// A line that took room. Nothing more is taken in, and none is left once all room is free.
    async fn taken_before(&mut self) -> Option<Result<InFlight, Failure>> {
        self.room.close();
        if self.room.available_permits() == ROOM_KIB as usize {
            return None;
        }
        // Whoever took room delivers a line for it, or the failure that ended them all.
        self.incoming.recv().await
    }

    /// Waits for what was sent and counts it, though nobody reads its answer, so that the program does not end in the
    /// middle of a write.
    async fn settle(&mut self, report: &mut Report<'_>) {
        while let Some(Ok(in_flight)) = self.taken_before().await {
            let Ok(answer) = one(in_flight.pending.await) else { return };
            report.count(&in_flight.sent, &answer);
        }
    }
}

/// The answer to a line; what was printed goes out before it is waited for.
async fn answer(mut pending: Pending, report: &mut Report<'_>) -> Result<Answer, Failure> {
    let ready = tokio::select! {
        biased;
        answers = &mut pending => Some(answers),
        () = std::future::ready(()) => None,
    };
    let answers = match ready {
        Some(answers) => answers,
        None => {
            report.flush()?;
            pending.await
        }
    };
    one(answers).map_err(Failure::from)
}
