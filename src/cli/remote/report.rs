//! `report` of a service: the document that it makes.

use super::client::{Call, Client};
use super::problem::not_understood;
use super::stretches::Between;
use super::when;
use crate::cli::args::ReportArgs;
use crate::cli::ask::bounds;
use crate::cli::ask::report::{Destination, Told};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::engine::report::About;
use serde::de::Error;

/// Runs the verb.
///
/// # Errors
/// The question cannot be asked, the service does not answer, or the document cannot be written.
pub async fn report(context: &mut Context, client: &Client, args: ReportArgs) -> Result<Exit, Failure> {
    let to = Destination::of(context, &args)?;
    when::tell_of_the_day(context, client).await?;
    bounds::without_at(context.global.when)?;
    let ReportArgs { of, stretch, limit, html: _, signed, title, note, mark } = args;
    let given =
        [("--signed", signed), ("--title", title.is_some()), ("--note", note.is_some()), ("--mark", mark.is_some())];
    if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
        let error = anyhow::anyhow!("`{option}` is for whoever has the store, and cannot be combined with `--server`");
        return Err(Failure::usage(error).hint("leave it out, or run it with --data on the machine of the service"));
    }
    About::of(&of)?;
    let between = Between::of(context, &stretch);
    let asked = [("of", Some(of.to_string())), ("limit", Some(limit.to_string())), between.from()];
    let path = Client::of_organization(context, "report", &[&asked[..], &between.place()].concat());
    let reply = client.call(&Call::get(path)).await?;
    let header = |name: &str| reply.headers.get(name).and_then(|value| value.to_str().ok());
    let position = header("caseward-position").and_then(|position| position.parse().ok());
    let wrong = |why: &str| not_understood(&serde_json::Error::custom(why));
    let position = position.ok_or_else(|| wrong("it does not say at which position it holds"))?;
    let settled = header("caseward-settled").map(|settled| settled == "true");
    let html = String::from_utf8(reply.body.to_vec()).map_err(|_| wrong("the document is not text"))?;
    to.print(context, Told { of, html, position, settled })
}
