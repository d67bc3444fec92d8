//! Dry runs: what commands would change.
//!
//! INVARIANT: it is found out while their events still stand on the views, above all that was decided. Absent on
//! purpose: taking them off again; whoever put them there does.

use super::reply::CommandError;
use crate::engine::answer::{Accepted, Answer};
use crate::engine::tenant::Tenant;
use caseward_projections::Audience;
use std::cell::OnceCell;
use std::sync::Arc;

/// Tells what dry commands would change, while their events still stand on the views. Together they may ask about so
/// many pairs: the writer has nothing else to do meanwhile.
pub(super) fn foresee(organization: &Tenant, mut answers: Vec<Answer>) -> Result<Vec<Answer>, CommandError> {
    const PAIRS_MAX: usize = 200_000;
    const LISTED_MAX: usize = 1_000;
    // Looked up once, and only where something would happen: it takes a walk over all users.
    let crowd = OnceCell::new();
    let mut left = PAIRS_MAX;
    for answer in &mut answers {
        if let Answer::Accepted(Accepted { events, replayed: false, foreseen, .. }) = answer
            && !events.is_empty()
        {
            let crowd = crowd.get_or_init(|| Audience::of(&organization.views()));
            let changed = organization.ask(|views| views.changed_by(events, crowd, left, LISTED_MAX));
            let changed = changed.map_err(|error| CommandError::Cases(Arc::new(error)))?;
            left = left.saturating_sub(changed.asked);
            *foreseen = Some(changed.into());
        }
    }
    Ok(answers)
}
