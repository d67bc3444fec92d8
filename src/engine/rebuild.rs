//! Folding from zero beside the live views, comparing, and swapping.

use super::Engine;
use super::fold::{self, OpenError, Progress};
use super::organization::Organization;
use super::store::EventStore;
use super::writer::Work;
use caseward_events::Position;
use caseward_projections::Views;
use caseward_projections::compare::{Difference, Projection};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What a rebuild came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Where the two were compared.
    pub position: Position,
    /// The first difference of each projection that has one; the live views stay. Without any, they were swapped.
    pub differences: Vec<Difference>,
}

/// Why a rebuild came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The log cannot be folded.
    #[error(transparent)]
    Fold(#[from] OpenError),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

pub(super) type RebuildReply = oneshot::Sender<Result<Rebuilt, RebuildError>>;

impl Engine {
    /// Folds the log of an organization from zero, beside the live views and the running writer, and compares. Equal
    /// projections take the place of the live ones; a difference is reported, and nothing is swapped.
    ///
    /// # Errors
    /// The log cannot be read or folded, or the engine has stopped.
    pub async fn rebuild(
        &self,
        organization: &Arc<Organization>,
        projections: &[Projection],
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Rebuilt, RebuildError> {
        let rebuilt = fold::views(&*self.store, organization.number(), progress).await?;
        let (done, finished) = oneshot::channel();
        let (reply, _) = oneshot::channel();
        let work = Work::Rebuild {
            organization: Arc::clone(organization),
            rebuilt: Box::new(rebuilt),
            projections: projections.to_vec(),
            done,
        };
        self.send(work, reply).await.map_err(|_| RebuildError::Stopped)?;
        finished.await.map_err(|_| RebuildError::Stopped)?
    }
}

/// On the writer's thread, between two groups: folds what came since, compares at the head, swaps.
pub(super) async fn finish(
    store: &dyn EventStore,
    organization: &Organization,
    rebuilt: Views,
    projections: &[Projection],
) -> Result<Rebuilt, RebuildError> {
    let head = organization.head();
    let rebuilt = fold::fold_to(store, organization.number(), rebuilt, head, &mut |_| {}).await?;
    let differences: Vec<_> = {
        let live = organization.views();
        projections.iter().filter_map(|&projection| live.difference(&rebuilt, projection)).collect()
    };
    if differences.is_empty() {
        organization.views_mut().take_over(rebuilt, projections);
    }
    Ok(Rebuilt { position: head, differences })
}
