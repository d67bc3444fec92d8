//! `init`: a new store with its first org admin and, where one is named, a preset.
//!
//! INVARIANT: a store that is there already is left as it is; one is made only for commands that are accepted.

use crate::cli::args::{InitArgs, OutputForm};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::send::answer;
use crate::engine::{Answer, Batch, How};
use anyhow::anyhow;
use caseward_events::{Refusal, Submission};
use serde_json::{Value, json};

/// Runs the verb.
///
/// # Errors
/// There are events already, the commands are refused, or the store cannot be made.
pub async fn init(context: &mut Context, args: InitArgs) -> Result<Exit, Failure> {
    context.only_now("init")?;
    let how = How { atomic: true, ..How::default() };
    let batch = Batch { submissions: commands(&args), how };
    let opened = match context.open_to_send(false).await? {
        Some(opened) => opened,
        None => {
            let answers = context.in_memory().await?.organization.submit(batch.clone()).await?;
            refused(&answers)?;
            context.create().await?
        }
    };
    let (data, head) = (context.global.data.display().to_string(), opened.organization.head());
    if head.0 > 0 {
        let error = anyhow!("there is a store at `{data}` already, with events up to position {head}");
        return Err(Failure::usage(error).hint("name a new directory with --data, or go on with that one"));
    }
    refused(&opened.organization.submit(batch).await?)?;
    let (position, admin) = (opened.organization.head(), format!("user:{}", args.admin));
    let preset = args.preset.map_or("caseward", |preset| preset.name());
    let printer = &mut context.printer;
    match printer.form() {
        OutputForm::Human => printer.line(format_args!(
            "made a store at `{data}`: {admin} is org admin, policy preset {preset}; position {position}"
        ))?,
        OutputForm::Json | OutputForm::Jsonl => {
            printer.json(&json!({"data": data, "admin": admin, "preset": preset, "position": position}))?;
        }
        OutputForm::Csv => {
            printer.row(["data", "admin", "preset", "position"])?;
            printer.row([&data, &admin, preset, &position.to_string()])?;
        }
    }
    Ok(Exit::Yes)
}

/// The admin is the actor of both: anybody may appoint the first.
fn commands(args: &InitArgs) -> Vec<Result<Submission, Refusal>> {
    let actor = format!("user:{}", args.admin);
    let preset = args.preset.map(|preset| json!({"adopt_policy": {"preset": preset.name()}}));
    let appoint = json!({"appoint_org_admin": {"user": args.admin}});
    let submission = |command: Value| {
        let mut line = json!({"actor": actor, "command": command});
        if let Some(reason) = &args.reason {
            line["reason"] = reason.as_str().into();
        }
        Submission::from_value(&line)
    };
    preset.into_iter().chain([appoint]).map(submission).collect()
}

fn refused(answers: &[Answer]) -> Result<(), Failure> {
    match answers.iter().find_map(Answer::refusal) {
        Some(refusal) => Err(answer::failure(refusal)),
        None => Ok(()),
    }
}
