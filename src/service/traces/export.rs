//! Spans on their way to the collector: they wait in a queue of bounded length, and a thread sends them in batches.

use super::words::told_in_words_of_opentelemetry;
use crate::service::spans::SpanCounts;
use opentelemetry::Context;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter as _, SpanProcessor};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Spans that wait.
const WAITING_MAX: usize = 8_192;
/// Spans of one request to the collector.
const BATCH: usize = 512;
/// How long a span waits for others to be sent with it.
const GATHERS: Duration = Duration::from_secs(1);

/// What waits.
enum Waiting {
    Span(Box<SpanData>),
    Stop,
}

/// The sending end of the queue.
#[derive(Debug)]
pub(super) struct Exports {
    queue: SyncSender<Waiting>,
    counts: Arc<SpanCounts>,
    is_stopping: Arc<AtomicBool>,
    /// Hears when the thread has ended.
    ended: Mutex<Receiver<()>>,
}

impl Exports {
    /// Starts the thread, which sends what comes.
    pub(super) fn start(exporter: SpanExporter, counts: Arc<SpanCounts>) -> io::Result<Exports> {
        let (queue, waiting) = sync_channel(WAITING_MAX);
        let (ends, ended) = sync_channel(1);
        let is_stopping = Arc::new(AtomicBool::new(false));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let sends = Sends {
            waiting,
            exporter,
            runtime,
            counts: Arc::clone(&counts),
            is_stopping: Arc::clone(&is_stopping),
            is_failing: false,
        };
        let run = move || {
            sends.run();
            // Nobody may be waiting for it.
            let _ = ends.send(());
        };
        std::thread::Builder::new().name("caseward-traces".to_owned()).spawn(run)?;
        Ok(Exports { queue, counts, is_stopping, ended: Mutex::new(ended) })
    }
}

impl SpanProcessor for Exports {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.queue.try_send(Waiting::Span(Box::new(span)))
        {
            self.counts.dropped(1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.is_stopping.store(true, Ordering::Relaxed);
        // Where there is no room for it, the thread is at work, and looks whether it is to stop.
        let _ = self.queue.try_send(Waiting::Stop);
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(timeout);
        if ended == Err(RecvTimeoutError::Timeout) { Err(OTelSdkError::Timeout(timeout)) } else { Ok(()) }
    }
}

/// The other end, on a thread of its own.
struct Sends {
    waiting: Receiver<Waiting>,
    exporter: SpanExporter,
    runtime: Runtime,
    counts: Arc<SpanCounts>,
    is_stopping: Arc<AtomicBool>,
    is_failing: bool,
}

impl Sends {
    fn run(mut self) {
        loop {
            let (batch, is_last) = self.gather();
            if !batch.is_empty() {
                self.send(batch);
            }
            if is_last {
                return;
            }
        }
    }

    /// The next batch, and whether none comes after it.
    fn gather(&self) -> (Vec<SpanData>, bool) {
        let (mut batch, until) = (Vec::new(), Instant::now() + GATHERS);
        while batch.len() < BATCH {
            let left = match self.is_stopping.load(Ordering::Relaxed) {
                true => Duration::ZERO,
                false => until.saturating_duration_since(Instant::now()),
            };
            match self.waiting.recv_timeout(left) {
                Ok(Waiting::Span(span)) => batch.push(*span),
                Ok(Waiting::Stop) => {}
                Err(RecvTimeoutError::Timeout) => return (batch, self.is_stopping.load(Ordering::Relaxed)),
                Err(RecvTimeoutError::Disconnected) => return (batch, true),
            }
        }
        (batch, false)
    }

    fn send(&mut self, mut batch: Vec<SpanData>) {
        let spans = batch.len();
        batch.iter_mut().for_each(told_in_words_of_opentelemetry);
        let sent = self.runtime.block_on(self.exporter.export(batch));
        match &sent {
            Ok(()) => self.counts.sent(spans),
            Err(error) => {
                self.counts.dropped(spans);
                if !self.is_failing {
                    tracing::warn!(%error, "traces are not sent; their spans are counted as dropped");
                }
            }
        }
        self.is_failing = sent.is_err();
    }
}
