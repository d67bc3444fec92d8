//! 64 producers that each send one command after the other, beside the same without HTTP, and beside bare axum.

use super::served::Served;
use super::{CONNECTIONS, Shape, WORKERS};
use crate::append::{Product, SET_UP, send};
use crate::feed;
use crate::goal::Goals;
use floors_figures::Samples;
use floors_http::floor;
use floors_http::load::{Target, run as load};
use std::time::Instant;

/// How much of the smaller of both rates must be reached: time over time, so the inverse.
const PRODUCE_AT_MOST: f64 = 1.0 / 0.6;

/// A grant to a user whom no other names.
pub fn grant(number: u64) -> String {
    format!(
        r#"{{"id":"018cc251-f400-7000-9000-{number:012x}","actor":"user:admin","command":{{"grant":{{"on":"definition:d","to":"user:h{number}","access":"read"}}}}}}"#
    )
}

/// Races producers and prints figures and ratios.
pub fn run(shape: Shape, goals: &mut Goals) {
    let scratch = feed::scratch();
    let served = Served::on_disk(&scratch.path().join("served"));
    served.apply(SET_UP.join("\n").as_bytes());
    let mut alone = Product::create(&scratch.path().join("alone"));
    let floor = floor::start(WORKERS).expect("a port is free");
    let bare = Target { address: floor.address, path: "/check".into(), headers: String::new() };
    let question = [r#"{"subject":"user:u1","action":"read","resource":"case:c"}"#.to_owned()];
    let over_http = served.target("commands", "");
    let mut own = Samples::new(format!("http commands, {CONNECTIONS} producers, one command each"), "us");
    let mut without = Samples::new(format!("the same without HTTP, {CONNECTIONS} producers"), "us");
    let mut axum = Samples::new("http floor", "us");
    let mut gathered = Samples::new("events of a group, over HTTP", "events");
    let mut ratio = Samples::new("http commands / the slower of both", "x");
    // More than one window takes: a command that comes again would be answered without being written.
    let a_window = (shape.window.as_secs_f64() * 100_000.0) as u64;
    for round in 0..shape.rounds as u64 {
        let bodies: Vec<String> = (round * a_window..(round + 1) * a_window).map(grant).collect();
        let (before, groups) = (served.organization.head(), served.engine.activity().groups);
        let start = Instant::now();
        load(&over_http, &bodies, CONNECTIONS, shape.window).expect("every answer has status 200");
        let written = served.organization.head().0 - before.0;
        gathered.push(written as f64 / (served.engine.activity().groups - groups) as f64);
        let own_time = start.elapsed().as_secs_f64() * 1e6 / written as f64;
        let commands = alone.commands(shape.commands);
        let start = Instant::now();
        alone.runtime.block_on(send(&alone.organization, commands, CONNECTIONS));
        let without_time = start.elapsed().as_secs_f64() * 1e6 / shape.commands as f64;
        let axum_load = load(&bare, &question, CONNECTIONS, shape.window).expect("every answer has status 200");
        let axum_time = 1e6 / axum_load.requests_per_second;
        own.push(own_time);
        without.push(without_time);
        axum.push(axum_time);
        ratio.push(own_time / without_time.max(axum_time));
    }
    [&own, &without, &axum, &gathered, &ratio].iter().for_each(|figure| println!("{figure}"));
    goals.hold("64 producers over HTTP / the slower of bare axum and no HTTP", &ratio, PRODUCE_AT_MOST);
}
