//! `policy show` and `policy set`: the keys that decide where the source systems differ (`semantics.md` section 6).
//!
//! Absent on purpose: which values a key takes; the command that sets it says so.

use crate::cli::args::{OutputForm, PolicySetArgs, PolicyVerb};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::printer::{Printer, style};
use crate::cli::render;
use crate::cli::send::answer::value_words;
use crate::cli::send::shorthands;
use crate::store::Access;
use anyhow::anyhow;
use caseward_events::Position;
use caseward_events::policy::PolicyKey;
use serde_json::{Map, Value, json};

pub async fn policy(context: &mut Context, verb: PolicyVerb) -> Result<Exit, Failure> {
    match verb {
        PolicyVerb::Show => show(context).await,
        PolicyVerb::Set(args) => set(context, args).await,
    }
}

/// A key as it stood.
struct Key {
    name: &'static str,
    value: Value,
    /// Where it was last adopted; never, where it is the default.
    event: Option<Position>,
}

async fn show(context: &mut Context) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    let reader = opened.reader().await?;
    let values = json!(reader.policy().await?);
    let adopted = reader.policy_adopted().await?;
    let keys =
        adopted.into_iter().map(|(key, event)| Key { name: key.name(), value: values[key.name()].clone(), event });
    print(&mut context.printer, &keys.collect::<Vec<_>>(), (reader.position(), reader.resolved().settled))?;
    Ok(Exit::Yes)
}

fn print(printer: &mut Printer, keys: &[Key], (position, settled): (Position, Option<bool>)) -> Result<(), Failure> {
    match printer.form() {
        OutputForm::Human => {
            keys.iter().try_for_each(|key| printer.line(key.words()))?;
            printer.line(format_args!("position {position}"))?;
        }
        OutputForm::Json => {
            let keys: Vec<_> = keys.iter().map(Key::to_json).collect();
            let mut shown = json!({"keys": keys, "position": position});
            settled.into_iter().for_each(|settled| shown["settled"] = settled.into());
            return printer.json(&shown);
        }
        OutputForm::Jsonl => keys.iter().try_for_each(|key| printer.json(&key.to_json()))?,
        OutputForm::Csv => {
            printer.row(["key", "value", "event", "position"])?;
            keys.iter().try_for_each(|key| {
                let event = key.event.map(|event| event.to_string()).unwrap_or_default();
                printer.row([key.name, &value_words(&key.value), &event, &position.to_string()])
            })?;
        }
    }
    render::may_change(printer, settled)
}

impl Key {
    fn words(&self) -> String {
        let since = self.event.map_or_else(|| "default".to_owned(), |event| format!("event {event}"));
        let (dim, reset) = (style::DIM, style::RESET);
        format!("{:28}{:12}{dim}{since}{reset}", self.name, value_words(&self.value))
    }

    fn to_json(&self) -> Value {
        json!({"key": self.name, "value": self.value, "event": self.event})
    }
}

async fn set(context: &mut Context, args: PolicySetArgs) -> Result<Exit, Failure> {
    let mut body = Map::new();
    if let Some(preset) = args.preset {
        body.insert("preset".to_owned(), preset.name().into());
    }
    for given in &args.keys {
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
        return Err(Failure::usage(anyhow!("`{key}` is not a policy key")).hint(format!("keys: {}", known.join(", "))));
    }
    let plain = serde_json::from_str(value).ok().filter(|value: &Value| value.is_boolean() || value.is_u64());
    Ok((key, plain.unwrap_or_else(|| value.into())))
}
