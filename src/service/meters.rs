//! What a service counts of its requests.
//!
//! INVARIANT: a request that is answered costs three atomic additions and no lock; what is counted of a problem beside that
//! takes a lock, which no answer waits for. Of a path its template is kept, never what stands in it. Absent on purpose:
//! reading the counts out ([`super::metrics`]).

use crate::engine::activity::{Histogram, Recorded};
use axum::http::{Method, StatusCode};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What is asked for and served nowhere: another path, or another method.
const OTHER: &str = "other";

/// The first status there is, and how many.
const STATUS_FIRST: u16 = 100;
const STATUSES: usize = 500;

/// All counts of requests.
#[derive(Debug)]
pub(super) struct Meters {
    paths: HashMap<&'static str, Vec<(String, Meter)>>,
    other: Meter,
    /// By code.
    problems: Mutex<BTreeMap<Cow<'static, str>, u64>>,
    abandoned: AtomicU64,
}

/// The counts of a path with a method.
#[derive(Debug)]
pub(super) struct Meter {
    statuses: Box<[AtomicU64]>,
    took: Histogram,
}

/// The counts of one, read out.
pub(super) struct Metered<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// Those that came.
    pub(super) statuses: Vec<(u16, u64)>,
    pub(super) took: Recorded,
}

/// A request that is being answered. Dropped before it was, its client went away.
pub(super) struct Timed<'a> {
    of: &'a Meters,
    meter: &'a Meter,
    since: Instant,
    is_answered: bool,
}

impl Meter {
    fn new() -> Meter {
        Meter { statuses: (0..STATUSES).map(|_| AtomicU64::new(0)).collect(), took: Histogram::default() }
    }

    fn metered<'a>(&self, method: &'a str, path: &'a str) -> Metered<'a> {
        let counts = (STATUS_FIRST..).zip(&self.statuses);
        let counts = counts.map(|(status, count)| (status, count.load(Ordering::Relaxed)));
        let statuses = counts.filter(|(_, count)| *count > 0).collect();
        Metered { method, path, statuses, took: self.took.recorded() }
    }
}

impl Meters {
    /// Of these paths, each with a method.
    pub(super) fn new(served: impl IntoIterator<Item = (String, &'static str)>) -> Meters {
        let mut paths: HashMap<_, Vec<_>> = HashMap::new();
        for (method, path) in served {
            paths.entry(path).or_default().push((method, Meter::new()));
        }
        Meters { paths, other: Meter::new(), problems: Mutex::default(), abandoned: AtomicU64::new(0) }
    }

    /// A request begins. The path is a template, where one was found for it.
    pub(super) fn begins(&self, method: &Method, path: Option<&str>) -> Timed<'_> {
        let served = path.and_then(|path| self.paths.get(path));
        // HEAD is answered as GET is.
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        let meter = served.and_then(|methods| methods.iter().find(|(served, _)| served == method));
        let meter = meter.map_or(&self.other, |(_, meter)| meter);
        Timed { of: self, meter, since: Instant::now(), is_answered: false }
    }

    /// A problem is told.
    pub(super) fn told_problem(&self, code: Cow<'static, str>) {
        *self.problems.lock().unwrap_or_else(PoisonError::into_inner).entry(code).or_default() += 1;
    }

    /// How many problems were told, by code.
    pub(super) fn problems(&self) -> BTreeMap<Cow<'static, str>, u64> {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests were left by their clients before they were answered.
    pub(super) fn abandoned(&self) -> u64 {
        self.abandoned.load(Ordering::Relaxed)
    }

    /// Every path that was asked, in the order of paths.
    pub(super) fn metered(&self) -> Vec<Metered<'_>> {
        let served = self.paths.iter().flat_map(|(path, methods)| methods.iter().map(move |method| (*path, method)));
        let mut all: Vec<_> = served.map(|(path, (method, meter))| meter.metered(method, path)).collect();
        all.sort_by_key(|one| (one.path, one.method));
        all.push(self.other.metered(OTHER, OTHER));
        all.retain(|one| !one.statuses.is_empty());
        all
    }
}

impl Timed<'_> {
    /// It is answered, whatever of the answer is still to be sent.
    pub(super) fn answered(mut self, status: StatusCode) -> std::time::Duration {
        let took = self.since.elapsed();
        self.is_answered = true;
        if let Some(count) = self.meter.statuses.get(usize::from(status.as_u16().saturating_sub(STATUS_FIRST))) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.meter.took.record(took);
        took
    }
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.of.abandoned.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_counts_at_its_template_and_what_is_served_nowhere_at_one_place() {
        let meters = Meters::new([("GET".to_owned(), "/a/{b}"), ("POST".to_owned(), "/a/{b}")]);
        meters.begins(&Method::GET, Some("/a/{b}")).answered(StatusCode::OK);
        meters.begins(&Method::HEAD, Some("/a/{b}")).answered(StatusCode::OK);
        meters.begins(&Method::POST, Some("/a/{b}")).answered(StatusCode::CONFLICT);
        meters.begins(&Method::DELETE, Some("/a/{b}")).answered(StatusCode::METHOD_NOT_ALLOWED);
        meters.begins(&Method::GET, None).answered(StatusCode::NOT_FOUND);
        drop(meters.begins(&Method::GET, None));
        let counted: Vec<_> = meters.metered().iter().map(|one| (one.method, one.path, one.statuses.clone())).collect();
        let served = [("GET", "/a/{b}", vec![(200, 2)]), ("POST", "/a/{b}", vec![(409, 1)])];
        assert_eq!(counted[..2], served);
        assert_eq!(counted[2..], [("other", "other", vec![(404, 1), (405, 1)])]);
        assert_eq!((meters.metered()[0].took.count(), meters.abandoned()), (2, 1));
    }
}
