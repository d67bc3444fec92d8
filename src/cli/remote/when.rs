//! What `--as-of` and `--at` mean to a service.
//!
//! INVARIANT: what counts back from now counts by the clock of this machine, as it does over a store.

use super::client::{Call, Client, with_parameters};
use super::feed::Feed;
use crate::cli::args::instant::GivenAsOf;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::engine::{Clock, SystemClock};
use caseward_events::answer::NamesAnswer;
use caseward_events::{AsOf, Position};
use serde_json::json;

/// What `--as-of` says, by the clock of this machine.
#[must_use]
pub fn as_of(context: &Context) -> AsOf {
    context.global.when.as_of.map_or(AsOf::Head, |given| given.at(SystemClock.now()))
}

/// What `--as-of` and `--at` say, as parameters.
#[must_use]
pub fn when(context: &Context) -> [(&'static str, Option<String>); 2] {
    [("as_of", parameter(as_of(context))), ("at", context.global.when.at().map(|at| at.to_string()))]
}

/// A place in the log as a parameter says it.
#[must_use]
pub fn parameter(as_of: AsOf) -> Option<String> {
    match as_of {
        AsOf::Head => None,
        AsOf::Position(position) => Some(position.to_string()),
        AsOf::Instant(instant) => Some(instant.to_string()),
    }
}

/// The position that `--as-of` means; `false` beside it where later events may move it.
///
/// # Errors
/// There is none, or the service does not answer.
pub async fn place(context: &Context, client: &Client) -> Result<(Position, Option<bool>), Failure> {
    let NamesAnswer { position, settled, .. } = placed(context, client, as_of(context)).await?;
    Ok((position, settled))
}

async fn place_of(context: &Context, client: &Client, as_of: AsOf) -> Result<Position, Failure> {
    Ok(placed(context, client, as_of).await?.position)
}

async fn placed(context: &Context, client: &Client, as_of: AsOf) -> Result<NamesAnswer, Failure> {
    let path = Client::of_organization(context, "names", &[]);
    let path = with_parameters(&path, &[("as_of", parameter(as_of)), ("at", None)]);
    client.call(&Call::ask(path, &json!({"of": []}))).await?.read()
}

/// That a day is its first instant, where that leaves out what was recorded later on that day; to whoever may read that.
///
/// # Errors
/// The service does not answer.
pub async fn tell_of_the_day(context: &mut Context, client: &Client) -> Result<(), Failure> {
    let Some(GivenAsOf::Day(start)) = context.global.when.as_of else { return Ok(()) };
    let (there, head) = match place_of(context, client, AsOf::Instant(start)).await {
        Ok(there) => (there, place_of(context, client, AsOf::Head).await?),
        Err(failure) if failure.exit == Exit::Fault => return Err(failure),
        // The question itself says what is wrong with it.
        Err(_) => return Ok(()),
    };
    if there < head {
        let commit = Feed::new(context, client, there).next(context).await?;
        commit.first().into_iter().for_each(|next| context.note_day(start, next));
    }
    Ok(())
}
