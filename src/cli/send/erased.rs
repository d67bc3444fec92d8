//! What an erasure leaves readable: reasons of commands that name the subject, and somebody else before it. They are sealed for
//! whom their command names first (`semantics.md` section 5), so they stay; whoever erases is told how many there are.

use crate::cli::exit::Failure;
use crate::cli::printer::Printer;
use crate::engine::{Accepted, Answer, Organization};
use crate::show::phrasing;
use caseward_events::{AsOf, Event, Position, Query, Recorded, Reference, Subject};

/// Events that are looked at in one go.
const PORTION_EVENTS: usize = 1_000;

/// Whom an answer has erased just now, and by which event.
#[must_use]
pub fn by(answer: &Answer) -> Option<(Subject, Position)> {
    let Answer::Accepted(Accepted { events, foreseen: None, .. }) = answer else { return None };
    events.iter().find_map(|recorded| match &recorded.event {
        Event::SubjectErased(erased) => Some((erased.subject.clone(), recorded.position)),
        _ => None,
    })
}

/// How many reasons of events that name the subject could still be read right behind its erasure.
///
/// # Errors
/// The log cannot be read.
pub async fn left(organization: &Organization, (subject, erasure): &(Subject, Position)) -> Result<u64, Failure> {
    let reader = organization.reader(AsOf::Position(*erasure), None).await?;
    let (of, query) = (Reference::from(subject.clone()), Query::default());
    let (mut after, mut count) = (Position::ZERO, 0);
    loop {
        let (events, more) = reader.history_portion(&of, &query, after, PORTION_EVENTS).await?;
        count += readable(&events);
        match events.last() {
            Some(last) if more => after = last.position,
            _ => return Ok(count),
        }
    }
}

/// How many of these events have a reason that can be read.
#[must_use]
pub fn readable(events: &[Recorded]) -> u64 {
    events.iter().filter(|recorded| recorded.reason_text().is_some()).count() as u64
}

/// Says how many are left, where there are any.
pub fn tell(printer: &mut Printer, subject: &Subject, left: u64) {
    let (reasons, are) = if left == 1 { ("reason", "stands") } else { ("reasons", "stand") };
    let typed = phrasing::typed(&["caseward", "history", &subject.to_string()]);
    if left > 0 {
        printer.note(format_args!(
            "note: {left} {reasons} that may speak of {subject} {are} with commands that name somebody else first, and can \
             still be read: {typed}"
        ));
    }
}
