//! Events: those of a thing, with the query language, page by page; the last ones of an organization; and one event in full.

use crate::console::asking::{Asking, Problem};
use crate::console::frame::{Place, Sheet, command, plain, ticked};
use crate::console::look::{self, Past};
use crate::console::mentioned::mentioned;
use crate::console::moment::{Moment, time};
use crate::console::named::Named;
use crate::console::{address as addresses, listed, words};
use crate::show::phrasing;
use axum::http::StatusCode;
use caseward_events::answer::{HistoryAnswer, HistoryEntry};
use caseward_events::ask::AsOf;
use caseward_events::{Position, Recorded, Reference};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Events on one page.
const EVENTS_MAX: usize = 100;
/// Events of an organization that its own page looks through.
pub const LOOKED_THROUGH: u64 = 1_000;

/// The address of the events of a thing.
#[must_use]
pub fn address(place: &Place, of: &Reference) -> String {
    place.given.only(&["as_of"]).behind(&addresses::page(&place.organization, &[&of.to_string(), "events"]))
}

/// Asks for those of its events that match.
#[must_use]
pub fn query_form(place: &Place, of: &Reference) -> Markup {
    let to = addresses::page(&place.organization, &[&of.to_string(), "events"]);
    html! {
        form .ask .query method="get" action=(to) role="search" aria-label=(words::EVENTS) {
            label { span { (words::QUERY) } input name="q" value=(place.given.get("q").unwrap_or_default())
                placeholder="actor:ana type:access_granted after:2024-01-01" autocomplete="off" spellcheck="false"; }
            @if let Some(as_of) = place.given.get("as_of") { input type="hidden" name="as_of" value=(as_of); }
            button { (words::FIND) }
        }
    }
}

/// The last events of an organization, up to a moment and behind it to the head.
///
/// # Errors
/// What the API tells instead.
pub async fn of_organization(asking: &Asking<'_>, moment: Moment) -> Result<Past, Problem> {
    let from = moment.position.0.saturating_sub(LOOKED_THROUGH - 1).max(1);
    let parameters = [
        ("of", Some("organization".to_owned())),
        ("query", Some(format!("after:{from}"))),
        ("as_of", moment.written()),
        ("limit", Some(LOOKED_THROUGH.to_string())),
    ];
    let HistoryAnswer { events, .. } = asking.get("history", &parameters).await?.answer;
    Ok(Past { entries: events, has_more: from > 1 })
}

/// `/console/ORG/REFERENCE/events`.
///
/// # Errors
/// What the API tells instead: a query that is none, with where it is wrong.
pub async fn page(asking: &Asking<'_>, place: &Place, of: &Reference) -> Result<Sheet, Problem> {
    let (looked, _) = look::moments(asking, &place.given, Some(of)).await?;
    let words_of_query = place.given.get("q").unwrap_or_default();
    let parameters = [
        ("of", Some(of.to_string())),
        ("query", (!words_of_query.is_empty()).then(|| words_of_query.to_owned())),
        ("as_of", looked.moment.written()),
        ("limit", Some(EVENTS_MAX.to_string())),
        ("after", place.given.get("next").map(str::to_owned)),
    ];
    let HistoryAnswer { events, next, .. } = asking.get("history", &parameters).await?.answer;
    let named = Named::of(asking, looked.moment, &place.given, BTreeSet::new()).await?;
    let next = next.token().map(|token| place.given.with("next", Some(&token.to_string())).behind(&place.path));
    let reference = of.to_string();
    let main = html! {
        section aria-labelledby="list-title" {
            h2 #list-title { @if words_of_query.is_empty() { (words::OLDEST_FIRST) } @else { (words::MATCHING) " " code { (plain(words_of_query)) } } }
            (query_form(place, of))
            @if events.is_empty() { p .empty { (words::NO_EVENT) } } @else { (listed::table(events.iter(), &named)) }
            @if let Some(next) = &next { p .more { a rel="next" href=(next) { (words::NEXT_PAGE) } } }
            p .more { a href=(named.page(&reference)) { (words::page_of(&plain(&reference))) } }
        }
    };
    let mut asked = vec!["history", reference.as_str()];
    asked.extend(words_of_query.split_whitespace());
    Ok(Sheet {
        moment: Some(looked.moment),
        commands: vec![command(&asked, &place.organization, Some(looked.moment))],
        has_json: true,
        ..Sheet::plain(words::events_of(&plain(&reference)), words::EVENTS, main)
    })
}

/// `/console/ORG/events/POSITION`.
///
/// # Errors
/// What the API tells instead; there is no such event.
pub async fn one(asking: &Asking<'_>, place: &Place, position: &str) -> Result<Sheet, Problem> {
    let not_there = |head: Option<Position>| {
        let mut problem = Problem::own(StatusCode::NOT_FOUND, "not_found", words::no_event(position), None);
        head.and_then(|head| problem.facts.insert("head".to_owned(), head.0.into()));
        problem
    };
    let position: Position = position.parse().map_err(|_| not_there(None))?;
    let head = look::look(asking, AsOf::Head, None).await?.moment.position;
    if position == Position::ZERO || position > head {
        return Err(not_there(Some(head)));
    }
    let parameters = [
        ("of", Some("organization".to_owned())),
        ("query", Some(format!("after:{position}"))),
        ("as_of", Some(position.to_string())),
        ("limit", Some("1".to_owned())),
    ];
    let HistoryAnswer { events, .. } = asking.get("history", &parameters).await?.answer;
    let entry = events.into_iter().find(|entry| entry.position == position).ok_or_else(|| not_there(Some(head)))?;
    let moment = Moment { asked: AsOf::Position(position), position, at: entry.time, is_settled: true };
    let given = place.given.with("as_of", Some(&position.to_string()));
    let about = mentioned(&entry);
    let named = Named::of(asking, moment, &given, about.clone()).await?;
    let step = |to: Option<u64>| to.map(|to| addresses::page(&place.organization, &["events", &to.to_string()]));
    let before = step(position.0.checked_sub(1).filter(|before| *before > 0));
    let after = step(Some(position.0 + 1).filter(|after| *after <= head.0));
    let mut asked = command(&["history", "organization"], &place.organization, None);
    asked.extend([format!("after:{position}"), format!("before:{}", position.0 + 1)]);
    Ok(Sheet {
        commands: vec![asked],
        has_json: true,
        ..Sheet::plain(words::event(position), words::EVENT, told(&entry, &about, &named, [before, after]))
    })
}

fn told(entry: &HistoryEntry, about: &BTreeSet<String>, named: &Named, [before, after]: [Option<String>; 2]) -> Markup {
    let recorded = Recorded::from(entry.clone());
    let data = serde_json::to_string_pretty(entry).unwrap_or_default();
    html! {
        nav .steps .alone aria-label=(words::TIME) {
            @if let Some(before) = &before { a .step rel="prev" href=(before) { span aria-hidden="true" { "◀" } span .hidden { (words::EVENT_BEFORE) } } }
            @if let Some(after) = &after { a .step rel="next" href=(after) { span aria-hidden="true" { "▶" } span .hidden { (words::EVENT_AFTER) } } }
        }
        section .event-told {
            p .sentence { (ticked(&phrasing::what_happened(&recorded))) }
            dl .facts {
                div { dt { (words::WHEN) } dd { (time(entry.time)) } }
                div { dt { (words::ACTOR) } dd { bdi { (plain(&phrasing::who(&recorded))) } } }
                div { dt { (words::REASON) } dd { (listed::reason(&recorded)) } }
                div { dt { (words::KIND) } dd { code { (entry.event.name()) } } }
            }
        }
        section {
            h2 { (words::AS_IT_STOOD_THEN) }
            ul .reach { @for name in about { li { (named.link(name)) } } }
        }
        section { h2 { (words::AS_RECORDED) } pre tabindex="0" { code { (plain_lines(&data)) } } }
    }
}

fn plain_lines(text: &str) -> String {
    crate::show::escape::visible_lines(text)
}
