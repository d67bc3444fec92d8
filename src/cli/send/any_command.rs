//! `do`: any command by its name, its fields as KEY=VALUE.
//!
//! INVARIANT: what it sends is the JSON that `apply` takes, parsed by the same code. Absent on purpose: which fields a
//! command has; its parser says so.

use crate::cli::args::DoArgs;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::send::shorthands;
use anyhow::anyhow;
use serde_json::{Map, Value, json};

/// The fields that are numbers; in every other a value of digits is an id.
const NUMBERS: &[&str] = &["minutes", "break_glass_max_minutes"];

/// Runs the verb.
///
/// # Errors
/// What it is given is no field, or it is refused.
pub async fn run(context: &mut Context, args: DoArgs) -> Result<Exit, Failure> {
    let DoArgs { command, fields, sending } = args;
    let mut body = Map::new();
    for given in &fields {
        let (key, value) = field(&command, given)?;
        if body.insert(key.to_owned(), value).is_some() {
            return Err(Failure::usage(anyhow!("`{key}` is given twice")).hint("give each field once"));
        }
    }
    shorthands::send(context, "do", sending, json!({command: body})).await
}

fn field<'a>(command: &str, given: &'a str) -> Result<(&'a str, Value), Failure> {
    match given.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key, self::value(key, value)?)),
        _ => {
            let error = anyhow!("`{given}` is not KEY=VALUE");
            Err(Failure::usage(error).hint(format!("caseward help commands lists the fields of `{command}`")))
        }
    }
}

/// JSON where it looks like it: `null`, `true`, `false`, a list, an object, a text in quotes; else the text as it is.
fn value(key: &str, text: &str) -> Result<Value, Failure> {
    let is_json = text.starts_with(['[', '{', '"']) || ["null", "true", "false"].contains(&text);
    if NUMBERS.contains(&key) {
        let number: Result<u64, _> = text.parse();
        let wrong = |_| Failure::usage(anyhow!("`{key}` takes a whole number, and `{text}` is none"));
        return number.map(Value::from).map_err(wrong);
    }
    if is_json {
        let wrong = |why| Failure::usage(anyhow!("`{key}={text}` is not valid JSON: {why}"));
        return serde_json::from_str(text).map_err(wrong);
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use caseward_events::Command;

    #[test]
    fn a_value_is_json_where_it_looks_like_it() {
        let parsed = |key, text| value(key, text).ok();
        assert_eq!(parsed("case", "4711"), Some(json!("4711")));
        assert_eq!(parsed("minutes", "30"), Some(json!(30)));
        assert_eq!(parsed("minutes", "half"), None);
        assert_eq!(parsed("profile", "null"), Some(Value::Null));
        assert_eq!(parsed("profile", "\"null\""), Some(json!("null")));
        assert_eq!(parsed("enabled", "false"), Some(json!(false)));
        assert_eq!(parsed("to", r#"["user:a","group:b"]"#), Some(json!(["user:a", "group:b"])));
        assert_eq!(parsed("to", "[user:a]"), None);
        assert_eq!(parsed("name", "a=b"), Some(json!("a=b")));
    }

    #[test]
    fn every_field_that_is_a_number_is_named() {
        for name in NUMBERS {
            let body = if *name == "minutes" { json!({"case": "1", *name: 1}) } else { json!({*name: 1}) };
            let command = if *name == "minutes" { "break_glass" } else { "adopt_policy" };
            assert!(Command::parse(json!({command: body})).is_ok(), "{name}");
        }
    }
}
