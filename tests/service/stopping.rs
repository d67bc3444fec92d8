//! How a service starts and ends: on what is free, with nothing lost, and in order.

use crate::served::{Served, fixture, program};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn a_service_that_is_told_to_stop_ends_with_status_0_and_leaves_a_store_that_was_closed() {
    for signal in ["-TERM", "-INT"] {
        let served = Served::holding("demo");
        let lock = std::fs::read_to_string(served.data().join("LOCK")).expect("it is there");
        assert!(lock.contains(" serve), since "), "the verb is told, though options stand in front of it: {lock}");
        served.accepted(r#"{"id":"last","command":{"add_member":{"group":"g","member":"user:last"}}}"#);
        // One that is idle, and one that has sent half of its request, keep nothing from ending.
        let (mut idle, mut half) = (served.connect(), served.connect());
        idle.ask("GET", "/healthz", &[], "");
        half.send(b"POST /v1/orgs/default/check HTTP/1.1\r\nhost: localhost\r\ncontent-len");
        served.signal(signal);
        let (status, said, folder) = served.ended();
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(said.contains("stopping: SIG"), "{said}");
        let data = folder.path().join("data");
        assert!(!data.join("SOCKET").exists(), "the socket is gone");
        let output = program().arg("--data").arg(data).args(["status"]).output().expect("the program starts");
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    }
}

#[test]
fn a_socket_that_was_left_behind_is_taken_over_and_a_file_of_that_name_is_not() {
    let served = Served::empty();
    served.signal("-KILL");
    let (_, _, folder) = served.ended();
    let socket = folder.path().join("data/SOCKET");
    assert!(socket.exists(), "nobody took it away");
    let served = Served::over(folder);
    assert!(std::os::unix::net::UnixStream::connect(&socket).is_ok());
    let (_, _, folder) = served.stop();
    std::fs::write(&socket, "mine").expect("it can be written");
    let serve =
        program().arg("--data").arg(folder.path().join("data")).args(["serve", "--listen", "127.0.0.1:0"]).output();
    let output = serve.expect("the program starts");
    assert_eq!(output.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&output.stderr).contains("it is not a socket"), "{output:?}");
    assert_eq!(std::fs::read_to_string(&socket).expect("it is there"), "mine");
}

#[test]
fn only_this_machine_is_let_in_where_nobody_is_known() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let output =
            program().args(["serve", "--memory-store", "--listen", address]).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("pass on the network in clear"), "{output:?}");
    }
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has one").to_string();
    let output =
        program().args(["serve", "--memory-store", "--listen", &address]).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains(&format!("cannot listen at {address}")), "{said}");
}

#[test]
fn a_fixture_is_served_from_memory() {
    let mut serve = program();
    serve.args(["serve", "--memory-store", "--listen", "127.0.0.1:0", "--fixture"]).arg(fixture("demo"));
    let mut serving = serve.stderr(Stdio::piped()).spawn().expect("the program starts");
    let lines = BufReader::new(serving.stderr.take().expect("it is piped")).lines();
    let serving_what = lines.map(|line| line.expect("it says text")).find(|line| line.contains("http://"));
    let (of, rest) = serving_what.as_deref().and_then(|line| line.split_once(" at http://")).expect("it says where");
    assert_eq!(of, format!("serving {} in memory", fixture("demo").display()));
    let address = rest.split(' ').next().expect("it has an end").parse().expect("an address");
    let status = crate::http::Connection::to(address).ask("GET", "/v1/orgs/default/status", &[], "").json();
    assert_eq!(status["head"], 328);
    serving.kill().expect("it runs");
    serving.wait().expect("it ends");
}
