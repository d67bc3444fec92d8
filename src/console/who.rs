//! Who may do what to a resource at a moment, and through what: everybody who holds any of its rights, with the reasons that
//! the check of each gives.
//!
//! INVARIANT: a row is one answer of a check; nothing of it is worked out here. A list that is longer than a page goes on
//! action by action, as the API pages it.

use super::address::Given;
use super::asking::{Asking, Problem};
use super::frame::plain;
use super::moment::{Moment, time};
use super::named::Named;
use super::words;
use crate::show::phrasing;
use caseward_events::answer::{CheckAnswer, CheckOutcome, Decision, Effect, Interval, Reason, TimelineAnswer};
use caseward_events::answer::{TimelineSubject, WhoAnswer};
use caseward_events::ask::actions_of;
use caseward_events::{Action, Asker, Resource};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Holders of one action on one page.
const HOLDERS_MAX: usize = 60;

/// Everybody who may do something.
pub struct Holders {
    /// Whether everybody may do some of it: each of these.
    pub everyone: Vec<Action>,
    /// Each with the answer of a check.
    pub rows: Vec<(Asker, Decision)>,
    /// Actions that more people have than are shown, with how many have them, and how their list goes on.
    pub more: Vec<More>,
}

/// A list that goes on.
pub struct More {
    /// Of whom.
    pub action: Action,
    /// How many have it.
    pub total: Option<u64>,
    /// The token of the next page.
    pub next: String,
}

#[derive(Deserialize)]
struct Checked {
    answers: Vec<CheckAnswer>,
}

/// Asks who may do what.
///
/// # Errors
/// What the API tells instead.
pub async fn ask(asking: &Asking<'_>, resource: &Resource, moment: Moment, given: &Given) -> Result<Holders, Problem> {
    let one: Option<Action> = given.get("who").and_then(|action| action.parse().ok());
    let actions: Vec<Action> =
        actions_of(resource).iter().copied().filter(|action| one.is_none_or(|one| one == *action)).collect();
    let (mut everyone, mut subjects, mut more) = (Vec::new(), BTreeSet::new(), Vec::new());
    for action in actions {
        let parameters = [
            ("action", Some(action.to_string())),
            ("resource", Some(resource.to_string())),
            ("as_of", moment.written()),
            ("limit", Some(HOLDERS_MAX.to_string())),
            ("after", one.and(given.get("next")).map(str::to_owned)),
        ];
        let answered = asking.get::<WhoAnswer>("who", &parameters).await?;
        let WhoAnswer { everyone: is_everyone, subjects: users, links, next, .. } = answered.answer;
        if is_everyone {
            everyone.push(action);
        }
        subjects.extend(users.into_iter().chain(links).map(|asker| (asker.to_string(), asker)));
        if let Some(token) = next.token() {
            more.push(More { action, total: answered.total, next: token.to_string() });
        }
    }
    let subjects: Vec<Asker> = subjects.into_iter().map(|(_, asker)| asker).collect();
    let rows = check(asking, subjects, resource, moment).await?;
    Ok(Holders { everyone, rows, more })
}

/// What each of them holds.
async fn check(
    asking: &Asking<'_>,
    subjects: Vec<Asker>,
    resource: &Resource,
    moment: Moment,
) -> Result<Vec<(Asker, Decision)>, Problem> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let action = actions_of(resource)[0];
    let question = |subject: &Asker| json!({"subject": subject, "action": action, "resource": resource});
    let mut body = json!({ "questions": subjects.iter().map(question).collect::<Vec<_>>() });
    if let Some(as_of) = serde_json::to_value(moment.asked).ok().filter(|as_of| !as_of.is_null()) {
        body["as_of"] = as_of;
    }
    let Checked { answers } = asking.post("checks", &body).await?.answer;
    let decided = |answer: CheckAnswer| match answer.outcome {
        CheckOutcome::Decided(decision) => Some(decision),
        CheckOutcome::Refused(_) => None,
    };
    Ok(subjects.into_iter().zip(answers).filter_map(|(subject, answer)| Some((subject, decided(answer)?))).collect())
}

impl Holders {
    /// Everything that its rows name.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let reasons = self.rows.iter().flat_map(|(_, decision)| &decision.reasons);
        let named = reasons.flat_map(|reason| [reason.subject.to_string(), reason.source.to_string()]);
        self.rows.iter().map(|(subject, _)| subject.to_string()).chain(named)
    }

    /// All of it as a table.
    #[must_use]
    pub fn view(&self, resource: &Resource, moment: Moment, seen: &View<'_>) -> Markup {
        let since = since(seen.timeline, moment);
        let shown: Vec<_> = self.rows.iter().filter(|(_, decision)| !decision.rights.is_empty()).collect();
        html! {
            @if !self.everyone.is_empty() {
                p .everyone { strong { (words::EVERYONE) } " " (words::everyone_may(&phrasing::list(&self.everyone))) }
            }
            @if shown.is_empty() && self.everyone.is_empty() {
                p .empty { (words::NOBODY_MAY) }
            } @else if !shown.is_empty() {
                div .scroll tabindex="0" role="region" aria-label=(words::WHO_MAY_WHAT) {
                    table .who {
                        thead { tr {
                            th scope="col" { (words::WHO) } th scope="col" { (words::MAY) } th scope="col" { (words::THROUGH) }
                            @if !since.is_empty() { th scope="col" { (words::READS_SINCE) } }
                        } }
                        tbody { @for (subject, decision) in &shown {
                            tr {
                                th scope="row" { (seen.named.link(&subject.to_string())) }
                                td .rights { @for right in &decision.rights { (right_chip(subject, *right, resource, seen.named)) } }
                                td { (through(decision, seen.named)) }
                                @if !since.is_empty() { td { (held(since.get(&subject.to_string()), seen.named)) } }
                            }
                        } }
                    }
                }
                p .count { (words::people(shown.len())) }
            }
            @for more in &self.more {
                p .more { a href=(seen.goes_on(more)) { (words::more_may(more.action.name(), more.total)) } }
            }
        }
    }
}

/// What stands around the rows.
pub struct View<'a> {
    /// How references are shown.
    pub named: &'a Named,
    /// When each could do what; none where it was not asked.
    pub timeline: Option<&'a TimelineAnswer>,
    /// The page's own path.
    pub path: &'a str,
    /// What stands behind it.
    pub given: &'a Given,
}

impl View<'_> {
    fn goes_on(&self, more: &More) -> String {
        self.given.with("who", Some(more.action.name())).with("next", Some(&more.next)).behind(self.path)
    }
}

fn right_chip(subject: &Asker, right: Action, resource: &Resource, named: &Named) -> Markup {
    let (who, what, on) = (subject.to_string(), right.to_string(), resource.to_string());
    html! {
        a class={ "right " (right) } href=(named.explain(&who, &what, &on, None)) title=(words::why_may(&who, &what)) { (words::action(right)) }
    }
}

/// Each reason that gives something, in a few words with its events.
fn through(decision: &Decision, named: &Named) -> Markup {
    let gives = |reason: &&Reason| reason.effect == Effect::Allow && !reason.rights.is_empty();
    html! {
        ul .ways { @for reason in decision.reasons.iter().filter(gives) {
            li {
                (plain(&phrasing::way(reason.rule, &reason.source)))
                @let party = reason.subject.to_string();
                @if party.starts_with("group:") { ", " (words::AS_A_MEMBER_OF) " " (named.link(&party)) }
                @if reason.rights.len() < decision.rights.len() { ": " (phrasing::list(&reason.rights)) }
                @if !reason.events.is_empty() { " " span .cites { (named.events(&reason.events)) } }
            }
        } }
    }
}

/// Of each subject, the stretch of reading that the moment lies in.
fn since(timeline: Option<&TimelineAnswer>, moment: Moment) -> BTreeMap<String, &Interval> {
    let rows = timeline.into_iter().flat_map(|timeline| &timeline.subjects);
    let holds =
        |interval: &&Interval| interval.from <= moment.at && interval.until.is_none_or(|until| moment.at < until);
    let of = |subject: &TimelineSubject| {
        if let TimelineSubject::One(asker) = subject { Some(asker.to_string()) } else { None }
    };
    let found = rows.filter_map(|row| {
        let track = row.tracks.iter().find(|track| track.action == Action::Read)?;
        Some((of(&row.subject)?, track.intervals.iter().find(holds)?))
    });
    found.collect()
}

fn held(interval: Option<&&Interval>, named: &Named) -> Markup {
    html! {
        @if let Some(interval) = interval {
            (time(interval.from)) " "
            @for cause in &interval.opened_by { (named.event(cause.position)) " " }
            @if let Some(until) = interval.until {
                div .until { (words::UNTIL) " " (time(until)) " " @for cause in &interval.closed_by { (named.event(cause.position)) " " } }
            }
        }
    }
}
