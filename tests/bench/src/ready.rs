//! What a service takes from the start of its process until it says that it is ready, beside opening the same store in
//! this process, in turns.
//!
//! The process is this program, run as the command line: `--data FOLDER serve`. It is asked every millisecond.

use crate::open::{self, Shape};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The word that makes this program the command line.
pub const COMMAND_LINE: &str = "--data";

/// What opening may take.
const GOAL_OPENING_SECONDS: f64 = 1.0;
/// What may come on top of it.
const GOAL_MORE_SECONDS: f64 = 0.2;
/// The longest that it is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
const BETWEEN: Duration = Duration::from_millis(1);

/// Prints seconds of each round, and of the median what comes on top of opening.
pub fn run(folder: &Path, shape: Shape) {
    let (mut opening, mut ready) = (Vec::new(), Vec::new());
    for _ in 0..shape.rounds {
        opening.push(open::timed("open, in this process", || open::open(folder)));
        let address = free_port();
        let start = Instant::now();
        let mut serving = serve(folder, address);
        while !is_ready(address) {
            assert!(start.elapsed() < PATIENCE, "it does not get ready");
            std::thread::sleep(BETWEEN);
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("serve, from its start to ready\t{seconds:.3}\ts");
        ready.push(seconds);
        stop(&mut serving);
    }
    let [opening, ready] = [opening, ready].map(median);
    let goal = opening.min(GOAL_OPENING_SECONDS) + GOAL_MORE_SECONDS;
    let met = if ready <= goal { "met" } else { "missed" };
    println!(
        "goal\tserve, from its start to ready\t{ready:.3} s\t(at most {goal:.3}: opening and {GOAL_MORE_SECONDS})\t{met}"
    );
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free")
}

fn serve(folder: &Path, address: SocketAddr) -> Child {
    let program = std::env::current_exe().expect("a program knows where it lies");
    let mut serve = Command::new(program);
    serve.arg(COMMAND_LINE).arg(folder).args(["serve", "--listen", &address.to_string()]);
    serve.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
}

fn is_ready(address: SocketAddr) -> bool {
    let asked = TcpStream::connect(address).and_then(|mut stream| {
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    asked.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 "))
}

fn stop(serving: &mut Child) {
    let told = Command::new("kill").args(["-TERM", &serving.id().to_string()]).status();
    assert!(told.expect("there is a `kill`").success());
    assert!(serving.wait().expect("it is a child").success(), "it ends with status 0");
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
