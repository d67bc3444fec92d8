//! `check` and `checks` as fast as 64 connections ask, of the permissions that the other benches have.

use super::client::Client;
use super::served::{Served, path_of};
use super::{CONNECTIONS, Shape, WORKERS};
use crate::goal::Goals;
use floors_data::{Check, Permissions, product};
use floors_figures::Samples;
use floors_http::floor;
use floors_http::load::{Load, Target, run as load};
use serde_json::Value;

/// How much of the rate of the floor a check must reach: time over time, so the inverse.
const CHECK_AT_MOST: f64 = 1.0 / 0.8;
/// Questions of one `checks`.
const TOGETHER: usize = 100;
/// Connections that send `checks`.
const BATCHES_AT_ONCE: usize = 4;
/// What one may take, of which 500,000 go into a second.
const OF_MANY_AT_MOST: f64 = 2.0;

/// Races checks and prints figures and ratios.
pub fn run(shape: Shape, permissions: &Permissions, goals: &mut Goals) {
    let served = Served::in_memory();
    let mut lines = Vec::new();
    product::write_commands(permissions, &mut lines).expect("memory takes it");
    served.import(&lines);
    let bodies: Vec<String> = permissions.checks.iter().map(product::question).collect();
    let together: Vec<String> =
        bodies.chunks(TOGETHER).map(|some| format!(r#"{{"questions":[{}]}}"#, some.join(","))).collect();
    every_answer_is_right(&served, &permissions.checks, &together);
    let floor = floor::start(WORKERS).expect("a port is free");
    let bare = Target { address: floor.address, path: "/check".into(), headers: String::new() };
    let open = served.target("check", "");
    let many = served.target("checks", "");
    let mut figures = Figures::new();
    // With a token loopback is shut, so that one comes last.
    for _ in 0..shape.rounds {
        figures.floor.push(microseconds(&ask(&bare, &bodies, CONNECTIONS, shape)));
        figures.check.push(microseconds(&ask(&open, &bodies, CONNECTIONS, shape)));
        figures.of_many.push(microseconds(&ask(&many, &together, BATCHES_AT_ONCE, shape)) / TOGETHER as f64);
    }
    let shut = served.target("check", &served.token());
    for _ in 0..shape.rounds {
        figures.floor_again.push(microseconds(&ask(&bare, &bodies, CONNECTIONS, shape)));
        figures.with_token.push(microseconds(&ask(&shut, &bodies, CONNECTIONS, shape)));
    }
    figures.print(goals);
}

/// Compares the answer to each question once.
fn every_answer_is_right(served: &Served, checks: &[Check], together: &[String]) {
    let mut client = Client::connect(served.address, "");
    let (path, mut bytes) = (path_of("checks"), 0);
    for (body, checks) in together.iter().zip(checks.chunks(TOGETHER)) {
        let answered = client.post(&path, body);
        bytes += answered.len();
        let answered: Value = serde_json::from_slice(&answered).expect("the answer is JSON");
        let answers = answered["answers"].as_array().expect("one answer for each question");
        assert_eq!(answers.len(), checks.len());
        for (answer, check) in answers.iter().zip(checks) {
            assert_eq!(answer["decision"], check.allowed, "{check:?}: {answer}");
        }
    }
    println!("http.check, bytes of an answer\t{}\tbytes (the floor's: {})", bytes / checks.len(), floor::ANSWER.len());
}

fn ask(target: &Target, bodies: &[String], connections: usize, shape: Shape) -> Load {
    load(target, bodies, connections, shape.window).expect("every answer has status 200")
}

/// What one request took of the time of the machine.
fn microseconds(load: &Load) -> f64 {
    1e6 / load.requests_per_second
}

struct Figures {
    floor: Samples,
    floor_again: Samples,
    check: Samples,
    with_token: Samples,
    of_many: Samples,
}

impl Figures {
    fn new() -> Figures {
        let of = |name: &str| Samples::new(name, "us");
        let check = of(&format!("http check, {CONNECTIONS} connections"));
        let with_token = of(&format!("http check with a token, {CONNECTIONS} connections"));
        let of_many = of(&format!("http checks of {TOGETHER}, one of them"));
        Figures { floor: of("http floor"), floor_again: of("http floor"), check, with_token, of_many }
    }

    fn print(&self, goals: &mut Goals) {
        let Figures { floor, floor_again, check, with_token, of_many } = self;
        [floor, check, with_token, of_many].iter().for_each(|figure| println!("{figure}"));
        goals.hold("http check / bare axum, 64 connections", &check.ratio_to(floor), CHECK_AT_MOST);
        goals.hold("http check with a token / bare axum", &with_token.ratio_to(floor_again), CHECK_AT_MOST);
        goals.hold("http checks of 100, microseconds of one", of_many, OF_MANY_AT_MOST);
    }
}
