//! The steps of an answer, for whoever follows it through the engine: spans of `tracing`, of level TRACE.
//!
//! INVARIANT: there is one only within another span that somebody collects, so that a program which collects none pays for
//! looking whether there is one. What a step is called and tells says nothing of any person. Absent on purpose: where spans
//! go, which whoever collects them decides.

use tracing::{Span, trace_span};

/// A command on its way, from when it is sent.
#[derive(Debug)]
pub(in crate::engine) struct Steps {
    /// What it is a step of.
    of: Span,
    /// It waits for the writer.
    waits: Span,
}

impl Steps {
    /// Commands that are sent within the current span.
    pub(in crate::engine) fn sent() -> Steps {
        let of = Span::current();
        let waits = if of.is_disabled() { Span::none() } else { trace_span!(parent: &of, "queue") };
        Steps { of, waits }
    }

    /// Nobody follows it.
    pub(in crate::engine) fn followed_by_nobody() -> Steps {
        Steps { of: Span::none(), waits: Span::none() }
    }

    /// The writer takes them, and begins to decide so many.
    pub(in crate::engine) fn decides(&mut self, commands: usize) -> Span {
        self.waits = Span::none();
        if self.of.is_disabled() {
            Span::none()
        } else {
            trace_span!(parent: &self.of, "decide", commands = signed(commands))
        }
    }

    /// A group of so many events is written and synced, for which its answers wait.
    pub(in crate::engine) fn syncs(&self, events: usize) -> Span {
        if self.of.is_disabled() {
            Span::none()
        } else {
            trace_span!(parent: &self.of, "sync", events = signed(events))
        }
    }
}

/// A count as collectors take it for a number.
pub(in crate::engine) fn signed<T: TryInto<i64>>(count: T) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// A question that is evaluated within the current span.
pub(in crate::engine) fn evaluate() -> Span {
    let of = Span::current();
    if of.is_disabled() { Span::none() } else { trace_span!(parent: &of, "evaluate", rows = tracing::field::Empty) }
}
