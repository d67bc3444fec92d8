//! Where in a log, and at which instant, a question is asked: `as_of` and `at`, resolved at a head.

use crate::facts::position::{Pos32, When};
use crate::fold::views::Views;
use caseward_events::ask::AsOf;
use caseward_events::{Position, Refusal, Timestamp};

/// Where and when a question is asked, and whether the answer may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Where and when.
    pub when: When,
    /// `Some(false)` for an instant after the clock.
    pub settled: Option<bool>,
}

impl Views {
    /// Where and when a question is asked: `head` is the last position published, `clock` the engine's.
    ///
    /// # Errors
    /// `invalid`, for a position above the head.
    #[inline]
    pub fn resolve(
        &self,
        as_of: AsOf,
        at: Option<Timestamp>,
        head: Position,
        clock: Timestamp,
    ) -> Result<Resolved, Refusal> {
        let head_place = Pos32::from(head);
        let (place, default_at, settled) = match as_of {
            AsOf::Head => (head_place, clock.max(self.timeline.time(head_place)), None),
            AsOf::Position(position) if position > head => {
                return Err(above_the_head(position, head));
            }
            AsOf::Position(position) => (position.into(), self.timeline.time(position.into()), None),
            AsOf::Instant(instant) => {
                let settled = (instant > clock).then_some(false);
                (self.timeline.resolve(instant, head_place), instant, settled)
            }
        };
        Ok(Resolved { when: When { place, at: at.unwrap_or(default_at) }, settled })
    }
}

fn above_the_head(position: Position, head: Position) -> Refusal {
    Refusal::invalid(format!("position {position} is above the head, {head}"))
        .hint("ask at the head, or at a position up to it")
        .fact("head", head.0)
}
