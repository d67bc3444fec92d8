//! `verify` and `doctor`: whether the store is what was written, and what to do where it is not.
//!
//! Both also hold the views that the next opening would serve against a fold of the log. INVARIANT: `verify`, and `doctor` without
//! `--repair`, change no file of the store; beside it `verify` notes how far it found it whole, for `status`. A repair takes only
//! what no note tells of, after asking.

use crate::cli::args::{DoctorArgs, OutputForm, VerifyArgs};
use crate::cli::context::{Context, Patience};
use crate::cli::damage;
use crate::cli::exit::{Exit, Failure, LOST_SIGNING};
use crate::cli::printer::Printer;
use crate::engine::{Clock, SavedViews, SystemClock, clock_in_doubt, compare_saved};
use crate::integrity::damage_report::{DamageReport, Extent, Finding};
use crate::integrity::signing::SigningKeys;
use crate::proof::audit::Audit;
use crate::proof::heads;
use crate::seams::{Checkpoints, OrganizationNumber};
use crate::store::{FjallStore, FjallViews, ReadsLog, Verified};
use crate::verification::{self, SIGNING, Seen, SeenViews, VIEWS};
use anyhow::anyhow;
use caseward_events::Position;
use caseward_events::answer::{ReadsSeen, Trusted, VerifyAnswer};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub async fn verify(context: &mut Context, args: &VerifyArgs) -> Result<Exit, Failure> {
    context.only_now("verify")?;
    args.against.iter().try_for_each(|head| is_there(head))?;
    let kept = context.global.heads_dir.as_deref().map(heads::files).transpose()?;
    let kept: Vec<_> = kept.into_iter().flatten().chain(args.against.iter().cloned()).collect();
    let since = Instant::now();
    let seen = inspect(context, &kept).await?;
    let reads = ReadsLog::verify(&context.global.data, None);
    print(&mut context.printer, &seen.answer(verification::reads_seen(&reads)))?;
    tell_cut_short(context, &seen);
    let damage = &seen.inspection.damage;
    if damage.findings.is_empty() {
        reads?;
    }
    match (damage.findings.is_empty(), seen.store_is_whole) {
        (true, _) => {
            tell_rate(&mut context.printer, seen.audited.events, since.elapsed());
            note(context, seen.inspection.damage.trusted);
            Ok(Exit::Yes)
        }
        (false, true) => Err(not_borne_out(damage, seen.serves())),
        (false, false) => Err(damage::of(damage)),
    }
}

/// How fast it was.
pub fn tell_rate(printer: &mut Printer, events: u64, took: Duration) {
    let seconds = took.as_secs_f64().max(1e-6);
    let rate = events as f64 / seconds;
    printer.note(format_args!("{events} events in {seconds:.2} s, {rate:.0} events/s"));
}

/// A head that is not there is a wrong call, and no word against the log.
fn is_there(head: &Path) -> Result<(), Failure> {
    let missing = |error| {
        let error = anyhow::Error::new(error).context(format!("cannot read `{}`", head.display()));
        Failure::usage(error).hint("name a tree head that was kept; caseward tree-head --out FILE writes one")
    };
    fs::metadata(head).map(|_| ()).map_err(missing)
}

/// For `status`: when everything was last verified, and how far.
fn note(context: &mut Context, trusted: BTreeMap<OrganizationNumber, Position>) {
    if let Err(error) = Verified::new(SystemClock.now(), trusted).note(&context.global.data) {
        context.printer.note(format_args!("cannot note that the store was verified: {error}"));
    }
}

/// The log holds together, and what is served, or would be, is not what it says.
fn served_wrongly(damage: &DamageReport, is_served: bool) -> Failure {
    let (error, hint) = match is_served {
        true => (
            anyhow!("the log is intact, but the live views are not what it says: answers are wrong"),
            "caseward rebuild --accept serves what the log says: the log alone is the truth",
        ),
        false => (
            anyhow!("the log is intact, but the saved views are not what it says: answers would be wrong"),
            "delete the folder `views` in the data directory, or run caseward rebuild --accept: the log alone is the truth",
        ),
    };
    damage::told_in_full(Failure::new(Exit::Corruption, error), damage).hint(hint)
}

/// The store holds together, and something else does not agree with it: views, those that are served or those that are saved,
/// or what was kept.
#[must_use]
pub fn not_borne_out(damage: &DamageReport, is_served: bool) -> Failure {
    if damage.findings.iter().any(|finding| finding.place == VIEWS) {
        return served_wrongly(damage, is_served);
    }
    let error = anyhow!("the store is consistent, but does not match what was kept of its history");
    let hint = match damage.findings.iter().all(|finding| finding.place == SIGNING) {
        true => LOST_SIGNING,
        false => {
            "compare the tree heads with other copies of them; if a good one differs, the log was rewritten: \
             keep a copy of the directory, and restore a backup"
        }
    };
    damage::told_in_full(Failure::new(Exit::Corruption, error), damage).hint(hint)
}

pub async fn doctor(context: &mut Context, args: &DoctorArgs) -> Result<Exit, Failure> {
    context.only_now("doctor")?;
    let seen = inspect(context, &[]).await?;
    print(&mut context.printer, &seen.answer(None))?;
    tell_cut_short(context, &seen);
    let damage = &seen.inspection.damage;
    if damage.findings.is_empty() {
        return Ok(Exit::Yes);
    }
    if seen.store_is_whole {
        return Err(not_borne_out(damage, seen.serves()));
    }
    if !args.repair || damage.extent() == Extent::Damage {
        return Err(damage::of(damage));
    }
    if !args.yes {
        agree(context)?;
    }
    let bytes = context.free(Patience::Short, FjallStore::repair).await?;
    context
        .printer
        .note(format_args!("truncated the journal by {bytes} bytes, which are kept in a file `cut-...` beside it"));
    Ok(Exit::Yes)
}

/// Asks, where there is somebody to ask.
fn agree(context: &mut Context) -> Result<(), Failure> {
    if context.global.no_input || !io::stdin().is_terminal() {
        let error = anyhow!("a repair asks for confirmation, and nobody is there to give it");
        return Err(Failure::usage(error).hint("caseward doctor --repair --yes repairs without asking"));
    }
    context.printer.complaint("truncate the last write, which no note acknowledges? [y/N]");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(Failure::fault)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::No, anyhow!("nothing was changed"))),
    }
}

async fn inspect(context: &mut Context, kept: &[PathBuf]) -> Result<Seen, Failure> {
    if let Some(host) = context.host().cloned() {
        return Ok(verification::beside(&host.store, &host.engine, kept, &mut |_| {}).await?);
    }
    let bar = context.printer.bar("verifying");
    let cache = context.global.cache();
    let look = |data: &Path| {
        let keys = FjallStore::signing_at(data);
        let public = keys.as_ref().ok().and_then(Option::as_ref).map(SigningKeys::public);
        let mut progress = |events: u64| bar.set_position(events);
        let mut audit = Audit::new(public.unwrap_or_default(), &mut progress);
        kept.iter().for_each(|path| audit.hold_against(path));
        let (mut inspection, store) = FjallStore::inspect_open(data, &mut audit)?;
        let store_is_whole = inspection.damage.findings.is_empty();
        let audited = audit.finish(&mut inspection.damage);
        if let Err(error) = keys {
            let (place, what) = (SIGNING.to_owned(), error.to_string());
            let finding = Finding { extent: Extent::Damage, organization: None, since: None, place, what };
            inspection.damage.findings.push(finding);
        }
        let seen = Seen { inspection, audited, store_is_whole, views: BTreeMap::new() };
        // While this is open nobody changes what is compared.
        let opened = store.filter(|_| store_is_whole).map(|store| (store, FjallViews::look(data, cache)));
        Ok((seen, opened))
    };
    let looked = context.free(Patience::Short, look).await;
    bar.finish_and_clear();
    let (mut seen, opened) = looked?;
    for (organization, folded) in &seen.audited.folded {
        let clock = SystemClock.now();
        if let Some(last) = folded.timeline.last().filter(|last| *last > clock) {
            context.printer.complaint(format_args!(
                "the clock shows {clock}, and the last event of organization {organization} is of {last}: until the clock \
                 has caught up, time goes on at half its pace"
            ));
        }
    }
    if let Some((store, views)) = opened {
        if let Some(doubt) = clock_in_doubt(&store, Arc::new(SystemClock)) {
            context.printer.complaint(format_args!("{doubt}: no command is taken; if it is right: --accept-clock"));
        }
        compare(&mut seen, &store, &views).await?;
    }
    Ok(seen)
}

/// Compares the views that the next opening would serve with those that the log was folded to.
async fn compare(seen: &mut Seen, store: &FjallStore, views: &FjallViews) -> Result<(), Failure> {
    let unusable = views.remarks().first().cloned();
    for (organization, folded) in std::mem::take(&mut seen.audited.folded) {
        let compared = match &unusable {
            Some(why) => SavedViews::Unused(format!("{why}; the next opening folds the log instead")),
            None => compare_saved(store, views, organization, &folded).await?,
        };
        seen.take(organization, SeenViews::Saved(compared));
    }
    Ok(())
}

fn reads_words(ReadsSeen { damage, entries, size, .. }: &ReadsSeen) -> Option<String> {
    let there = entries.zip(*size);
    let there = || {
        there.map(|(there, size)| {
            format!("{there} of {size} entries of the log of reads are there, as they were written")
        })
    };
    damage.clone().or_else(there)
}

/// Prints what was found.
///
/// # Errors
/// Standard output cannot be written.
pub fn print(printer: &mut Printer, seen: &VerifyAnswer) -> Result<(), Failure> {
    match printer.form() {
        OutputForm::Human => lines(printer, seen),
        OutputForm::Json | OutputForm::Jsonl => printer.json(seen),
        OutputForm::Csv => {
            printer.row(["place", "organization", "since", "what"])?;
            seen.findings.iter().try_for_each(|finding| printer.row(damage::answer_row(finding)))
        }
    }
}

fn lines(printer: &mut Printer, seen: &VerifyAnswer) -> Result<(), Failure> {
    let VerifyAnswer { events, findings, heads, reads, trusted, views, .. } = seen;
    for Trusted { organization, name, position } in trusted {
        let name = match name {
            Some(name) => name.as_str(),
            None if *organization == OrganizationNumber::REGISTER.0 => "(the register)",
            None => "(unnamed)",
        };
        printer.line(format_args!("organization {organization} {name} is intact up to position {position}"))?;
    }
    if findings.is_empty() {
        printer.line(format_args!("all {events} events are as they were written, in order, and match every note"))?;
    }
    for views in views {
        let named = trusted.iter().find(|one| one.organization == views.organization);
        let name = named.and_then(|one| one.name.as_ref()).map_or("(unnamed)", |name| name.as_str());
        if let Some(compared) = verification::words(views, name) {
            printer.line(compared)?;
        }
    }
    if let Some(reads) = reads.as_ref().and_then(reads_words) {
        printer.line(reads)?;
    }
    match heads {
        0 => Ok(()),
        1 => printer.line("1 tree head matches the log"),
        _ => printer.line(format_args!("{heads} tree heads match the log")),
    }
}

fn tell_cut_short(context: &mut Context, seen: &Seen) {
    if seen.inspection.is_cut_short {
        context.printer.note("the last write is incomplete, as after a crash; the next command removes it");
    }
}
