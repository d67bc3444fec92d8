//! The trace that a call belongs to (W3C Trace Context), and the span that is its decision.

use axum::http::HeaderMap;
use std::fmt;

/// A span: which trace, who called, and itself. All in lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) trace: String,
    pub(super) parent: Option<String>,
    pub(super) id: String,
}

impl Span {
    /// A new one below what `traceparent` names, or of a trace of its own.
    pub(super) fn of(headers: &HeaderMap) -> Span {
        let given = headers.get("traceparent").and_then(|value| value.to_str().ok()).and_then(parsed);
        let (trace, parent) = match given {
            Some((trace, parent)) => (trace, Some(parent)),
            None => (digits::<16>(), None),
        };
        Span { trace, parent, id: digits::<8>() }
    }

    /// Another one with the same parent.
    pub(super) fn next(&self) -> Span {
        Span { id: digits::<8>(), ..self.clone() }
    }
}

/// The trace and the parent.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.trace, self.id)
    }
}

fn parsed(text: &str) -> Option<(String, String)> {
    let parts: Vec<_> = text.trim().split('-').collect();
    let [version, trace, parent, flags, ..] = parts[..] else { return None };
    let is_of = |part: &str, len: usize| {
        part.len() == len && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id = |part: &str, len: usize| is_of(part, len) && part.bytes().any(|byte| byte != b'0');
    let is_version = is_of(version, 2) && version != "ff" && (version != "00" || parts.len() == 4);
    let is_whole = is_version && is_id(trace, 32) && is_id(parent, 16) && is_of(flags, 2);
    is_whole.then(|| (trace.to_owned(), parent.to_owned()))
}

/// So many random bytes.
fn digits<const N: usize>() -> String {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        // The system gives none: an id that is not unique is better than no answer.
        bytes.fill(1);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_goes_on_where_the_caller_names_one_and_begins_where_it_does_not() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", text.parse().expect("it fits into a header"));
            Span::of(&headers)
        };
        const TRACE: &str = "28dbeec32e77635cc19bc3204ec56c41";
        const PARENT: &str = "c4e1d75a3f9b8240";
        let span = of(&format!("00-{TRACE}-{PARENT}-01"));
        assert_eq!((span.trace.as_str(), span.parent.as_deref()), (TRACE, Some(PARENT)));
        assert!(span.id.len() == 16 && span.id != PARENT && span.next().id != span.id);
        for bad in [
            "",
            "00",
            &format!("00-{TRACE}-{PARENT}"),
            &format!("ff-{TRACE}-{PARENT}-01"),
            &format!("00-{TRACE}-{PARENT}-01-more"),
            &format!("00-{}-{PARENT}-01", "0".repeat(32)),
            &format!("00-{TRACE}-{}-01", "0".repeat(16)),
            &format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
        ] {
            let span = of(bad);
            assert!(span.parent.is_none() && span.trace.len() == 32 && span.trace != TRACE, "{bad}");
        }
    }
}
