//! Where everybody comes in: the organizations that the caller has a part of; of one of them the numbers, what needs a look,
//! and what happened last.

use super::events;
use crate::console::asking::{Asking, Problem};
use crate::console::frame::{Place, Sheet, command, plain};
use crate::console::look::{self, Past};
use crate::console::moment::{Moment, time};
use crate::console::named::Named;
use crate::console::time_bar::TimeBar;
use crate::console::{address, density, listed, words};
use caseward_events::answer::{HistoryEntry, Status};
use caseward_events::{Event, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Events that the page tells.
const TOLD_MAX: usize = 12;
/// How long before its end a grant is worth a look.
const ENDS_SOON_MICROS: i64 = 7 * 24 * 60 * 60 * 1_000_000;
/// Things of one kind that are worth a look.
const LOOKED_AT_MAX: usize = 12;

#[derive(Deserialize)]
struct Organizations {
    organizations: Vec<Status>,
}

/// Those that the caller has a part of.
///
/// # Errors
/// What the API tells instead.
pub async fn organizations(asking: &Asking<'_>) -> Result<Vec<Status>, Problem> {
    Ok(asking.top::<Organizations>("/v1/orgs").await?.answer.organizations)
}

/// `/`, where there are several.
#[must_use]
pub fn all(organizations: &[Status]) -> Sheet {
    let main = html! {
        section {
            ul .organizations { @for status in organizations {
                li {
                    a href=(address::page(status.organization.as_str(), &[])) { strong { (status.organization) } }
                    (numbers(status))
                }
            } }
        }
    };
    Sheet { has_json: false, ..Sheet::plain(words::ORGANIZATIONS, words::CONSOLE, main) }
}

/// `/console/ORG`.
///
/// # Errors
/// What the API tells instead.
pub async fn page(asking: &Asking<'_>, place: &Place) -> Result<Sheet, Problem> {
    let all = organizations(asking).await?;
    let status = all.into_iter().find(|status| status.organization.as_str() == place.organization);
    let (looked, _) = look::moments(asking, &place.given, None).await?;
    let moment = looked.moment;
    let past = events::of_organization(asking, moment).await?;
    let stops = density::stops(asking).await?;
    let worth = Worth::of(past.until(moment), moment);
    let named = Named::of(asking, moment, &place.given, worth.names()).await?;
    let bar = TimeBar { stops: &stops, path: &place.path, given: &place.given, moment, versus: None, is_sampled: true };
    let main = html! {
        @if let Some(status) = status.as_ref().filter(|_| !moment.is_past()) { section .numbers aria-label=(words::NUMBERS) { (numbers(status)) } }
        @if let Some(status) = status.as_ref().filter(|_| !moment.is_past()) { (store(status)) }
        section #look aria-labelledby="look-title" {
            h2 #look-title { (words::WORTH_A_LOOK) }
            (worth.view(&named))
            p .fine { @if past.has_more { (words::looked_through(past.entries.len())) } @else { (words::LOOKED_THROUGH_ALL) } }
        }
        section #events aria-labelledby="events-title" {
            h2 #events-title { (words::LAST_EVENTS) }
            (last(&past, moment, &named))
            p .more { a href=(events::address(place, &caseward_events::Reference::Organization)) { (words::ALL_EVENTS) } " · "
                a href=(named.page("organization")) { (words::ORGANIZATION_PAGE) } }
        }
    };
    Ok(Sheet {
        bar: Some(bar.view()),
        moment: Some(moment),
        commands: vec![
            command(&["status"], &place.organization, None),
            command(&["history", "organization"], &place.organization, Some(moment)),
        ],
        has_json: true,
        ..Sheet::plain(words::organization(&place.organization), words::CONSOLE, main)
    })
}

fn last(past: &Past, moment: Moment, named: &Named) -> Markup {
    let until = past.until(moment);
    html! { @if until.is_empty() { p .empty { (words::NOTHING_HAPPENED) } } @else { (listed::table(until.iter().rev().take(TOLD_MAX), named)) } }
}

fn numbers(status: &Status) -> Markup {
    html! {
        dl .numbers {
            div { dt { (words::CASES) } dd { (status.cases) } }
            div class=[(status.restricted_cases > 0).then_some("alarm")] { dt { (words::OF_THEM_RESTRICTED) } dd { (status.restricted_cases) } }
            div { dt { (words::USERS) } dd { (status.users) } }
            div { dt { (words::GROUPS) } dd { (status.groups) } }
            div { dt { (words::DEFINITIONS) } dd { (status.definitions) } }
            div { dt { (words::EVENTS) } dd { (status.head) } }
            @if let Some(last) = status.last { div .long { dt { (words::LAST_EVENT) } dd { (time(last)) } } }
            @if let Some(doubt) = &status.clock_in_doubt { div .alarm .long { dt { (words::CLOCK) } dd { (doubt) } } }
        }
    }
}

/// How the store is, for whoever keeps it running.
fn store(status: &Status) -> Markup {
    let Status { lag, rate, checkpoint, generations, last_error, rebuild, .. } = status;
    html! {
        section #store aria-labelledby="store-title" {
            h2 #store-title { (words::STORE) }
            dl .facts {
                div { dt { (words::SAVED_UP_TO) } dd { (words::saved(*checkpoint, lag.events)) } }
                div { dt { (words::RATE) } dd { (words::rate(rate.last_minute)) } }
                @for generation in generations.iter().skip(1) {
                    div { dt { (words::VIEWS) } dd { (words::generation(generation.generation, generation.position)) } }
                }
                @if let Some(progress) = rebuild {
                    div { dt { (words::REBUILD) } dd {
                        (words::progress(progress.done, progress.head)) " "
                        progress value=(progress.done) max=(progress.head) aria-label=(words::REBUILD) {}
                    } }
                }
                @if let Some(error) = last_error {
                    div .alarm { dt { (words::LAST_ERROR) } dd { (plain(&error.error)) " " span .since { (time(error.at)) } } }
                }
            }
        }
    }
}

/// What somebody should look at, out of the last events: each with the event that made it so.
struct Worth<'e> {
    moment: Moment,
    restricted: BTreeMap<String, &'e HistoryEntry>,
    glass: BTreeMap<(String, String), (&'e HistoryEntry, Timestamp)>,
    walls: BTreeMap<(String, String), &'e HistoryEntry>,
    ending: BTreeMap<(String, String), (&'e HistoryEntry, Timestamp)>,
}

impl<'e> Worth<'e> {
    fn of(entries: &'e [HistoryEntry], moment: Moment) -> Worth<'e> {
        let (restricted, glass, walls, ending) = Default::default();
        let mut worth = Worth { moment, restricted, glass, walls, ending };
        entries.iter().for_each(|entry| worth.learn(entry));
        let (at, soon) = (moment.at, Timestamp::from_micros(moment.at.as_micros().saturating_add(ENDS_SOON_MICROS)));
        worth.glass.retain(|_, (_, until)| at < *until);
        worth.ending.retain(|_, (_, until)| at < *until && *until <= soon);
        worth
    }

    fn learn(&mut self, entry: &'e HistoryEntry) {
        match &entry.event {
            Event::CaseRestricted(event) => drop(self.restricted.insert(format!("case:{}", event.case), entry)),
            Event::RestrictionLifted(event) => drop(self.restricted.remove(&format!("case:{}", event.case))),
            Event::GlassBroken(event) => {
                let key = (format!("case:{}", event.case), format!("user:{}", event.user));
                self.glass.insert(key, (entry, event.until));
            }
            Event::WallRaised(event) => {
                self.walls.insert((event.on.to_string(), event.against.to_string()), entry);
            }
            Event::WallLowered(event) => drop(self.walls.remove(&(event.on.to_string(), event.against.to_string()))),
            Event::AccessGranted(event) => {
                self.grant((event.on.to_string(), event.to.to_string()), event.valid_until, entry)
            }
            Event::GrantUpdated(event) => {
                self.grant((event.on.to_string(), event.to.to_string()), event.valid_until, entry)
            }
            Event::GrantRevoked(event) => drop(self.ending.remove(&(event.on.to_string(), event.to.to_string()))),
            _ => {}
        }
    }

    fn grant(&mut self, key: (String, String), until: Option<Timestamp>, entry: &'e HistoryEntry) {
        match until {
            Some(until) => drop(self.ending.insert(key, (entry, until))),
            None => drop(self.ending.remove(&key)),
        }
    }

    fn names(&self) -> BTreeSet<String> {
        let pairs = self.glass.keys().chain(self.walls.keys()).chain(self.ending.keys());
        pairs.flat_map(|(on, who)| [on.clone(), who.clone()]).chain(self.restricted.keys().cloned()).collect()
    }

    fn view(&self, named: &Named) -> Markup {
        let is_quiet =
            self.restricted.is_empty() && self.glass.is_empty() && self.walls.is_empty() && self.ending.is_empty();
        html! {
            @if is_quiet { p .empty { (words::nothing_worth_a_look(self.moment.is_past())) } }
            div .cards {
                (card(words::GLASS_BROKEN_NOW, "glass", self.glass.iter().map(|((case, user), (entry, until))| html! {
                    (named.link(user)) " " (words::ON) " " (named.link(case)) " " (words::UNTIL) " " (time(*until)) " " (named.event(entry.position))
                }).collect()))
                (card(words::RESTRICTED_CASES, "restricted", self.restricted.iter().map(|(case, entry)| html! {
                    (named.link(case)) " " (words::SINCE) " " (time(entry.time)) " " (named.event(entry.position)) " "
                    bdi { (plain(&entry.actor.to_string())) }
                }).collect()))
                (card(words::ENDS_SOON, "ends", self.ending.iter().map(|((on, to), (entry, until))| html! {
                    (named.link(to)) " " (words::ON) " " (named.link_of_list(on)) ": " (time(*until)) " " (named.event(entry.position))
                }).collect()))
                (card(words::WALLS, "walls", self.walls.iter().map(|((on, against), entry)| html! {
                    (named.link(against)) " " (words::KEPT_FROM) " " (named.link(on)) " " (named.event(entry.position))
                }).collect()))
            }
        }
    }
}

fn card(title: &str, class: &str, lines: Vec<Markup>) -> Markup {
    let left = lines.len().saturating_sub(LOOKED_AT_MAX);
    html! {
        @if !lines.is_empty() {
            section class={ "card " (class) } {
                h3 { (title) " " span .count { (lines.len()) } }
                ul { @for line in lines.iter().take(LOOKED_AT_MAX) { li { (line) } } }
                @if left > 0 { p .more { (words::and_more(left)) } }
            }
        }
    }
}
