//! `timeline` of a service: its answer for programs, made into the one that is drawn.

use super::cited;
use super::client::Client;
use super::pages::{OfPages, Pages};
use super::stretches::Between;
use super::when;
use crate::cli::args::TimelineArgs;
use crate::cli::ask::bounds;
use crate::cli::ask::timeline::{self, Drawn, TimelineForms};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::engine::ListOf;
use crate::engine::timeline::{Row, Timeline, is_about};
use caseward_events::Resource;
use caseward_events::answer::{TimelineAnswer, TimelineEvent, TimelineRow};
use caseward_events::ask::{Next, PageToken, Paging};
use std::collections::BTreeMap;

impl OfPages for TimelineAnswer {
    fn count(&self) -> usize {
        self.subjects.len()
    }

    fn next(&mut self) -> &mut Next {
        &mut self.next
    }

    /// Each page tells what happened to the resource, and what opened or closed something on it alone.
    fn join(&mut self, later: TimelineAnswer) {
        self.subjects.extend(later.subjects);
        let events = std::mem::take(&mut self.events).into_iter().chain(later.events);
        let events: BTreeMap<_, TimelineEvent> = events.map(|event| (event.position, event)).collect();
        self.events = events.into_values().collect();
    }
}

/// Runs the verb.
///
/// # Errors
/// The question cannot be asked, the service does not answer, or the picture cannot be written.
pub async fn timeline(context: &mut Context, client: &Client, args: TimelineArgs) -> Result<Exit, Failure> {
    let drawn = Drawn::of(context, &args)?;
    when::tell_of_the_day(context, client).await?;
    let told = ask(context, client, args).await;
    timeline::print(context, drawn, told)
}

async fn ask(context: &Context, client: &Client, args: TimelineArgs) -> Result<TimelineForms, Failure> {
    let TimelineArgs { resource, stretch, paging, svg: _ } = args;
    bounds::without_at(context.global.when)?;
    let between = Between::of(context, &stretch);
    let asked = [("resource", Some(resource.to_string())), between.from()];
    let names = between.names();
    let [typed, sent] = names.each_ref().map(|from| ListOf::Timeline(&resource, from.as_deref()));
    let pages = Pages::of_stretch(context, &paging, typed, sent)?;
    let path = |page: &Pages| page.path(context, "timeline", &asked, &between.place());
    let (mut answer, _): (TimelineAnswer, _) = pages.all(client, path).await?;
    let next = std::mem::take(&mut answer.next);
    let after = paging.after.as_ref().and_then(|after| after.parse::<PageToken>().ok());
    let paging = Paging { limit: paging.limit, after };
    // The last event that was read says when it was.
    let wanted = answer.events.iter().map(|event| event.position).chain([answer.position]);
    let mut cited = cited::read(context, client, wanted).await?;
    let last = cited.get(&answer.position).map(|last| last.time);
    cited.retain(|position, _| answer.events.iter().any(|event| event.position == *position));
    let is_of_it = |resource: &Resource| {
        let events = cited.values().filter(|one| answer.from <= one.time && one.time < answer.to);
        events.filter(|one| is_about(&one.event, resource)).cloned().collect()
    };
    let timeline = Timeline {
        events: is_of_it(&resource),
        rows: answer.subjects.into_iter().map(|row| row_of(row, &resource)).collect(),
        more: next.token().is_some(),
        bands: answer.bands,
        from: answer.from,
        to: answer.to,
        position: answer.position,
        recorded: last.unwrap_or(answer.to),
        settled: answer.settled,
    };
    let organization = context.global.org.clone();
    Ok(TimelineForms::of((resource, organization), timeline, cited, (paging, next)))
}

fn row_of(TimelineRow { subject, tracks }: TimelineRow, resource: &Resource) -> Row {
    Row { subject, resource: resource.clone(), tracks }
}
