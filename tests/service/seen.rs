//! What is seen of a service from outside: its metrics, its access log, whether it is ready; and what is shipped to run and
//! watch it with.

mod access_log;
mod deployed;
mod exposition;
mod metrics;
