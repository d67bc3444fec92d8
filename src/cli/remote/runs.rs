//! What takes long at a service: a backup, a verification, a rebuild. It is started, watched to its end, and told as the verb
//! tells its own.
//!
//! INVARIANT: whoever is told to stop ends what it started, as it would its own: a rebuild with what it made kept, the others
//! with what was written left where it is. Whoever only loses the service has ended nothing: the run goes on there.

use super::address::ServerAddress;
use super::client::{Call, Changes, Client};
use super::problem;
use crate::cli::args::{BackupArgs, RebuildArgs, Step, VerifyArgs};
use crate::cli::context::Context;
use crate::cli::damage;
use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt;
use crate::cli::operate::{backup as own_backup, integrity, rebuild as own_rebuild};
use crate::integrity::damage_report::DamageReport;
use crate::verification::{SIGNING, VIEWS};
use anyhow::anyhow;
use axum::http::Method;
use caseward_events::OrganizationName;
use caseward_events::answer::{
    BackupAnswer, BackupProgress, RebuildAnswer, RebuildProgress, RunAnswer, RunState, VerifyAnswer, VerifyProgress,
};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Between two looks at a run, at first and at most.
const LOOK_MIN: Duration = Duration::from_millis(50);
const LOOK_MAX: Duration = Duration::from_secs(1);

/// `backup`: into the folder of a name, in the directory that the service may write backups to.
///
/// # Errors
/// The name is none, the service does not answer or turns the caller away, or the backup is not what it must be.
pub async fn backup(context: &mut Context, client: &Client, args: BackupArgs) -> Result<Exit, Failure> {
    context.only_now("backup")?;
    let named = args.folder.to_str().and_then(|name| name.parse::<OrganizationName>().ok());
    let name = named.ok_or_else(|| {
        let error =
            anyhow!("`{}` is no name of a backup, and a service writes to no other path", args.folder.display());
        Failure::usage(error).hint(
            "give a name (letters, digits, - and _): a folder in the directory that the service was started with, \
             --backup-directory DIR",
        )
    })?;
    let bar = context.printer.bar("backing up");
    let show = |progress: &BackupProgress| {
        bar.set_length(progress.head.0);
        bar.set_position(progress.done.0);
    };
    let begin = Call::post("/v1/backups".to_owned(), &json!({ "name": name }), Changes::Always);
    let written: Option<BackupAnswer> = run(context, client, begin, ("/v1/backups", &bar), (show, cancelled)).await?;
    let written =
        written.ok_or_else(|| ended("the backup", "what it has written stays: the next one goes on from there"))?;
    own_backup::print(&mut context.printer, &written)?;
    Ok(Exit::Yes)
}

/// `verify`.
///
/// # Errors
/// The service does not answer or turns the caller away, or something is wrong with its store.
pub async fn verify(context: &mut Context, client: &Client, args: VerifyArgs) -> Result<Exit, Failure> {
    context.only_now("verify")?;
    if !args.against.is_empty() {
        let error = anyhow!("`--against` names a file of this machine, which a service does not read");
        return Err(Failure::usage(error).hint(
            "caseward prove --consistency HEAD asks the service for a proof, and caseward verify-proof checks it here",
        ));
    }
    let since = Instant::now();
    let bar = context.printer.bar("verifying");
    let show = |progress: &VerifyProgress| {
        bar.set_length(progress.of);
        bar.set_position(progress.events);
    };
    let all = "/v1/verification";
    let begin = Call { method: Method::POST, path: all.to_owned(), body: Vec::new(), changes: Changes::Always };
    let seen: Option<VerifyAnswer> = run(context, client, begin, (all, &bar), (show, cancelled)).await?;
    let seen = seen.ok_or_else(|| ended("the verification", "nothing was changed"))?;
    integrity::print(&mut context.printer, &seen)?;
    let VerifyAnswer { events, findings, trusted, views, reads, .. } = seen;
    if findings.is_empty() {
        if let Some(damage) = reads.and_then(|reads| reads.damage) {
            return Err(Failure::new(Exit::Corruption, anyhow!(damage)));
        }
        integrity::tell_rate(&mut context.printer, events, since.elapsed());
        return Ok(Exit::Yes);
    }
    let is_served = views.iter().any(|views| views.served.is_some());
    let is_beside_the_log = findings.iter().all(|finding| [VIEWS, SIGNING].contains(&finding.place.as_str()));
    let found = DamageReport::told(findings, &trusted);
    Err(if is_beside_the_log { integrity::not_borne_out(&found, is_served) } else { damage::of(&found) })
}

/// `rebuild`.
///
/// # Errors
/// The service does not answer or turns the caller away; the views that it serves differ from the log; or it was stopped.
pub async fn rebuild(context: &mut Context, client: &Client, args: RebuildArgs) -> Result<Exit, Failure> {
    context.only_now("rebuild")?;
    let all = Client::of_organization(context, "rebuilds", &[]);
    if let Some(step) = args.steer.step() {
        return steer(context, client, &all, step).await;
    }
    if args.cancel || args.drop {
        let path = if args.cancel { all } else { Client::of_organization(context, "generations", &[]) };
        let call = Call { method: Method::DELETE, path, body: Vec::new(), changes: Changes::Once };
        let Gone { gone } = client.call(&call).await?.read()?;
        return own_rebuild::print_gone(&mut context.printer, &gone);
    }
    let projection = args.projection.map(|one| one.name());
    let mut asked = json!({"accept": args.accept});
    if let Some(projection) = projection {
        asked["projection"] = projection.into();
    }
    if let Some(events) = args.save_every {
        asked["save_every"] = events.into();
    }
    let bar = context.printer.bar("folding the log");
    let show = |progress: &RebuildProgress| own_rebuild::show(progress, &bar);
    let begin = Call::post(all.clone(), &asked, Changes::Always);
    let rebuilt: Option<RebuildAnswer> = run(context, client, begin, (&all, &bar), (show, stopped)).await?;
    let rebuilt = rebuilt.ok_or_else(|| ended("the rebuild", "the live views are unchanged"))?;
    own_rebuild::end(&mut context.printer, &rebuilt)
}

#[derive(Deserialize)]
struct Gone {
    gone: Vec<u32>,
}

#[derive(Deserialize)]
struct Runs {
    runs: Vec<RunAnswer<RebuildProgress, RebuildAnswer>>,
}

/// Steers the rebuild that runs.
async fn steer(context: &mut Context, client: &Client, all: &str, step: Step) -> Result<Exit, Failure> {
    let Runs { runs } = client.call(&Call::get(all.to_owned())).await?.read()?;
    let running = runs.into_iter().find(|run| matches!(run.state, RunState::Running | RunState::Ending));
    let id = running.ok_or_else(|| own_rebuild::none_runs(&context.global.org))?.id;
    let path = format!("{all}/{id}/{}", step.name());
    let call = Call { method: Method::POST, path, body: Vec::new(), changes: Changes::Once };
    let told: RunAnswer<RebuildProgress, RebuildAnswer> = client.call(&call).await?.read()?;
    let progress = told.progress.ok_or_else(|| own_rebuild::none_runs(&context.global.org))?;
    own_rebuild::print_progress(&mut context.printer, step, &progress)
}

/// What ends a run, with what it has made kept.
fn stopped(run: String) -> Call {
    Call { method: Method::POST, path: format!("{run}/stop"), body: Vec::new(), changes: Changes::Once }
}

/// What ends a run.
fn cancelled(run: String) -> Call {
    Call { method: Method::DELETE, path: run, body: Vec::new(), changes: Changes::Once }
}

fn ended(what: &str, left: &str) -> Failure {
    Failure::fault(anyhow!("{what} was ended before it was done")).note(left.to_owned())
}

/// Starts a run, and watches it to its end. None, where it was ended and says nothing.
async fn run<P: DeserializeOwned, O: DeserializeOwned>(
    context: &mut Context,
    client: &Client,
    begin: Call,
    (all, bar): (&str, &ProgressBar),
    (show, end): (impl Fn(&P), impl Fn(String) -> Call),
) -> Result<Option<O>, Failure> {
    let started: RunAnswer<P, O> = client.call(&begin).await?.read()?;
    let one = format!("{all}/{}", started.id);
    let (mut now, mut pause, mut is_told) = (started, LOOK_MIN, false);
    let interrupt = context.interrupt.clone();
    while matches!(now.state, RunState::Running | RunState::Ending) {
        now.progress.iter().for_each(&show);
        tokio::select! {
            biased;
            name = interrupt.came(), if !is_told => {
                is_told = true;
                // It may have ended just now, which the next look finds.
                match client.once(&end(one.clone())).await {
                    Ok(_) => {}
                    Err(_) => return Err(interrupt::stopped(name)),
                }
            }
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LOOK_MAX);
        now = client.call(&Call::get(one.clone())).await?.read()?;
    }
    bar.finish_and_clear();
    match now.problem {
        Some(problem) => Err(failed(client.address(), &problem)),
        None => Ok(now.outcome),
    }
}

/// Why a run failed, as an answer would have said it.
fn failed(address: &ServerAddress, problem: &Value) -> Failure {
    let body = problem.to_string();
    problem::failure(address, problem::status(body.as_bytes()), body.as_bytes())
}
