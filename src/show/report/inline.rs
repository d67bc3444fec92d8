//! What stands within a line of a report: names, instants, and links to events.

use crate::show::escape;
use caseward_events::{Position, Timestamp};
use maud::{Markup, html};

/// As a terminal could show it, and without what XML has no way to write.
pub fn plain(text: &str) -> String {
    escape::visible(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// To the second for people, to the digit for programs.
pub fn instant(at: Timestamp) -> Markup {
    let text = at.to_string();
    let shown = seconds(at);
    html! { time datetime=(text) { (shown) } }
}

/// `2024-03-14 09:30:00`, in UTC.
pub fn seconds(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).map_or_else(|| text.clone(), |second| second.replacen('T', " ", 1))
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
