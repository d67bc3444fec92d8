//! `policy show` and `policy set`: the keys that decide where the source systems differ (`semantics.md` section 6).
//!
//! Absent on purpose: which values a key takes; the command that sets it says so.

use crate::cli::args::{AnyText, OutputForm, PolicySetArgs, PolicyVerb};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::printer::{Printer, style};
use crate::cli::render;
use crate::cli::send::answer::value_words;
use crate::cli::send::shorthands;
use crate::store::Access;
use anyhow::anyhow;
use caseward_events::answer::{AdoptedKey, PolicyAnswer};
use caseward_events::nearest::{meant_of, nearest};
use caseward_events::policy::{PolicyChange, PolicyKey};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub async fn policy(context: &mut Context, verb: PolicyVerb) -> Result<Exit, Failure> {
    match verb {
        PolicyVerb::Show => show(context).await,
        PolicyVerb::Set(args) => set(context, args).await,
    }
}

async fn show(context: &mut Context) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    let answer = opened.reader().await?.policy_answer().await?;
    print(&mut context.printer, &answer)
}

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

async fn set(context: &mut Context, args: PolicySetArgs) -> Result<Exit, Failure> {
    let mut body = Map::new();
    if let Some(preset) = args.preset {
        body.insert("preset".to_owned(), preset.name().into());
    }
    for AnyText(given) in &args.keys {
        let (key, value) = setting(given)?;
        if body.insert(key.to_owned(), value).is_some() {
            return Err(Failure::usage(anyhow!("`{key}` is set twice")).hint("give each key once"));
        }
    }
    shorthands::send(context, "policy set", args.sending, json!({"adopt_policy": body})).await
}

/// `KEY=VALUE`; a value that looks like a number or a boolean is one.
fn setting(given: &str) -> Result<(&str, Value), Failure> {
    let (key, value) = given.split_once('=').ok_or_else(|| {
        Failure::usage(anyhow!("`{given}` is not KEY=VALUE")).hint("caseward policy set restriction=enabled")
    })?;
    let known: Vec<_> = PolicyKey::ALL.iter().map(|key| key.name()).collect();
    if !known.contains(&key) {
        let hint = match nearest(key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? caseward policy show lists all keys"),
            None => format!("keys: {}", known.join(", ")),
        };
        return Err(Failure::usage(anyhow!("`{key}` is not a policy key")).hint(hint));
    }
    let plain = serde_json::from_str(value).ok().filter(|value: &Value| value.is_boolean() || value.is_u64());
    let plain = plain.unwrap_or_else(|| value.into());
    // What the key cannot hold is a wrong call, and not a command to refuse.
    match PolicyChange::deserialize(json!({key: plain})) {
        Ok(_) => Ok((key, plain)),
        Err(why) => Err(unfit(key, value, &why.to_string())),
    }
}

/// That a key does not hold such a value, with those that it holds.
fn unfit(key: &str, value: &str, told: &str) -> Failure {
    let takes = if told.ends_with("a boolean") {
        "true or false".to_owned()
    } else if let Some((_, variants)) = told.split_once("expected ") {
        let variants: Vec<_> = variants.split('`').skip(1).step_by(2).collect();
        if variants.is_empty() { "a whole number".to_owned() } else { variants.join(" or ") }
    } else {
        return Failure::usage(anyhow!("`{key}`: {told}"))
            .hint("caseward policy show lists the keys with their values");
    };
    let failure = Failure::usage(anyhow!("`{key}` takes {takes}, not `{value}`"));
    match meant_of(told) {
        Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
        None => failure.hint("caseward policy show lists the keys with their values"),
    }
}
