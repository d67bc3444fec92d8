//! Events as a table: when, who, what in words, and why.

use super::frame::{plain, ticked};
use super::moment::time;
use super::named::Named;
use super::words;
use crate::show::phrasing;
use caseward_events::Recorded;
use caseward_events::answer::HistoryEntry;
use maud::{Markup, html};

/// A table of events, in the order in which they are given.
#[must_use]
pub fn table<'e>(entries: impl Iterator<Item = &'e HistoryEntry>, named: &Named) -> Markup {
    html! {
        div .scroll tabindex="0" role="region" aria-label=(words::EVENTS) {
            table .events {
                thead { tr {
                    th scope="col" { (words::POSITION) } th scope="col" { (words::WHEN) } th scope="col" { (words::WHAT_HAPPENED) }
                    th scope="col" { (words::REASON) }
                } }
                tbody { @for entry in entries {
                    @let recorded = Recorded::from(entry.clone());
                    tr #{ "event-" (entry.position) } {
                        th scope="row" { (named.event(entry.position)) }
                        td { (time(entry.time)) }
                        td { bdi { (plain(&phrasing::who(&recorded))) } " " (ticked(&phrasing::deed(&recorded))) }
                        td { (reason(&recorded)) }
                    }
                } }
            }
        }
    }
}

/// Why the actor did it.
#[must_use]
pub fn reason(recorded: &Recorded) -> Markup {
    html! {
        @match recorded.reason_text() {
            Some(reason) => q { bdi { (plain(reason)) } },
            None if recorded.reason_is_erased() => em { (words::REASON_ERASED) },
            None => span .none { "–" },
        }
    }
}

/// An event in a line: when, who did what, and why.
#[must_use]
pub fn line(recorded: &Recorded, named: &Named) -> Markup {
    html! {
        (named.event(recorded.position)) " " (time(recorded.time)) " "
        span .did { (ticked(&phrasing::what_happened(recorded))) }
        @if recorded.reason_text().is_some() || recorded.reason_is_erased() { " " span .why { (reason(recorded)) } }
    }
}
