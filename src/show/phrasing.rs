//! Words for people: `text` writes lists, instants and commands, `events` says what happened, `rules` what decided.
//!
//! INVARIANT: text out of the log is written so that it can neither move the cursor nor pass for anything else.

mod events;
mod rules;
mod text;

pub use events::{deed, what_happened, who};
pub use rules::{Cited, cause, counts, meaning, reason, set_aside, short, verdict, way};
pub use text::{COLUMNS, at_line, columns, list, minute, missing_at, said, typed, within, wrapped};
