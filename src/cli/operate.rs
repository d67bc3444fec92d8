//! What operators ask of a data directory: `org`, `status`.
//!
//! INVARIANT: all but `org create` only read.

use super::answer;
use super::args::{OrgVerb, OutputForm};
use super::context::Context;
use super::exit::{Exit, Failure};
use super::printer::Printer;
use crate::engine::{MemoryUse, Status};
use crate::store::{Access, FORMAT};
use caseward_events::{Actor, OrganizationName};
use serde_json::{Value, json};
use std::path::Path;
use std::{fs, io};

pub async fn org(context: &mut Context, verb: OrgVerb) -> Result<Exit, Failure> {
    match verb {
        OrgVerb::Create { name, actor } => create(context, name, actor).await,
        OrgVerb::List => list(context).await,
    }
}

async fn create(context: &mut Context, name: OrganizationName, actor: Option<Actor>) -> Result<Exit, Failure> {
    context.only_now("org create")?;
    let engine = context.engine(Access::Create).await?;
    let answer = engine.create_organization(name, actor.unwrap_or_else(Actor::unknown)).await?;
    context.save_views(&engine).await;
    answer::print(&mut context.printer, &answer)
}

async fn list(context: &mut Context) -> Result<Exit, Failure> {
    context.only_now("org list")?;
    let engine = context.engine(Access::Existing).await?;
    let all: Vec<_> = engine.organizations().iter().map(|organization| engine.status(organization)).collect();
    let printer = &mut context.printer;
    match printer.form() {
        OutputForm::Human => all.iter().try_for_each(|one| printer.line(listed(one)))?,
        OutputForm::Json => printer.json(&json!({"organizations": all}))?,
        OutputForm::Jsonl => all.iter().try_for_each(|one| printer.json(&json!(one)))?,
        OutputForm::Csv => {
            printer.row(["organization", "head", "last"])?;
            all.iter()
                .try_for_each(|one| printer.row([one.organization.to_string(), one.head.to_string(), last(one)]))?;
        }
    }
    Ok(Exit::Yes)
}

fn listed(one: &Status) -> String {
    let name = one.organization.as_str();
    format!("{name:20}  position {}   {}", one.head, recorded(one))
}

fn recorded(status: &Status) -> String {
    status.last.map_or_else(|| "nothing recorded".to_owned(), |last| format!("recorded {last}"))
}

fn last(status: &Status) -> String {
    status.last.map(|last| last.to_string()).unwrap_or_default()
}

pub async fn status(context: &mut Context) -> Result<Exit, Failure> {
    context.only_now("status")?;
    let opened = context.open(Access::Existing).await?;
    let status = opened.engine.status(&opened.organization);
    let memory = opened.engine.memory(&opened.organization);
    let data = context.global.data.clone();
    let bytes = bytes_in(&data)
        .map_err(|why| Failure::fault(anyhow::Error::new(why).context(format!("cannot list `{}`", data.display()))))?;
    let printer = &mut context.printer;
    match printer.form() {
        OutputForm::Human => print_status(printer, &status, &memory, (&data, bytes))?,
        OutputForm::Json | OutputForm::Jsonl => printer.json(&status_json(&status, &memory, (&data, bytes)))?,
        OutputForm::Csv => {
            let Value::Object(fields) = status_json(&status, &memory, (&data, bytes)) else {
                unreachable!("it is built as one")
            };
            printer.row(fields.keys().collect::<Vec<_>>())?;
            printer.row(fields.values().map(answer::value_words).collect::<Vec<_>>())?;
        }
    }
    Ok(Exit::Yes)
}

fn print_status(
    printer: &mut Printer,
    status: &Status,
    memory: &MemoryUse,
    (data, bytes): (&Path, u64),
) -> Result<(), Failure> {
    let cache = indicatif::HumanBytes(memory.cache_bytes + memory.table_bytes);
    let views = indicatif::HumanBytes(memory.bytes as u64);
    let restricted = format!("{}, {} of them restricted", status.cases, status.restricted_cases);
    let on_disk = indicatif::HumanBytes(bytes).to_string();
    for (what, much) in [
        ("organization", status.organization.to_string()),
        ("users", status.users.to_string()),
        ("groups", status.groups.to_string()),
        ("definitions", status.definitions.to_string()),
        ("cases", restricted),
        ("command ids", status.command_ids.to_string()),
        ("views saved", format!("up to position {}", status.checkpoint)),
        ("memory", format!("{views}: views, indexes and ids, {:.1} bytes an event", memory.bytes_per_event)),
        ("databases", format!("{cache} in memory: cache, filters and indexes of files, all organizations")),
        ("data directory", data.display().to_string()),
        ("format", FORMAT.to_string()),
        ("size on disk", format!("{on_disk}, all organizations")),
    ] {
        printer.line(format_args!("{what:16}{much}"))?;
    }
    printer.line(format_args!("position {}, {}", status.head, recorded(status)))
}

fn status_json(status: &Status, memory: &MemoryUse, (data, bytes): (&Path, u64)) -> Value {
    let mut object = json!(status);
    object["data"] = data.display().to_string().into();
    object["format"] = FORMAT.into();
    object["memory"] = json!(memory);
    object["bytes_on_disk"] = bytes.into();
    object
}

/// What the files below a directory take up.
fn bytes_in(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            // The database may remove a file of its own at any time.
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata?,
        };
        bytes += if metadata.is_dir() { bytes_in(&entry.path())? } else { taken(&metadata) };
    }
    Ok(bytes)
}

/// Journals are made long before they are filled: what counts is what the disk gave.
#[cfg(unix)]
fn taken(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.blocks() * 512
}

#[cfg(not(unix))]
fn taken(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}
