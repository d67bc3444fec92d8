//! `reads`: who asked about whom, when and why.
//!
//! INVARIANT: `about`, which answers the person whose data it is, tells neither who asked nor what else the question named,
//! unless `--askers` is given. Absent on purpose: putting questions into the log, which the service does.

use crate::cli::args::instant::GivenInstant;
use crate::cli::args::{OutputForm, ReadsAboutArgs, ReadsBetween, ReadsEraseArgs, ReadsListArgs, ReadsVerb};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::printer::Printer;
use crate::service::ReadsWanted;
use crate::store::{Access, ReadsHead, ReadsLog, hexadecimal};
use anyhow::anyhow;
use caseward_events::reads::{Erased, NumberedRead, Read, ReadEntry, ReadKind, ReadsPage};
use caseward_events::{Actor, Position, Timestamp};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// Entries of one page.
const PAGE: usize = 1_000;

const HEADER: [&str; 12] = [
    "number",
    "time",
    "kind",
    "organization",
    "by",
    "actor",
    "about",
    "question",
    "asked",
    "purpose",
    "status",
    "position",
];

/// Runs the verb.
///
/// # Errors
/// There is no store, or its log of reads is damaged.
pub async fn reads(context: &mut Context, verb: ReadsVerb) -> Result<Exit, Failure> {
    context.only_now("reads")?;
    match verb {
        ReadsVerb::List(args) => {
            let (log, now) = opened(context).await?;
            list(context, &Log(log, now), args).await
        }
        ReadsVerb::About(args) => {
            let (log, now) = opened(context).await?;
            about(context, &Log(log, now), args).await
        }
        ReadsVerb::Erase(args) => erase(context, args).await,
        ReadsVerb::Head => head(context).await,
        ReadsVerb::Verify { against } => verify(context, against.map(|against| against.0)).await,
    }
}

/// Pages of the log of reads, wherever it lies.
pub trait Entries {
    /// Those behind a number that are wanted, at most so many.
    fn page(&self, after: u64, most: usize, wanted: &ReadsWanted) -> impl Future<Output = Result<ReadsPage, Failure>>;
}

/// The log beside a store.
struct Log(Arc<ReadsLog>, Timestamp);

impl Entries for Log {
    async fn page(&self, after: u64, most: usize, wanted: &ReadsWanted) -> Result<ReadsPage, Failure> {
        let Log(log, now) = self;
        Ok(log.page(after, most, *now, |entry| wanted.holds(entry))?)
    }
}

/// `reads list`.
///
/// # Errors
/// Entries cannot be read, or standard output cannot be written.
pub async fn list(context: &mut Context, log: &impl Entries, args: ReadsListArgs) -> Result<Exit, Failure> {
    let ReadsListArgs { about, between: ReadsBetween { from, to }, after, limit } = args;
    let [from, to] = [from, to].map(|given| given.map(GivenInstant::instant));
    let wanted = ReadsWanted { organization: Some(context.global.org.clone()), about, from, to };
    let mut all = Vec::new();
    let form = context.printer.form();
    if form == OutputForm::Csv {
        context.printer.row(HEADER)?;
    }
    let mut left = limit.unwrap_or(usize::MAX);
    walk(context, log, (after.unwrap_or_default(), wanted), |context, read| {
        if left == 0 {
            return Ok(false);
        }
        left -= 1;
        match form {
            OutputForm::Human => context.printer.line(listed(&read))?,
            OutputForm::Jsonl => context.printer.json(&read)?,
            OutputForm::Csv => context.printer.row(cells(&read))?,
            OutputForm::Json => all.push(read),
        }
        Ok(true)
    })
    .await?;
    if form == OutputForm::Json {
        context.printer.json(&json!({ "reads": all }))?;
    }
    Ok(Exit::Yes)
}

/// Goes through the entries that are wanted, page by page, until nobody wants more.
async fn walk(
    context: &mut Context,
    log: &impl Entries,
    (mut after, wanted): (u64, ReadsWanted),
    mut each: impl FnMut(&mut Context, NumberedRead) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    loop {
        let page = log.page(after, PAGE, &wanted).await?;
        for read in page.reads {
            if !each(context, read)? {
                return Ok(());
            }
        }
        let Some(next) = page.next else { return Ok(()) };
        after = next;
        // Whoever was told to stop does.
        tokio::task::yield_now().await;
    }
}

async fn opened(context: &mut Context) -> Result<(Arc<ReadsLog>, Timestamp), Failure> {
    let engine = context.engine(Access::Existing).await?;
    Ok((context.reads()?, engine.now()))
}

fn listed(NumberedRead { number, entry: ReadEntry { time, what } }: &NumberedRead) -> String {
    match what {
        ReadKind::Read(read) => {
            let Read { by, actor, question, asked, .. } = &**read;
            format!("{number:6}  {time}  {actor} ({by})  {question}  {asked}{}", why(read))
        }
        ReadKind::Dropped { count } => format!("{number:6}  {time}  {count} questions were not kept"),
        ReadKind::Erased(Erased { before, by, count, last, root }) => {
            format!("{number:6}  {time}  {by} erased {count} entries before {before}, up to {last}; root {root}")
        }
    }
}

fn why(read: &Read) -> String {
    read.purpose.as_ref().map(|purpose| format!("  purpose: {purpose}")).unwrap_or_default()
}

fn cells(NumberedRead { number, entry: ReadEntry { time, what } }: &NumberedRead) -> [String; 12] {
    let (number, time) = (number.to_string(), time.to_string());
    let none = String::new;
    match what {
        ReadKind::Read(read) => {
            let Read { organization, by, actor, about, question, asked, purpose, status, position, .. } = &**read;
            [
                number,
                time,
                "read".to_owned(),
                organization.to_string(),
                by.clone(),
                actor.clone(),
                about.join(" "),
                question.clone(),
                asked.clone(),
                purpose.clone().unwrap_or_default(),
                status.map(|status| status.to_string()).unwrap_or_default(),
                position.map(|position| position.to_string()).unwrap_or_default(),
            ]
        }
        ReadKind::Dropped { count } => {
            let kind = format!("dropped {count}");
            [number, time, kind, none(), none(), none(), none(), none(), none(), none(), none(), none()]
        }
        ReadKind::Erased(Erased { by, count, .. }) => {
            let kind = format!("erased {count}");
            [number, time, kind, none(), by.clone(), none(), none(), none(), none(), none(), none(), none()]
        }
    }
}

/// What a person is told of a question about them.
#[derive(Serialize)]
struct Told {
    time: Timestamp,
    question: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

/// `reads about`.
///
/// # Errors
/// As for [`list`].
pub async fn about(context: &mut Context, log: &impl Entries, args: ReadsAboutArgs) -> Result<Exit, Failure> {
    let ReadsAboutArgs { whom, between: ReadsBetween { from, to }, askers } = args;
    let [from, to] = [from, to].map(|given| given.map(GivenInstant::instant));
    let organization = Some(context.global.org.clone());
    let wanted = ReadsWanted { organization, about: Some(whom.clone()), from, to };
    let (form, mut all) = (context.printer.form(), Vec::new());
    if form == OutputForm::Csv {
        context.printer.row(["time", "question", "purpose", "position", "actor", "by"])?;
    }
    let mut count = 0;
    walk(context, log, (0, wanted), |context, NumberedRead { entry: ReadEntry { time, what }, .. }| {
        let ReadKind::Read(read) = what else { return Ok(true) };
        let Read { question, purpose, position, actor, by, .. } = *read;
        let (actor, by) = (askers.then_some(actor), askers.then_some(by));
        let told = Told { time, question, purpose, position, actor, by };
        count += 1;
        match form {
            OutputForm::Human => context.printer.line(told_words(&told))?,
            OutputForm::Jsonl => context.printer.json(&told)?,
            OutputForm::Csv => context.printer.row(told_cells(&told))?,
            OutputForm::Json => all.push(told),
        }
        Ok(true)
    })
    .await?;
    match form {
        OutputForm::Json => context.printer.json(&json!({ "about": whom, "reads": all }))?,
        OutputForm::Human if count == 0 => {
            context.printer.line(format_args!("no question that named {whom} is kept"))?;
        }
        _ => {}
    }
    Ok(Exit::Yes)
}

fn told_words(Told { time, question, purpose, actor, by, .. }: &Told) -> String {
    let purpose = purpose.as_ref().map(|purpose| format!("  purpose: {purpose}")).unwrap_or_default();
    let asker = actor.as_ref().zip(by.as_ref()).map(|(actor, by)| format!("  {actor} ({by})")).unwrap_or_default();
    format!("{time}  {question}{purpose}{asker}")
}

fn told_cells(Told { time, question, purpose, position, actor, by }: &Told) -> [String; 6] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let position = position.map(|position| position.to_string()).unwrap_or_default();
    [time.to_string(), question.clone(), text(purpose), position, text(actor), text(by)]
}

async fn erase(context: &mut Context, args: ReadsEraseArgs) -> Result<Exit, Failure> {
    let ReadsEraseArgs { before, actor } = args;
    let before = before.instant();
    let (log, now) = opened(context).await?;
    if before > now {
        let error = anyhow!("`--before {before}` is still to come, and today's entries are not erased");
        return Err(Failure::usage(error).hint("name today, or an earlier day"));
    }
    let by = actor.unwrap_or_else(Actor::unknown).to_string();
    let erased = log.erase_before(before, &by, now)?;
    let ReadsHead { size, root } = log.head(now)?;
    match context.printer.form() {
        OutputForm::Human => {
            context.printer.line(format_args!("erased {} entries, up to {}", erased.count, erased.last))?
        }
        OutputForm::Json | OutputForm::Jsonl => {
            let told = json!({"erased": erased.count, "last": erased.last, "size": size, "root": hexadecimal(&root)});
            context.printer.json(&told)?;
        }
        OutputForm::Csv => {
            context.printer.row(["erased", "last"])?;
            context.printer.row([erased.count.to_string(), erased.last.to_string()])?;
        }
    }
    Ok(Exit::Yes)
}

async fn head(context: &mut Context) -> Result<Exit, Failure> {
    let (log, now) = opened(context).await?;
    let ReadsHead { size, root } = log.head(now)?;
    print_head(&mut context.printer, size, &hexadecimal(&root))
}

/// Prints how many entries there are, and the root over them.
///
/// # Errors
/// Standard output cannot be written.
pub fn print_head(printer: &mut Printer, size: u64, root: &str) -> Result<Exit, Failure> {
    match printer.form() {
        OutputForm::Human => printer.line(format_args!("{size} {root}"))?,
        OutputForm::Json | OutputForm::Jsonl => printer.json(&json!({"size": size, "root": root}))?,
        OutputForm::Csv => {
            printer.row(["size", "root"])?;
            printer.row([&size.to_string(), root])?;
        }
    }
    Ok(Exit::Yes)
}

async fn verify(context: &mut Context, kept: Option<ReadsHead>) -> Result<Exit, Failure> {
    let data = where_it_is(context).await?;
    let seen = ReadsLog::verify(&data, kept)?;
    let told = match seen {
        None => "no read was ever kept".to_owned(),
        Some(seen) => {
            let ReadsHead { size, root } = seen.head;
            let compared = match seen.compared {
                None => "",
                Some(true) => "; it goes on from the head that was kept",
                Some(false) => "; the head that was kept is of an entry that was erased, and cannot be compared",
            };
            format!(
                "{} of {size} entries are there, as they were written; root {}{compared}",
                seen.entries,
                hexadecimal(&root)
            )
        }
    };
    match (context.printer.form(), seen) {
        (OutputForm::Human, _) => context.printer.line(told)?,
        (OutputForm::Csv, seen) => {
            context.printer.row(["entries", "size", "root"])?;
            if let Some(seen) = seen {
                let ReadsHead { size, root } = seen.head;
                context.printer.row([seen.entries.to_string(), size.to_string(), hexadecimal(&root)])?;
            }
        }
        (OutputForm::Json | OutputForm::Jsonl, seen) => {
            let told = seen.map(|seen| {
                let ReadsHead { size, root } = seen.head;
                json!({"entries": seen.entries, "size": size, "root": hexadecimal(&root), "compared": seen.compared})
            });
            context.printer.json(&told)?;
        }
    }
    Ok(Exit::Yes)
}

/// The data directory, with everything that waits on the disk.
async fn where_it_is(context: &mut Context) -> Result<PathBuf, Failure> {
    if let Some(host) = context.host().cloned() {
        host.store.reads()?.write_waiting(host.engine.now())?;
    } else if !context.global.data.exists() {
        // This says that there is no store.
        context.engine(Access::Existing).await?;
    }
    Ok(context.global.data.clone())
}
