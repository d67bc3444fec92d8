//! Checks at half of what the service can take, with 1,000 commands a second beside them; and bare axum at the same rate.

use super::client::{paced, percentile};
use super::produce::grant;
use super::served::Served;
use super::{CONNECTIONS, Shape, WORKERS};
use crate::append::SET_UP;
use crate::feed;
use crate::goal::Goals;
use floors_figures::Samples;
use floors_http::floor;
use floors_http::load::{Target, run as load};
use std::time::Duration;

/// How much longer the slowest hundredth may take.
const P99_AT_MOST: f64 = 3.0;
const COMMANDS_A_SECOND: f64 = 1_000.0;
const PRODUCERS: usize = 8;
/// Users who were granted something, whom checks are about.
const USERS: u64 = 10_000;

/// Measures and prints figures and ratios.
pub fn run(shape: Shape, goals: &mut Goals) {
    let scratch = feed::scratch();
    let served = Served::on_disk(scratch.path());
    served.apply(SET_UP.join("\n").as_bytes());
    let granted: Vec<String> = (0..USERS).map(|number| grant(number << 24)).collect();
    served.apply(granted.join("\n").as_bytes());
    let questions: Vec<String> = (0..USERS).map(|number| question(number << 24)).collect();
    let floor = floor::start(WORKERS).expect("a port is free");
    let bare = Target { address: floor.address, path: "/check".into(), headers: String::new() };
    let (check, commands) = (served.target("check", ""), served.target("commands", ""));
    let full = load(&check, &questions, CONNECTIONS, shape.window).expect("every answer has status 200");
    let rate = full.requests_per_second / 2.0;
    println!("http, half load\t{rate:.0}\tchecks/s");
    let p99 = |name: &str| Samples::new(format!("http {name} at half load, p99"), "us");
    let (mut axum, mut calm, mut busy) = (p99("floor"), p99("check"), p99("check beside 1,000 commands/s"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the system gives it");
    let a_window = (shape.window.as_secs_f64() * COMMANDS_A_SECOND) as u64 + PRODUCERS as u64;
    for round in 0..shape.rounds as u64 {
        let fresh: Vec<String> =
            (round * a_window..(round + 1) * a_window).map(|number| grant(number + (1 << 40))).collect();
        runtime.block_on(async {
            axum.push(worst(&paced(&bare, &questions, CONNECTIONS, rate, shape.window).await));
            calm.push(worst(&paced(&check, &questions, CONNECTIONS, rate, shape.window).await));
            let (checks, _) = tokio::join!(
                paced(&check, &questions, CONNECTIONS, rate, shape.window),
                paced(&commands, &fresh, PRODUCERS, COMMANDS_A_SECOND, shape.window),
            );
            busy.push(worst(&checks));
        });
    }
    [&axum, &calm, &busy, &calm.ratio_to(&axum), &busy.ratio_to(&axum)].iter().for_each(|figure| println!("{figure}"));
    goals.hold("p99 of an http check beside commands / bare axum", &busy.ratio_to(&axum), P99_AT_MOST);
}

fn question(number: u64) -> String {
    format!(r#"{{"subject":"user:h{number}","action":"read","resource":"case:c"}}"#)
}

fn worst(latencies: &[Duration]) -> f64 {
    percentile(latencies, 0.99).as_secs_f64() * 1e6
}
