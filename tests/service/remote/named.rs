//! Which of two places is asked, and what is no address of a service.

use super::{over, ran};
use crate::served::{Served, program};
use std::fs;

#[test]
fn of_a_service_and_a_data_directory_the_one_is_asked_that_is_named_closer_to_the_call() {
    let served = Served::holding("demo");
    let url = format!("http://{}", served.address);
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let settings = folder.path().join("settings.toml");
    let nowhere = folder.path().join("nowhere");
    let nowhere = nowhere.to_str().expect("it is UTF-8");
    let asked = |call: &[&str], environment: &[(&str, &str)], file: &str| {
        fs::write(&settings, file).expect("it can be written");
        let mut program = program();
        program.args(["rights", "user:mike", "case:4711", "--as-of", "300", "--config"]).arg(&settings);
        program.args(call).envs(environment.iter().copied());
        let (status, _, err) = ran(program);
        (status, err)
    };
    let (service, directory) = (Some(0), Some(2));
    let data = format!("data = {nowhere:?}\n");
    let server = format!("server = {url:?}\n");
    assert_eq!(asked(&["--server", &url], &[("CASEWARD_DATA", nowhere)], &data).0, service);
    assert_eq!(asked(&["--data", nowhere], &[("CASEWARD_SERVER", &url)], &server).0, directory);
    assert_eq!(asked(&[], &[("CASEWARD_SERVER", &url)], &data).0, service);
    assert_eq!(asked(&[], &[("CASEWARD_DATA", nowhere)], &server).0, directory);
    assert_eq!(asked(&[], &[], &server).0, service);
    let both = [
        asked(&["--server", &url, "--data", nowhere], &[], ""),
        asked(&[], &[("CASEWARD_SERVER", &url), ("CASEWARD_DATA", nowhere)], ""),
        asked(&[], &[], &format!("{data}{server}")),
    ];
    for (status, err) in both {
        assert!(status == Some(2) && err.contains("`--server` and `--data` name two places to ask"), "{err}");
    }
}

#[test]
fn a_service_is_reached_over_its_socket_and_not_over_what_is_no_address() {
    let served = Served::holding("demo");
    let asked = |server: &str| {
        let mut program = program();
        program.args(["--server", server, "--timeout", "0", "rights", "user:mike", "case:4711", "--as-of", "300"]);
        ran(program)
    };
    let socket = asked(&format!("unix:{}", served.data().join("SOCKET").display()));
    assert_eq!(socket, ran(over(&served, &["rights", "user:mike", "case:4711", "--as-of", "300"])));
    for wrong in ["case.example", "https://a/b", "ftp://case.example", "http://a@b", "http://a/b", "unix:"] {
        assert_eq!(asked(wrong).0, Some(2), "{wrong}");
    }
    let (status, _, err) = asked("unix:/nobody/listens/here");
    assert!(status == Some(6) && err.contains("does not answer") && err.contains("--timeout"), "{err}");
}
