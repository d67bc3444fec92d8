//! The W3C trace context that a request may bring: which trace it belongs to, and which step of it made the call.
//!
//! INVARIANT: what is not as the recommendation has it is no context, and never an error. Absent on purpose: what becomes of
//! it ([`super::seen`]).

use axum::http::{HeaderMap, HeaderName};
use std::fmt;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A trace context, version 00 or what a later one shares with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TraceContext {
    pub(super) trace: u128,
    pub(super) parent: u64,
    /// Whether the caller keeps what it records of the trace.
    pub(super) is_sampled: bool,
}

/// A number as hexadecimal digits, as many as it has.
pub(super) struct Hex<T>(pub(super) T);

impl TraceContext {
    /// Of a request; none where there is none, or more than one.
    pub(super) fn of(headers: &HeaderMap) -> Option<TraceContext> {
        let mut given = headers.get_all(TRACEPARENT).iter();
        let (one, None) = (given.next()?, given.next()) else { return None };
        TraceContext::parse(one.to_str().ok()?)
    }

    fn parse(text: &str) -> Option<TraceContext> {
        let mut parts = text.split('-');
        let mut digits = |count: usize| {
            let part = parts.next().filter(|part| part.len() == count)?;
            part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)).then_some(part)
        };
        let (version, trace, parent, flags) = (digits(2)?, digits(32)?, digits(16)?, digits(2)?);
        // A later version may say more behind it; this one says nothing.
        if version == "ff" || version == "00" && parts.next().is_some() {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?;
        let parent = u64::from_str_radix(parent, 16).ok().filter(|parent| *parent != 0)?;
        Some(TraceContext { trace, parent, is_sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1 })
    }
}

impl fmt::Display for Hex<u128> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for Hex<u64> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_recommendation_allows_is_read_and_all_else_is_no_context() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let read = TraceContext::parse(good).expect("it is the example of the recommendation");
        assert_eq!(format!("{}-{}", Hex(read.trace), Hex(read.parent)), good[3..52]);
        assert!(read.is_sampled);
        assert!(!TraceContext::parse(&good.replace("-01", "-02")).expect("other flags are none of ours").is_sampled);
        let later = format!("cc{}-what-will-be-like", &good[2..]);
        assert_eq!(TraceContext::parse(&later), Some(read), "a later version");
        for wrong in [
            "".to_owned(),
            good.to_uppercase(),
            good.replace("00-4b", "ff-4b"),
            good.replace("00-4b", "0-4b"),
            format!("{good}-more"),
            good.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            good.replace("00f067aa0ba902b7", &"0".repeat(16)),
            good.replace("00f067aa0ba902b7", "00f067aa0ba902b"),
            good.replace("-01", "-0g"),
            good[..52].to_owned(),
        ] {
            assert_eq!(TraceContext::parse(&wrong), None, "{wrong}");
        }
    }
}
