//! Verifications of the store, beside whoever it serves.
//!
//! INVARIANT: what one finds names files as they lie in the data directory, and no other path of the machine.

use super::on_disk::OnDisk;
use super::proofs::on_disk;
use super::runs::{End, Kind, Look, Outcome, Progress, Run};
use super::watching::{self, Known};
use crate::engine::{Clock, Engine, Kind as Fault, SystemClock};
use crate::proof::heads;
use crate::service::callers::Caller;
use crate::service::params::Params;
use crate::service::problem::{Problem, of_store};
use crate::service::respond;
use crate::service::state::Shared;
use crate::store::{ReadsLog, Verified};
use crate::verification;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use caseward_events::answer::VerifyProgress;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const ALL: &str = "/v1/verification";
const ONE: &str = "/v1/verification/{run}";

pub(in crate::service) async fn start(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    watching::of_the_whole_store(&shared, &caller, ALL)?;
    let _room = shared.request_room(&caller)?;
    params.end()?;
    let on_disk = on_disk(&shared)?.clone();
    let begin = || {
        let (engine, read) = (shared.engine.clone(), Arc::new(AtomicU64::new(0)));
        let of = engine.organizations().iter().map(|organization| organization.head().0).sum();
        let seen = Arc::clone(&read);
        let look: Look =
            Box::new(move || Some(Progress::Verification(VerifyProgress { events: seen.load(Ordering::Relaxed), of })));
        Ok::<_, Infallible>(((on_disk, engine, read), look))
    };
    let who = (caller.to_string(), shared.engine.clone());
    let verify = |(on_disk, engine, read), run| async move { verify(on_disk, engine, read, run).await };
    let started = shared.runs.start(Kind::Verification, who, begin, verify);
    let Ok(run) = started.map_err(|run| watching::runs_already(&run, "a verification", ALL))?;
    Ok(watching::started(&run, ALL))
}

async fn verify(on_disk: OnDisk, engine: Engine, read: Arc<AtomicU64>, run: Arc<Run>) -> End {
    let kept = match on_disk.tree_heads.as_deref().map(heads::files).transpose() {
        Ok(kept) => kept.unwrap_or_default(),
        Err(error) => return End::Failed(of_store(Fault::Fault, &error)),
    };
    let mut progress = |events: u64| read.store(events, Ordering::Relaxed);
    let seen = tokio::select! {
        biased;
        _ = run.told_to_end() => return End::Cancelled(None),
        seen = verification::read(&on_disk.store, &kept, &mut progress) => seen,
    };
    let (mut seen, folded) = match seen {
        Ok(seen) => seen,
        Err(error) => return End::Failed(of_store(error.kind(), &error)),
    };
    // Not dropped in the middle: whoever waits for the end of the run finds the store free of it.
    seen.compare_served(&engine, folded, || !run.is_told_to_end()).await;
    if run.is_told_to_end() {
        return End::Cancelled(None);
    }
    read.store(seen.audited.events, Ordering::Relaxed);
    let damage = &mut seen.inspection.damage;
    // A kept head is told by its name alone.
    for finding in &mut damage.findings {
        let name = std::path::Path::new(&finding.place).file_name().and_then(|name| name.to_str()).map(str::to_owned);
        finding.place = name.filter(|_| finding.place.starts_with('/')).unwrap_or(std::mem::take(&mut finding.place));
    }
    // It reads files, which no thread that answers is to wait for.
    let data = on_disk.data.clone();
    let reads = match tokio::task::spawn_blocking(move || ReadsLog::verify(&data, None)).await {
        Ok(reads) => reads,
        Err(error) => return End::Failed(of_store(Fault::Fault, &error)),
    };
    if damage.findings.is_empty() && reads.is_ok() {
        let noted = Verified::new(SystemClock.now(), damage.trusted.clone()).note(&on_disk.data);
        noted.unwrap_or_else(|error| tracing::warn!(%error, "that the store was verified cannot be noted"));
    }
    End::Done(Outcome::Verification(seen.answer(verification::reads_seen(&reads))))
}

/// Those that are known.
pub(in crate::service) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    watching::of_the_whole_store(&shared, &caller, ALL)?;
    let _room = shared.request_room(&caller)?;
    params.end()?;
    Ok(respond::fresh(&Known::of(&shared, Kind::Verification)))
}

pub(in crate::service) async fn one(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    watching::one_of_the_store((&shared, &caller, params), (Kind::Verification, &id, ONE), &headers)
}

pub(in crate::service) async fn cancel(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, Problem> {
    watching::cancel_of_the_store((&shared, &caller, params), (Kind::Verification, &id, ONE))
}
