//! Lines that go to a service, and an answer to each that comes back, in order, while more lines come.
//!
//! INVARIANT: a line that was not answered is sent again over the next connection, as it was; what came before it is not. What ends
//! the exchange before its end names every line that was sent and not answered. Absent on purpose: what a line and an
//! answer say.

use super::client::{Broken, Client, Tries};
use super::problem;
use super::tls;
use crate::cli::exit::Failure;
use crate::cli::input::{InputLines, Line};
use crate::cli::interrupt::Interrupt;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, StatusCode};
use caseward_events::Refusal;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What may be sent and not yet answered, in KiB of lines; each line counts as one at least.
const ROOM_KIB: u32 = 8_192;
/// How often a blank line tells the service that more may come.
const IDLE: Duration = Duration::from_secs(10);
/// How the last line of answers begins where the service cannot go on.
const FAILED: &[u8] = br#"{"status":"failed","#;

/// What is done with lines and answers.
pub trait Exchange {
    /// What is kept of a line until it is answered.
    type Kept;

    /// A line as it is sent; or why it is not, which is its answer.
    fn prepare(&mut self, line: Line) -> (Self::Kept, Result<Vec<u8>, Refusal>);

    /// The answer to a line.
    ///
    /// # Errors
    /// It cannot be read or shown.
    fn answered(&mut self, kept: &Self::Kept, answer: Result<&[u8], Refusal>) -> Result<(), Failure>;

    /// Why no more lines are taken, if that is so.
    fn stops(&self) -> Option<&'static str>;

    /// Sends on what was shown.
    ///
    /// # Errors
    /// It cannot be shown.
    fn flush(&mut self) -> Result<(), Failure>;

    /// What ended the exchange, with what became of the lines that were sent and not answered.
    fn ended(&self, failure: Failure, unanswered: &[&Self::Kept]) -> Failure;
}

/// A line that has no answer yet.
struct Waiting<K> {
    kept: K,
    /// Where it is not sent, its answer.
    line: Result<Bytes, Refusal>,
    was_sent: bool,
    _room: Option<OwnedSemaphorePermit>,
}

/// A connection on which lines go out and answers come in.
struct Wire {
    /// None once no more lines come.
    out: Option<UnboundedSender<Bytes>>,
    answers: Incoming,
    gathered: Vec<u8>,
}

/// Lines as they are read, with the room they take.
type Read = Result<(Line, OwnedSemaphorePermit), Failure>;

/// Sends all lines; why it stopped before their end, if it did.
///
/// # Errors
/// The service does not answer, or turns the caller away; a line cannot be read, or an answer shown.
pub async fn exchange<X: Exchange>(
    client: &Client,
    path: &str,
    input: InputLines,
    interrupt: &Interrupt,
    with: &mut X,
) -> Result<Option<String>, Failure> {
    let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
    let incoming = start_reading(input, Arc::clone(&room))?;
    let (waiting, tries) = (VecDeque::new(), client.tries());
    let mut running = Running {
        client,
        path,
        interrupt,
        with,
        waiting,
        incoming: Some(incoming),
        wire: None,
        tries,
        stopped: None,
        unreadable: None,
    };
    let ended = running.all().await;
    room.close();
    let unanswered: Vec<_> = running.waiting.iter().filter(|line| line.was_sent).map(|line| &line.kept).collect();
    ended.map_err(|failure| running.with.ended(failure, &unanswered))?;
    running.unreadable.map_or(Ok(running.stopped), Err)
}

/// In a thread of its own, as reading may wait for ever.
fn start_reading(mut input: InputLines, room: Arc<Semaphore>) -> Result<UnboundedReceiver<Read>, Failure> {
    let (to, incoming) = unbounded_channel();
    let runtime = tokio::runtime::Handle::current();
    let read = move || {
        loop {
            let next = match input.next() {
                Ok(None) => return,
                Ok(Some(line)) => {
                    let bytes = line.text.as_ref().map_or(0, Vec::len);
                    let kib = 1 + u32::try_from(bytes / 1024).expect("a line is limited");
                    match runtime.block_on(Arc::clone(&room).acquire_many_owned(kib)) {
                        Ok(room) => Ok((line, room)),
                        // Nothing more is taken.
                        Err(_) => return,
                    }
                }
                Err(failure) => Err(failure),
            };
            let last = next.is_err();
            if to.send(next).is_err() || last {
                return;
            }
        }
    };
    std::thread::Builder::new().name("caseward-reader".to_owned()).spawn(read).map_err(Failure::fault)?;
    Ok(incoming)
}

struct Running<'a, X: Exchange> {
    client: &'a Client,
    path: &'a str,
    interrupt: &'a Interrupt,
    with: &'a mut X,
    waiting: VecDeque<Waiting<X::Kept>>,
    /// None once no more lines are taken.
    incoming: Option<UnboundedReceiver<Read>>,
    wire: Option<Wire>,
    tries: Tries,
    stopped: Option<String>,
    /// Why no line is read any more. What was sent before is answered first.
    unreadable: Option<Failure>,
}

/// What came next.
enum Came {
    Answer(Result<Option<Vec<u8>>, Broken>),
    Line(Option<Read>),
    Signal(&'static str),
    Idle,
}

impl<X: Exchange> Running<'_, X> {
    async fn all(&mut self) -> Result<(), Failure> {
        loop {
            while let Some(Waiting { line: Err(_), .. }) = self.waiting.front() {
                let Waiting { kept, line, .. } = self.waiting.pop_front().expect("there is one");
                self.with.answered(&kept, line.map(|_| &[][..]))?;
            }
            if self.incoming.is_some()
                && let Some(why) = self.with.stops()
            {
                self.stop(why.to_owned());
            }
            if self.waiting.is_empty() && self.incoming.is_none() {
                return self.with.flush();
            }
            if self.wire.is_none() && !self.waiting.is_empty() {
                self.connect().await?;
                continue;
            }
            match self.next().await? {
                Came::Line(Some(read)) => self.take(read),
                Came::Line(None) => self.no_more_lines(),
                Came::Signal(name) => self.stop(format!("by {name}")),
                Came::Idle => self.send(Bytes::from_static(b"\n")),
                Came::Answer(answer) => self.answer(answer).await?,
            }
        }
    }

    /// What was shown goes out before anything is waited for.
    async fn next(&mut self) -> Result<Came, Failure> {
        let Running { with, incoming, wire, interrupt, .. } = self;
        if let Some(answer) = wire.as_mut().and_then(Wire::answer) {
            return Ok(Came::Answer(Ok(Some(answer))));
        }
        with.flush()?;
        let takes = incoming.is_some();
        let answer = async {
            match wire {
                Some(wire) => wire.next().await,
                None => std::future::pending().await,
            }
        };
        let line = async {
            match incoming {
                Some(incoming) => incoming.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            name = interrupt.came(), if takes => Ok(Came::Signal(name)),
            answer = answer => Ok(Came::Answer(answer)),
            line = line => Ok(Came::Line(line)),
            () = tokio::time::sleep(IDLE) => Ok(Came::Idle),
        }
    }

    /// Takes a line, and those that are there already.
    fn take(&mut self, read: Read) {
        let (mut out, mut unreadable) = (Vec::new(), None);
        let mut next = Some(read);
        while let Some(read) = next {
            let (line, room) = match read {
                Ok(read) => read,
                Err(failure) => {
                    unreadable = Some(failure);
                    break;
                }
            };
            let (kept, line) = self.with.prepare(line);
            let line = line.map(|mut line| {
                line.push(b'\n');
                Bytes::from(line)
            });
            out.extend_from_slice(line.as_deref().unwrap_or_default());
            let was_sent = line.is_ok() && self.wire.is_some();
            self.waiting.push_back(Waiting { kept, line, was_sent, _room: Some(room) });
            next = self.incoming.as_mut().and_then(|incoming| incoming.try_recv().ok());
        }
        self.send(out.into());
        if unreadable.is_some() {
            self.unreadable = unreadable;
            self.no_more_lines();
        }
    }

    fn send(&mut self, bytes: Bytes) {
        if let Some(out) = self.wire.as_ref().and_then(|wire| wire.out.as_ref())
            && !bytes.is_empty()
        {
            // Where nobody takes it the answers end, too.
            let _ = out.send(bytes);
        }
    }

    fn stop(&mut self, why: String) {
        self.stopped = Some(why);
        self.no_more_lines();
    }

    fn no_more_lines(&mut self) {
        self.incoming = None;
        if let Some(wire) = &mut self.wire {
            wire.out = None;
        }
    }

    /// Opens a connection, and sends what has no answer.
    async fn connect(&mut self) -> Result<(), Failure> {
        let (out, lines) = unbounded_channel::<Bytes>();
        let all: Vec<u8> = self.waiting.iter().filter_map(|one| one.line.as_deref().ok()).flatten().copied().collect();
        let _ = out.send(all.into());
        let body = futures_util::stream::unfold(lines, async |mut lines| {
            lines.recv().await.map(|line| (Ok::<_, Infallible>(line), lines))
        });
        let mut request = self.client.request(&Method::POST, self.path, Body::from_stream(body));
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        let opened = tokio::select! {
            biased;
            opened = self.client.open(request) => opened,
            name = self.interrupt.came(), if self.stopped.is_none() => {
                return Err(crate::cli::interrupt::stopped(name));
            }
        };
        match opened {
            Ok(response) if response.status() == StatusCode::OK => {
                self.waiting.iter_mut().for_each(|line| line.was_sent |= line.line.is_ok());
                let out = self.incoming.is_some().then_some(out);
                self.wire = Some(Wire { out, answers: response.into_body(), gathered: Vec::new() });
                Ok(())
            }
            Ok(response) => {
                let status = response.status();
                let body = response.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                self.again(problem::failure(self.client.address(), status, &body), is_passing(status)).await
            }
            Err(Broken { was_sent, error }) => {
                self.waiting.iter_mut().for_each(|line| line.was_sent |= was_sent && line.line.is_ok());
                let may_help = tls::may_pass(&error);
                self.again(self.client.unreached(error), may_help).await
            }
        }
    }

    async fn answer(&mut self, answer: Result<Option<Vec<u8>>, Broken>) -> Result<(), Failure> {
        let answer = match answer {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                self.wire = None;
                let cut = anyhow::anyhow!("it ended the connection before it had answered");
                return self.again(self.client.unreached(cut), true).await;
            }
            Err(Broken { error, .. }) => {
                self.wire = None;
                return self.again(self.client.unreached(error), true).await;
            }
        };
        if answer.starts_with(FAILED) {
            self.wire = None;
            let (status, failure) = failed(self.client, &answer)?;
            return self.again(failure, is_passing(status)).await;
        }
        // As long as answers come it is no failure in a row.
        self.tries = self.client.tries();
        match self.waiting.pop_front() {
            Some(Waiting { kept, .. }) => self.with.answered(&kept, Ok(&answer)),
            None => Err(Failure::fault(anyhow::anyhow!("the service answered what it was not asked"))),
        }
    }

    /// Waits before the next connection, where one may help.
    async fn again(&mut self, failure: Failure, may_help: bool) -> Result<(), Failure> {
        self.with.flush()?;
        if !may_help {
            return Err(failure);
        }
        self.tries.pause(Duration::ZERO, self.interrupt).await.map_err(|interrupted| interrupted.unwrap_or(failure))
    }
}

/// Whether the same may be answered a little later.
fn is_passing(status: StatusCode) -> bool {
    let passing = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE, StatusCode::REQUEST_TIMEOUT];
    passing.contains(&status)
}

/// Why the service cannot go on.
fn failed(client: &Client, line: &[u8]) -> Result<(StatusCode, Failure), Failure> {
    let line: serde_json::Value = serde_json::from_slice(line).map_err(|why| problem::not_understood(&why))?;
    let body = line["problem"].to_string();
    let status = problem::status(body.as_bytes());
    Ok((status, problem::failure(client.address(), status, body.as_bytes())))
}

impl Wire {
    /// An answer that is there as a whole.
    fn answer(&mut self) -> Option<Vec<u8>> {
        let end = self.gathered.iter().position(|byte| *byte == b'\n')?;
        let rest = self.gathered.split_off(end + 1);
        let mut line = std::mem::replace(&mut self.gathered, rest);
        line.pop();
        Some(line)
    }

    /// The next one. If this is dropped, nothing is lost.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        loop {
            if let Some(answer) = self.answer() {
                return Ok(Some(answer));
            }
            match self.answers.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(Broken { was_sent: true, error: error.into() }),
                // Trailers say nothing here.
                Some(Ok(frame)) => self.gathered.extend_from_slice(&frame.into_data().unwrap_or_default()),
            }
        }
    }
}
