//! Holding the views that an opening would serve against a fold of the log from its start.
//!
//! INVARIANT: nothing is saved, and nothing set aside. Absent on purpose: folding the log; whoever verifies it does
//! that anyway.

use super::rebuild::{DIFFERENCES_MAX, differing_saved_ids};
use super::recovery;
use crate::engine::replay::{self, OpenError};
use crate::engine::tenant::views_seal::ViewsSeal;
use crate::seams::{Checkpoints, OrganizationNumber, Storage};
use caseward_events::Position;
use caseward_projections::{ViewDifference, Views};

/// What comparing the saved views of an organization with a fold of its log came to.
#[derive(Clone, Debug, PartialEq)]
pub enum SavedViews {
    /// None are saved: an opening folds the log.
    None,
    /// An opening would not use them, and why.
    Unused(String),
    /// They were compared, with the events after them folded on top.
    Compared {
        /// Up to where they are saved.
        saved: Position,
        /// How many rows of views were compared; ids of commands are none.
        rows: u64,
        /// What differs: the saved views are the live ones, the fold is the rebuilt ones. At most [`DIFFERENCES_MAX`]
        /// and those of the row in which that was reached.
        differences: Vec<ViewDifference>,
    },
}

/// Compares what is saved of an organization with views that were folded from the start of its log, all of it.
///
/// # Errors
/// The log cannot be read, or not folded onto the saved views.
pub async fn compare_saved(
    store: &dyn Storage,
    checkpoints: &dyn Checkpoints,
    organization: OrganizationNumber,
    folded: &Views,
) -> Result<SavedViews, OpenError> {
    let seal = ViewsSeal::of(store.keyring())?;
    let (shelf, views, saved) = match recovery::load_current(store, (checkpoints, &seal), organization).await {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(SavedViews::None),
        Err(why) => return Ok(SavedViews::Unused(why.to_string())),
    };
    let views = replay::fold_to(store, organization, views, (folded.tip(), None), &mut |_| {}).await?;
    let (mut rows, mut differences) = (0, differing_saved_ids(checkpoints, (shelf, saved), &views, folded));
    for (table, row) in views.all_rows(folded) {
        rows += 1;
        if differences.len() < DIFFERENCES_MAX {
            let of_row = views.ask(|views| views.row_differences(folded, table, row));
            differences.extend(of_row.expect("no case leaves views that are loaded whole"));
        }
    }
    Ok(SavedViews::Compared { saved, rows, differences })
}
