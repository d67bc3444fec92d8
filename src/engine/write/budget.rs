//! What one commit may come to: a limit on the effect of commands, and not only on their lines.
//!
//! INVARIANT: it is judged before anything of the commit is on its way to the disk, and what is refused for it is taken
//! off again, so that nobody else in the group is harmed. A `revoke` is never refused for it: what takes access away
//! must succeed. Absent on purpose: limits on a line (`caseward_events::limits`).

use caseward_events::command::Command;
use caseward_events::limits::POSITION_MAX;
use caseward_events::{Code, Event, Position, Refusal};

/// What one commit may come to, unless an engine is opened with other limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectLimits {
    /// Events of a commit: of a command, or of all commands of an atomic batch.
    pub commit_events: usize,
    /// Their bytes, as they are stored.
    pub commit_bytes: usize,
    /// Bytes of one event.
    pub event_bytes: usize,
    /// Cases that a cascade takes off one by one, each by its own event; over more it is one event.
    pub cascade_cases: usize,
}

/// Events of the commands of a dry run, before the last of them.
const DRY_RUN_EVENTS_MAX: usize = 200_000;

impl Default for EffectLimits {
    fn default() -> Self {
        EffectLimits { commit_events: 100_000, commit_bytes: 64 << 20, event_bytes: 8 << 20, cascade_cases: 1_000 }
    }
}

/// Whether a command may be refused for what it comes to.
pub(super) fn is_limited(command: &Command) -> bool {
    !matches!(command, Command::Revoke(_))
}

/// The same by its first event: no other command begins with this one.
pub(super) fn is_limited_by(first: &Event) -> bool {
    !matches!(first, Event::GrantRevoked(_) | Event::GrantsRevoked(_))
}

impl EffectLimits {
    /// Judges what a commit has come to with the events of a command.
    pub(super) fn judge_events(&self, commit: usize) -> Result<(), Refusal> {
        if commit <= self.commit_events {
            return Ok(());
        }
        let message = format!("the commit would have {commit} events; it may have {}", self.commit_events);
        Err(too_large(message, commit, self.commit_events))
    }

    /// Judges the bytes of the events of a command, with those of the commit before it; what the commit has come to
    /// then.
    pub(super) fn judge_bytes<'a>(
        &self,
        before: usize,
        events: impl Iterator<Item = &'a [u8]>,
    ) -> Result<usize, Refusal> {
        let mut commit = before;
        for event in events.map(<[u8]>::len) {
            if event > self.event_bytes {
                let message = format!("an event would have {event} bytes; it may have {}", self.event_bytes);
                return Err(too_large(message, event, self.event_bytes));
            }
            commit += event;
        }
        if commit <= self.commit_bytes {
            return Ok(commit);
        }
        let message = format!("the commit would have {commit} bytes; it may have {}", self.commit_bytes);
        Err(too_large(message, commit, self.commit_bytes))
    }
}

/// Judges what a dry run has come to with all commands so far: their events are held until it is answered.
pub(super) fn judge_dry_run(events: usize) -> Result<(), Refusal> {
    if events < DRY_RUN_EVENTS_MAX {
        return Ok(());
    }
    let message = format!("the dry run has {events} events before this command; it may have {DRY_RUN_EVENTS_MAX}");
    Err(too_large(message, events, DRY_RUN_EVENTS_MAX))
}

fn too_large(message: String, came_to: usize, limit: usize) -> Refusal {
    Refusal::new(Code::TooLarge, message)
        .hint("send it in parts: several commands, or several batches")
        .fact("came_to", came_to)
        .fact("limit", limit)
}

/// Whether a log goes on so far.
pub(super) fn has_room(tip: Position, events: usize) -> Result<(), Refusal> {
    if tip.0 + events as u64 <= POSITION_MAX {
        return Ok(());
    }
    let message = format!("the log of this organization is full: no position is beyond {POSITION_MAX}");
    Err(Refusal::invalid(message).hint("go on in another organization"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_a_limit_is_taken_and_what_is_above_it_is_refused_with_what_it_came_to() {
        let limits = EffectLimits::default();
        assert_eq!(limits.judge_events(100_000), Ok(()));
        let refusal = limits.judge_events(100_001).expect_err("it is one too many");
        assert_eq!((refusal.code, refusal.facts["came_to"].as_u64()), (Code::TooLarge, Some(100_001)));
        let event = vec![0; 8 << 20];
        let eight = || std::iter::repeat_n(&event[..], 8);
        assert_eq!(limits.judge_bytes(0, eight()), Ok(64 << 20));
        for (before, events) in [(1, eight().collect::<Vec<_>>()), (64 << 20, vec![&[0][..]])] {
            let refusal = limits.judge_bytes(before, events.into_iter()).expect_err("it is a byte too many");
            assert_eq!((refusal.code, refusal.facts["came_to"].as_u64()), (Code::TooLarge, Some((64 << 20) + 1)));
        }
        assert_eq!(judge_dry_run(199_999), Ok(()), "one more command may come");
        let refusal = judge_dry_run(200_000).expect_err("it is the last");
        assert_eq!((refusal.code, refusal.facts["limit"].as_u64()), (Code::TooLarge, Some(200_000)));
        let larger = vec![0; (8 << 20) + 1];
        let refusal = limits.judge_bytes(0, [&larger[..]].into_iter()).expect_err("it is too large by itself");
        assert_eq!(refusal.facts["limit"].as_u64(), Some(8 << 20));
    }
}
