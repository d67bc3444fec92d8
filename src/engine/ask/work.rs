//! What one question has done so far, and what it may come to.
//!
//! A question looks at rows (users, cases, pairs of the two, turns, events) and makes an answer of bytes, in slices; before each
//! slice it is judged here, and gives way to other tasks where it has had its turn. INVARIANT: what is beyond a limit ends
//! with `too_large` and no part of an answer; one whose caller has gone does not begin another slice, since nobody asks for
//! it. Absent on purpose: what is sent, whose limits are `crate::engine::EffectLimits`.

use crate::engine::error::Error;
use crate::engine::steps;
use caseward_events::{Code, Refusal};
use serde::Serialize;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::task::yield_now;
use tracing::Span;

/// What one question may come to, unless an engine is opened with other limits, or a reader is given its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuestionLimits {
    /// Rows that it may look at: users, cases, pairs of a user and a resource, turns of a right, events.
    pub rows: u64,
    /// Bytes of its answer, as JSON.
    pub answer_bytes: u64,
    /// How long it may take, from when it is asked.
    pub time: Duration,
    /// How long it works before other tasks come in between.
    pub turn: Duration,
}

impl Default for QuestionLimits {
    fn default() -> Self {
        QuestionLimits {
            rows: 1_000_000_000,
            answer_bytes: 1 << 30,
            time: Duration::from_secs(3_600),
            turn: Duration::from_micros(100),
        }
    }
}

/// See the module.
pub(in crate::engine) struct Work<'a> {
    limits: QuestionLimits,
    begun: Instant,
    /// When its turn began, in microseconds since it was asked.
    turn: AtomicU64,
    rows: AtomicU64,
    answer_bytes: AtomicU64,
    /// Of all questions.
    rows_of_all: &'a AtomicU64,
    /// For whoever follows it.
    step: Span,
}

impl<'a> Work<'a> {
    /// Of a question that is asked now.
    pub(in crate::engine) fn new(limits: QuestionLimits, rows_of_all: &'a AtomicU64) -> Work<'a> {
        let [turn, rows, answer_bytes] = [(); 3].map(|()| AtomicU64::new(0));
        Work { limits, begun: Instant::now(), turn, rows, answer_bytes, rows_of_all, step: Span::none() }
    }

    /// The same, as a step of what is answered now.
    pub(in crate::engine) fn into_step(mut self) -> Work<'a> {
        self.step = steps::evaluate();
        self
    }

    /// Takes a walk slice by slice; `take` holds the views for one, and says whether to go on. Between two slices the views
    /// are free, and the task yields where it has had its turn.
    ///
    /// # Errors
    /// Those of the first slice that has one; `too_large`, where it takes too long.
    pub(in crate::engine) async fn in_slices<T>(
        &self,
        slices: impl IntoIterator<Item = T>,
        mut take: impl FnMut(T) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        for slice in slices {
            self.give_way().await?;
            if !take(slice)? {
                break;
            }
        }
        Ok(())
    }

    /// Lets other tasks come in between, where this one has had its turn.
    ///
    /// # Errors
    /// `too_large`, where it takes too long.
    pub(in crate::engine) async fn give_way(&self) -> Result<(), Refusal> {
        let worked = self.begun.elapsed();
        if worked >= self.limits.time {
            let [limit, came_to] = [self.limits.time, worked].map(millis);
            let message = format!("the question takes more than {limit} milliseconds");
            return Err(too_large(message, "milliseconds", limit, came_to));
        }
        let worked = micros(worked);
        if worked.saturating_sub(self.turn.load(Relaxed)) >= micros(self.limits.turn) {
            self.turn.store(worked, Relaxed);
            yield_now().await;
        }
        Ok(())
    }

    /// So many rows more are looked at.
    ///
    /// # Errors
    /// `too_large`, where these are too many.
    pub(in crate::engine) fn look_at(&self, rows: usize) -> Result<(), Refusal> {
        let rows = rows as u64;
        self.rows_of_all.fetch_add(rows, Relaxed);
        let (limit, came_to) = (self.limits.rows, self.rows.fetch_add(rows, Relaxed) + rows);
        if came_to <= limit {
            return Ok(());
        }
        let message = format!("the question looks at {came_to} rows or more; it may look at {limit}");
        Err(too_large(message, "rows", limit, came_to))
    }

    /// This becomes a part of the answer.
    ///
    /// # Errors
    /// `too_large`, where the answer has become too long.
    pub(in crate::engine) fn answer_with(&self, part: &impl Serialize) -> Result<(), Refusal> {
        let mut length = Length(0);
        serde_json::to_writer(&mut length, part).expect("an answer has a JSON form, and counting does not fail");
        let limit = self.limits.answer_bytes;
        let came_to = self.answer_bytes.fetch_add(length.0, Relaxed) + length.0;
        if came_to <= limit {
            return Ok(());
        }
        let message = format!("the answer has {came_to} bytes or more; it may have {limit}");
        Err(too_large(message, "answer_bytes", limit, came_to))
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        if !self.step.is_disabled() {
            self.step.record("rows", steps::signed(self.rows.load(Relaxed)));
        }
    }
}

fn too_large(message: String, what: &str, limit: u64, came_to: u64) -> Refusal {
    Refusal::new(Code::TooLarge, message)
        .hint("ask for a page of it with `--limit`, or about less: one resource, a shorter time")
        .fact("of", what)
        .fact("limit", limit)
        .fact("came_to", came_to)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// How much is written, which goes nowhere.
struct Length(u64);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(judged: Result<(), Refusal>) -> (String, u64, u64) {
        let refusal = judged.expect_err("it is beyond");
        assert_eq!(refusal.code, Code::TooLarge);
        let number = |name: &str| refusal.facts[name].as_u64().expect("a number");
        (refusal.facts["of"].as_str().expect("a word").to_owned(), number("limit"), number("came_to"))
    }

    #[tokio::test]
    async fn what_is_at_a_limit_is_answered_and_what_is_above_it_is_told_with_what_it_came_to() {
        let all = AtomicU64::new(0);
        let limits = QuestionLimits { rows: 10, answer_bytes: 8, ..QuestionLimits::default() };
        let work = Work::new(limits, &all);
        assert_eq!((work.look_at(4), work.look_at(6)), (Ok(()), Ok(())));
        assert_eq!(refused(work.look_at(1)), ("rows".to_owned(), 10, 11));
        assert_eq!(all.load(Relaxed), 11);
        assert_eq!(work.answer_with(&"six 78"), Ok(()));
        assert_eq!(refused(work.answer_with(&1)), ("answer_bytes".to_owned(), 8, 9));
        assert_eq!(work.give_way().await, Ok(()));
        let work = Work::new(QuestionLimits { time: Duration::ZERO, ..limits }, &all);
        assert_eq!(refused(work.give_way().await).0, "milliseconds");
    }
}
