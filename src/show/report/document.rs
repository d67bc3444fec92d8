//! The document around the tables of a report.
//!
//! INVARIANT: it is HTML and XML at once, whatever text goes in; nothing in it comes from elsewhere, nothing in it runs.
//! What it says does not rest on colour, and it prints as it stands.

use super::Document;
use super::inline::{instant, links, plain};
use super::tables::End;
use crate::engine::timeline::Timeline;
use crate::show::timeline::{RowsAre, svg};
use crate::show::{decision, phrasing};
use caseward_events::OrganizationName;
use caseward_events::answer::{Overlay, OverlayKind};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// No `<`, `>` apart, and no `&`: it stands in the document as it is.
const STYLE: &str = include_str!("style.css");

impl Document {
    /// All of it.
    pub fn html(&self) -> String {
        let title = self.title();
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    (void(r#"<meta charset="utf-8"/>"#))
                    (void(r#"<meta name="viewport" content="width=device-width, initial-scale=1"/>"#))
                    title { (title) ", organization " (self.organization) ", " (self.period()) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header { h1 { (title) } (self.facts()) }
                    main { (self.timeline()) (self.ends()) (self.changes_told()) (self.events_told()) (self.made()) }
                }
            }
        };
        let mut document = page.into_string();
        document.push('\n');
        document
    }

    fn name(&self) -> String {
        plain(&self.about.to_string())
    }

    fn title(&self) -> String {
        match self.rows_are {
            RowsAre::Subjects => format!("Access to {}", self.name()),
            RowsAre::Resources => format!("Access of {}", self.name()),
        }
    }

    fn period(&self) -> String {
        let Timeline { from, to, .. } = &self.report.timeline;
        format!("{from} to {to}")
    }

    /// What, of which organization, which time, and up to where the log was read.
    fn facts(&self) -> Markup {
        let Timeline { from, to, position, recorded, .. } = &self.report.timeline;
        let what = match self.rows_are {
            RowsAre::Subjects => format!("Who held which rights on {}, when, and who caused it", self.name()),
            RowsAre::Resources => format!("What {} held rights on, when, and who caused it", self.name()),
        };
        html! {
            p class="lead" { (what) "." }
            dl {
                dt { "Organization" } dd { (self.organization) }
                dt { "Period" } dd { "from " (instant(*from)) " to before " (instant(*to)) " (all times are UTC)" }
                dt { "As known at" } dd {
                    "position " (position) " of the log"
                    @if let Some(known) = &self.known { ", recorded " (instant(known.time)) }
                    "; what was recorded later is not in this report"
                    @if let Some(beyond) = decision::beyond_the_log(*recorded, *to) { ". " (beyond) }
                }
                dt { "Summary" } dd { (self.counts()) }
                @if self.report.timeline.more { dt { "Incomplete" } dd { (self.left_out()) } }
            }
        }
    }

    fn counts(&self) -> String {
        let (one, many) = match self.rows_are {
            RowsAre::Subjects => ("one subject", "subjects"),
            RowsAre::Resources => ("one resource", "resources"),
        };
        let pairs = match self.report.pairs.len() {
            1 => one.to_owned(),
            count => format!("{count} {many}"),
        };
        let at_end = self.report.pairs.iter().filter(|pair| !pair.course.end.rights.is_empty()).count();
        let at_end = if at_end == 0 { "none".to_owned() } else { at_end.to_string() };
        let changes: usize = self.report.pairs.iter().map(|pair| pair.course.steps.len()).sum();
        let changes = if changes == 1 { "one change".to_owned() } else { format!("{changes} changes") };
        format!(
            "{pairs} with rights at some time in this period, {at_end} at its end; {changes}; {} events cited",
            self.cited.len()
        )
    }

    fn left_out(&self) -> String {
        let (limit, last) = (self.limit, self.report.pairs.last());
        let last = last.map_or_else(String::new, |pair| match self.rows_are {
            RowsAre::Subjects => plain(&pair.subject.to_string()),
            RowsAre::Resources => plain(&pair.resource.to_string()),
        });
        format!("shows only the first {limit}, up to {last}; use a greater --limit")
    }

    fn timeline(&self) -> Markup {
        let title = format!("Timeline of {}", self.name());
        let parts = svg::parts(&self.picture, &title);
        let count = parts.len();
        let bars = "A solid bar shows the right named at its left, a hatched bar shows read access.";
        html! {
            section {
                h2 { "1. Timeline" }
                p { (bars) " " (svg::KEY) " The tables below say the same in words." }
                @if let Some(end) = self.picture.unchanged_until {
                    p { "Drawn to " (instant(self.picture.scale.to)) "; nothing changed from then to " (instant(end)) "." }
                }
                (self.bands())
                @for (index, part) in parts.iter().enumerate() {
                    figure {
                        (PreEscaped(part))
                        @if count > 1 { figcaption { "Part " (index + 1) " of " (count) } }
                    }
                }
            }
        }
    }

    fn bands(&self) -> Markup {
        let bands = &self.report.timeline.bands;
        html! { @if !bands.is_empty() { ul { @for band in bands { li { (over_all(band)) } } } } }
    }

    fn ends(&self) -> Markup {
        let Timeline { from, to, .. } = &self.report.timeline;
        html! {
            section {
                h2 { "2. Rights before and at the end of the period" }
                (self.held(End::Before, &format!("Before the period, until {from}")))
                (self.held(End::Last, &format!("At the end of the period, just before {to}")))
            }
        }
    }

    fn changes_told(&self) -> Markup {
        html! {
            section {
                h2 { "3. Every change in the period" }
                p { "Changes stand under the event that caused them. Applied in order to the rights before the period, they give the rights at its end." }
                (self.changed(&format!("Changes from {}", self.period())))
            }
        }
    }

    fn events_told(&self) -> Markup {
        html! {
            section {
                h2 { "4. Events cited" }
                @if self.cited.is_empty() { p { "None." } } @else {
                    p { "Each event has a position in the log, which is its own and never changes." }
                    (self.events("Events cited, by position"))
                }
            }
        }
    }

    fn made(&self) -> Markup {
        let version = env!("CARGO_PKG_VERSION");
        html! {
            section class="made" {
                h2 { "5. How this report was made" }
                p { "Generated by caseward " (version) " from the log of the organization " (self.organization) " up to position "
                    (self.report.timeline.position) ", with this command:" }
                pre { code { (plain(&self.command())) } }
                p { "Run on the same log, it gives this document again, byte for byte, whatever was recorded later, unless a reason in it was erased. "
                    code { "caseward verify" } " checks every event of the log against the notes made when it was stored; "
                    code { "caseward history" } " and " code { "caseward explain" } " say more about an event or a decision." }
            }
        }
    }

    /// What gives the same document for ever.
    fn command(&self) -> String {
        let Timeline { from, to, position, .. } = &self.report.timeline;
        let (about, from, to, position) =
            (self.about.to_string(), from.to_string(), to.to_string(), position.to_string());
        let mut typed = vec!["caseward", "report", &about, "--from", &from, "--to", &to, "--as-of", &position];
        let limit = self.limit.to_string();
        if self.report.timeline.more {
            typed.extend(["--limit", &limit]);
        }
        if self.organization != OrganizationName::default() {
            typed.extend(["--org", self.organization.as_str()]);
        }
        typed.extend(["--html", "FILE.html"]);
        phrasing::typed(&typed)
    }
}

fn over_all(Overlay { kind, from, until, events }: &Overlay) -> Markup {
    let what = match kind {
        OverlayKind::Restriction => "Restricted: only the restricted list and org admins counted",
        OverlayKind::AccessControlOff => "Access control off: every user could read, write, delete and register",
        OverlayKind::Completion => "Completed",
    };
    html! {
        (what) ", from " (instant(*from))
        @match until { Some(until) => { " to " (instant(*until)) }, None => " on" }
        " " (links(events))
    }
}

/// An element without an end.
fn void(markup: &'static str) -> PreEscaped<&'static str> {
    PreEscaped(markup)
}
