//! A service that another program started and watches: it takes the sockets that it is handed, says when it is ready and
//! when it stops, and can be asked whether it is.

use crate::http::{Connection, request};
use crate::served::program;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// What whoever starts the service hears of it.
struct Heard(UnixDatagram);

impl Heard {
    fn at(path: &Path) -> Heard {
        let socket = UnixDatagram::bind(path).expect("there is room for a socket");
        socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout can be set");
        Heard(socket)
    }

    fn next(&self) -> String {
        let mut message = [0; 4_096];
        let length = self.0.recv(&mut message).expect("it says something");
        String::from_utf8_lossy(&message[..length]).into_owned()
    }
}

/// Starts a service as systemd does: it is told where to say how it is, and has a socket that listens as its descriptor 3.
fn start(folder: &TempDir, listener: &TcpListener, watchdog: Option<u32>) -> Child {
    let listener: OwnedFd = listener.try_clone().expect("there is a descriptor").into();
    let mut shell = Command::new("sh");
    // The shell becomes the program, and keeps its number.
    shell.args(["-c", r#"exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@""#, "sh"]);
    shell.arg(program().get_program()).arg("--data").arg(folder.path().join("data")).arg("serve");
    shell.env_remove("CASEWARD_CONFIG").env("NOTIFY_SOCKET", folder.path().join("notify"));
    shell.envs(watchdog.map(|micros| ("WATCHDOG_USEC", micros.to_string())));
    shell.stdin(Stdio::from(listener)).stderr(Stdio::null()).stdout(Stdio::null()).spawn().expect("there is a shell")
}

fn terminate(mut service: Child) {
    let sent = Command::new("kill").args(["-TERM", &service.id().to_string()]).status();
    assert!(sent.expect("there is a `kill`").success());
    assert_eq!(service.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_socket_that_is_handed_over_outlives_the_service_and_whoever_connects_between_two_is_answered() {
    let folder = TempDir::new().expect("a temporary folder");
    let heard = Heard::at(&folder.path().join("notify"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has one");
    let first = start(&folder, &listener, None);
    assert_eq!(heard.next(), format!("READY=1\nSTATUS=serving at {address}"));
    assert_eq!(Connection::to(address).ask("GET", "/readyz", &[], "").status, 200);
    terminate(first);
    assert_eq!(heard.next(), "STOPPING=1");
    // Nobody serves, and a client finds an open door all the same.
    let mut between = Connection::to(address);
    between.send(request("GET", "/readyz", &[], "").as_bytes());
    let second = start(&folder, &listener, None);
    assert_eq!(between.response().expect("the next one answers").status, 200);
    assert!(heard.next().starts_with("READY=1\n"));
    terminate(second);
}

#[test]
fn a_watchdog_hears_again_and_again_that_the_service_is_alive() {
    let folder = TempDir::new().expect("a temporary folder");
    let heard = Heard::at(&folder.path().join("notify"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let service = start(&folder, &listener, Some(20_000));
    assert!(heard.next().starts_with("READY=1\n"));
    assert_eq!([heard.next(), heard.next(), heard.next()], ["WATCHDOG=1"; 3]);
    terminate(service);
}

#[test]
fn what_is_handed_over_must_be_as_safe_as_what_is_named() {
    let folder = TempDir::new().expect("a temporary folder");
    let _heard = Heard::at(&folder.path().join("notify"));
    let listener = TcpListener::bind("0.0.0.0:0").expect("a port is free");
    let mut service = start(&folder, &listener, None);
    assert_eq!(service.wait().expect("it ends").code(), Some(2), "tokens would pass in clear");
}

#[test]
fn status_asks_whoever_has_the_store_whether_it_is_ready_and_opens_none() {
    let folder = TempDir::new().expect("a temporary folder");
    let data = folder.path().join("data");
    let ready = |form: &str| {
        let mut program = program();
        let ran = program.arg("--data").arg(&data).args(["status", "--ready", "--output", form]).output();
        let ran = ran.expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("it prints text");
        (ran.status.code().expect("it ends by itself"), text(ran.stdout), text(ran.stderr))
    };
    let (status, _, said) = ready("human");
    assert_eq!(status, 6, "{said}");
    assert!(said.contains("nobody answers at") && !data.exists(), "{said}");
    let heard = Heard::at(&folder.path().join("notify"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let service = start(&folder, &listener, None);
    heard.next();
    assert_eq!(ready("jsonl"), (0, "{\"serves\":true,\"takes_commands\":true}\n".to_owned(), String::new()));
    assert_eq!(ready("human").1, "ready: questions are answered, and commands are taken\n");
    terminate(service);
    assert_eq!(ready("human").0, 6);
}
