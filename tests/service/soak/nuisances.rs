//! Clients that hold something up as well as they can: slow ones, silent ones, and such as leave in the middle.

use super::chance::Chance;
use super::client::connect;
use super::producers::ADMIN;
use super::scene::Scene;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// What the ids of commands begin with of which half is sent.
pub const HALF: &str = "half";
/// The longest that one of them stays.
const STAYS_MAX: u64 = 5_000;
/// Connections that are opened at once and say nothing.
const SILENT: usize = 100;

/// Is a nuisance until there is no more time; how often.
pub fn trouble(scene: &Scene, number: u64) -> u64 {
    let mut chance = Chance::of("nuisance", number);
    let mut troubled = 0;
    while !scene.is_over() {
        let stays = Instant::now() + Duration::from_millis(chance.below(STAYS_MAX));
        let stays = || !scene.is_over() && Instant::now() < stays;
        if one(scene, &mut chance, stays).is_some() {
            troubled += 1;
        } else {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    troubled
}

/// None where nobody listens, or the connection was closed before.
fn one(scene: &Scene, chance: &mut Chance, stays: impl Fn() -> bool) -> Option<()> {
    let mut stream = connect(scene.service.address)?;
    let id = format!("{HALF}-{}", chance.below(u64::MAX));
    let command = json!({"id": id, "actor": ADMIN, "command": {"grant": {"on": "case:c0-0", "to": "user:half", "access": "read"}}});
    let command = command.to_string();
    match chance.below(7) {
        0 => reads_slowly(&mut stream, "events", stays),
        1 => reads_slowly(&mut stream, "changes", stays),
        2 => {
            let head = head("POST", "commands", &format!("content-length: {}\r\n", command.len() + 1));
            sends(stream, &format!("{head}{command}"), stays)
        }
        3 => {
            // The lines before it count; this one has no end.
            let head = head("POST", "commands", "content-type: application/x-ndjson\r\ncontent-length: 100000\r\n");
            sends(stream, &format!("{head}{}", &command[..command.len() - 1]), stays)
        }
        4 => {
            let silent: Vec<_> = (0..SILENT).map_while(|_| connect(scene.service.address)).collect();
            sends(stream, "GET /v1/orgs/default/", stays).map(|()| drop(silent))
        }
        // It asks, and does not wait for the answer.
        5 => sends(stream, &head("GET", "who?resource=case:c0-0&action=read", ""), || false),
        _ => sends(stream, "\u{0}\u{1} /\r\n\r\n{{{{", stays),
    }
}

fn head(method: &str, path: &str, headers: &str) -> String {
    format!("{method} /v1/orgs/default/{path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
}

fn sends(mut stream: TcpStream, bytes: &str, stays: impl Fn() -> bool) -> Option<()> {
    stream.write_all(bytes.as_bytes()).ok()?;
    while stays() {
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(())
}

/// Follows from the first event on, a few bytes at a time.
fn reads_slowly(stream: &mut TcpStream, feed: &str, stays: impl Fn() -> bool) -> Option<()> {
    stream.write_all(head("GET", feed, "").as_bytes()).ok()?;
    let mut few = [0; 100];
    while stays() && stream.read(&mut few).ok()? > 0 {
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(())
}
