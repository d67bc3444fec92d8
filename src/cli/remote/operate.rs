//! Organizations, tokens and the state of a service.
//!
//! Absent on purpose: what only the machine of the store tells: sizes, memory, notes.

use super::client::{Call, Changes, Client, escaped, with_parameters};
use super::send::recorded;
use crate::cli::args::{OrgVerb, OutputForm, TokenVerb};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::operate as own;
use crate::cli::send::answer;
use axum::http::{Method, StatusCode};
use caseward_events::answer::{CommandAnswer, HistoryEntry, Status};
use caseward_events::token::{IssuedToken, TokenId, TokenStatus};
use caseward_events::{Actor, Code, OrganizationName, Refusal};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Organizations {
    organizations: Vec<Status>,
}

#[derive(Deserialize)]
struct Tokens {
    tokens: Vec<TokenStatus>,
}

/// `org`.
///
/// # Errors
/// The service does not answer, or turns the caller away; for people, the refusal.
pub async fn org(context: &mut Context, client: &Client, verb: OrgVerb) -> Result<Exit, Failure> {
    match verb {
        OrgVerb::Create { name, actor } => create(context, client, name, actor).await,
        OrgVerb::List => {
            context.only_now("org list")?;
            let Organizations { organizations } = client.call(&Call::get("/v1/orgs".to_owned())).await?.read()?;
            own::org::print(&mut context.printer, &organizations)
        }
    }
}

async fn create(
    context: &mut Context,
    client: &Client,
    organization: OrganizationName,
    actor: Option<Actor>,
) -> Result<Exit, Failure> {
    context.only_now("org create")?;
    let body = json!({"organization": organization, "actor": actor});
    command(context, client, Call::post("/v1/orgs".to_owned(), &body, Changes::Always)).await
}

/// A command that has a path of its own: its refusal is a problem.
async fn command(context: &mut Context, client: &Client, call: Call) -> Result<Exit, Failure> {
    let answered = client.call(&call).await.and_then(|reply| reply.read::<CommandAnswer<HistoryEntry>>());
    let answer = match answered {
        Ok(answer) => answer,
        // For programs it is an answer, as it is over a store.
        Err(failure) => match failure.error.downcast_ref::<Refusal>() {
            Some(refusal) => CommandAnswer::Refused(refusal.clone()),
            None => return Err(failure),
        },
    };
    answer::print(&mut context.printer, &recorded(answer, false))
}

/// `token`.
///
/// # Errors
/// As for [`org`].
pub async fn token(context: &mut Context, client: &Client, verb: TokenVerb) -> Result<Exit, Failure> {
    match verb {
        TokenVerb::Issue(args) => {
            context.only_now("token issue")?;
            let actor = args.actor.clone();
            let new = own::token::new(*args, &context.global.org);
            let mut body = json!(new);
            body["actor"] = json!(actor);
            let issued = client.call(&Call::post("/v1/tokens".to_owned(), &body, Changes::Always)).await;
            let IssuedToken { token, status } = issued.map_err(withdraw_if_issued)?.read()?;
            own::token::print_issued(&mut context.printer, &token, status)
        }
        TokenVerb::Withdraw { token, actor } => {
            context.only_now("token withdraw")?;
            withdraw(context, client, token, actor).await
        }
        TokenVerb::List => {
            context.only_now("token list")?;
            let Tokens { tokens } = client.call(&Call::get("/v1/tokens".to_owned())).await?.read()?;
            own::token::print(&mut context.printer, &tokens)
        }
    }
}

/// A token has no id before it is issued, so that one more may have been.
fn withdraw_if_issued(failure: Failure) -> Failure {
    match failure.notes.is_empty() {
        true => failure,
        false => failure.hint("caseward token list shows whether it was issued; withdraw it then, as nobody has it"),
    }
}

/// One that this caller does not know of reads as one that never was.
async fn withdraw(
    context: &mut Context,
    client: &Client,
    token: TokenId,
    actor: Option<Actor>,
) -> Result<Exit, Failure> {
    let path = format!("/v1/tokens/{}", escaped(&token.to_string()));
    let path = with_parameters(&path, &[("actor", actor.map(|actor| actor.to_string()))]);
    let call = Call { method: Method::DELETE, path, body: Vec::new(), changes: Changes::Once };
    match client.call_telling(&call).await {
        Err((Some(StatusCode::NOT_FOUND), _)) => {
            let refusal =
                Refusal::new(Code::NotFound, format!("there is no token {token}")).hint("caseward token list");
            answer::print(&mut context.printer, &crate::engine::Answer::Refused(refusal))
        }
        Err((_, failure)) => Err(failure),
        Ok(reply) => answer::print(&mut context.printer, &recorded(reply.read()?, false)),
    }
}

/// `status`.
///
/// # Errors
/// The service does not answer, or turns the caller away.
pub async fn status(context: &mut Context, client: &Client) -> Result<Exit, Failure> {
    context.only_now("status")?;
    let path = Client::of_organization(context, "status", &[]);
    let status: Status = client.call(&Call::get(path)).await?.read()?;
    let printer = &mut context.printer;
    match printer.form() {
        OutputForm::Human => own::status::of_a_service(printer, &status, client.address())?,
        form => own::status::record(printer, form, &status)?,
    }
    Ok(Exit::Yes)
}

/// `status --ready`.
///
/// # Errors
/// The service does not answer, or takes no commands.
pub async fn ready(context: &mut Context, client: &Client) -> Result<Exit, Failure> {
    context.only_now("status")?;
    let reply = client.once(&Call::get("/readyz".to_owned())).await.map_err(|why| client.unreached(why.error))?;
    own::status::print_ready(context, reply.status, &reply.body)
}
