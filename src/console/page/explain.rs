//! The page of one decision: the answer, why, what was set aside, what would have to change, when it was so, and how to prove
//! it.
//!
//! INVARIANT: everything that the decision rests on is shown with its events, and nothing that it does not cite.

use crate::console::asking::{Asking, Problem};
use crate::console::chart;
use crate::console::frame::{Place, Sheet, command, plain, ticked};
use crate::console::look::{self, Past};
use crate::console::moment::Moment;
use crate::console::named::Named;
use crate::console::time_bar::{self, TimeBar};
use crate::console::{address, listed, words};
use crate::show::phrasing::{self, Cited};
use crate::show::timeline::Scale;
use axum::http::StatusCode;
use caseward_events::answer::{AccessAnswer, Decision, Effect, ExplainAnswer, Reason, SetAside};
use caseward_events::{Action, Asker, Position, Question, Recorded, Reference, Resource};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Stretches of time that the page tells.
const STRETCHES_MAX: usize = 100;

/// What is asked about.
struct Asked {
    subject: Asker,
    action: Action,
    resource: Resource,
}

/// `/console/ORG/RESOURCE/explain/SUBJECT/ACTION`.
///
/// # Errors
/// What the API tells instead; what the address names is nothing that can be asked about.
pub async fn page(
    asking: &Asking<'_>,
    place: &Place,
    of: &Reference,
    (subject, action): (&str, &str),
) -> Result<Sheet, Problem> {
    let asked = read(of, subject, action)?;
    let (looked, versus) = look::moments(asking, &place.given, Some(of)).await?;
    let moment = looked.moment;
    let past = look::past(asking, of).await?;
    let named_by = [
        ("subject", Some(asked.subject.to_string())),
        ("action", Some(asked.action.to_string())),
        ("resource", Some(asked.resource.to_string())),
    ];
    let as_of = [("as_of", moment.written())];
    let answered = asking.get::<ExplainAnswer>("explain", &[&named_by[..], &as_of].concat()).await?;
    let ExplainAnswer { decision, events } = answered.answer;
    let cited: Cited = events.into_iter().map(|(position, entry)| (position, Recorded::from(entry))).collect();
    let access = access(asking, &named_by).await?;
    let names = decision.reasons.iter().map(|reason| reason.subject.to_string());
    let names: BTreeSet<String> = names.chain([asked.subject.to_string(), asked.resource.to_string()]).collect();
    let named = Named::of(asking, moment, &place.given, names).await?;
    let bar = bar(place, &past, moment, versus);
    let question = Question::new(asked.subject.clone(), asked.action, asked.resource.clone());
    let scale = time_bar::scale(&past.stops());
    let told = Told { question: &question, decision: &decision, cited: &cited, named: &named, place, scale, moment };
    let (subject, action, resource) = (asked.subject.to_string(), asked.action.to_string(), asked.resource.to_string());
    let title = words::question(
        &plain(&subject),
        words::action(asked.action),
        &plain(&resource),
        decision.decision,
        moment.is_past(),
    );
    Ok(Sheet {
        bar: Some(bar),
        moment: Some(moment),
        versus,
        commands: vec![
            command(&["explain", &subject, &action, &resource], &place.organization, Some(moment)),
            command(&["access", &subject, &action, &resource], &place.organization, None),
            command(&["prove", &subject, &action, &resource, "--out", "FILE"], &place.organization, Some(moment)),
        ],
        has_json: true,
        ..Sheet::plain(title, words::EXPLAINED, told.main(access.as_ref()))
    })
}

/// `/console/ORG/RESOURCE/explain?subject=…&action=…`, as a form sends it: where the page is.
///
/// # Errors
/// What it names is nothing that can be asked about.
pub fn found(place: &Place, of: &Reference) -> Result<String, Problem> {
    let subject = place.given.get("subject").unwrap_or_default().trim();
    // Whoever types a bare name means a user.
    let subject = if subject.contains(':') { subject.to_owned() } else { format!("user:{subject}") };
    let asked = read(of, &subject, place.given.get("action").unwrap_or("read"))?;
    let pieces = [of.to_string(), asked.subject.to_string(), asked.action.to_string()];
    let path = address::page(&place.organization, &[&pieces[0], "explain", &pieces[1], &pieces[2]]);
    Ok(place.given.only(&["as_of", "vs"]).behind(&path))
}

/// The proof of the decision, as the API gives it.
pub async fn proof(
    asking: &Asking<'_>,
    place: &Place,
    of: &Reference,
    (subject, action): (&str, &str),
) -> crate::service::Reply {
    let parameters = [
        ("subject", Some(subject.to_owned())),
        ("action", Some(action.to_owned())),
        ("resource", Some(of.to_string())),
        ("as_of", place.given.get("as_of").map(str::to_owned)),
    ];
    asking.raw("proofs/decision", &parameters).await
}

fn read(of: &Reference, subject: &str, action: &str) -> Result<Asked, Problem> {
    let wrong = |why: String| Problem::own(StatusCode::BAD_REQUEST, "invalid", why, Some(words::EXPLAIN_HINT));
    Ok(Asked {
        subject: subject.parse().map_err(|why: caseward_events::reference::BadReference| wrong(why.to_string()))?,
        action: action.parse().map_err(|why: caseward_events::rights::UnknownAction| wrong(why.to_string()))?,
        resource: of.resource().ok_or_else(|| wrong(words::nobody_holds_on(&of.to_string())))?,
    })
}

/// When it was so; none of what was never there.
async fn access(asking: &Asking<'_>, named_by: &[(&str, Option<String>)]) -> Result<Option<AccessAnswer>, Problem> {
    let limit = [("limit", Some(STRETCHES_MAX.to_string()))];
    match asking.get::<AccessAnswer>("access", &[named_by, &limit].concat()).await {
        Ok(answered) => Ok(Some(answered.answer)),
        Err(problem) if problem.is_not_found() => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn bar(place: &Place, past: &Past, moment: Moment, versus: Option<Moment>) -> Markup {
    let stops = past.stops();
    TimeBar { stops: &stops, path: &place.path, given: &place.given, moment, versus, is_sampled: false }.view()
}

struct Told<'a> {
    question: &'a Question,
    decision: &'a Decision,
    cited: &'a Cited,
    named: &'a Named,
    place: &'a Place,
    scale: Scale,
    moment: Moment,
}

impl Told<'_> {
    fn main(&self, access: Option<&AccessAnswer>) -> Markup {
        let Told { question, decision, .. } = self;
        let class = if decision.decision { "verdict allow" } else { "verdict deny" };
        html! {
            section class=(class) {
                p .sign aria-hidden="true" { @if decision.decision { "✔" } @else { "✘" } }
                div {
                    p .answer { @if decision.decision { (words::ALLOWED) } @else { (words::DENIED) } }
                    p .sentence { (plain(&phrasing::verdict(question, decision))) "." }
                    p .fine {
                        (words::RULE) " " code { (decision.rule) } " · " (words::HOLDS) " " (phrasing::list(&decision.rights))
                        @if !decision.disclose { " · " strong { (words::NOT_TO_BE_DISCLOSED) } }
                    }
                    @if decision.settled == Some(false) { p .fine { (words::MAY_STILL_CHANGE) } }
                    @if decision.known == Some(false) { p .fine { (words::UNKNOWN_USER) } }
                }
            }
            @if let Some(access) = access { (chart::lane(&access.intervals, self.scale, self.moment)) }
            (self.counted())
            (self.aside())
            @if !decision.decision { (self.what_would_change_it()) }
            (self.when(access))
            (self.onward())
        }
    }

    fn counted(&self) -> Markup {
        html! {
            section #why aria-labelledby="why-title" {
                h2 #why-title { (words::WHAT_COUNTED) }
                @if self.decision.reasons.is_empty() { p .empty { (words::NOTHING_COUNTED) } } @else {
                    ul .tree { @for reason in &self.decision.reasons { (self.reason(reason)) } }
                }
            }
        }
    }

    fn reason(&self, reason: &Reason) -> Markup {
        let gives = reason.effect == Effect::Allow && reason.rights.contains(&self.question.action);
        html! {
            li class=(if gives { "gives" } else { "takes" }) {
                p {
                    span .mark aria-hidden="true" { @if gives { "✔" } @else { "✘" } }
                    (plain(&phrasing::reason(reason, self.question, self.cited))) " "
                    span .fine { "(" (words::RULE) " " code { (reason.rule) } ")" }
                }
                (self.events(&reason.events))
            }
        }
    }

    fn aside(&self) -> Markup {
        html! {
            @if !self.decision.set_aside.is_empty() {
                section #aside aria-labelledby="aside-title" {
                    h2 #aside-title { (words::WHAT_WAS_SET_ASIDE) }
                    p .fine { (words::SET_ASIDE_MEANS) }
                    ul .tree { @for aside in &self.decision.set_aside {
                        li .aside {
                            p {
                                span .mark aria-hidden="true" { "–" }
                                (plain(&phrasing::set_aside(aside, self.question, self.cited))) " "
                                span .fine { "(" code { (aside.because) } ")" }
                            }
                            (self.events(&aside.events))
                        }
                    } }
                }
            }
        }
    }

    fn events(&self, positions: &[Position]) -> Markup {
        html! {
            @if !positions.is_empty() {
                ol .cited { @for position in positions {
                    li { @match self.cited.get(position) {
                        Some(recorded) => (listed::line(recorded, self.named)),
                        None => (self.named.event(*position)),
                    } }
                } }
            }
        }
    }

    /// Of a denial: what stands in its way, and what would be done about it.
    fn what_would_change_it(&self) -> Markup {
        let asides = self.decision.set_aside.iter().map(|aside: &SetAside| words::would_change(aside.because));
        let mut ways: Vec<&str> = [words::would_change_rule(self.decision.rule)].into_iter().chain(asides).collect();
        let mut told = BTreeSet::new();
        ways.retain(|way| !way.is_empty() && told.insert(*way));
        html! {
            @if !ways.is_empty() {
                section #change aria-labelledby="change-title" {
                    h2 #change-title { (words::WHAT_WOULD_HAVE_TO_CHANGE) }
                    ul { @for way in ways { li { (way) } } }
                }
            }
        }
    }

    fn when(&self, access: Option<&AccessAnswer>) -> Markup {
        html! {
            @if let Some(access) = access {
                section #when aria-labelledby="when-title" {
                    h2 #when-title { (words::WHEN_IT_WAS_SO) }
                    (chart::table(&access.intervals, self.named))
                }
            }
        }
    }

    /// Where to go from here.
    fn onward(&self) -> Markup {
        let Question { subject, action, resource, .. } = self.question;
        let (subject, resource) = (subject.to_string(), resource.to_string());
        let own = address::page(&self.place.organization, &[&resource, "explain", &subject, action.name()]);
        let proof = self.place.given.only(&["as_of"]).behind(&format!("{own}/proof"));
        html! {
            section #onward aria-labelledby="onward-title" {
                h2 #onward-title { (words::ONWARD) }
                ul .onward {
                    li { (self.named.link(&resource)) }
                    li { (self.named.link(&subject)) }
                    li { a href=(proof) download { (words::DOWNLOAD_PROOF) } " " span .fine { (ticked(words::PROOF_MEANS)) } }
                    li { (words::OTHER_ACTIONS) " " @for other in caseward_events::ask::actions_of(&self.question.resource) {
                        @if other != action { a href=(self.named.explain(&subject, other.name(), &resource, None)) { (words::action(*other)) } " " }
                    } }
                }
            }
        }
    }
}
