//! The command line as people and programs use it: what goes in, what comes out, and how it ends. A module a promise; one
//! program, so that it links once.
//!
//! INVARIANT: a test has a data directory of its own and changes nothing that the process has only one of (environment,
//! working directory). A store that a test opens by itself is opened by [`cli_fixture::open`]: a program that another test
//! starts at that moment holds all open files until it runs, locks too.
//! Absent on purpose: the rules, which the tests of the engine hold.

mod another_process;
mod auditors;
mod backup;
mod cli_fixture;
mod clock;
mod dry_run;
mod explain;
mod export;
mod first_hour;
mod first_store;
mod follow;
mod imports;
mod integrity;
mod labels;
mod modes;
mod offboard;
mod operators;
mod permissions;
mod proof;
mod readme;
mod reasons;
mod refusals;
mod report;
mod runbook;
mod settings;
mod signals;
mod stranded;
mod stretches;
mod timeline;
mod vocabulary;
mod warnings;
mod words;
mod wrong_calls;
