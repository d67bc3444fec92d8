//! `grant`, `update`, `revoke`, `restrict`, `lift`: shorthands that put together one command and send it.
//!
//! INVARIANT: what they send is the JSON that `apply` takes, parsed by the same code. What cannot be typed into it is a
//! wrong call, told before anything is opened.

use crate::cli::args::OutputForm;
use crate::cli::args::instant::{GivenBound, GivenInstant};
use crate::cli::args::{GrantArgs, LiftArgs, RestrictArgs, RevokeArgs, Sending, UpdateArgs};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::remote::{self, client::Client};
use crate::cli::send::lookalikes::lookalikes;
use crate::cli::send::{answer, erased};
use crate::engine::{Answer, Batch, How};
use crate::seams::StoreError;
use anyhow::anyhow;
use caseward_events::nearest::nearest;
use caseward_events::{Action, CaseId, Code, Subject, Submission};
use serde_json::{Map, Value, json};

pub async fn grant(context: &mut Context, args: GrantArgs) -> Result<Exit, Failure> {
    let body = given([
        ("on", json!(args.on)),
        ("to", json!(args.to)),
        ("access", access(&args.access)?),
        ("valid_from", json!(args.valid_from.map(GivenInstant::instant))),
        ("valid_until", json!(args.valid_until.map(GivenInstant::instant))),
        ("on_existing", json!(args.on_existing)),
    ]);
    tell_of_days(context, args.valid_from, args.valid_until);
    send(context, "grant", args.sending, json!({"grant": body})).await
}

/// Which end of a day was taken, where one was typed.
fn tell_of_days(context: &mut Context, from: Option<GivenInstant>, until: Option<GivenInstant>) {
    if let Some(start) = from.and_then(GivenInstant::day) {
        context.printer.note(format_args!("note: --valid-from is the first instant of that day, {start}"));
    }
    if let Some(start) = until.and_then(GivenInstant::day) {
        context
            .printer
            .note(format_args!("note: --valid-until is the first instant of that day, {start}: the day is left out"));
    }
}

pub async fn update(context: &mut Context, args: UpdateArgs) -> Result<Exit, Failure> {
    let mut body = Map::new();
    body.insert("on".to_owned(), json!(args.on));
    body.insert("to".to_owned(), json!(args.to));
    if let Some(given) = &args.access {
        body.insert("access".to_owned(), access(given)?);
    }
    for (name, given) in [("valid_from", args.valid_from), ("valid_until", args.valid_until)] {
        if let Some(GivenBound(bound)) = given {
            body.insert(name.to_owned(), json!(bound.map(GivenInstant::instant)));
        }
    }
    let bound = |given: Option<GivenBound>| given.and_then(|GivenBound(bound)| bound);
    tell_of_days(context, bound(args.valid_from), bound(args.valid_until));
    send(context, "update", args.sending, json!({"update_grant": body})).await
}

pub async fn revoke(context: &mut Context, args: RevokeArgs) -> Result<Exit, Failure> {
    let command = json!({"revoke": {"on": args.on, "to": args.to}});
    send(context, "revoke", args.sending, command).await
}

pub async fn restrict(context: &mut Context, args: RestrictArgs) -> Result<Exit, Failure> {
    let case = case(&args.case)?;
    let entries: Result<Vec<_>, _> = args.entries.iter().map(|entry| self::entry(entry)).collect();
    let command = json!({"restrict_case": {"case": case, "entries": entries?}});
    send(context, "restrict", args.sending, command).await
}

pub async fn lift(context: &mut Context, args: LiftArgs) -> Result<Exit, Failure> {
    let command = json!({"lift_restriction": {"case": case(&args.case)?}});
    send(context, "lift", args.sending, command).await
}

/// Sends one command and prints its answer.
pub async fn send(context: &mut Context, verb: &str, with: Sending, command: Value) -> Result<Exit, Failure> {
    context.only_now(verb)?;
    let line = envelope(&with, command);
    if let Some(client) = Client::asked_for(context)? {
        return remote::send::one(context, &client, &with, line).await;
    }
    let submission = Submission::from_value(&line);
    let opened = match context.open_to_send(with.dry_run).await? {
        Some(opened) => opened,
        None if with.dry_run => context.in_memory().await?,
        // A mistyped directory must not become a second store.
        None => return Err(StoreError::Missing(context.global.data.clone()).into()),
    };
    let lookalikes = match context.printer.form() {
        OutputForm::Human => lookalikes(&opened, &line).await?,
        _ => Vec::new(),
    };
    let how = How { dry_run: with.dry_run, ..How::default() };
    let batch = Batch { submissions: vec![submission], how };
    let answers = opened.organization.submit(batch).await?;
    let answer = answers.into_iter().next().expect("one command has one answer");
    let unnamed = with.actor.is_none() && answer.refusal().is_some_and(|refusal| refusal.code == Code::NotAuthorized);
    let recorded = match &answer {
        Answer::Accepted(accepted) => accepted.foreseen.is_none() && !accepted.events.is_empty(),
        Answer::Refused(_) => false,
    };
    if with.actor.is_none() && recorded && context.printer.form() == OutputForm::Human {
        context.printer.note(RECORDED_FOR_NOBODY);
    }
    if answer.refusal().is_none() {
        lookalikes.iter().for_each(|told| context.printer.note(told));
    }
    let printed = answer::print(&mut context.printer, &answer);
    if let Some(one) = erased::by(&answer) {
        let left = erased::left(&opened.organization, &one).await?;
        erased::tell(&mut context.printer, &one.0, left);
    }
    printed.map_err(|failure| if unnamed { nobody_named(failure) } else { failure })
}

/// What is stored for ever as the act of nobody is worth a word.
const RECORDED_FOR_NOBODY: &str =
    "note: recorded as `system:unknown`; --actor says who acts, or CASEWARD_ACTOR, or `actor` in caseward.toml";

fn nobody_named(failure: Failure) -> Failure {
    failure.note("neither `--actor` nor CASEWARD_ACTOR was given, so it was sent as `system:unknown`")
}

/// The line of `interface.md` section 1.
fn envelope(with: &Sending, command: Value) -> Value {
    let Sending { actor, reason, id, expected_version, dry_run: _ } = with;
    given([
        ("id", json!(id)),
        ("actor", json!(actor)),
        ("reason", json!(reason)),
        ("expected_version", json!(expected_version)),
        ("command", command),
    ])
}

/// An object of the fields that have a value: one left out and one that is `null` would be two bodies to a known id.
fn given<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A level, or rights with commas between.
fn access(text: &str) -> Result<Value, Failure> {
    if ["read", "write"].contains(&text) {
        return Ok(text.into());
    }
    let actions: Result<Vec<Action>, _> = text.split(',').map(str::parse).collect();
    let wrong = |_| {
        let error = anyhow!("`{text}` is neither `read` nor `write` nor a list of rights");
        let meant = nearest(text, Action::ALL.map(Action::name)).map(|meant| format!("did you mean `{meant}`?"));
        let all = || format!("rights, separated by commas: {}", Action::ALL.map(Action::name).join(", "));
        Failure::usage(error).hint(meant.unwrap_or_else(all))
    };
    Ok(json!(actions.map_err(wrong)?))
}

/// `case:ID`, or the bare id.
fn case(text: &str) -> Result<CaseId, Failure> {
    text.strip_prefix("case:").unwrap_or(text).parse().map_err(Failure::usage)
}

/// `SUBJECT` or `SUBJECT=ACCESS`, split at the last `=`: a subject with one in its id needs its access told.
fn entry(text: &str) -> Result<Value, Failure> {
    let (to, access) = match text.rsplit_once('=') {
        Some((to, given)) => (to, access(given)?),
        None => (text, Value::from("read")),
    };
    let to: Subject = to.parse().map_err(|why| Failure::usage(why).hint("an entry is SUBJECT or SUBJECT=ACCESS"))?;
    Ok(json!({"to": to, "access": access}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_split_at_its_last_equals_sign() {
        let parsed = |text: &str| entry(text).ok();
        assert_eq!(parsed("user:mike"), Some(json!({"to": "user:mike", "access": "read"})));
        assert_eq!(parsed("group:a=b=write"), Some(json!({"to": "group:a=b", "access": "write"})));
        assert_eq!(parsed("user:a=read,share"), Some(json!({"to": "user:a", "access": ["read", "share"]})));
        for bad in ["", "mike", "user:mike=", "user:mike=raed", "case:1=read", "user:=read", "user:a=read,"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_case_may_be_named_with_or_without_its_kind() {
        assert_eq!(case("case:4711").ok(), case("4711").ok());
        assert!(case("case:").is_err());
        assert!(case("a\u{7}").is_err());
    }
}
