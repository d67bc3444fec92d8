//! What a user may reach at a moment: page by page, for one action, filtered by definition.

use super::address::page;
use super::asking::{Asking, Problem};
use super::frame::{Place, plain};
use super::moment::Moment;
use super::named::Named;
use super::{address::Given, words};
use caseward_events::answer::WhatAnswer;
use caseward_events::{Action, UserId};
use maud::{Markup, html};

/// Resources on one page.
const RESOURCES_MAX: usize = 50;

/// A page of what a user may do something to.
pub struct Reach {
    user: String,
    action: Action,
    answer: WhatAnswer,
}

/// Asks what a user may reach.
///
/// # Errors
/// What the API tells instead.
pub async fn ask(asking: &Asking<'_>, user: &UserId, moment: Moment, given: &Given) -> Result<Reach, Problem> {
    let user = format!("user:{user}");
    let action = given.get("what").and_then(|action| action.parse().ok()).unwrap_or(Action::Read);
    let parameters = [
        ("subject", Some(user.clone())),
        ("action", Some(action.to_string())),
        ("definition", given.get("definition").map(str::to_owned)),
        ("as_of", moment.written()),
        ("limit", Some(RESOURCES_MAX.to_string())),
        ("after", given.get("next").map(str::to_owned)),
    ];
    let answer = asking.get::<WhatAnswer>("what", &parameters).await?.answer;
    Ok(Reach { user, action, answer })
}

impl Reach {
    /// Everything that it names.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.answer.resources.iter().map(ToString::to_string)
    }

    /// All of it.
    #[must_use]
    pub fn view(&self, place: &Place, named: &Named) -> Markup {
        let next = self.answer.next.token().map(ToString::to_string);
        html! {
            section #reach aria-labelledby="reach-title" {
                h2 #reach-title { (words::WHAT_IT_REACHES) }
                form .ask method="get" action=(place.path) {
                    @if let Some(as_of) = place.given.get("as_of") { input type="hidden" name="as_of" value=(as_of); }
                    label { span { (words::ACTION) } select name="what" { @for action in Action::ALL {
                        option value=(action) selected[action == self.action] { (words::action(action)) }
                    } } }
                    label { span { (words::DEFINITION) } input name="definition" value=(place.given.get("definition").unwrap_or_default())
                        placeholder=(words::ALL) autocomplete="off" spellcheck="false"; }
                    button { (words::SHOW) }
                }
                @if self.answer.resources.is_empty() { p .empty { (words::reaches_nothing(self.action.name())) } } @else {
                    ul .reach { @for resource in &self.answer.resources {
                        @let resource = resource.to_string();
                        li {
                            (named.link(&resource)) " "
                            a .why href=(named.explain(&self.user, self.action.name(), &resource, None))
                                aria-label=(words::why_may_on(&plain(&self.user), self.action.name(), &plain(&resource))) { (words::WHY) }
                        }
                    } }
                }
                @if let Some(next) = &next {
                    p .more { a rel="next" href=(place.given.with("next", Some(next)).behind(&place.path)) { (words::NEXT_PAGE) } }
                }
                p .more {
                    a href=(did(place, &self.user)) { (words::what_did(&plain(&self.user))) }
                }
            }
        }
    }
}

/// What a user did, as actor.
fn did(place: &Place, user: &str) -> String {
    let events = page(&place.organization, &["organization", "events"]);
    place.given.only(&["as_of"]).with("q", Some(&format!("actor:{user}"))).behind(&events)
}
