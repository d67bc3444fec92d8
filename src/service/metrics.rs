//! `/metrics`: what this process is like and what it does, as OpenMetrics text.
//!
//! INVARIANT: no metric names a person, nor an organization unless the operator asked for that; what is told of all
//! organizations without it is their sum, or the worst of them. A scrape waits for nothing that a command or a question
//! holds, but for one slice of the views at a time; what needs a walk through them is measured once a minute. Absent on
//! purpose: counting ([`super::meters`]), and the form ([`super::open_metrics`]).

use super::callers::Caller;
use super::open_metrics::{CONTENT_TYPE, Family, OpenMetrics};
use super::params::Params;
use super::problem::{self, Problem};
use super::process::{self, seconds};
use super::refusals::{RefusedCallers, Why};
use super::state::Shared;
use crate::engine::{Kind, Organization};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderName, header};
use caseward_events::token::ForOrganizations;
use caseward_events::{Position, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the service tells, to whoever may operate all organizations, or is on this machine.
pub(super) async fn metrics(
    State(shared): State<Arc<Shared>>,
    caller: Option<Extension<Caller>>,
    params: Params,
) -> Result<([(HeaderName, &'static str); 2], String), Problem> {
    params.end()?;
    if let Some(Extension(caller)) = caller
        && !caller.is_of_all(&[ForOrganizations::All])
    {
        return Err(shared.refusals.refuse(Why::Forbidden, &caller, "/metrics"));
    }
    let text = tokio::task::spawn_blocking(move || text(&shared)).await;
    let text = text.map_err(|error| problem::of_store(Kind::Fault, &error))?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")], text))
}

fn text(shared: &Shared) -> String {
    let mut text = OpenMetrics::default();
    requests(&mut text, shared);
    room(&mut text, shared);
    commands(&mut text, shared);
    store(&mut text, shared);
    logs(&mut text, shared);
    organizations(&mut text, shared);
    process::tell(&mut text, shared.started);
    text.info("caseward_build", "What was built.")
        .sample(&[("version", env!("CARGO_PKG_VERSION")), ("format", &crate::store::FORMAT.to_string())], 1);
    text.end()
}

fn requests(text: &mut OpenMetrics, shared: &Shared) {
    let metered = shared.meters.metered();
    let mut family = text.counter("caseward_http_requests", "Requests that were answered.");
    for one in &metered {
        for (status, count) in &one.statuses {
            let status = status.to_string();
            family.sample(&[("method", one.method), ("path", one.path), ("status", &status)], count);
        }
    }
    let help = "From the head of a request to the head of its answer; of a stream, until it begins.";
    let mut family = text.histogram("caseward_http_request_duration_seconds", help);
    for one in &metered {
        family.distribution(&[("method", one.method), ("path", one.path)], &one.took);
    }
    text.counter("caseward_http_requests_abandoned", "Requests whose clients went away before they were answered.")
        .sample(&[], shared.meters.abandoned());
    let mut family = text.counter("caseward_http_problems", "Answers that were problems, by code.");
    for (code, count) in shared.meters.problems() {
        family.sample(&[("code", &code)], count);
    }
    let RefusedCallers { unknown, forbidden, actor_not_allowed, not_found, wrong_host, cross_site } =
        shared.refusals.counts();
    let mut family = text.counter("caseward_callers_refused", "Callers that were turned away, by reason.");
    for (reason, count) in [
        ("unknown", unknown),
        ("forbidden", forbidden),
        ("actor_not_allowed", actor_not_allowed),
        ("not_found", not_found),
        ("wrong_host", wrong_host),
        ("cross_site", cross_site),
    ] {
        family.sample(&[("reason", reason)], count);
    }
}

/// What is taken of what is bounded.
fn room(text: &mut OpenMetrics, shared: &Shared) {
    let (counts, limits) = (shared.connections.counts(), &shared.limits);
    let (answering, streams) = shared.taken();
    for (name, help, value) in [
        ("caseward_http_requests_in_flight", "Requests that are being answered or sent, streams too.", counts.requests),
        ("caseward_http_requests_answering", "Requests that take one of the places for requests.", answering),
        ("caseward_http_requests_answering_limit", "Places for requests.", limits.requests),
        ("caseward_http_streams", "Streams that are open.", streams),
        ("caseward_http_streams_limit", "Streams that may be open.", limits.streams),
        ("caseward_http_connections", "Connections that are open.", counts.open),
        ("caseward_http_connections_limit", "Connections that may be open.", limits.connections),
    ] {
        text.gauge(name, help).sample(&[], value);
    }
    let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let traffic = &shared.connections.traffic;
    for (name, help, value) in [
        ("caseward_http_connections_opened", "Connections that were taken.", counts.opened),
        ("caseward_http_connections_refused", "Connections that were closed for want of room.", counts.refused),
        ("caseward_http_connections_displaced", "Idle connections that were closed for a new one.", counts.displaced),
        ("caseward_http_received_bytes", "Bytes that came over connections.", load(&traffic.received)),
        ("caseward_http_sent_bytes", "Bytes that went over connections.", load(&traffic.sent)),
    ] {
        text.counter(name, help).sample(&[], value);
    }
}

fn commands(text: &mut OpenMetrics, shared: &Shared) {
    let activity = shared.engine.activity();
    let mut family = text.counter("caseward_commands", "Commands that were answered, but for those that were refused.");
    for (outcome, count) in [
        ("accepted", activity.accepted),
        ("repeated", activity.repeated),
        ("dry_run", activity.foreseen),
        ("failed", activity.failed),
    ] {
        family.sample(&[("outcome", outcome)], count);
    }
    let mut family = text.counter("caseward_commands_refused", "Commands that were refused, by code.");
    for (code, count) in &activity.refused {
        family.sample(&[("code", code.name())], count);
    }
    text.gauge("caseward_commands_waiting", "Commands that wait for the writer.")
        .sample(&[], shared.engine.commands_waiting());
    text.counter("caseward_groups", "Groups that were stored, each with one sync.").sample(&[], activity.groups);
    text.counter("caseward_events_stored", "Events that were stored.").sample(&[], activity.events);
    text.histogram("caseward_sync_duration_seconds", "Writing a group with its sync.")
        .distribution(&[], &activity.syncs);
    text.counter("caseward_question_rows", "Rows that questions looked at.")
        .sample(&[], shared.engine.rows_looked_at());
}

fn store(text: &mut OpenMetrics, shared: &Shared) {
    let engine = &shared.engine;
    let flag = |is: bool| u8::from(is);
    text.gauge("caseward_serves", "1 while questions are answered.").sample(&[], flag(!shared.is_stopping()));
    text.gauge("caseward_takes_commands", "1 while commands are taken.")
        .sample(&[], flag(shared.takes_no_commands().is_none()));
    text.gauge("caseward_clock_in_doubt", "1 while the clock is not believed, and no command is taken.")
        .sample(&[], flag(engine.clock_in_doubt().is_some()));
    let mut family = text.gauge("caseward_memory_bytes", "Memory of views and databases, measured once a minute.");
    for (part, bytes) in shared.memory_parts.bytes(engine) {
        family.sample(&[("part", part)], bytes);
    }
    let Some(beside) = &shared.setup.beside else { return };
    let never = |at: Option<Timestamp>| at.map_or(0.0, seconds);
    text.gauge("caseward_backup_timestamp_seconds", "When a backup was last taken, since 1970; 0 where none was.")
        .sample(&[], never(beside.backed_up()));
    text.gauge("caseward_verification_timestamp_seconds", "When the log was last verified, since 1970; 0 where never.")
        .sample(&[], never(beside.verified()));
    if let Some(bytes) = beside.free_bytes() {
        text.gauge("caseward_disk_free_bytes", "What the disk of the data directory still takes.").sample(&[], bytes);
    }
}

/// What was to be kept beside the log of events, or sent, and was not.
fn logs(text: &mut OpenMetrics, shared: &Shared) {
    let reads = shared.reads.as_ref().map_or(0, |reads| reads.dropped_ever());
    let decisions = shared.decisions.as_ref().map_or(0, |decisions| decisions.dropped_ever());
    text.counter("caseward_reads_dropped", "Questions of persons that were not kept in the log of reads.")
        .sample(&[], reads);
    text.counter("caseward_decisions_dropped", "Decisions that were not logged in the decision log.")
        .sample(&[], decisions);
    let (sent, dropped) = shared.setup.spans.as_ref().map_or((0, 0), |spans| spans.counts());
    text.counter("caseward_spans_sent", "Spans of traces that the collector has taken.").sample(&[], sent);
    text.counter("caseward_spans_dropped", "Spans of traces that found no room, or no collector that takes them.")
        .sample(&[], dropped);
}

/// What is told of an organization, and of all together.
struct Facts {
    organization: String,
    head: u64,
    last: f64,
    lag_events: u64,
    lag_seconds: f64,
    behind: f64,
    failed: f64,
    /// When the newest was signed, and what it lacks up to the last event, in seconds.
    tree_head: Option<(f64, f64)>,
}

impl Facts {
    fn of(organization: &Organization, shared: &Shared) -> Facts {
        let status = organization.status();
        // Of what is empty nobody signs anything.
        let beside = shared.setup.beside.as_ref().filter(|_| status.head > Position::ZERO);
        let tree_head = beside.and_then(|beside| beside.tree_head(organization.name())).map(|(size, signed)| {
            let last = status.last.map_or(0.0, seconds);
            (signed, if size < status.head { (last - signed).max(0.0) } else { 0.0 })
        });
        let behind = status.clock_behind.map(|behind| seconds(behind.now) - seconds(behind.clock));
        Facts {
            organization: status.organization.to_string(),
            head: status.head.0,
            last: status.last.map_or(0.0, seconds),
            lag_events: status.lag.events,
            lag_seconds: status.lag.seconds,
            behind: behind.unwrap_or(0.0),
            failed: status.last_error.map_or(0.0, |failed| seconds(failed.at)),
            tree_head,
        }
    }
}

fn organizations(text: &mut OpenMetrics, shared: &Shared) {
    let all: Vec<_> = shared.engine.organizations().iter().map(|one| Facts::of(one, shared)).collect();
    text.gauge("caseward_organizations", "Organizations of the store.").sample(&[], all.len());
    let tell = |mut family: Family<'_>, of: &dyn Fn(&Facts) -> Option<f64>, together: fn(f64, f64) -> f64| {
        let known = all.iter().filter_map(|facts| Some((facts.organization.as_str(), of(facts)?)));
        if shared.setup.names_organizations {
            for (name, value) in known {
                family.sample(&[("organization", name)], value);
            }
        } else if let Some(value) = known.map(|(_, value)| value).reduce(together) {
            family.sample(&[], value);
        }
    };
    let add = |one: f64, other: f64| one + other;
    let help = "Events of the log that can be read: the sum, where organizations are not named.";
    tell(text.gauge("caseward_head_position", help), &|facts| Some(facts.head as f64), add);
    let help = "When the last event was recorded, since 1970: the latest, where organizations are not named.";
    tell(text.gauge("caseward_head_timestamp_seconds", help), &|facts| Some(facts.last), f64::max);
    let help = "Events that a restart has to fold: the most, where organizations are not named.";
    tell(text.gauge("caseward_views_lag_events", help), &|facts| Some(facts.lag_events as f64), f64::max);
    let help = "From the last event that is saved to the last: the longest, where organizations are not named.";
    tell(text.gauge("caseward_views_lag_seconds", help), &|facts| Some(facts.lag_seconds), f64::max);
    let help = "By how much the clock is behind what counts as now: the most, where organizations are not named.";
    tell(text.gauge("caseward_clock_behind_seconds", help), &|facts| Some(facts.behind), f64::max);
    let help = "When something last failed in the background, since 1970; 0 where nothing did.";
    tell(text.gauge("caseward_background_failure_timestamp_seconds", help), &|facts| Some(facts.failed), f64::max);
    let help = "When the newest tree head was signed, since 1970; 0 where none was: the oldest, where organizations are not \
                named. Only where tree heads are kept.";
    tell(text.gauge("caseward_tree_head_timestamp_seconds", help), &|facts| Some(facts.tree_head?.0), f64::min);
    let help = "From the newest tree head to the last event, where it lacks some: the longest, where organizations are not \
                named. Only where tree heads are kept.";
    tell(text.gauge("caseward_tree_head_lag_seconds", help), &|facts| Some(facts.tree_head?.1), f64::max);
}
