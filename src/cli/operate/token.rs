//! Tokens that programs call the service with: `token`.
//!
//! INVARIANT: the secret goes to standard output, once, and nowhere else. Absent on purpose: asking a service
//! (`crate::cli::remote`), which has paths of its own for this.

use crate::cli::args::instant::GivenInstant;
use crate::cli::args::{OutputForm, TokenIssueArgs, TokenVerb};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::printer::Printer;
use crate::cli::send::answer;
use crate::engine::tokens::NewToken;
use crate::show::phrasing;
use crate::store::Access;
use caseward_events::token::{ForOrganizations, IssuedToken, TokenLimits, TokenState, TokenStatus};
use caseward_events::{Actor, OrganizationName, Timestamp};
use std::collections::BTreeMap;

/// Of a list as CSV.
const COLUMNS: [&str; 9] =
    ["id", "name", "state", "parts", "organizations", "valid_until", "issued", "issued_by", "last_used"];

pub async fn token(context: &mut Context, verb: TokenVerb) -> Result<Exit, Failure> {
    match verb {
        TokenVerb::Issue(args) => issue(context, *args).await,
        TokenVerb::Withdraw { token, actor } => {
            context.only_now("token withdraw")?;
            let engine = match context.open_to_send(false).await? {
                Some(opened) => opened.engine,
                // This says that there is no store.
                None => context.engine(Access::Existing).await?,
            };
            let answer = engine.withdraw_token(token, actor.unwrap_or_else(Actor::unknown).into()).await?;
            answer::print(&mut context.printer, &answer)
        }
        TokenVerb::List => list(context).await,
    }
}

async fn issue(context: &mut Context, args: TokenIssueArgs) -> Result<Exit, Failure> {
    context.only_now("token issue")?;
    let actor = args.actor.clone();
    let new = new(args, &context.global.org);
    let engine = context.engine(Access::Create).await?;
    let (secret, token) = engine.issue_token(new, actor.unwrap_or_else(Actor::unknown).into()).await?;
    let status = token.status(engine.now());
    print_issued(&mut context.printer, secret.reveal(), status)
}

/// What the arguments ask for.
#[must_use]
pub fn new(args: TokenIssueArgs, organization_of_call: &OrganizationName) -> NewToken {
    let TokenIssueArgs { name, part, organization, about, may_name, valid_until, requests, streams, actor: _ } = args;
    let organizations = match organization.is_empty() {
        true => vec![ForOrganizations::One(organization_of_call.clone())],
        false => organization,
    };
    let limits = TokenLimits { requests, streams };
    let valid_until = valid_until.map(GivenInstant::instant);
    NewToken { name, parts: part, organizations, about, may_name, valid_until, limits }
}

/// Prints one that was issued, once.
///
/// # Errors
/// Standard output cannot be written.
pub fn print_issued(printer: &mut Printer, secret: &str, status: TokenStatus) -> Result<Exit, Failure> {
    match printer.form() {
        OutputForm::Human => {
            let TokenStatus { id, valid_until, .. } = &status;
            printer.line(secret)?;
            printer.note(format_args!("this is token {id}, until {valid_until}; keep it now: it is not shown again"));
        }
        OutputForm::Json | OutputForm::Jsonl => {
            printer.json(&IssuedToken { token: secret.to_owned(), status })?;
        }
        OutputForm::Csv => {
            printer.row(["token"])?;
            printer.row([secret])?;
        }
    }
    Ok(Exit::Yes)
}

async fn list(context: &mut Context) -> Result<Exit, Failure> {
    context.only_now("token list")?;
    let engine = context.engine(Access::Existing).await?;
    let now = engine.now();
    let all: Vec<_> = engine.tokens().iter().map(|token| token.status(now)).collect();
    print(&mut context.printer, &all)
}

/// Prints all of them.
///
/// # Errors
/// Standard output cannot be written.
pub fn print(printer: &mut Printer, all: &[TokenStatus]) -> Result<Exit, Failure> {
    match printer.form() {
        OutputForm::Human if all.is_empty() => printer.line("no token was ever issued")?,
        OutputForm::Human => all.iter().try_for_each(|one| printer.line(listed(one)))?,
        OutputForm::Json => printer.json(&BTreeMap::from([("tokens", all)]))?,
        OutputForm::Jsonl => all.iter().try_for_each(|one| printer.json(one))?,
        OutputForm::Csv => {
            printer.row(COLUMNS)?;
            all.iter().try_for_each(|one| printer.row(cells(one)))?;
        }
    }
    Ok(Exit::Yes)
}

fn listed(one: &TokenStatus) -> String {
    let TokenStatus { id, name, parts, organizations, valid_until, issued, last_used, .. } = one;
    let state = match (one.state, &one.withdrawn) {
        (_, Some(withdrawn)) => format!("withdrawn {} by {}", withdrawn.time, withdrawn.actor),
        (TokenState::Ended, None) => format!("ended {valid_until}"),
        _ => format!("until {valid_until}"),
    };
    let (parts, organizations) = (phrasing::list(parts), phrasing::list(organizations));
    let used = last_used.map(|day| format!("; used on {}", day_of(day))).unwrap_or_default();
    format!(
        "{id}  system:{name}  {parts} in {organizations}  {state}; issued {} by {}{used}",
        issued.time, issued.actor
    )
}

/// The day of an instant, without its time.
fn day_of(at: Timestamp) -> String {
    at.to_string().split('T').next().unwrap_or_default().to_owned()
}

fn cells(one: &TokenStatus) -> [String; 9] {
    let state = match one.state {
        TokenState::Valid => "valid",
        TokenState::Ended => "ended",
        TokenState::Withdrawn => "withdrawn",
    };
    let joined = |texts: Vec<String>| texts.join(" ");
    [
        one.id.to_string(),
        one.name.to_string(),
        state.to_owned(),
        joined(one.parts.iter().map(ToString::to_string).collect()),
        joined(one.organizations.iter().map(ToString::to_string).collect()),
        one.valid_until.to_string(),
        one.issued.time.to_string(),
        one.issued.actor.to_string(),
        one.last_used.map(day_of).unwrap_or_default(),
    ]
}
