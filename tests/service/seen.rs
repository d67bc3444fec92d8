//! What is seen of a service from outside: its metrics, its access log, whether it is ready; and what is shipped to run and
//! watch it with.

mod access_log;
mod deployed;
mod exposition;
mod metrics;

use crate::served::Served;
use std::time::{Duration, Instant};

/// Waits until a metric is as it should be, which something in the background makes it.
pub fn told_in_metrics(served: &Served, name: &str, is_right: impl Fn(f64) -> bool) {
    let begun = Instant::now();
    while !is_right(metrics::scrape(served).value(name)) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{name} is {}", metrics::scrape(served).value(name));
        std::thread::sleep(Duration::from_millis(20));
    }
}
