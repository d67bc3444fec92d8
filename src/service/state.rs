//! What every request needs: the engine, who may call, the limits, and whether the service is stopping.

use super::callers::Callers;
use super::limits::Limits;
use super::problem::Problem;
use super::stages::{Stage, Stages};
use super::verb_pipes::RunVerbs;
use crate::engine::Engine;
use axum::http::StatusCode;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What handlers share.
pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) callers: Callers,
    pub(super) limits: Limits,
    /// None where no command line is there to run them.
    pub(super) verbs: Option<Arc<dyn RunVerbs>>,
    requests: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    stages: Stages,
}

impl Shared {
    pub(super) fn new(
        engine: Engine,
        callers: Callers,
        limits: Limits,
        verbs: Option<Arc<dyn RunVerbs>>,
        stages: Stages,
    ) -> Shared {
        let (requests, streams) = (Arc::new(Semaphore::new(limits.requests)), Arc::new(Semaphore::new(limits.streams)));
        Shared { engine, callers, limits, verbs, requests, streams, stages }
    }

    /// Room for a request that is answered as a whole.
    pub(super) fn request_room(&self) -> Result<OwnedSemaphorePermit, Problem> {
        room(&self.requests, "requests are being answered", self.limits.requests)
    }

    /// Room for a stream.
    pub(super) fn stream_room(&self) -> Result<OwnedSemaphorePermit, Problem> {
        room(&self.streams, "streams are open", self.limits.streams)
    }

    /// Waits until the service is told to stop.
    pub(super) async fn stops(&self) {
        self.stages.reached(Stage::Stopping).await;
    }

    /// Whether it was told to stop.
    pub(super) fn is_stopping(&self) -> bool {
        self.stages.is_at(Stage::Stopping)
    }
}

fn room(of: &Arc<Semaphore>, what: &str, limit: usize) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(of).try_acquire_owned().map_err(|_| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", format!("{limit} {what}, which is the limit"))
            .hint("try again after the time in `Retry-After`")
            .retry_after(1)
    })
}
