//! The tables of a report: what was held at both ends, what changed it, and the events.
//!
//! INVARIANT: every position that is named leads to the event, which stands in the table of events.

use super::Document;
use super::by_cause::{Alike, Changed};
use super::inline::{instant, link, links, plain};
use crate::engine::report::Pair;
use crate::show::phrasing;
use crate::show::timeline::RowsAre;
use caseward_events::answer::{Cause, Decision, Reason, TimelineSubject, WindowEnd};
use caseward_events::ask::{Question, actions_of};
use caseward_events::{Action, Recorded, Timestamp};
use caseward_projections::{HeldBy, Holding, HoldingChange};
use maud::{Markup, html};

/// Whether a table is about the time before a stretch, or its end.
#[derive(Clone, Copy)]
pub enum End {
    Before,
    Last,
}

impl Document {
    /// What the rows of this report differ in.
    fn differ_in(&self) -> &'static str {
        match self.rows_are {
            RowsAre::Subjects => "Subject",
            RowsAre::Resources => "Resource",
        }
    }

    /// What a row is called.
    pub fn named(&self, pair: &Pair) -> String {
        match self.rows_are {
            RowsAre::Subjects => plain(&pair.subject.to_string()),
            RowsAre::Resources => plain(&pair.resource.to_string()),
        }
    }

    /// Who held what at one moment, and through what.
    pub fn held(&self, end: End, caption: &str) -> Markup {
        let of = |pair: &Pair| match end {
            End::Before => pair.course.before.clone(),
            End::Last => pair.course.end.clone(),
        };
        let held: Vec<(&Pair, Decision)> = self.report.pairs.iter().map(|pair| (pair, of(pair))).collect();
        let held: Vec<_> = held.into_iter().filter(|(_, decision)| !decision.rights.is_empty()).collect();
        html! {
            @if held.is_empty() {
                p { strong { (caption) ":" } " nobody held a right." }
            } @else {
                table {
                    caption { (caption) }
                    (head(&[
                        (Some("name"), self.differ_in()),
                        (Some("rights"), "Rights"),
                        (None, "Through what, and by which events"),
                    ]))
                    tbody { @for (pair, decision) in &held {
                        tr {
                            th scope="row" { (self.named(pair)) }
                            td { (rights(&decision.rights)) }
                            td { (self.reasons(pair, decision)) }
                        }
                    } }
                }
            }
        }
    }

    fn reasons(&self, pair: &Pair, decision: &Decision) -> Markup {
        let action = actions_of(&pair.resource)[0];
        let question = Question::new(pair.asker.clone(), action, pair.resource.clone());
        html! {
            ul { @for reason in &decision.reasons {
                li {
                    (self.reason(pair, reason, &question)) " "
                    span class="fine" {
                        "(rule " code { (reason.rule) } ")"
                        @if !reason.events.is_empty() { " " (links(&reason.events)) }
                    }
                }
            } }
        }
    }

    /// Of everybody, who is asked about under a name that nobody has, without that name.
    fn reason(&self, pair: &Pair, reason: &Reason, question: &Question) -> String {
        let sentence = phrasing::counts(reason, question, &self.cited);
        match pair.subject {
            TimelineSubject::Everyone => plain(&sentence.replace(&pair.asker.to_string(), "everyone")),
            TimelineSubject::One(_) => plain(&sentence),
        }
    }

    /// Every change, under what caused it.
    pub fn changed(&self, caption: &str) -> Markup {
        let changes = self.changes();
        html! {
            @if changes.is_empty() {
                p { "Nothing changed in this period." }
            } @else {
                table {
                    caption { (caption) }
                    (head(&[
                        (Some("name"), self.differ_in()),
                        (Some("change"), "Change"),
                        (None, "Rights afterwards, and through what"),
                    ]))
                    @for change in &changes { (self.group(change)) }
                }
            }
        }
    }

    fn group(&self, Changed { time, causes, alike }: &Changed<'_>) -> Markup {
        html! {
            tbody {
                tr class="cause" { th scope="rowgroup" colspan="3" {
                    @if causes.is_empty() { (instant(*time)) }
                    @for cause in *causes { div { (self.cause(*time, cause)) } }
                } }
                @for Alike { pairs, step } in alike {
                    tr {
                        th scope="row" { (pairs.iter().map(|pair| self.named(pair)).collect::<Vec<_>>().join(", ")) }
                        td { (difference(step)) }
                        td { (holding(&step.after)) }
                    }
                }
            }
        }
    }

    /// The event with its time, its actor and the reason; of a window, when it turned.
    fn cause(&self, time: Timestamp, cause: &Cause) -> Markup {
        html! {
            (instant(time)) " "
            @match cause.window {
                None => (link(cause.position)),
                Some(WindowEnd::Begins) => { "the window set by " (link(cause.position)) " opened" },
                Some(WindowEnd::Ends) => { "the window set by " (link(cause.position)) " ended" },
            }
            ": "
            @match self.cited.get(&cause.position) {
                None => "(not in the log)",
                Some(recorded) => {
                    (plain(&phrasing::what_happened(recorded)))
                    @if let Some(reason) = recorded.reason_text() { ", " q { (plain(reason)) } }
                }
            }
        }
    }

    /// What the numbers stand for.
    pub fn events(&self, caption: &str) -> Markup {
        html! {
            table class="events" {
                caption { (caption) }
                (head(&[
                    (Some("number"), "Position"),
                    (Some("time"), "Time (UTC)"),
                    (Some("actor"), "Actor"),
                    (None, "What the actor did"),
                    (Some("why"), "Reason given"),
                ]))
                tbody { @for recorded in self.cited.values() { (event(recorded)) } }
            }
        }
    }
}

/// The class of each column, where its width is not left over, and what stands above it.
fn head(columns: &[(Option<&str>, &str)]) -> Markup {
    html! {
        thead { tr {
            @for (class, name) in columns { th scope="col" class=[*class] { (name) } }
        } }
    }
}

fn event(recorded: &Recorded) -> Markup {
    let Recorded { position, time, .. } = recorded;
    html! {
        tr id={ "event-" (position) } {
            th scope="row" { "#" (position) }
            td { (instant(*time)) }
            td { (plain(&phrasing::who(recorded))) }
            td { (plain(&phrasing::deed(recorded))) }
            td { @match recorded.reason_text() {
                Some(reason) => (plain(reason)),
                None if recorded.reason.is_some() => i { "cannot be read" },
                None => i { "none" },
            } }
        }
    }
}

/// What one gained, what one lost, and what now comes another way.
fn difference(HoldingChange { before, after, .. }: &HoldingChange) -> Markup {
    let without = |these: &Holding, those: &Holding| {
        let left = these.rights.iter().filter(|right| !those.rights.contains(right));
        left.copied().collect::<Vec<Action>>()
    };
    let (gained, lost) = (without(after, before), without(before, after));
    let kept = !gained.is_empty() || !lost.is_empty();
    html! {
        @if !gained.is_empty() { div { strong { "gained" } " " (rights(&gained)) } }
        @if !lost.is_empty() { div { strong { "lost" } " " (rights(&lost)) } }
        @if !kept { div { "the same rights, " strong { "from another source" } } }
    }
}

fn holding(Holding { rights: held, ways }: &Holding) -> Markup {
    html! {
        @if held.is_empty() { "nothing" }
        @for HeldBy { rule, source, rights: given } in ways {
            div {
                (rights(given)) " through " (plain(&phrasing::way(*rule, source))) " "
                span class="fine" { "(rule " code { (rule) } ")" }
            }
        }
    }
}

fn rights(rights: &[Action]) -> String {
    phrasing::list(rights)
}
