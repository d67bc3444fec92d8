//! What people are shown: answers in words, as drawings and as documents, for a terminal, a file or a page alike.
//!
//! INVARIANT: an answer goes in, text or markup comes out. Nothing here asks, opens, prints or knows how it was called;
//! text out of the log can neither move a cursor nor leave its element.
//! Absent on purpose: forms for programs, which belong to the answers themselves; colour, which belongs to a terminal.

pub mod decision;
pub mod escape;
pub mod explanation;
pub mod phrasing;
pub mod report;
pub mod timeline;
