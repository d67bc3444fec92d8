//! What was adopted, asked of a service: `policy show` and `vocabulary show`.

use super::client::{Call, Client};
use super::when::{self, when};
use crate::cli::ask::{policy, vocabulary};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};

/// `policy show`.
///
/// # Errors
/// The question cannot be asked, or the service does not answer.
pub async fn policy(context: &mut Context, client: &Client) -> Result<Exit, Failure> {
    let path = path(context, client, "policy").await?;
    policy::print(&mut context.printer, &client.call(&Call::get(path)).await?.read()?)
}

/// `vocabulary show`.
///
/// # Errors
/// As for [`policy`].
pub async fn vocabulary(context: &mut Context, client: &Client) -> Result<Exit, Failure> {
    let path = path(context, client, "vocabulary").await?;
    vocabulary::print(&mut context.printer, &client.call(&Call::get(path)).await?.read()?)
}

async fn path(context: &mut Context, client: &Client, of: &str) -> Result<String, Failure> {
    when::tell_of_the_day(context, client).await?;
    // Windows have no part in it.
    let [as_of, _] = when(context);
    Ok(Client::of_organization(context, of, &[as_of]))
}
