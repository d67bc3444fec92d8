//! `tail --changes` of a service: who gained and lost what by the last events, and by what comes.

use super::client::Client;
use super::feed::Feed;
use super::problem::not_understood;
use super::when;
use crate::cli::args::{OutputForm, TailArgs};
use crate::cli::ask::changes as told;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::operate::{changes, tail};
use crate::engine::ChangeFilter;
use caseward_events::answer::AccessChanges;
use caseward_events::ask::FeedId;
use serde::Deserialize;

/// A message of changes, of which the rest is told by its data.
#[derive(Deserialize)]
struct Told {
    data: AccessChanges,
}

/// Where a feed ends that is not to go on.
#[derive(Deserialize)]
struct End {
    after: FeedId,
}

/// Runs the verb.
///
/// # Errors
/// A wrong call, or the service does not answer or turns the caller away.
pub async fn tail(context: &mut Context, client: &Client, args: TailArgs) -> Result<Exit, Failure> {
    context.only_now("tail --changes")?;
    let TailArgs { lines, follow, changed, behind, .. } = &args;
    let ChangeFilter { subject, resource, action } = changes::filter(changed)?;
    if !follow && changed.after.is_none() {
        tail::some_lines(*lines)?;
    }
    let after = match behind.or(changed.after) {
        Some(after) => after,
        None => FeedId::commit(changes::before(when::place(context, client).await?.0, *lines)),
    };
    let asked = vec![
        ("subject", subject.map(|subject| format!("user:{subject}"))),
        ("resource", resource.map(|resource| resource.to_string())),
        ("action", action.map(|action| action.to_string())),
        ("follow", (!follow).then(|| "false".to_owned())),
    ];
    let mut feed = Feed::of(context, client, ("changes", asked), after.to_string());
    let interrupt = context.interrupt.clone();
    tokio::select! {
        biased;
        name = interrupt.came() => {
            if *follow { Ok(Exit::Yes) } else { Err(crate::cli::interrupt::stopped(name)) }
        }
        ended = show(context, &mut feed) => ended,
    }
}

/// Shows what comes, until the feed ends or nobody reads any more.
async fn show(context: &mut Context, feed: &mut Feed) -> Result<Exit, Failure> {
    told::begin(&mut context.printer)?;
    loop {
        context.printer.flush()?;
        if context.printer.is_closed() {
            return Ok(Exit::Yes);
        }
        let message = feed.told(context).await?;
        match message.event.as_str() {
            "changes" => {
                let Told { data } = serde_json::from_str(&message.data).map_err(|why| not_understood(&why))?;
                told::print(&mut context.printer, &data)?;
            }
            "end" => {
                let End { after } = serde_json::from_str(&message.data).map_err(|why| not_understood(&why))?;
                if context.printer.form() == OutputForm::Human {
                    context.printer.line(format_args!("position {}", after.position))?;
                }
                return Ok(Exit::Yes);
            }
            _ => {}
        }
    }
}
