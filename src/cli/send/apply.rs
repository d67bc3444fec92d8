//! `apply` and `import`: commands from a file or from standard input, a line each, answered in order.
//!
//! A thread of its own reads and sends line after line without waiting; here the answers are taken and printed, each as
//! soon as its group is durable. What lies between the two is bounded in bytes ([`Room`]), and so is every line.
//!
//! INVARIANT: an answer that was printed is stored. With `--strict` a line is sent only when the one before it was
//! accepted. With `--atomic` or `--dry-run` all lines are one batch, so that later ones see earlier ones.

mod answers;

use crate::cli::args::{ApplyArgs, ImportArgs};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::{Input, Line};
use crate::cli::interrupt::Interrupt;
use crate::cli::opened::Opened;
use crate::engine::{Answer, Batch, CommandError, How, Pending, Source, WeakOrganization};
use answers::{Report, Sent};
use caseward_events::limits::{BATCH_COMMANDS_MAX, LINE_BYTES_MAX};
use caseward_events::{Refusal, Submission};
use std::sync::Arc;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What may be sent and not yet answered, in KiB of lines; each line counts as one at least.
const ROOM_KIB: u32 = 8_192;
const _: () = assert!(LINE_BYTES_MAX / 1024 < ROOM_KIB as usize, "the longest line has room");

pub async fn apply(context: &mut Context, args: ApplyArgs) -> Result<Exit, Failure> {
    let ApplyArgs { file, atomic, dry_run } = args;
    context.only_now("apply")?;
    let input = Input::open(&file)?;
    let opened = context.open_to_send(dry_run).await?;
    let how = How { source: Source::Live, atomic, dry_run };
    let refused = Run { opened, how, strict: false }.all(context, input).await?;
    Ok(if refused { Exit::Refused } else { Exit::Yes })
}

pub async fn import(context: &mut Context, ImportArgs { file, strict }: ImportArgs) -> Result<Exit, Failure> {
    context.only_now("import")?;
    let input = Input::open(&file)?;
    let opened = context.open_to_send(false).await?;
    let how = How { source: Source::Import, ..How::default() };
    let refused = Run { opened, how, strict }.all(context, input).await?;
    Ok(if refused && strict { Exit::Refused } else { Exit::Yes })
}

/// What is done with the lines.
struct Run {
    opened: Opened,
    how: How,
    /// Nothing is sent behind a refusal.
    strict: bool,
}

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

impl Run {
    /// Whether any line was refused.
    async fn all(self, context: &mut Context, input: Input) -> Result<bool, Failure> {
        if input.is_terminal() {
            context.printer.note("reading commands, one JSON object per line; end with Ctrl-D");
        }
        let interrupt = context.interrupt.clone();
        let mut report = Report::begin(&mut context.printer, self.how, input.size)?;
        let ended = if self.how.atomic || self.how.dry_run {
            self.together(input, &mut report).await
        } else {
            self.one_by_one(input, &interrupt, &mut report).await
        };
        report.end(self.opened.organization.head(), ended.is_ok())?;
        ended.map(|()| report.any_refused())
    }

    async fn together(&self, input: Input, report: &mut Report<'_>) -> Result<(), Failure> {
        let mut lines = input.lines();
        let (mut sent, mut submissions) = (Vec::new(), Vec::new());
        while let Some(line) = lines.next()? {
            if sent.len() == BATCH_COMMANDS_MAX {
                return Err(too_many());
            }
            let (one, submission) = parse(line);
            sent.push(one);
            submissions.push(submission);
        }
        let batch = Batch { submissions, how: self.how };
        let answers = self.opened.organization.submit(batch).await?;
        sent.iter().zip(&answers).try_for_each(|(sent, answer)| report.answer(sent, answer))
    }

    async fn one_by_one(&self, input: Input, interrupt: &Interrupt, report: &mut Report<'_>) -> Result<(), Failure> {
        // A file is sent to its end whoever reads the answers; a stream may have none, and ends with its reader.
        let reader_needed = input.is_stdin();
        let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
        let incoming = self.start_sending(input, Arc::clone(&room))?;
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
                return Ok(Some("because nobody reads the answers".to_owned()));
            }
            drop(taken);
        }
        Ok(taking.interrupt.seen().map(|name| format!("by {name}")))
    }

    /// In a thread of its own, which the program does not wait for, as reading may wait for ever.
    fn start_sending(&self, input: Input, room: Room) -> Result<Incoming, Failure> {
        let (to, incoming) = unbounded_channel();
        // It may wait for a line when all else has ended, and must not keep the store open then.
        let organization = self.opened.organization.downgrade();
        let sending = Sending { organization, how: self.how, strict: self.strict };
        let runtime = tokio::runtime::Handle::current();
        let send = move || runtime.block_on(sending.send(input, room, to));
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
    async fn send(self, input: Input, room: Room, to: UnboundedSender<Result<InFlight, Failure>>) {
        let mut lines = input.lines();
        loop {
            let sent = match lines.next() {
                Ok(Some(line)) => self.send_one(line, &room).await,
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
    async fn send_one(&self, line: Line, room: &Room) -> Result<Option<InFlight>, Failure> {
        let kib = if self.strict { ROOM_KIB } else { 1 + line.text.as_ref().map_or(0, |text| kib(text)) };
        let Ok(room) = Arc::clone(room).acquire_many_owned(kib).await else { return Ok(None) };
        let (sent, submission) = parse(line);
        let batch = Batch { submissions: vec![submission], how: self.how };
        let organization = self.organization.upgrade().ok_or(CommandError::Stopped)?;
        let pending = organization.enqueue(batch).await?;
        Ok(Some(InFlight { sent, pending, room }))
    }
}

fn parse(line: Line) -> (Sent, Result<Submission, Refusal>) {
    let submission = line.text.and_then(|text| Submission::parse(&text));
    let content = submission.as_ref().ok().and_then(|submission| submission.content.as_ref().ok());
    let command = content.map(|content| content.command.name());
    (Sent { number: line.number, end: line.end, command }, submission)
}

fn kib(text: &[u8]) -> u32 {
    u32::try_from(text.len() / 1024).expect("a line is limited")
}

fn too_many() -> Failure {
    let refusal =
        Refusal::invalid(format!("there are more than {BATCH_COMMANDS_MAX} commands, the limit of one batch"));
    Failure::new(Exit::Refused, refusal).hint("split the file, or leave out --atomic and --dry-run")
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

/// Likewise its answer.
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

fn one(answers: Result<Vec<Answer>, CommandError>) -> Result<Answer, CommandError> {
    Ok(answers?.pop().expect("one command has one answer"))
}
