//! What stands within a line of a report: names, instants, and links to events.

use crate::show::escape;
use caseward_events::{Position, Timestamp};
use maud::{Markup, html};

/// As a terminal could show it, and without what XML has no way to write.
pub fn plain(text: &str) -> String {
    escape::visible(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// To the digit, for people and for programs.
pub fn instant(at: Timestamp) -> Markup {
    let text = at.to_string();
    let shown = text.trim_end_matches('Z').replacen('T', " ", 1);
    html! { time datetime=(text) { (shown) } }
}

/// To the event, in the table of events.
pub fn link(position: Position) -> Markup {
    html! { a href={ "#event-" (position) } { "#" (position) } }
}

/// To each of them.
pub fn links(positions: &[Position]) -> Markup {
    html! { @for (index, position) in positions.iter().enumerate() {
        @if index > 0 { ", " }
        (link(*position))
    } }
}
