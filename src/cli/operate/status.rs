//! `status`: how far an organization has come, what is saved and how far behind, how large everything is.
//!
//! INVARIANT: it only reads. While another process has the store, it tells what can be told without it, and who that is.

mod disk;
mod ready;

pub use ready::print as print_ready;

use crate::cli::args::{OutputForm, StatusArgs};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::cli::operate::org::recorded;
use crate::cli::printer::Printer;
use crate::cli::remote::address::ServerAddress;
use crate::cli::send::answer;
use crate::engine::{BoundUse, MemoryUse};
use crate::seams::{OrganizationNumber, StoreError};
use crate::show::phrasing;
use crate::store::{Access, FORMAT};
use caseward_events::answer::{GenerationState, GenerationStatus, Status};
use disk::OnDisk;
use serde::Serialize;
use serde_json::{Value, json};

/// Runs the verb.
///
/// # Errors
/// There is no store, or it cannot be opened but for being in use.
pub async fn status(context: &mut Context, args: &StatusArgs) -> Result<Exit, Failure> {
    if args.ready {
        return ready::ready(context).await;
    }
    context.only_now("status")?;
    match context.open(Access::Existing).await {
        Ok(opened) => of_opened(context, &opened),
        Err(failure) => match failure.error.downcast_ref() {
            Some(StoreError::InUse { holder, .. }) => of_held(context, &holder.clone()),
            _ => Err(failure),
        },
    }
}

fn on_disk(context: &Context) -> Result<OnDisk, Failure> {
    let (data, heads) = (&context.global.data, context.global.heads_dir.as_deref());
    let found = OnDisk::of(data, heads, &context.global.org);
    let failed = |why| Failure::fault(anyhow::Error::new(why).context(format!("cannot list `{}`", data.display())));
    found.map_err(failed)
}

fn of_opened(context: &mut Context, opened: &Opened) -> Result<Exit, Failure> {
    let told = StatusReport {
        status: opened.organization.status(),
        memory: opened.organization.memory(),
        on_disk: on_disk(context)?,
        number: opened.organization.number(),
        data: context.global.data.display().to_string(),
    };
    let printer = &mut context.printer;
    match printer.form() {
        OutputForm::Human => {
            lines(printer, told.lines())?;
            printer.line(format_args!("position {}, {}", told.status.head, recorded(&told.status)))?;
        }
        form => record(printer, form, &told.form())?,
    }
    Ok(Exit::Yes)
}

/// What the directory tells, while another process has it. Which number an organization has stands in the log; the first
/// is always that of `default`.
fn of_held(context: &mut Context, holder: &str) -> Result<Exit, Failure> {
    let on_disk = on_disk(context)?;
    let is_default = context.global.org.as_str() == "default";
    let printer = &mut context.printer;
    let number = OrganizationNumber::DEFAULT;
    match printer.form() {
        OutputForm::Human => {
            lines(printer, vec![("in use by", holder.to_owned())])?;
            lines(printer, on_disk.lines(number))?;
            printer.line("for the rest, run this again when that process has ended")?;
        }
        form => {
            let noted =
                |(number, position): (&OrganizationNumber, &_)| json!({"organization": number.0, "position": position});
            let mut object = on_disk.json(number);
            if !is_default {
                (object["head_note"], object["verified"]) = (Value::Null, Value::Null);
            }
            object["in_use_by"] = holder.into();
            object["data"] = context.global.data.display().to_string().into();
            object["head_notes"] = on_disk.noted.iter().map(noted).collect();
            record(printer, form, &object)?;
        }
    }
    Ok(Exit::Yes)
}

fn lines(printer: &mut Printer, lines: Vec<(&'static str, String)>) -> Result<(), Failure> {
    let below = " ".repeat(16);
    lines.into_iter().try_for_each(|(what, much)| printer.line(phrasing::wrapped(&format!("{what:16}"), &below, &much)))
}

/// Prints what a service tells of an organization, for people.
///
/// # Errors
/// Standard output cannot be written.
pub fn of_a_service(printer: &mut Printer, status: &Status, address: &ServerAddress) -> Result<(), Failure> {
    let lines = status_lines(status).into_iter().chain([("service", address.to_string())]);
    self::lines(printer, lines.collect())?;
    printer.line(format_args!("position {}, {}", status.head, recorded(status)))
}

/// Prints what there is, for programs.
///
/// # Errors
/// Standard output cannot be written.
pub fn record(printer: &mut Printer, form: OutputForm, object: &impl Serialize) -> Result<(), Failure> {
    if form != OutputForm::Csv {
        return printer.json(object);
    }
    let Value::Object(fields) = json!(object) else { return printer.json(object) };
    printer.row(fields.keys().collect::<Vec<_>>())?;
    printer.row(fields.values().map(answer::value_words).collect::<Vec<_>>())
}

fn within_words(within: &BoundUse) -> String {
    let [bound, caches, floor] = [within.bytes, within.cache_bytes, within.floor_bytes].map(indicatif::HumanBytes);
    let BoundUse { cases_held, cases_cold, cases_returned, suspended, .. } = within;
    let suspended = suspended.as_ref().map(|why| format!("; not enforced until a restart: {why}")).unwrap_or_default();
    format!(
        "{bound}, {caches} of it for caches; at least {floor} stays; {cases_held} cases in memory, {cases_cold} evicted, \
         {cases_returned} reloaded{suspended}"
    )
}

/// What is printed of a store that could be opened.
struct StatusReport {
    status: Status,
    memory: MemoryUse,
    on_disk: OnDisk,
    number: OrganizationNumber,
    data: String,
}

/// About how long.
fn span(seconds: f64) -> indicatif::HumanDuration {
    indicatif::HumanDuration(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// What the organization itself tells.
fn status_lines(status: &Status) -> Vec<(&'static str, String)> {
    let Status { lag, rate, .. } = status;
    let behind = match lag.events {
        0 => "the head".to_owned(),
        events => format!("{events} events ({}) behind", span(lag.seconds)),
    };
    let mut lines = vec![
        ("organization", status.organization.to_string()),
        ("users", status.users.to_string()),
        ("groups", status.groups.to_string()),
        ("definitions", status.definitions.to_string()),
        ("cases", format!("{}, {} of them restricted", status.cases, status.restricted_cases)),
        ("command ids", status.command_ids.to_string()),
        ("rate", format!("{} events per second in the last minute of the log", rate.last_minute)),
        ("views saved", format!("up to position {}, {behind}", status.checkpoint)),
    ];
    lines.extend(status.generations.iter().map(|one| ("generation", generation(one))));
    lines.extend(status.clock_behind.iter().map(|behind| ("clock", behind.to_string())));
    lines.extend(status.clock_in_doubt.iter().map(|doubt| ("clock", format!("{doubt}: no command is taken"))));
    if let Some(last) = &status.last_error {
        lines.push(("last error", format!("{} at {}", last.error, last.at)));
    }
    lines
}

impl StatusReport {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let StatusReport { status, memory, data, .. } = self;
        let cache = indicatif::HumanBytes(memory.cache_bytes + memory.table_bytes);
        let views = indicatif::HumanBytes(memory.bytes as u64);
        let mut lines = status_lines(status);
        lines.extend([
            ("memory", format!("{views}: views, indexes and ids, {:.1} bytes per event", memory.bytes_per_event)),
            ("databases", format!("{cache} in memory: cache, filters and indexes of files, all organizations")),
        ]);
        lines.extend(memory.within.iter().map(|within| ("memory bound", within_words(within))));
        lines.extend([("data directory", data.clone()), ("format", FORMAT.to_string())]);
        lines.extend(self.on_disk.lines(self.number));
        lines
    }

    fn form(&self) -> StatusForm<'_> {
        let StatusReport { status, memory, on_disk, number, data } = self;
        StatusForm { status, data, format: FORMAT, memory, on_disk: on_disk.json(*number) }
    }
}

/// What there is, for programs: the answer, then what only the data directory and the process tell.
#[derive(Serialize)]
struct StatusForm<'a> {
    #[serde(flatten)]
    status: &'a Status,
    data: &'a str,
    format: u32,
    memory: &'a MemoryUse,
    #[serde(flatten)]
    on_disk: Value,
}

fn generation(one: &GenerationStatus) -> String {
    let state = match one.state {
        GenerationState::Current => "live",
        GenerationState::Old => "old: caseward rebuild --drop removes it",
        GenerationState::BeingMade => "being built: caseward rebuild continues it",
    };
    let begun = one.age_seconds.and_then(|age| u64::try_from(age).ok()).map(disk::ago);
    let begun = begun.map(|ago| format!(", begun {ago} ago")).unwrap_or_default();
    let bytes = indicatif::HumanBytes(one.bytes_on_disk);
    format!("{}, saved up to position {}, {bytes}{begun}: {state}", one.generation, one.position)
}
