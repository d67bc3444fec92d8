//! How the keys of a policy are printed.
//!
//! Absent on purpose: asking for them and setting them, which `policy` does.

use crate::cli::args::OutputForm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::printer::{Printer, style};
use crate::cli::render;
use crate::cli::send::answer::value_words;
use caseward_events::answer::{AdoptedKey, PolicyAnswer};

/// Prints the keys.
///
/// # Errors
/// Standard output cannot be written.
pub fn print(printer: &mut Printer, answer: &PolicyAnswer) -> Result<Exit, Failure> {
    let PolicyAnswer { keys, position, settled } = answer;
    match printer.form() {
        OutputForm::Human => {
            keys.iter().try_for_each(|key| printer.line(words(key)))?;
            printer.line(format_args!("position {position}"))?;
        }
        OutputForm::Json => printer.json(answer)?,
        OutputForm::Jsonl => keys.iter().try_for_each(|key| printer.json(key))?,
        OutputForm::Csv => {
            printer.row(["key", "value", "event", "position"])?;
            keys.iter().try_for_each(|AdoptedKey { key, value, event }| {
                let event = event.map(|event| event.to_string()).unwrap_or_default();
                printer.row([key.name(), &value_words(value), &event, &position.to_string()])
            })?;
        }
    }
    if printer.form() != OutputForm::Json {
        render::may_change(printer, *settled)?;
    }
    Ok(Exit::Yes)
}

fn words(AdoptedKey { key, value, event }: &AdoptedKey) -> String {
    let since = event.map_or_else(|| "default".to_owned(), |event| format!("event {event}"));
    let (dim, reset) = (style::DIM, style::RESET);
    format!("{:28}{:12}{dim}{since}{reset}", key.name(), value_words(value))
}
