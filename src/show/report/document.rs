//! The document around the tables of a report.
//!
//! INVARIANT: it is HTML and XML at once, whatever text goes in; nothing in it comes from elsewhere, nothing in it runs.
//! What it says does not rest on colour, and it prints as it stands.

use super::inline::{instant, links, plain, seconds};
use super::tables::End;
use super::{Document, Sealed};
use crate::engine::report::Pair;
use crate::engine::timeline::Timeline;
use crate::show::timeline::{RowsAre, svg};
use crate::show::{decision, phrasing};
use caseward_events::answer::{Overlay, OverlayKind};
use caseward_events::{OrganizationName, Reference};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::collections::BTreeSet;

/// Names in a line of the summary.
const NAMES_MAX: usize = 40;
/// A report of more rows has contents.
const ROWS_A_PAGE: usize = 12;
/// What the sections are called, and the names that lead to them.
const SECTIONS: [(&str, &str); 5] = [
    ("timeline", "Timeline"),
    ("rights", "Rights before and at the end of the period"),
    ("changes", "Every change in the period"),
    ("events", "Events cited"),
    ("made", "Words, and how this report was made"),
];

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
                    header {
                        @if let Some(mark) = &self.frame.mark { p class="mark" { (plain(mark)) } }
                        h1 { (title) }
                        (self.facts())
                        @if let Some(note) = &self.frame.note { p class="note" { (plain(note)) } }
                        (self.contents())
                    }
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
        if let Some(title) = &self.frame.title {
            return plain(title);
        }
        match self.rows_are {
            RowsAre::Subjects if self.about == Reference::Organization => {
                format!("Access to the organization {}", self.organization)
            }
            RowsAre::Subjects => format!("Access to {}", self.name()),
            RowsAre::Resources => format!("Access of {}", self.name()),
        }
    }

    fn period(&self) -> String {
        let Timeline { from, to, .. } = &self.report.timeline;
        format!("{} to {}", seconds(*from), seconds(*to))
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
                @for (what, names) in self.summary() { dt { (what) } dd { (names) } }
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

    /// Who holds something at the end, who no longer does, and who only did in between.
    fn summary(&self) -> Vec<(&'static str, String)> {
        let pairs = || self.report.pairs.iter();
        let before = |pair: &Pair| !pair.course.before.rights.is_empty();
        let end = |pair: &Pair| !pair.course.end.rights.is_empty();
        let kinds = [
            ("At its end", pairs().filter(|pair| end(pair)).collect::<Vec<_>>()),
            ("Lost", pairs().filter(|pair| before(pair) && !end(pair)).collect()),
            ("Only between", pairs().filter(|pair| !before(pair) && !end(pair)).collect()),
        ];
        let told = |(what, pairs): (&'static str, Vec<&Pair>)| {
            let mut names: Vec<_> = pairs.iter().take(NAMES_MAX).map(|pair| self.named(pair)).collect();
            let left = pairs.len() - names.len();
            names.extend((left > 0).then(|| format!("{left} more")));
            (!names.is_empty()).then(|| (what, phrasing::list(names)))
        };
        kinds.into_iter().filter_map(told).collect()
    }

    /// Where what stands, in a document of several pages.
    fn contents(&self) -> Markup {
        html! {
            @if self.report.pairs.len() > ROWS_A_PAGE {
                nav aria-label="Contents" { ol { @for (id, name) in SECTIONS {
                    li { a href={ "#" (id) } { (name) } }
                } } }
            }
        }
    }

    /// What the words on the bars and in the tables stand for: of the rules that occur.
    fn glossary(&self) -> Markup {
        let ways = self.report.pairs.iter().flat_map(|pair| {
            let steps = pair.course.steps.iter().flat_map(|step| step.before.ways.iter().chain(&step.after.ways));
            let held = [&pair.course.before, &pair.course.end].into_iter().flat_map(|decision| &decision.reasons);
            steps.map(|way| way.rule).chain(held.map(|reason| reason.rule))
        });
        let rules: BTreeSet<_> = ways.map(|rule| (phrasing::short(rule), phrasing::meaning(rule), rule)).collect();
        html! {
            @if !rules.is_empty() {
                dl class="glossary" { @for (short, meaning, rule) in rules {
                    dt { (short) " " span class="fine" { "(" code { (rule) } ")" } } dd { (meaning) }
                } }
            }
        }
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
        html! {
            section id="timeline" {
                h2 { "1. Timeline" }
                p { "A bar shows when somebody held the right named at its left. The tables below say the same in words." }
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
            section id="rights" {
                h2 { "2. Rights before and at the end of the period" }
                (self.held(End::Before, &format!("Before the period, until {}", seconds(*from))))
                (self.held(End::Last, &format!("At the end of the period, just before {}", seconds(*to))))
            }
        }
    }

    fn changes_told(&self) -> Markup {
        html! {
            section id="changes" {
                h2 { "3. Every change in the period" }
                p { "Changes stand under the event that caused them. Applied in order to the rights before the period, they give the rights at its end." }
                (self.changed(&format!("Changes from {}", self.period())))
            }
        }
    }

    fn events_told(&self) -> Markup {
        html! {
            section id="events" {
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
            section class="made" id="made" {
                h2 { "5. Words, and how this report was made" }
                (self.glossary())
                p { "Generated by caseward " (version) " from the log of the organization " (self.organization) " up to position "
                    (self.report.timeline.position) ", with this command:" }
                pre { code { (plain(&self.command())) } }
                p { "Run on the same log, it gives this document again, byte for byte, whatever was recorded later, unless a reason in it was erased. "
                    code { "caseward verify" } " checks every event of the log against the notes made when it was stored; "
                    code { "caseward history" } " and " code { "caseward explain" } " say more about an event or a decision." }
                (self.proof())
                dl class="signed" { dt { "Date" } dd {} dt { "Name" } dd {} dt { "Signature" } dd {} }
            }
        }
    }

    /// What commits to the log that all of it rests on, and how somebody else checks that.
    fn proof(&self) -> Markup {
        html! {
            @if let Some(Sealed { note, key, size }) = &self.sealed {
                h3 { "What it rests on, signed" }
                p { "This tree head commits to all " (size) " events of the log as it stood when the report was made. Compare the key with the published one." }
                pre { code { (plain(note)) } }
                p { "Key: " code { (plain(key)) } }
                p { "Save the tree head, and check the log against it: " code { "caseward verify --against HEAD" }
                    ". For a single event, ask for a proof and check it without the log: "
                    code { "caseward prove POSITION --out proof.json" } ", then "
                    code { "caseward verify-proof proof.json --key KEY" } "." }
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
        for (option, given) in
            [("--title", &self.frame.title), ("--note", &self.frame.note), ("--mark", &self.frame.mark)]
        {
            typed.extend(given.iter().flat_map(|given| [option, given.as_str()]));
        }
        typed.extend(self.sealed.is_some().then_some("--signed"));
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
