//! The page of a thing: what it is at the moment, who may do what there and through what, who could when, what changed
//! between two moments, and what happened. Of a case it is the page that the console is for.

use super::{between, events};
use crate::console::asking::{Asking, Problem};
use crate::console::chart::Chart;
use crate::console::compared::{self, Compared};
use crate::console::frame::{Place, Sheet, command, plain};
use crate::console::look::{self, Looked, Past};
use crate::console::moment::Moment;
use crate::console::named::Named;
use crate::console::time_bar::{self, Stop, TimeBar};
use crate::console::who::{self, Holders, View};
use crate::console::{address, density, facts, listed, reach, words};
use axum::http::StatusCode;
use caseward_events::answer::{TimelineAnswer, TimelineSubject};
use caseward_events::ask::actions_of;
use caseward_events::{Reference, Resource};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Lines of the chart.
const LINES_MAX: usize = 200;
/// Events that are told on the page itself.
const TOLD_MAX: usize = 25;

/// All that the page is made of.
struct Found {
    of: Reference,
    looked: Looked,
    versus: Option<Moment>,
    past: Past,
    stops: (Vec<Stop>, bool),
    compared: Option<Compared>,
    holders: Option<(Resource, Holders)>,
    timeline: Option<TimelineAnswer>,
    reach: Option<reach::Reach>,
    named: Named,
}

/// The page of a reference.
///
/// # Errors
/// What the API tells instead.
pub async fn page(asking: &Asking<'_>, place: &Place, of: &Reference) -> Result<Sheet, Problem> {
    let found = find(asking, place, of).await?;
    Ok(found.sheet(place))
}

async fn find(asking: &Asking<'_>, place: &Place, of: &Reference) -> Result<Found, Problem> {
    let (looked, versus) = look::moments(asking, &place.given, Some(of)).await?;
    let moment = looked.moment;
    let is_all = *of == Reference::Organization;
    let past = if is_all { events::of_organization(asking, moment).await? } else { look::past(asking, of).await? };
    if let Some(problem) = look::not_there(of, &past, &looked) {
        return Err(problem);
    }
    let stops = if is_all { (density::stops(asking).await?, true) } else { (past.stops(), false) };
    let compared = match versus {
        Some(versus) if compared::can_be(of) => Some(compared::ask(asking, of, versus, moment).await?),
        _ => None,
    };
    let (mut holders, mut timeline) = (None, None);
    if let Some(resource) = of.resource() {
        holders = Some((resource.clone(), who::ask(asking, &resource, moment, &place.given).await?));
        timeline = timeline_of(asking, &resource).await?;
    }
    let reach = match of {
        Reference::User(user) => Some(reach::ask(asking, user, moment, &place.given).await?),
        _ => None,
    };
    let mut names: BTreeSet<String> = holders.iter().flat_map(|(_, holders)| holders.names()).collect();
    names.extend(compared.iter().flat_map(Compared::names));
    names.extend(reach.iter().flat_map(reach::Reach::names));
    names.extend(timeline.iter().flat_map(subjects));
    let named = Named::of(asking, moment, &place.given, names).await?;
    Ok(Found { of: of.clone(), looked, versus, past, stops, compared, holders, timeline, reach, named })
}

fn subjects(timeline: &TimelineAnswer) -> impl Iterator<Item = String> {
    timeline.subjects.iter().filter_map(|row| match &row.subject {
        TimelineSubject::One(asker) => Some(asker.to_string()),
        TimelineSubject::Everyone => None,
    })
}

/// None where there was nothing yet that could be held.
async fn timeline_of(asking: &Asking<'_>, resource: &Resource) -> Result<Option<TimelineAnswer>, Problem> {
    let parameters = [("resource", Some(resource.to_string())), ("limit", Some(LINES_MAX.to_string()))];
    match asking.get::<TimelineAnswer>("timeline", &parameters).await {
        Ok(answered) => Ok(Some(answered.answer)),
        Err(problem) if problem.status == StatusCode::NOT_FOUND.as_u16() => Ok(None),
        Err(problem) => Err(problem),
    }
}

impl Found {
    fn sheet(&self, place: &Place) -> Sheet {
        let moment = self.looked.moment;
        let reference = self.of.to_string();
        let label = self.looked.label.as_deref().map(plain);
        let kind = label.map_or_else(
            || words::kind_of(&self.of).to_owned(),
            |label| format!("{} · {label}", words::kind_of(&self.of)),
        );
        let bar = TimeBar {
            stops: &self.stops.0,
            path: &place.path,
            given: &place.given,
            moment,
            versus: self.versus,
            is_sampled: self.stops.1,
        };
        Sheet {
            bar: Some(bar.view()),
            moment: Some(moment),
            versus: self.versus,
            commands: self.commands(place),
            has_json: true,
            ..Sheet::plain(plain(&reference), kind, self.main(place))
        }
    }

    fn commands(&self, place: &Place) -> Vec<Vec<String>> {
        let (reference, moment, organization) = (self.of.to_string(), Some(self.looked.moment), &place.organization);
        let mut all = Vec::new();
        if let Some((resource, _)) = &self.holders {
            all.push(command(&["who", actions_of(resource)[0].name(), &reference], organization, moment));
            all.push(command(&["timeline", &reference], organization, None));
        }
        if let Reference::User(_) = self.of {
            all.push(command(&["what", &reference, "read"], organization, moment));
        }
        if let Some(compared) = &self.compared {
            let (from, to) = (compared.answer.from.position.to_string(), compared.answer.to.position.to_string());
            all.push(command(&["diff", &reference, "--from", &from, "--to", &to], organization, None));
        }
        all.push(command(&["history", &reference], organization, moment));
        all
    }

    fn main(&self, place: &Place) -> Markup {
        let moment = self.looked.moment;
        let facts = facts::of(&self.of, self.past.until(moment), moment.at, &self.named);
        html! {
            @if let Some(compared) = &self.compared {
                section #compared aria-labelledby="compared-title" {
                    h2 #compared-title { (words::WHAT_CHANGED) }
                    (compared.view(&self.of, &self.named))
                }
            }
            @if self.past.has_more && self.of != Reference::Organization {
                p .alarm-bar { (words::only_first_events(self.past.entries.len())) }
            }
            @if !facts.is_empty() {
                section #state aria-labelledby="state-title" { h2 #state-title { (words::STATE_THEN) } (facts::view(&facts, &self.named)) }
            }
            (self.who(place))
            @if let Some(reach) = &self.reach { (reach.view(place, &self.named)) }
            (self.chart())
            (self.happened(place))
        }
    }

    fn who(&self, place: &Place) -> Markup {
        let moment = self.looked.moment;
        html! {
            @if let Some((resource, holders)) = &self.holders {
                section #who aria-labelledby="who-title" {
                    h2 #who-title { @if moment.is_past() { (words::WHO_COULD_THEN) } @else { (words::WHO_MAY_NOW) } }
                    @let timeline = self.timeline.as_ref().filter(|_| matches!(resource, Resource::Case(_)));
                    (holders.view(resource, moment, &View { named: &self.named, timeline, path: &place.path, given: &place.given }))
                    (why_not(resource, place))
                    (between::form(place, resource, None))
                }
            }
        }
    }

    fn chart(&self) -> Markup {
        html! {
            @if let (Some((resource, _)), Some(timeline)) = (&self.holders, &self.timeline) {
                section #timeline aria-labelledby="timeline-title" {
                    h2 #timeline-title { (words::WHO_COULD_WHEN) }
                    @if timeline.subjects.is_empty() { p .empty { (words::NOBODY_EVER) } } @else {
                        @let scale = time_bar::scale(&self.stops.0);
                        (Chart { timeline, resource, named: &self.named, scale, moment: self.looked.moment, versus: self.versus }.view())
                        @if timeline.next.token().is_some() { p .more { (words::more_lines(LINES_MAX)) } }
                    }
                }
            }
        }
    }

    /// What is handed on.
    fn report(&self, place: &Place) -> Markup {
        let is_reported = self.of.resource().is_some() || matches!(self.of, Reference::User(_));
        let to = address::page(&place.organization, &[&self.of.to_string(), "report"]);
        html! {
            @if is_reported {
                p .more { a href=(place.given.only(&["as_of"]).behind(&to)) download { (words::DOWNLOAD_REPORT) } " " (words::REPORT_MEANS) }
            }
        }
    }

    fn happened(&self, place: &Place) -> Markup {
        let until = self.past.until(self.looked.moment);
        let later = self.past.entries.len() - until.len();
        html! {
            section #events aria-labelledby="events-title" {
                h2 #events-title { (words::WHAT_HAPPENED_TO_IT) }
                (events::query_form(place, &self.of))
                @if until.is_empty() { p .empty { (words::NOTHING_HAPPENED) } } @else {
                    (listed::table(until.iter().rev().take(TOLD_MAX), &self.named))
                }
                p .more {
                    @if until.len() > TOLD_MAX || self.past.has_more {
                        a href=(events::address(place, &self.of)) { (words::all_events(until.len(), self.past.has_more)) }
                    }
                    @if later > 0 { " " span .aside { (words::later_events(later)) } }
                }
                (self.report(place))
            }
        }
    }
}

/// A question about anybody: why may they, or why not?
fn why_not(resource: &Resource, place: &Place) -> Markup {
    let to = address::page(&place.organization, &[&resource.to_string(), "explain"]);
    html! {
        form .ask method="get" action=(to) {
            strong { (words::WHY_OR_WHY_NOT) }
            label { span { (words::SUBJECT) } input name="subject" required placeholder="user:mike" autocomplete="off" spellcheck="false"; }
            label { span { (words::ACTION) } select name="action" { @for action in actions_of(resource) {
                option value=(action) { (words::action(*action)) }
            } } }
            @if let Some(as_of) = place.given.get("as_of") { input type="hidden" name="as_of" value=(as_of); }
            button { (words::EXPLAIN) }
        }
    }
}
