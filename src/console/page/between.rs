//! Who could do something to a resource at any time between two moments, when first, when last, and through what: for the day on
//! which somebody asks who may have seen a file.

use crate::console::address::{self, Given};
use crate::console::asking::{Asking, Problem};
use crate::console::chart;
use crate::console::frame::{Place, Sheet, command, plain};
use crate::console::look;
use crate::console::moment::time;
use crate::console::named::Named;
use crate::console::words;
use crate::show::timeline::Scale;
use axum::http::StatusCode;
use caseward_events::answer::{HolderBetween, Interval, WhoBetweenAnswer};
use caseward_events::ask::{AsOf, actions_of};
use caseward_events::{Action, Reference, Resource};
use maud::{Markup, html};

/// Holders on one page.
const HOLDERS_MAX: usize = 100;

/// `/console/ORG/RESOURCE/between?action=…`, as a form sends it: where the page is.
///
/// # Errors
/// It names no action.
pub fn found(place: &Place, of: &Reference) -> Result<String, Problem> {
    let action = action(of, place.given.get("action").unwrap_or("read"))?;
    let path = address::page(&place.organization, &[&of.to_string(), "between", action.name()]);
    Ok(place.given.only(&["from", "to"]).behind(&path))
}

fn action(of: &Reference, text: &str) -> Result<Action, Problem> {
    let wrong = |why: String| Problem::own(StatusCode::BAD_REQUEST, "invalid", why, Some(words::EXPLAIN_HINT));
    of.resource().ok_or_else(|| wrong(words::nobody_holds_on(&of.to_string())))?;
    text.parse().map_err(|why: caseward_events::rights::UnknownAction| wrong(why.to_string()))
}

/// `/console/ORG/RESOURCE/between/ACTION?from=…&to=…`.
///
/// # Errors
/// What the API tells instead.
pub async fn page(asking: &Asking<'_>, place: &Place, of: &Reference, asked: &str) -> Result<Sheet, Problem> {
    let action = action(of, asked)?;
    let reference = of.to_string();
    let given = |name: &str| place.given.get(name).map(str::to_owned);
    let parameters = [
        ("action", Some(action.to_string())),
        ("resource", Some(reference.clone())),
        // Without a beginning it would be who may now.
        ("from", Some(given("from").unwrap_or_else(|| "0".to_owned()))),
        ("to", given("to")),
        ("limit", Some(HOLDERS_MAX.to_string())),
        ("after", given("next")),
    ];
    let answer = asking.get::<WhoBetweenAnswer>("who", &parameters).await?.answer;
    let moment = look::look(asking, AsOf::Head, None).await?.moment;
    let names = answer.subjects.iter().map(|holder| holder.subject.to_string()).collect();
    let named = Named::of(asking, moment, &Given::default(), names).await?;
    let next = answer.next.token().map(|token| place.given.with("next", Some(&token.to_string())).behind(&place.path));
    let mut line = command(&["who", action.name(), &reference, "--from"], &place.organization, None);
    line.insert(5, given("from").unwrap_or_else(|| "0".to_owned()));
    if let Some(to) = given("to") {
        line.splice(6..6, ["--to".to_owned(), to]);
    }
    let resource = of.resource().unwrap_or(Resource::Organization);
    let main = html! {
        section aria-labelledby="between-title" {
            h2 #between-title { (words::FROM_WORD) " " (time(answer.from)) " " (words::TO_WORD) " " (time(answer.to)) }
            (form(place, &resource, Some(action)))
            @if !answer.everyone.is_empty() { p .everyone { strong { (words::EVERYONE) } " " (words::everyone_could(words::action(action))) } (chart::table(&answer.everyone, &named)) }
            @if answer.subjects.is_empty() { p .empty { (words::NOBODY_COULD) } } @else { (table(&answer, action, &resource, &named)) }
            @if let Some(next) = &next { p .more { a rel="next" href=(next) { (words::NEXT_PAGE) } } }
            p .more { a href=(named.page(&reference)) { (words::page_of(&plain(&reference))) } }
        }
    };
    Ok(Sheet {
        commands: vec![line],
        has_json: true,
        ..Sheet::plain(words::who_could(words::action(action), &plain(&reference)), words::WHO_COULD_BETWEEN, main)
    })
}

fn table(answer: &WhoBetweenAnswer, action: Action, resource: &Resource, named: &Named) -> Markup {
    let scale = Scale { from: answer.from, to: answer.to };
    html! {
        div .scroll tabindex="0" role="region" aria-label=(words::WHO_COULD_BETWEEN) {
            table .who .between {
                thead { tr {
                    th scope="col" { (words::WHO) } th scope="col" { (words::FIRST) } th scope="col" { (words::LAST) }
                    th scope="col" { (words::BY_RULE) } th scope="col" .drawn { (words::OVER_TIME) }
                } }
                tbody { @for HolderBetween { subject, first, last, intervals } in &answer.subjects {
                    @let who = subject.to_string();
                    @let begins = intervals.first().map(|interval| interval.from.to_string());
                    tr {
                        th scope="row" { (named.link(&who)) }
                        td {
                            (time(*first)) " "
                            @for cause in intervals.first().iter().flat_map(|interval| &interval.opened_by) { (named.event(cause.position)) " " }
                        }
                        td {
                            @match last { Some(last) => (time(*last)), None => (words::AND_ON) } " "
                            @for cause in intervals.last().iter().flat_map(|interval| &interval.closed_by) { (named.event(cause.position)) " " }
                        }
                        td {
                            @for rule in rules_of(intervals) { code { (rule) } " " }
                            a href=(named.explain(&who, action.name(), &resource.to_string(), begins.as_deref()))
                                aria-label=(words::why_may_on(&plain(&who), action.name(), &plain(&resource.to_string()))) { (words::WHY) }
                        }
                        td .drawn { (chart::strip(intervals, scale)) }
                    }
                } }
            }
        }
        p .count { (words::people(answer.subjects.len())) }
    }
}

/// What decided, from time to time, each once where nothing else came between.
fn rules_of(intervals: &[Interval]) -> Vec<&'static str> {
    let mut rules: Vec<&str> = intervals.iter().map(|interval| interval.rule.name()).collect();
    rules.dedup();
    rules
}

/// Asks for another stretch or action.
#[must_use]
pub fn form(place: &Place, resource: &Resource, chosen: Option<Action>) -> Markup {
    let to = address::page(&place.organization, &[&resource.to_string(), "between"]);
    let value = |name: &str| place.given.get(name).unwrap_or_default().to_owned();
    html! {
        form .ask method="get" action=(to) {
            strong { (words::WHO_COULD_BETWEEN) }
            label { span { (words::ACTION) } select name="action" { @for action in actions_of(resource) {
                option value=(action) selected[chosen == Some(*action)] { (words::action(*action)) }
            } } }
            label { span { (words::FROM) } input name="from" value=(value("from")) placeholder=(words::BEGINNING) autocomplete="off" spellcheck="false"; }
            label { span { (words::UNTIL_CAPITAL) } input name="to" value=(value("to")) placeholder=(words::NOW) autocomplete="off" spellcheck="false"; }
            button { (words::SHOW) }
        }
    }
}
