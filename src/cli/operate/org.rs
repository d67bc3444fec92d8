//! What operators ask of a data directory: `org`.
//!
//! INVARIANT: all but `org create` only read.

use crate::cli::args::{OrgVerb, OutputForm};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::printer::Printer;
use crate::cli::send::answer;
use crate::store::Access;
use caseward_events::answer::Status;
use caseward_events::{Actor, OrganizationName};
use std::collections::BTreeMap;

pub async fn org(context: &mut Context, verb: OrgVerb) -> Result<Exit, Failure> {
    match verb {
        OrgVerb::Create { name, actor } => create(context, name, actor).await,
        OrgVerb::List => list(context).await,
    }
}

async fn create(context: &mut Context, name: OrganizationName, actor: Option<Actor>) -> Result<Exit, Failure> {
    context.only_now("org create")?;
    let engine = context.engine(Access::Create).await?;
    let answer = engine.create_organization(name, actor.unwrap_or_else(Actor::unknown)).await?;
    answer::print(&mut context.printer, &answer)
}

async fn list(context: &mut Context) -> Result<Exit, Failure> {
    context.only_now("org list")?;
    let engine = context.engine(Access::Existing).await?;
    let all: Vec<_> = engine.organizations().iter().map(|organization| organization.status()).collect();
    print(&mut context.printer, &all)
}

/// Prints the state of each.
///
/// # Errors
/// Standard output cannot be written.
pub fn print(printer: &mut Printer, all: &[Status]) -> Result<Exit, Failure> {
    match printer.form() {
        OutputForm::Human => all.iter().try_for_each(|one| printer.line(listed(one)))?,
        OutputForm::Json => printer.json(&BTreeMap::from([("organizations", all)]))?,
        OutputForm::Jsonl => all.iter().try_for_each(|one| printer.json(one))?,
        OutputForm::Csv => {
            printer.row(["organization", "head", "last"])?;
            all.iter()
                .try_for_each(|one| printer.row([one.organization.to_string(), one.head.to_string(), last(one)]))?;
        }
    }
    Ok(Exit::Yes)
}

fn listed(one: &Status) -> String {
    let name = one.organization.as_str();
    format!("{name:20}  position {}   {}", one.head, recorded(one))
}

pub fn recorded(status: &Status) -> String {
    status.last.map_or_else(|| "nothing recorded".to_owned(), |last| format!("recorded {last}"))
}

fn last(status: &Status) -> String {
    status.last.map(|last| last.to_string()).unwrap_or_default()
}
