//! The events that an answer of a service names, read where the answer itself does not hold them.

use super::client::Client;
use super::feed::Feed;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::show::phrasing::Cited;
use caseward_events::Position;
use std::collections::BTreeSet;

/// Events between two that are wanted, over which reading goes on: a new request costs more than they do.
const GAP_MAX: u64 = 256;

/// The events of these positions.
///
/// # Errors
/// The service does not answer, or turns the caller away.
pub async fn read(
    context: &Context,
    client: &Client,
    positions: impl IntoIterator<Item = Position>,
) -> Result<Cited, Failure> {
    // No event stands at position 0, and none would ever come.
    let wanted: BTreeSet<_> = positions.into_iter().filter(|position| *position > Position::ZERO).collect();
    let mut cited = Cited::new();
    let mut reading: Option<(Feed, Position)> = None;
    for &position in &wanted {
        while !cited.contains_key(&position) {
            let (feed, at) = match &mut reading {
                Some((feed, at)) if position.0.saturating_sub(at.0) <= GAP_MAX => (feed, at),
                _ => {
                    let behind = Position(position.0.saturating_sub(1));
                    let (feed, at) = reading.insert((Feed::new(context, client, behind), behind));
                    (feed, at)
                }
            };
            for event in feed.next(context).await? {
                *at = event.position;
                cited.insert(event.position, event);
            }
        }
    }
    cited.retain(|position, _| wanted.contains(position));
    Ok(cited)
}
