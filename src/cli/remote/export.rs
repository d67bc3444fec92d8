//! `export` of the events of a service.

use super::client::Client;
use super::feed::Feed;
use super::when;
use crate::cli::args::ExportArgs;
use crate::cli::ask::export;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use caseward_events::Position;

/// Runs the verb.
///
/// # Errors
/// A wrong call, or the service does not answer or turns the caller away.
pub async fn export(context: &mut Context, client: &Client, args: ExportArgs) -> Result<Exit, Failure> {
    when::tell_of_the_day(context, client).await?;
    let mut feed = Feed::new(context, client, Position::ZERO);
    let up_to = async |context: &Context| when::place(context, client).await;
    export::of_a_feed(context, args, up_to, async |context: &Context| feed.next(context).await).await
}
