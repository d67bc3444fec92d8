//! Handshakes: which are made, with which certificate, and how long one may take.

use super::{Authority, Desk, PATIENCE, Pair, ask, comes, connect, over_tls, quick};
use crate::http::Connection;
use caseward::service::{PublicUrl, Secured, TlsError, TlsFiles};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

fn serving(authority: &Authority) -> Desk {
    let files = TlsFiles { client_ca: None, ..authority.files() };
    let secured = Secured::default().tls(&files).expect("the files are good");
    let url: PublicUrl = "https://localhost".parse().expect("an address");
    Desk::serving(|service| service.limits(quick()).secured(secured).public_url(Some(url)))
}

#[test]
fn both_versions_of_tls_are_spoken_and_http_1_1_alone() {
    let authority = Authority::new();
    let desk = serving(&authority);
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let mut config = authority.client_of(&[version], None);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let (client, _) = connect(desk.address(), config.clone()).expect("the handshake is made");
        assert_eq!(client.protocol_version(), Some(version.version));
        assert_eq!(client.alpn_protocol(), Some(&b"http/1.1"[..]));
        let told = over_tls(desk.address(), config.clone()).ask("GET", "/.well-known/authzen-configuration", &[], "");
        assert_eq!(told.json()["policy_decision_point"], "https://localhost", "{told:?}");
        config.alpn_protocols = vec![b"h2".to_vec()];
        assert!(connect(desk.address(), config).is_err(), "HTTP/2 is not spoken");
    }
    let stranger = Authority::new();
    assert!(connect(desk.address(), stranger.client(None)).is_err(), "its certificate is of another signer");
}

#[test]
fn who_speaks_plain_http_is_told_to_speak_tls() {
    let authority = Authority::new();
    let desk = serving(&authority);
    let told = Connection::to(desk.address()).ask("GET", "/healthz", &[], "");
    assert_eq!((told.status, told.code().as_str()), (400, "invalid"));
    assert!(told.body.contains("this address speaks TLS"), "{told:?}");
    // What is neither ends too.
    let mut stream = TcpStream::connect(desk.address()).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    stream.write_all(&[0; 64]).expect("it takes them");
    let mut rest = Vec::new();
    // It may be closed in either way, but is closed.
    let ended = stream.read_to_end(&mut rest);
    assert!(ended.is_ok() || ended.is_err_and(|why| why.kind() != std::io::ErrorKind::WouldBlock));
}

#[test]
fn a_certificate_that_is_renewed_is_used_while_the_service_runs() {
    let authority = Authority::new();
    let desk = serving(&authority);
    let shown = || {
        let (client, _) = connect(desk.address(), authority.client(None)).expect("the handshake is made");
        client.peer_certificates().expect("it has shown one")[0].to_vec()
    };
    let first = shown();
    authority.write("key.pem", "this is no key");
    assert_eq!(shown(), first);
    let Pair { certificate, key } = authority.signs("localhost");
    authority.write("cert.pem", &certificate);
    authority.write("key.pem", &key);
    comes("the new certificate", || shown() != first);
    assert_eq!(ask(&desk, authority.client(None), "/healthz", None).status, 200);
}

#[test]
fn a_handshake_that_is_not_made_ends_and_holds_no_place_that_another_needs() {
    let authority = Authority::new();
    let secured = || Secured::default().tls(&authority.files()).expect("the files are good");
    let mut limits = quick();
    limits.handshake_time = Duration::from_millis(50);
    let desk = Desk::serving(|service| service.limits(limits).secured(secured()));
    let silent = |desk: &Desk| {
        let stream = TcpStream::connect(desk.address()).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream
    };
    assert_eq!(silent(&desk).read(&mut [0]).expect("it is closed"), 0, "in time");
    let mut limits = quick();
    limits.connections = 1;
    limits.handshake_time = PATIENCE * 10;
    let desk = Desk::serving(|service| service.limits(limits).secured(secured()));
    let mut first = silent(&desk);
    assert_eq!(ask(&desk, authority.client(None), "/healthz", None).status, 200, "it takes the place");
    assert_eq!(first.read(&mut [0]).expect("it is closed"), 0);
}

#[test]
fn files_that_cannot_be_used_are_told_before_anything_is_served() {
    let authority = Authority::new();
    let good = authority.files();
    let said = |files: &TlsFiles| match Secured::default().tls(files) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error,
    };
    let missing = TlsFiles { key: authority.file("no-such.pem"), ..good.clone() };
    assert!(matches!(said(&missing), TlsError::Unread(_)));
    let swapped = TlsFiles { certificate: good.key.clone(), key: good.certificate.clone(), client_ca: None };
    assert!(matches!(said(&swapped), TlsError::Empty { what: "certificate", .. }));
    let other = authority.write("other.pem", &authority.signs("localhost").key);
    assert!(matches!(said(&TlsFiles { key: other, ..good.clone() }), TlsError::Unusable { .. }));
    let no_ca = authority.write("no-ca.pem", "");
    assert!(matches!(said(&TlsFiles { client_ca: Some(no_ca), ..good }), TlsError::Empty { what: "certificate", .. }));
}
