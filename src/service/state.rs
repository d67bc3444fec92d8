//! What every request needs: the engine, who may call, the limits, and whether the service is stopping.

use super::access_log::AccessLog;
use super::authzen::PublicUrl;
use super::beside::Beside;
use super::callers::{Caller, Callers, Rooms};
use super::connections::Connections;
use super::decisions::file::DecisionLog;
use super::limits::Limits;
use super::memory_parts::MemoryParts;
use super::meters::Meters;
use super::operate::{OnDisk, Runs};
use super::problem::Problem;
use super::recent::Recent;
use super::refusals::Refusals;
use super::spans::SpanCounts;
use super::stages::{Stage, Stages};
use super::told::Told;
use super::verb_pipes::RunVerbs;
use crate::engine::Engine;
use crate::seams::system_time;
use crate::store::ReadsLog;
use axum::http::StatusCode;
use caseward_events::{OrganizationName, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How it is seen from outside.
#[derive(Default)]
pub(super) struct Setup {
    pub(super) access_log: AccessLog,
    /// Whether metrics tell organizations apart.
    pub(super) names_organizations: bool,
    /// None where the store lies in memory.
    pub(super) beside: Option<Beside>,
    /// None where no traces are sent.
    pub(super) spans: Option<Arc<SpanCounts>>,
}

/// What handlers share.
pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) callers: Callers,
    pub(super) refusals: Refusals,
    pub(super) limits: Limits,
    /// None where no command line is there to run them.
    pub(super) verbs: Option<Arc<dyn RunVerbs>>,
    pub(super) public_url: Option<PublicUrl>,
    /// None in memory.
    pub(super) on_disk: Option<OnDisk>,
    pub(super) setup: Setup,
    pub(super) connections: Arc<Connections>,
    pub(super) meters: Meters,
    pub(super) memory_parts: MemoryParts,
    pub(super) started: Timestamp,
    /// None where no reads are kept.
    pub(super) reads: Option<Arc<ReadsLog>>,
    /// Held by whoever waits for their end, too.
    pub(super) runs: Arc<Runs>,
    /// None where no decisions are logged.
    pub(super) decisions: Option<Arc<DecisionLog>>,
    requests: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    proofs: Arc<Semaphore>,
    /// Of organizations whose feed somebody read.
    recent: Mutex<HashMap<OrganizationName, Arc<Recent>>>,
    told: Mutex<HashMap<OrganizationName, Arc<Told>>>,
    stages: Stages,
}

impl Shared {
    pub(super) fn new(engine: Engine, limits: Limits, verbs: Option<Arc<dyn RunVerbs>>, stages: Stages) -> Shared {
        let (requests, streams) = (Arc::new(Semaphore::new(limits.requests)), Arc::new(Semaphore::new(limits.streams)));
        let proofs = Arc::new(Semaphore::new(limits.proofs));
        let runs = Arc::new(Runs::new(stages.clone()));
        Shared {
            engine,
            callers: Callers::new(),
            refusals: Refusals::default(),
            limits,
            verbs,
            public_url: None,
            on_disk: None,
            runs,
            reads: None,
            decisions: None,
            setup: Setup::default(),
            connections: Arc::new(Connections::new(limits.connections)),
            meters: Meters::new([]),
            memory_parts: MemoryParts::default(),
            started: system_time::now(),
            requests,
            streams,
            recent: Mutex::default(),
            told: Mutex::default(),
            proofs,
            stages,
        }
    }

    /// With callers whom a file names.
    #[cfg(feature = "tls")]
    pub(super) fn with_known(self, known_by: Option<Arc<super::known::KnownBy>>) -> Shared {
        Shared { callers: self.callers.known_by(known_by), ..self }
    }

    /// Under the address that callers know.
    pub(super) fn known_as(self, public_url: Option<PublicUrl>) -> Shared {
        Shared { public_url, ..self }
    }

    /// Seen like this from outside, where all this is served.
    pub(super) fn seen_as(self, setup: Setup, meters: Meters) -> Shared {
        Shared { setup, meters, ..self }
    }

    /// Why no command is taken; none while commands are.
    pub(super) fn takes_no_commands(&self) -> Option<String> {
        if self.is_stopping() {
            return Some("the service is stopping".to_owned());
        }
        if self.engine.poisoned().is_some() {
            let why = "a write failed; questions are answered, commands are refused until a restart";
            return Some(why.to_owned());
        }
        if !self.engine.is_writable() {
            return Some("the store is open for reading only".to_owned());
        }
        self.engine.clock_in_doubt().map(|doubt| format!("{doubt}: no command is taken before an operator accepts it"))
    }

    /// How many requests and how many streams have a place.
    pub(super) fn taken(&self) -> (usize, usize) {
        let taken = |of: &Semaphore, limit: usize| limit.saturating_sub(of.available_permits());
        (taken(&self.requests, self.limits.requests), taken(&self.streams, self.limits.streams))
    }

    /// Over a store on disk.
    pub(super) fn on_disk(self, on_disk: Option<OnDisk>) -> Shared {
        Shared { on_disk, ..self }
    }

    /// Room to make a proof, beside that for its request.
    pub(super) fn proof_room(&self) -> Result<OwnedSemaphorePermit, Problem> {
        room(&self.proofs, "proofs are being made", self.limits.proofs)
    }

    /// With a log of reads, and one of decisions.
    pub(super) fn keeping(self, reads: Option<Arc<ReadsLog>>, decisions: Option<Arc<DecisionLog>>) -> Shared {
        Shared { reads, decisions, ..self }
    }

    /// Room for a request that is answered as a whole: the caller's own first, so that one who has too much under way takes
    /// nothing from others.
    pub(super) fn request_room(&self, caller: &Caller) -> Result<Room, Problem> {
        let own = caller.rooms().map(|of| own_room(of, &of.requests, "requests")).transpose()?;
        let all = room(&self.requests, "requests are being answered", self.limits.requests)?;
        Ok(Room { _own: own, _all: all })
    }

    /// Room for a stream.
    pub(super) fn stream_room(&self, caller: &Caller) -> Result<Room, Problem> {
        let own = caller.rooms().map(|of| own_room(of, &of.streams, "streams")).transpose()?;
        let all = room(&self.streams, "streams are open", self.limits.streams)?;
        Ok(Room { _own: own, _all: all })
    }

    /// What the feed of an organization told last.
    pub(super) fn recent(&self, name: &OrganizationName) -> Arc<Recent> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(recent.entry(name.clone()).or_default())
    }

    /// What the feed of changes of an organization told last.
    pub(super) fn told(&self, name: &OrganizationName) -> Arc<Told> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(told.entry(name.clone()).or_default())
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

/// What is taken while something is under way, free again when it is dropped.
pub(super) struct Room {
    _own: Option<OwnRoom>,
    _all: OwnedSemaphorePermit,
}

/// A place among those of one caller. They are counted as long as any of them is taken, whoever still knows the caller.
struct OwnRoom {
    _place: OwnedSemaphorePermit,
    _rooms: Arc<Rooms>,
}

fn own_room(of: &Arc<Rooms>, places: &Arc<Semaphore>, what: &str) -> Result<OwnRoom, Problem> {
    let place = Arc::clone(places).try_acquire_owned().map_err(|_| {
        let detail = format!("this token has as many {what} under way as it was issued for");
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "busy", detail)
            .hint("wait for the answers that are under way, or use a token with a higher limit")
            .retry_after(1)
    })?;
    Ok(OwnRoom { _place: place, _rooms: Arc::clone(of) })
}

fn room(of: &Arc<Semaphore>, what: &str, limit: usize) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(of).try_acquire_owned().map_err(|_| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", format!("{limit} {what}, which is the limit"))
            .hint("try again after the time in `Retry-After`")
            .retry_after(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ManualClock;
    use crate::service::stages;
    use crate::store::MemoryStore;

    #[tokio::test]
    async fn so_many_proofs_are_made_at_once() {
        let clock = Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().expect("an instant")));
        let engine = Engine::open(Arc::new(MemoryStore::new()), clock, &mut |_| {}).await.expect("it opens");
        let (_tell, stages) = stages::stages();
        let shared = Shared::new(engine, Limits { proofs: 2, ..Limits::default() }, None, stages);
        let (first, _second) = (shared.proof_room(), shared.proof_room());
        let third = shared.proof_room().expect_err("two are the most");
        let told = third.to_value();
        assert_eq!((told["status"].as_u64(), told["code"].as_str()), (Some(503), Some("busy")), "{told}");
        drop(first.expect("one has room"));
        assert!(shared.proof_room().is_ok(), "as soon as one is made");
    }
}
