//! Backups of the store, into the directory that the operator allowed: each name is a folder there, and a later run of the
//! same name adds what is new.
//!
//! INVARIANT: a name has no path in it, and nothing is followed out of the directory; no bundle that is there is changed.
//! Absent on purpose: handing a backup out. It holds the keys that reasons are sealed with and that heads are signed with.

use super::on_disk::OnDisk;
use super::proofs::on_disk;
use super::runs::{End, Kind, Look, Outcome, Progress, Run};
use super::watching::{self, Known};
use crate::backup::manifest::Manifest;
use crate::backup::{self, BackupError};
use crate::engine::{Clock, Engine, Kind as Fault, Progress as Done, SystemClock};
use crate::service::body;
use crate::service::callers::Caller;
use crate::service::params::Params;
use crate::service::problem::{Problem, of_store};
use crate::service::respond;
use crate::service::state::Shared;
use crate::store::LastBackup;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use caseward_events::answer::{BackupProgress, RunAnswer};
use caseward_events::submission::parse_json;
use caseward_events::{OrganizationName, Position, Timestamp};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

const ALL: &str = "/v1/backups";
const ONE: &str = "/v1/backups/{run}";

/// Which backup is taken; an empty body is that called `store`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Of the same letters as the name of an organization, so that it is no path.
    name: OrganizationName,
}

/// Runs, and what lies in the directory.
#[derive(Serialize)]
struct Backups {
    runs: Vec<RunAnswer<Progress, Outcome>>,
    backups: Vec<Held>,
}

/// A backup that lies there.
#[derive(Serialize)]
struct Held {
    name: String,
    /// Whether the last run came to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete: Option<bool>,
    /// When the last run began.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<Timestamp>,
    bytes: u64,
    organizations: Vec<HeldOrganization>,
    /// Why nothing of that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

#[derive(Serialize)]
struct HeldOrganization {
    number: u32,
    organization: Option<OrganizationName>,
    position: Position,
}

fn directory(on_disk: &OnDisk) -> Result<&FilePath, Problem> {
    on_disk.backups.as_deref().ok_or_else(|| {
        let detail = "this service may write backups nowhere";
        Problem::new(StatusCode::CONFLICT, "no_backup_directory", detail)
            .hint("start it with `--backup-directory DIR`, or use `caseward backup DIR` on the machine")
    })
}

pub(in crate::service) async fn start(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    params: Params,
    body: Body,
) -> Result<Response, Problem> {
    watching::of_the_whole_store(&shared, &caller, ALL)?;
    let _room = shared.request_room(&caller)?;
    params.end()?;
    let body = body::whole(body, &shared.limits).await?;
    let name = match body.is_empty() {
        true => "store".to_owned(),
        false => body::said::<Asked>(parse_json(&body)?)?.name.to_string(),
    };
    let on_disk = on_disk(&shared)?.clone();
    let folder = directory(&on_disk)?.join(&name);
    if let Some(damage) = on_disk.store.damage() {
        return Err(of_store(Fault::Corruption, &std::io::Error::other(damage.to_string())));
    }
    let begin = || {
        let done = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&done);
        let look: Look = Box::new(move || seen.lock().unwrap_or_else(PoisonError::into_inner).map(Progress::Backup));
        may_be_written(&folder, &name)?;
        Ok::<_, Problem>((Begun { on_disk, engine: shared.engine.clone(), folder, name, done }, look))
    };
    let who = (caller.to_string(), shared.engine.clone());
    let work = |Begun { on_disk, engine, folder, name, done }: Begun, run: Arc<Run>| async move {
        let mut progress = |Done { organization, done: position, head }: Done| {
            let told = BackupProgress { organization: organization.0, done: position, head };
            done.lock().unwrap_or_else(PoisonError::into_inner).replace(told);
        };
        let taken = tokio::select! {
            biased;
            _ = run.told_to_end() => return End::Cancelled(None),
            taken = take(&on_disk, &engine, &folder, &mut progress) => taken,
        };
        taken.map_or_else(|error| End::Failed(of_backup(&error, &name)), End::Done)
    };
    let started = shared.runs.start(Kind::Backup, who, begin, work);
    let run = started.map_err(|run| watching::runs_already(&run, "a backup", ALL))??;
    Ok(watching::started(&run, ALL))
}

/// A backup that has begun.
struct Begun {
    on_disk: OnDisk,
    engine: Engine,
    folder: PathBuf,
    name: String,
    done: Arc<Mutex<Option<BackupProgress>>>,
}

/// Where nothing is, or a folder: a link would lead elsewhere.
fn may_be_written(folder: &FilePath, name: &str) -> Result<(), Problem> {
    match std::fs::symlink_metadata(folder) {
        Ok(there) if !there.is_dir() => {
            let detail = format!("`{name}` in the directory of backups is no folder");
            Err(Problem::new(StatusCode::CONFLICT, "other_backup", detail).hint("give another `name`"))
        }
        Err(error) if error.kind() != ErrorKind::NotFound => Err(of_store(Fault::Fault, &error)),
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn take(
    on_disk: &OnDisk,
    engine: &Engine,
    folder: &FilePath,
    progress: &mut (dyn FnMut(Done) + Send),
) -> Result<Outcome, BackupError> {
    let since = Instant::now();
    let written = backup::write(&*on_disk.store, folder, progress).await?;
    let took = since.elapsed();
    let keys = on_disk.store.signing()?;
    backup::keep_signing(folder, &keys)?;
    if backup::heads_are_behind(folder)? {
        let signed = backup::sign_heads(engine, &keys).await?;
        for (name, why) in &signed.missing {
            tracing::warn!(%name, %why, "a backup is complete, but without a signed tree head");
        }
        backup::keep_heads(folder, &signed.heads)?;
    }
    // Not before its tree heads are written, too: what is noted is whole.
    if let Err(error) = (LastBackup { at: SystemClock.now() }).note(&on_disk.data) {
        tracing::warn!(%error, "that a backup was taken cannot be noted");
    }
    Ok(Outcome::Backup(written.answer(took)))
}

fn of_backup(error: &BackupError, name: &str) -> Problem {
    match error {
        BackupError::Store(error) => of_store(error.kind(), error),
        BackupError::NotABackup { .. } | BackupError::NewerFormat { .. } | BackupError::NoManifest { .. } => {
            let detail = format!("`{name}` in the directory of backups is no backup that this release can add to");
            Problem::new(StatusCode::CONFLICT, "other_backup", detail).hint("give another `name`")
        }
        BackupError::Behind { .. } | BackupError::OtherLog { .. } | BackupError::OtherKeys(_) => {
            let detail = format!("the backup `{name}` is of another store, or this one has lost events");
            Problem::new(StatusCode::CONFLICT, "other_backup", detail).hint(
                "give another `name`; if the store has lost events, an operator runs `caseward heal --from BACKUP`",
            )
        }
        BackupError::OtherRoot { .. } | BackupError::Unread { .. } | BackupError::Gone { .. } => {
            of_store(Fault::Corruption, error)
        }
        _ => of_store(Fault::Fault, error),
    }
}

/// Runs that are known, and the backups that lie there.
pub(in crate::service) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    watching::of_the_whole_store(&shared, &caller, ALL)?;
    let _room = shared.request_room(&caller)?;
    params.end()?;
    let directory = directory(on_disk(&shared)?)?.to_owned();
    let held = tokio::task::spawn_blocking(move || held_in(directory)).await;
    let backups = held.map_err(|error| of_store(Fault::Fault, &error))?;
    let backups = backups.map_err(|error| of_store(Fault::Fault, &error))?;
    Ok(respond::fresh(&Backups { runs: Known::of(&shared, Kind::Backup).runs, backups }))
}

fn held_in(directory: PathBuf) -> std::io::Result<Vec<Held>> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut held = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().filter(|name| name.parse::<OrganizationName>().is_ok());
        if let Some(name) = name.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            held.push(held_at(name, &entry.path()));
        }
    }
    held.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(held)
}

fn held_at(name: String, folder: &FilePath) -> Held {
    let (complete, taken, bytes, organizations) = (None, None, 0, Vec::new());
    match Manifest::of(folder) {
        Err(_) => {
            let unreadable =
                Some("it has no manifest that can be read; `caseward backup DIR --check` says more".to_owned());
            Held { name, complete, taken, bytes, organizations, unreadable }
        }
        Ok(manifest) => Held {
            name,
            complete: Some(manifest.complete),
            taken: Some(manifest.taken),
            bytes: manifest.bundles.iter().map(|bundle| bundle.bytes).sum(),
            organizations: manifest
                .organizations
                .into_iter()
                .map(|(number, held)| HeldOrganization { number, organization: held.name, position: held.position })
                .collect(),
            unreadable: None,
        },
    }
}

pub(in crate::service) async fn one(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    watching::one_of_the_store((&shared, &caller, params), (Kind::Backup, &id, ONE), &headers)
}

/// Ends one; what it has written stays, and the next run goes on from there.
pub(in crate::service) async fn cancel(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, Problem> {
    watching::cancel_of_the_store((&shared, &caller, params), (Kind::Backup, &id, ONE))
}
