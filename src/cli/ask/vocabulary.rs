//! How a vocabulary is printed.
//!
//! INVARIANT: what is printed for people is a file that `vocabulary set` takes. Absent on purpose: asking for it and adopting it.

use crate::cli::args::OutputForm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::printer::Printer;
use crate::show::decision;
use caseward_events::answer::VocabularyAnswer;
use serde_json::{Value, json};

/// Prints a vocabulary.
///
/// # Errors
/// Standard output cannot be written.
pub fn print(printer: &mut Printer, answer: &VocabularyAnswer) -> Result<Exit, Failure> {
    print_parts(printer, answer)?;
    Ok(Exit::Yes)
}

fn print_parts(printer: &mut Printer, answer: &VocabularyAnswer) -> Result<(), Failure> {
    let VocabularyAnswer { vocabulary, event, position, settled } = answer;
    let parts = json!(vocabulary);
    let parts = parts.as_object().into_iter().flatten();
    match printer.form() {
        OutputForm::Human => {
            printer.line(match event {
                Some(event) => format!("# adopted by event {event}; position {position}"),
                None => format!("# our own words: no vocabulary is adopted; position {position}"),
            })?;
            decision::may_change(*settled).map_or(Ok(()), |note| printer.line(format_args!("# {note}")))?;
            for (part, types) in parts {
                printer.line(format_args!("\n[{part}]"))?;
                let types = types.as_object().into_iter().flatten();
                types
                    .into_iter()
                    .try_for_each(|(name, of)| printer.line(format_args!("{} = {}", key(name), toml(of))))?;
            }
            Ok(())
        }
        OutputForm::Json | OutputForm::Jsonl => printer.json(answer),
        OutputForm::Csv => {
            decision::may_change(*settled).into_iter().for_each(|note| printer.note(note));
            printer.row(["part", "type", "value", "event", "position"])?;
            let event = event.map(|event| event.to_string()).unwrap_or_default();
            parts
                .flat_map(|(part, types)| types.as_object().into_iter().flatten().map(move |of| (part, of)))
                .try_for_each(|(part, (name, of))| {
                    printer.row([part, name, &of.to_string(), &event, &position.to_string()])
                })
        }
    }
}

/// A value on one line of TOML. Its texts are written as those of JSON are.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(name, value)| format!("{} = {}", key(name), toml(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            format!("[\n{}]", items.iter().map(|item| format!("  {},\n", toml(item))).collect::<String>())
        }
        other => other.to_string(),
    }
}

fn key(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { json!(name).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_as_it_was() {
        let value = json!({
            "subjects": {"a user": {"as": "user", "prefix": "x\"\\/"}},
            "resources": {"r": {"as": "case", "definition": "d"}},
            "actions": {"r": [
                {"name": "view", "is": "read"},
                {"name": "view", "is": "write", "when": {"resource.n": 1, "subject.x": true, "action.é": "\u{1f600}"}},
            ]},
        });
        let lines = value.as_object().into_iter().flatten().map(|(part, types)| {
            let types = types.as_object().into_iter().flatten();
            let types: String = types.map(|(name, of)| format!("{} = {}\n", key(name), toml(of))).collect();
            format!("[{part}]\n{types}")
        });
        let read: Value = toml::from_str(&lines.collect::<String>()).expect("it is TOML");
        assert_eq!(read, value);
    }
}
