//! How a change of access is told: as a block of lines, as one line of JSON, as rows of a table.
//!
//! INVARIANT: JSON is the data of a message of the feed of a service, byte for byte. Absent on purpose: how it was found.

use crate::cli::args::OutputForm;
use crate::cli::exit::Failure;
use crate::cli::printer::Printer;
use crate::show::escape;
use caseward_events::Action;
use caseward_events::answer::{AccessChanges, AskAgain, Cause, Change, ChangeForEveryone, WindowEnd};

/// The columns of the table.
const COLUMNS: [&str; 8] = ["id", "at", "kind", "subject", "resource", "before", "after", "events"];

/// The header of the table, where that is the form.
///
/// # Errors
/// Standard output cannot be written.
pub fn begin(printer: &mut Printer) -> Result<(), Failure> {
    if printer.form() == OutputForm::Csv { printer.row(COLUMNS) } else { Ok(()) }
}

/// Prints what one commit changed, or the windows that turned at one instant.
///
/// # Errors
/// Standard output cannot be written.
pub fn print(printer: &mut Printer, changes: &AccessChanges) -> Result<(), Failure> {
    match printer.form() {
        OutputForm::Human => {
            printer.line(format_args!("{}  {}", changes.id, changes.to.at))?;
            items(changes).iter().try_for_each(|item| printer.line(escape::visible(&item.line())))
        }
        OutputForm::Json | OutputForm::Jsonl => printer.json(changes),
        OutputForm::Csv => items(changes).into_iter().try_for_each(|item| {
            let Item { kind, subject, resource, before, after, causes } = item;
            let events: Vec<_> = causes.iter().map(|cause| cause.position.to_string()).collect();
            let (id, at) = (changes.id.to_string(), changes.to.at.to_string());
            printer.row([&id, &at, kind, &subject, &resource, &joined(before), &joined(after), &events.join(" ")])
        }),
    }
}

/// One of the things that a message tells.
struct Item<'a> {
    kind: &'static str,
    subject: String,
    resource: String,
    before: &'a [Action],
    after: &'a [Action],
    causes: &'a [Cause],
}

fn items(changes: &AccessChanges) -> Vec<Item<'_>> {
    let AccessChanges { gained, lost, changed, named, everyone, ask_again, .. } = changes;
    let mut items = Vec::new();
    for (kind, list) in [("gained", gained), ("lost", lost), ("changed", changed), ("named", named)] {
        items.extend(list.iter().map(|Change { subject, resource, before, after, causes, .. }| Item {
            kind,
            subject: subject.to_string(),
            resource: resource.to_string(),
            before,
            after,
            causes,
        }));
    }
    items.extend(everyone.iter().map(|ChangeForEveryone { resource, before, after, causes }| Item {
        kind: "everyone",
        subject: String::new(),
        resource: resource.to_string(),
        before,
        after,
        causes,
    }));
    items.extend(ask_again.iter().map(|again| {
        let (subject, resource) = match again {
            AskAgain::Subject(subject) => (subject.to_string(), String::new()),
            AskAgain::Resource(resource) => (String::new(), resource.to_string()),
            AskAgain::Everything => (String::new(), String::new()),
        };
        Item { kind: "ask_again", subject, resource, before: &[], after: &[], causes: &[] }
    }));
    items
}

impl Item<'_> {
    fn line(&self) -> String {
        let Item { kind, subject, resource, before, after, causes } = self;
        let about: Vec<_> = [subject, resource].into_iter().filter(|one| !one.is_empty()).cloned().collect();
        let about = about.join("  ");
        let held = match *kind {
            "ask_again" if about.is_empty() => {
                return "  ask again  everything: too much changed to be told".to_owned();
            }
            "ask_again" => return format!("  ask again  {about}: too much changed to be told"),
            "gained" | "named" => list(after),
            "lost" => list(before),
            _ => format!("{} -> {}", list(before), list(after)),
        };
        let causes: Vec<_> = causes.iter().map(cause).collect();
        let causes = if causes.is_empty() { String::new() } else { format!("  ({})", causes.join(", ")) };
        format!("  {kind:9}  {about}  {held}{causes}")
    }
}

fn cause(Cause { position, window, .. }: &Cause) -> String {
    match window {
        None => format!("event {position}"),
        Some(WindowEnd::Begins) => format!("a window of event {position} begins"),
        Some(WindowEnd::Ends) => format!("a window of event {position} ends"),
    }
}

fn list(actions: &[Action]) -> String {
    if actions.is_empty() { "nothing".to_owned() } else { joined(actions).replace(' ', ", ") }
}

fn joined(actions: &[Action]) -> String {
    actions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
