//! `key`, `tree-head`, `prove` and `verify-proof`: what is handed out, and checked without a store.
//!
//! INVARIANT: what `verify-proof` prints follows from the signature and the proof alone; it opens no store.

use crate::cli::args::{KeyVerb, OutputForm, ProveArgs, TreeHeadArgs, VerifyProofArgs};
use crate::cli::context::{Context, Patience};
use crate::cli::exit::{Exit, Failure};
use crate::cli::outputs::{Output, may_write};
use crate::integrity::file;
use crate::integrity::signed_note::{BadKey, SignedNote, VerifierKey};
use crate::integrity::signing::{self, SigningError};
use crate::proof::bundle::{Bundle, ProvenQuestion};
use crate::proof::check::{NotProved, Proved, What, check};
use crate::proof::heads;
use crate::proof::make::Maker;
use crate::show::decision;
use crate::show::escape;
use crate::show::phrasing;
use crate::store::{Access, FjallStore};
use anyhow::anyhow;
use caseward_events::{Decision, Position, Question, Recorded};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// A bundle of a decision on very large lists stays far below it.
const BUNDLE_BYTES_MAX: u64 = 1 << 30;

/// Shows the public key, or makes the next one.
///
/// # Errors
/// There is no store, or its keys cannot be read or written.
pub async fn key(context: &mut Context, verb: KeyVerb) -> Result<Exit, Failure> {
    match verb {
        KeyVerb::Show => show_key(context).await,
        KeyVerb::New => new_key(context).await,
    }
}

async fn show_key(context: &mut Context) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    let keys = context.signing()?;
    let heading = opened.organization.head_input().await?;
    let public = heading.signing_key.unwrap_or_else(|| keys.first());
    let key = signing::verifier(&keys.origin(opened.organization.name()), &public).map_err(Failure::fault)?;
    match context.printer.form() {
        OutputForm::Human | OutputForm::Csv => context.printer.line(&key)?,
        OutputForm::Json | OutputForm::Jsonl => context.printer.json(&json!({"key": key.to_string()}))?,
    }
    Ok(Exit::Yes)
}

async fn new_key(context: &mut Context) -> Result<Exit, Failure> {
    // Held while the file is written, so that no other process does.
    let store = match context.host() {
        Some(host) => Arc::clone(&host.store),
        None => Arc::new(context.free(Patience::Short, |data| FjallStore::open(data, Access::Existing)).await?),
    };
    let (public, is_anew) = match store.signing() {
        Err(SigningError::Lost(_)) => (store.sign_anew()?.first(), true),
        keys => (keys?.add()?, false),
    };
    drop(store);
    let public = public.to_string();
    match context.printer.form() {
        OutputForm::Human | OutputForm::Csv => context.printer.line(&public)?,
        OutputForm::Json | OutputForm::Jsonl => context.printer.json(&json!({"public_key": public}))?,
    }
    if is_anew {
        context.printer.complaint(
            "the signing keys of the store are lost, and this one gives it another name: tree heads that were kept so far \
             do not belong to it any more; tell whoever keeps them",
        );
    }
    let command = json!({"replace_key": {"public_key": public}});
    let signs = if is_anew { "it signs unless the log names another key" } else { "it signs nothing yet" };
    context.printer.note(format_args!("{signs}; this command puts it in force: {command}"));
    Ok(Exit::Yes)
}

/// Signs the present tree head.
///
/// # Errors
/// There is no store, it cannot vouch for its log, or the file cannot be written.
pub async fn tree_head(context: &mut Context, args: TreeHeadArgs) -> Result<Exit, Failure> {
    may_hand_out_head(context, &args)?;
    let opened = context.open(Access::Existing).await?;
    let keys = context.signing()?;
    let note = heads::tree_head(&opened.organization, &keys).await?;
    hand_out_head(context, args, &note)
}

/// Whether a tree head may be handed out like that.
///
/// # Errors
/// A wrong call.
pub fn may_hand_out_head(context: &Context, args: &TreeHeadArgs) -> Result<(), Failure> {
    context.only_now("tree-head")?;
    args.out.iter().try_for_each(|path| may_write(context, path, Output::TreeHead))
}

/// Prints a tree head, or writes it where it was asked for.
///
/// # Errors
/// The file cannot be written.
pub fn hand_out_head(context: &mut Context, args: TreeHeadArgs, note: &SignedNote) -> Result<Exit, Failure> {
    match args.out {
        None => context.printer.text(note)?,
        Some(folder) if folder.is_dir() => {
            let path = heads::write_into(&folder, note)?;
            context.printer.note(format_args!("wrote `{}`", path.display()));
        }
        Some(path) => write(context, &path, note.to_string().as_bytes())?,
    }
    Ok(Exit::Yes)
}

/// Makes a proof.
///
/// # Errors
/// There is no store, nothing is there to be proved, or the file cannot be written.
pub async fn prove(context: &mut Context, args: ProveArgs) -> Result<Exit, Failure> {
    may_hand_out(context, &args)?;
    let opened = context.open(Access::Existing).await?;
    let keys = context.signing()?;
    let maker = Maker { organization: &opened.organization, keys: &keys };
    let bundle = match wanted(context, &args)? {
        Wanted::Decision(question) => {
            let resolved = opened.reader().await?.resolved();
            if resolved.settled == Some(false) {
                context.printer.note(decision::MAY_CHANGE);
            }
            maker.decision(&question, resolved).await?
        }
        Wanted::Consistency(older) => maker.consistency(&older).await?,
        Wanted::Event(position) => maker.event(position).await?,
    };
    let text = serde_json::to_string(&bundle).map_err(Failure::fault)?;
    hand_out(context, &args, &text)
}

/// Whether a proof may be written where it was asked for.
///
/// # Errors
/// It may not.
pub fn may_hand_out(context: &Context, args: &ProveArgs) -> Result<(), Failure> {
    args.out.iter().try_for_each(|path| may_write(context, path, Output::Document))
}

/// What is to be proved.
pub enum Wanted {
    /// That an event is in the log.
    Event(Position),
    /// What was decided.
    Decision(Question),
    /// That the log extends the one of this tree head.
    Consistency(SignedNote),
}

/// What a call asks to be proved.
///
/// # Errors
/// A wrong call, or the older tree head cannot be read.
pub fn wanted(context: &Context, args: &ProveArgs) -> Result<Wanted, Failure> {
    match args {
        ProveArgs { decision: Some(words), .. } => Ok(Wanted::Decision(question(words)?)),
        ProveArgs { consistency: Some(older), .. } => {
            context.only_now("prove --consistency")?;
            Ok(Wanted::Consistency(heads::read(older)?))
        }
        ProveArgs { position: Some(position), .. } => {
            context.only_now("prove POSITION")?;
            if *position == Position::ZERO {
                return Err(Failure::usage(anyhow!("position 0 holds no event")).hint("the first is at position 1"));
            }
            Ok(Wanted::Event(*position))
        }
        _ => Err(Failure::usage(anyhow!("say what to prove: POSITION, --decision or --consistency"))),
    }
}

/// Prints a proof, or writes it where it was asked for.
///
/// # Errors
/// The file cannot be written.
pub fn hand_out(context: &mut Context, args: &ProveArgs, bundle: &str) -> Result<Exit, Failure> {
    match &args.out {
        None => context.printer.line(bundle)?,
        Some(path) => write(context, path, format!("{bundle}\n").as_bytes())?,
    }
    Ok(Exit::Yes)
}

fn question(words: &[String]) -> Result<Question, Failure> {
    fn parsed<T: std::str::FromStr<Err: Display>>(word: &str) -> Result<T, Failure> {
        word.parse().map_err(|why: T::Err| Failure::usage(anyhow!("{why}")))
    }
    match words {
        [subject, action, resource] => Ok(Question::new(parsed(subject)?, parsed(action)?, parsed(resource)?)),
        _ => Err(Failure::usage(anyhow!("a decision needs SUBJECT ACTION RESOURCE"))),
    }
}

fn write(context: &mut Context, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed =
        |error| Failure::fault(anyhow::Error::new(error).context(format!("cannot write `{}`", path.display())));
    file::replace_public(path, bytes).map_err(failed)?;
    context.printer.note(format_args!("wrote `{}`", path.display()));
    Ok(())
}

/// Checks a proof, and says what it proves.
///
/// # Errors
/// A file cannot be read, the key is none, or the proof does not hold.
pub fn verify_proof(context: &mut Context, args: &VerifyProofArgs) -> Result<Exit, Failure> {
    let keys = args.key.iter().map(|key| read_key(key)).collect::<Result<Vec<_>, _>>()?;
    let proved = Bundle::parse(&read(&args.bundle)?).and_then(|bundle| check(&bundle, &keys)).map_err(not_proved)?;
    match context.printer.form() {
        OutputForm::Human => print(context, &proved)?,
        OutputForm::Json | OutputForm::Jsonl => context.printer.json(&proved.answer())?,
        OutputForm::Csv => {
            context.printer.row(["origin", "size", "proves"])?;
            let Proved { head, .. } = &proved;
            context.printer.row([head.origin.to_string(), head.size.to_string(), kind(&proved).to_owned()])?;
        }
    }
    Ok(Exit::Yes)
}

fn not_proved(why: NotProved) -> Failure {
    let failure = Failure::new(Exit::Corruption, anyhow::Error::new(why).context("the proof does not hold"));
    failure.hint("do not trust it; ask for it again, and compare the key with the published one")
}

/// As text, or in a file.
fn read_key(given: &str) -> Result<VerifierKey, Failure> {
    let bad = |why: &dyn Display| {
        let error = anyhow!("`{}` is neither a public key nor a file that holds one: {why}", given.escape_debug());
        Failure::usage(error).hint("caseward key show prints it from the store")
    };
    match given.parse::<VerifierKey>() {
        Ok(key) => Ok(key),
        Err(why) => match fs::read_to_string(given) {
            Ok(text) => text.trim_start_matches('\u{feff}').trim().parse().map_err(|why: BadKey| bad(&why)),
            Err(_) => Err(bad(&why)),
        },
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| {
        let failure = if error.kind() == std::io::ErrorKind::NotFound { Failure::usage } else { Failure::fault };
        failure(anyhow::Error::new(error).context(format!("cannot read `{}`", path.display())))
    };
    if fs::metadata(path).map_err(failed)?.len() > BUNDLE_BYTES_MAX {
        return Err(Failure::usage(anyhow!("`{}` is too large for a proof", path.display())));
    }
    fs::read(path).map_err(failed)
}

fn kind(proved: &Proved) -> &'static str {
    match proved.what {
        What::Events(_) => "event",
        What::Decision { .. } => "decision",
        What::Consistency { .. } => "consistency",
    }
}

fn print(context: &mut Context, proved: &Proved) -> Result<(), Failure> {
    let Proved { head, what } = proved;
    match what {
        What::Events(events) => {
            for recorded in events {
                let text = format!("event {} of {}", recorded.position, phrasing::minute(recorded.time));
                context.printer.line(format_args!("{text}: {}", phrasing::what_happened(recorded)))?;
            }
            context.printer.line("proved: the event is in the log, as it was stored")?;
        }
        What::Decision { asked, decision: answer, streams, events } => {
            decided(context, asked, answer, streams, events)?;
            if let Some(beyond) = decision::beyond_the_log(head.time, asked.at) {
                context.printer.line(phrasing::wrapped("note: ", "  ", &beyond))?;
            }
        }
        What::Consistency { older } => {
            context.printer.line(format_args!("the first {} events are the same in both", older.size))?;
            context.printer.line("proved: the log extends the one of the older tree head")?;
        }
    }
    let time = phrasing::minute(head.time);
    context
        .printer
        .line(format_args!("against the tree head of {} at position {}, signed {time}", head.origin, head.size))
}

fn decided(
    context: &mut Context,
    asked: &ProvenQuestion,
    decision: &Decision,
    streams: &BTreeMap<String, u64>,
    events: &[Recorded],
) -> Result<(), Failure> {
    let ProvenQuestion { subject, action, resource, position, at } = asked;
    let word = if decision.decision { "allow" } else { "deny" };
    let printer = &mut context.printer;
    printer.line(format_args!(
        "{word}  {subject} {action} {resource}   ({}, position {position}, at {at})",
        decision.rule
    ))?;
    let question = Question::new(subject.clone(), *action, resource.clone());
    printer.line(phrasing::wrapped("  ", "  ", &phrasing::verdict(&question, decision)))?;
    let cited = decision.cited();
    for recorded in events.iter().filter(|recorded| cited.contains(&recorded.position)) {
        let first = format!("  #{} {}  ", recorded.position, phrasing::minute(recorded.time));
        printer.line(phrasing::wrapped(&first, "    ", &phrasing::what_happened(recorded)))?;
    }
    let each = |(name, count): (&String, &u64)| match count {
        0 => format!("{name} (none)"),
        count => format!("{name} ({count})"),
    };
    let rests_on = escape::visible(&phrasing::list(streams.iter().map(each)));
    printer.line(phrasing::wrapped(
        "proved: ",
        "  ",
        &format!("decided again from all {} events of everything it rests on, none missing: {rests_on}", events.len()),
    ))
}
