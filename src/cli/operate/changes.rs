//! `tail --changes`: who gained and lost what by the last events; with `--follow` by those that come, and by windows.
//!
//! Whoever follows looks as `tail` does ([`super::tail`]), and also when the next window turns. INVARIANT: what was shown has a
//! place in the feed, and each look goes on behind it, in whichever process. Absent on purpose: the past as of an earlier
//! position, which is what `diff` tells.

use super::tail::{changed, follow_there, some_lines};
use crate::cli::args::{ChangedArgs, OutputForm, TailArgs};
use crate::cli::ask::changes as told;
use crate::cli::context::Context;
use crate::cli::damage;
use crate::cli::exit::{Exit, Failure};
use crate::engine::{ChangeFilter, Followed, Follower, Organization};
use crate::store::{Access, noted};
use caseward_events::Position;
use caseward_events::ask::{FeedId, has_action};
use std::pin::pin;
use std::time::Duration;

/// Runs the verb.
///
/// # Errors
/// A wrong call, there is no store, the place lies above the head, or the log cannot be read.
pub async fn tail(context: &mut Context, args: TailArgs) -> Result<Exit, Failure> {
    context.only_now("tail --changes")?;
    let TailArgs { lines, follow, changed: ChangedArgs { after, .. }, behind, .. } = &args;
    let filter = filter(&args.changed)?;
    if !follow && after.is_none() {
        some_lines(*lines)?;
    }
    let from = From { shown: behind.or(*after), lines: *lines };
    if *follow {
        return follow_on(context, filter, from).await;
    }
    told::begin(&mut context.printer)?;
    let opened = context.open(Access::Existing).await?;
    let mut follower = from.follower(&opened.organization, filter)?;
    catch_up(context, &opened.organization, &mut follower).await?;
    if context.printer.form() == OutputForm::Human {
        context.printer.line(format_args!("position {}", follower.id().position))?;
    }
    Ok(Exit::Yes)
}

/// Which changes are wanted.
///
/// # Errors
/// `invalid`: nothing of the kind has such an action.
pub fn filter(args: &ChangedArgs) -> Result<ChangeFilter, Failure> {
    let ChangedArgs { subject, resource, action, after: _ } = args;
    if let (Some(resource), Some(action)) = (resource, action) {
        has_action(resource, *action)?;
    }
    let subject = subject.as_ref().map(|given| given.0.clone());
    Ok(ChangeFilter { subject, resource: resource.clone(), action: *action })
}

/// Where it begins.
#[derive(Clone, Copy)]
struct From {
    shown: Option<FeedId>,
    /// So many events before the head, where nothing was shown.
    lines: usize,
}

impl From {
    fn follower(self, organization: &Organization, filter: ChangeFilter) -> Result<Follower, Failure> {
        let first = || FeedId::commit(before(organization.head(), self.lines));
        Ok(organization.follow_changes(self.shown.unwrap_or_else(first), filter)?)
    }
}

/// So many events before a position.
#[must_use]
pub fn before(head: Position, lines: usize) -> Position {
    Position(head.0.saturating_sub(u64::try_from(lines).unwrap_or(u64::MAX)))
}

/// Shows what there is; how long nothing more comes unless something is recorded.
async fn catch_up(
    context: &mut Context,
    organization: &Organization,
    follower: &mut Follower,
) -> Result<Option<Duration>, Failure> {
    loop {
        match follower.step(organization).await? {
            Followed::Waits(wait) => return Ok(wait),
            Followed::On(None) => tokio::task::yield_now().await,
            Followed::On(Some(changes)) => told::print(&mut context.printer, &changes)?,
        }
        if context.printer.is_closed() {
            return Ok(None);
        }
    }
}

/// Shows what comes, until it is interrupted or nobody reads any more.
async fn follow_on(context: &mut Context, filter: ChangeFilter, mut from: From) -> Result<Exit, Failure> {
    if context.host().is_some() {
        return follow_along(context, filter, from).await;
    }
    let interrupt = context.interrupt.clone();
    let mut interrupted = pin!(interrupt.came());
    told::begin(&mut context.printer)?;
    loop {
        if let Some(ran) = follow_there(context, from.shown).await? {
            if ran.is_closed || interrupt.seen().is_some() {
                return Ok(Exit::Yes);
            }
            from.shown = ran.shown.or(from.shown);
        }
        let seen = noted(&context.global.data).ok();
        let looked = tokio::select! {
            biased;
            _ = interrupted.as_mut() => return Ok(Exit::Yes),
            looked = look(context, filter.clone(), from) => looked,
        };
        let wait = match looked {
            // It began to answer others just after it was looked for.
            Err(failure) if failure.is_in_use() && context.is_hosted() => continue,
            looked => {
                let (shown, wait) = looked?;
                from.shown = Some(shown);
                wait
            }
        };
        if let Some(damage) = context.close().await {
            return Err(damage::of(&damage));
        }
        context.printer.flush()?;
        let turned = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        let goes_on = tokio::select! {
            goes_on = changed(context, seen.as_deref(), interrupted.as_mut()) => goes_on,
            () = turned => true,
        };
        if context.printer.is_closed() || !goes_on {
            return Ok(Exit::Yes);
        }
    }
}

/// Opens the store for a look; where it has come to, and how long nothing more comes by itself.
async fn look(context: &mut Context, filter: ChangeFilter, from: From) -> Result<(FeedId, Option<Duration>), Failure> {
    let opened = match from.shown {
        None => context.open(Access::Existing).await?,
        Some(_) => context.open_once_free().await?,
    };
    let mut follower = from.follower(&opened.organization, filter)?;
    let wait = catch_up(context, &opened.organization, &mut follower).await?;
    Ok((follower.id(), wait))
}

/// Follows a store that is open in this process, for another one.
async fn follow_along(context: &mut Context, filter: ChangeFilter, from: From) -> Result<Exit, Failure> {
    let interrupt = context.interrupt.clone();
    let opened = context.open(Access::Existing).await?;
    let mut follower = from.follower(&opened.organization, filter)?;
    while interrupt.seen().is_none() && !context.printer.is_closed() {
        let wait = catch_up(context, &opened.organization, &mut follower).await?;
        context.printer.flush()?;
        context.terminal.shown(follower.id());
        let turned = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = interrupt.came() => {}
            moved = opened.organization.moved(follower.id().position) => {
                if moved.is_none() {
                    break;
                }
            }
            () = turned => {}
        }
    }
    Ok(Exit::Yes)
}
