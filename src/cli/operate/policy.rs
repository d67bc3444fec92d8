//! `policy show` and `policy set`: the keys that decide where the source systems differ (`semantics.md` section 6).
//!
//! Absent on purpose: which values a key takes; the command that sets it says so.

use crate::cli::args::{AnyText, PolicySetArgs, PolicyVerb};
use crate::cli::ask::policy as shown;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::send::shorthands;
use crate::store::Access;
use anyhow::anyhow;
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
    shown::print(&mut context.printer, &answer)
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
