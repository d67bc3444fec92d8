//! Which verbs ask something of what is known about persons: those that a service keeps in its log of reads.

use crate::cli::args::{ReadsVerb, Verb};

/// What it is called, where it asks something of what is known about persons.
pub fn asks_about_persons(verb: &Verb) -> Option<&'static str> {
    Some(match verb {
        Verb::Check(_) => "check",
        Verb::Explain(_) => "explain",
        Verb::Who(_) => "who",
        Verb::What(_) => "what",
        Verb::Rights(_) => "rights",
        Verb::Stranded(_) => "stranded",
        Verb::Matrix(_) => "matrix",
        Verb::Access(_) => "access",
        Verb::Timeline(_) => "timeline",
        Verb::Report(_) => "report",
        Verb::Diff(_) => "diff",
        Verb::History(_) => "history",
        Verb::Export(_) => "export",
        Verb::Tail(_) => "tail",
        Verb::Prove(_) => "prove",
        Verb::Reads(ReadsVerb::List(_)) => "reads list",
        Verb::Reads(ReadsVerb::About(_)) => "reads about",
        _ => return None,
    })
}
