//! `backup`: taking one, and verifying one alone.
//!
//! INVARIANT: a store that cannot vouch for its log is not backed up: what its backup has already is worth more.

use crate::backup::{self, Checked};
use crate::cli::args::{BackupArgs, OutputForm};
use crate::cli::context::{Context, Host};
use crate::cli::damage;
use crate::cli::exit::{Exit, Failure};
use crate::cli::outputs::{Output, may_write};
use crate::cli::printer::Printer;
use crate::engine::{Clock, Progress, SystemClock};
use crate::integrity::signing::SigningKeys;
use crate::seams::OrganizationNumber;
use crate::store::{FjallStore, LastBackup};
use anyhow::anyhow;
use caseward_events::OrganizationName;
use caseward_events::answer::{BackedUp, BackupAnswer};
use serde_json::json;
use std::ops::Deref;
use std::path::Path;
use std::time::Instant;

/// What is worth a rate.
const RATED_BYTES_MIN: u64 = 1 << 20;

/// Runs the verb.
///
/// # Errors
/// There is no store, it cannot vouch for its log, or the backup is not what it must be.
pub async fn backup(context: &mut Context, args: BackupArgs) -> Result<Exit, Failure> {
    context.only_now("backup")?;
    match args.check {
        true => check(context, &args.folder),
        false => write(context, &args.folder).await,
    }
}

async fn write(context: &mut Context, folder: &Path) -> Result<Exit, Failure> {
    if folder.is_file() {
        let error = anyhow::anyhow!("`{}` is a file, and a backup is a directory", folder.display());
        return Err(Failure::usage(error).hint("name a directory: a new one, or that of an earlier backup"));
    }
    may_write(context, folder, Output::Backup)?;
    let store = match context.host() {
        Some(host) => Source::Shared(host.clone()),
        // Of a directory that may only be read, the copy that is read.
        None => Source::Own(Box::new(FjallStore::open_to_read(&context.global.data, context.global.cache())?)),
    };
    if let Some(damage) = store.damage() {
        let why = "a damaged store is not backed up; the existing backup is unchanged";
        return Err(damage::of(damage).note(why));
    }
    if let Some(told) = store.left_behind().and_then(damage::left_behind) {
        context.printer.note(told);
    }
    let bar = context.printer.bar("backing up");
    let mut progress = |progress: Progress| {
        bar.set_length(progress.head.0);
        bar.set_position(progress.done.0);
    };
    let since = Instant::now();
    let written = backup::write(&*store, folder, &mut progress).await?;
    let took = since.elapsed();
    bar.finish_and_clear();
    if written.left_over > 0 {
        context.printer.note(format_args!("removed {} files of an interrupted run", written.left_over));
    }
    print(&mut context.printer, &written.answer(took))?;
    let keys = store.signing()?;
    backup::keep_signing(folder, &keys)?;
    if backup::heads_are_behind(folder)? {
        keep_heads(context, store, &keys, folder).await?;
    }
    if let Err(error) = (LastBackup { at: SystemClock.now() }).note(&context.global.data) {
        tracing::warn!(%error, "cannot note that a backup was taken");
    }
    Ok(Exit::Yes)
}

/// The store that is backed up.
enum Source {
    /// Opened for this.
    Own(Box<FjallStore>),
    /// Of a process that goes on with it.
    Shared(Host),
}

impl Deref for Source {
    type Target = FjallStore;
    fn deref(&self) -> &FjallStore {
        match self {
            Source::Own(store) => store,
            Source::Shared(host) => &host.store,
        }
    }
}

/// A signed tree head of each organization, of what the backup holds now. For that the views are needed, which tell of the
/// streams.
async fn keep_heads(context: &mut Context, store: Source, keys: &SigningKeys, folder: &Path) -> Result<(), Failure> {
    let engine = match store {
        Source::Own(store) => context.engine_on(*store).await?,
        Source::Shared(host) => host.engine,
    };
    let signed = backup::sign_heads(&engine, keys).await?;
    for (name, why) in &signed.missing {
        context
            .printer
            .note(format_args!("warning: the backup is complete, but without a signed tree head of `{name}`: {why}"));
    }
    Ok(backup::keep_heads(folder, &signed.heads)?)
}

/// Prints what a backup added.
///
/// # Errors
/// Standard output cannot be written.
pub fn print(printer: &mut Printer, written: &BackupAnswer) -> Result<(), Failure> {
    let BackupAnswer { organizations, events, bundles, bytes, seconds } = written;
    match printer.form() {
        OutputForm::Human => {
            organizations.iter().try_for_each(|one| printer.line(line(one)))?;
            let plural = if *bundles == 1 { "" } else { "s" };
            printer.line(format_args!("{events} new events in {bundles} new bundle{plural}"))?;
        }
        OutputForm::Json | OutputForm::Jsonl => printer.json(written)?,
        OutputForm::Csv => {
            printer.row(["organization", "number", "from", "to"])?;
            organizations.iter().try_for_each(|BackedUp { organization, number, from, to }| {
                printer.row([name(organization.as_ref()), number.to_string(), from.to_string(), to.to_string()])
            })?;
        }
    }
    if *events > 0 {
        #[expect(clippy::cast_precision_loss, reason = "a rate is for people to read")]
        let rate = *bytes as f64 / 1e6 / seconds;
        let size = indicatif::HumanBytes(*bytes);
        // Of a few events the rate says nothing but how long a file takes to be synced.
        let rate = if *bytes < RATED_BYTES_MIN { String::new() } else { format!(", {rate:.0} MB/s") };
        printer.note(format_args!("{size} in {seconds:.1} s{rate}"));
    }
    Ok(())
}

/// How an organization is called where people read.
#[must_use]
pub fn name(name: Option<&OrganizationName>) -> String {
    name.map_or_else(|| "(the register)".to_owned(), ToString::to_string)
}

/// One organization, for people.
fn line(BackedUp { organization, from, to, .. }: &BackedUp) -> String {
    let name = name(organization.as_ref());
    match from == to {
        true => format!("{name:20}  position {to}, unchanged"),
        false => format!("{name:20}  position {to}, new from {} on", from.next()),
    }
}

fn check(context: &mut Context, folder: &Path) -> Result<Exit, Failure> {
    let bar = context.printer.bar("verifying the backup");
    let checked = backup::check(folder, &|events| bar.inc(events))?;
    bar.finish_and_clear();
    print_checked(context, &checked)?;
    match checked.damage.findings.is_empty() {
        true => Ok(Exit::Yes),
        false => Err(damaged(folder, &checked)),
    }
}

fn print_checked(context: &mut Context, checked: &Checked) -> Result<(), Failure> {
    let printer = &mut context.printer;
    let Checked { damage, manifest, events, bytes, left_over, .. } = checked;
    let called = |number: &OrganizationNumber| {
        let held = manifest.as_ref().and_then(|manifest| manifest.organizations.get(&number.0));
        name(held.and_then(|held| held.name.as_ref()))
    };
    match printer.form() {
        OutputForm::Human => {
            for (number, position) in &damage.trusted {
                printer.line(format_args!("{:20}  intact up to position {position}", called(number)))?;
            }
            if damage.findings.is_empty() {
                printer.line(format_args!("all {events} events match what was backed up, byte for byte"))?;
            }
        }
        OutputForm::Json | OutputForm::Jsonl => {
            let mut told = damage::told(damage, *events);
            told["bytes"] = json!(bytes);
            told["complete"] = json!(manifest.as_ref().map(|manifest| manifest.complete));
            printer.json(&told)?;
        }
        OutputForm::Csv => {
            printer.row(["place", "organization", "since", "what"])?;
            damage.findings.iter().try_for_each(|finding| printer.row(damage::row(finding)))?;
        }
    }
    if *left_over > 0 {
        printer.note(format_args!("{left_over} files are left of an interrupted run; the next backup removes them"));
    }
    if manifest.as_ref().is_some_and(|manifest| !manifest.complete) {
        printer.note("the last run was interrupted: the next one continues from these positions");
    }
    Ok(())
}

/// What is wrong with a backup, and what of it still holds.
fn damaged(folder: &Path, checked: &Checked) -> Failure {
    let error = anyhow!("the backup `{}` is damaged", folder.display());
    let mut failure = Failure::new(Exit::Corruption, error);
    for finding in &checked.damage.findings {
        failure = failure.note(finding.to_string());
    }
    let hint = "keep it, and take a new one into an empty directory: caseward backup DIR";
    failure.note(format!("can still be trusted: {}", checked.damage.trusted_words())).hint(hint)
}
