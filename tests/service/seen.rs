//! What is seen of a service from outside: its metrics, its access log, and whether it is ready.

mod access_log;
mod exposition;
mod metrics;
