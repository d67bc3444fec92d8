//! The command line over `https`: it says what it says over the store, and each way in which a handshake fails is told with
//! what to do.

use super::{Said, beside, given, ran};
use crate::secured::{Authority, Pair};
use crate::served::{Served, fixture, program};
use rcgen::{BasicConstraints, CertificateParams, IsCa, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConnection};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use tempfile::TempDir;

/// The demo, behind a certificate.
fn demo(certificate: &Path, key: &Path, more: &[&str]) -> Served {
    let folder = TempDir::new().expect("a temporary folder");
    let mut import = program();
    import.arg("--data").arg(folder.path().join("data")).arg("import").arg(fixture("demo").join("commands.jsonl"));
    assert_eq!(ran(import).0, Some(0));
    let tls = ["--tls-cert", text(certificate), "--tls-key", text(key)];
    Served::with(folder, &[&tls[..], more].concat())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a text")
}

/// A call of whoever answers at a port, as `localhost`.
fn call(port: u16, arguments: &[&str]) -> Command {
    call_at(&format!("https://localhost:{port}"), arguments)
}

fn call_at(server: &str, arguments: &[&str]) -> Command {
    let mut program = program();
    // A handshake that is tried again goes on for longer than a test may take.
    program.args(["--server", server, "--timeout", "3600"]).args(arguments);
    program
}

const ASK: [&str; 4] = ["check", "user:mike", "read", "case:4711"];

#[test]
fn over_tls_a_verb_prints_what_it_prints_over_the_store() {
    let authority = Authority::new();
    let files = authority.files();
    let ca = files.client_ca.expect("it has one");
    let served = demo(&files.certificate, &files.key, &[]);
    let port = served.address.port();
    for asked in [
        &["check", "user:mike", "write", "case:4711", "--as-of", "168"][..],
        &["who", "read", "case:4711", "--as-of", "300", "--output", "json"],
        &["history", "organization", "--output", "jsonl"],
        &["export", "--as-of", "200"],
        &["tail", "-n", "5"],
        &["check", "user:mike", "fly", "case:4711"],
    ] {
        let with_ca = [asked, &["--ca", text(&ca)]].concat();
        assert_eq!(ran(call(port, &with_ca)), ran(beside(&served, asked)), "{asked:?}");
    }
    let mut by_variable = call(port, &ASK);
    by_variable.env("CASEWARD_CA", &ca);
    assert_eq!(ran(by_variable), ran(beside(&served, &ASK)));
    let lines: String = (0..500)
        .map(|one| format!(r#"{{"command":{{"add_member":{{"group":"g","member":"user:{one}"}}}}}}"#) + "\n")
        .collect();
    let (status, out, err) = given(call(port, &["apply", "-", "--output", "jsonl", "--ca", text(&ca)]), &lines);
    assert_eq!((status, out.lines().count()), (Some(0), 500), "{err}");
}

#[test]
fn a_token_goes_over_tls_without_a_warning_and_a_certificate_of_the_caller_is_a_caller() {
    let authority = Authority::new();
    let files = authority.files();
    let ca = files.client_ca.clone().expect("it has one");
    let callers = authority.write(
        "callers.toml",
        "[[certificate]]\ndns = \"desk.internal\"\nname = \"desk\"\nparts = [\"check\", \"audit\"]\norganizations = [\"default\"]\n",
    );
    let served = demo(&files.certificate, &files.key, &["--tls-client-ca", text(&ca), "--callers", text(&callers)]);
    let port = served.address.port();
    let said = |more: &[&str]| ran(call(port, &[&ASK[..], &["--ca", text(&ca)], more].concat()));
    let (status, out, err) = said(&[]);
    assert_eq!((status, out.as_str()), (Some(4), ""), "nobody is let in unknown: {err}");
    let (_, token, _) = ran(beside(&served, &["token", "issue", "desk", "--part", "check", "--part", "audit"]));
    let expected = ran(beside(&served, &ASK));
    assert_eq!(said(&["--token", token.trim()]), expected);
    let Pair { certificate, key } = authority.signs("desk.internal");
    let own = [authority.write("own.pem", &certificate), authority.write("own-key.pem", &key)];
    let own = ["--client-cert", text(&own[0]), "--client-key", text(&own[1])];
    assert_eq!(said(&own), expected);
    // One that somebody else has signed is refused, and no other way is tried.
    let Pair { certificate, key } = Authority::new().signs("desk.internal");
    let [other, other_key] = [authority.write("other.pem", &certificate), authority.write("other-key.pem", &key)];
    let (status, out, err) = said(&["--client-cert", text(&other), "--client-key", text(&other_key)]);
    assert_eq!((status, out.as_str()), (Some(4), ""), "{err}");
    assert!(err.contains("does not take the certificate in") && err.contains("other.pem"), "{err}");
    assert!(err.contains("--tls-client-ca"), "{err}");
}

#[test]
fn each_thing_that_is_wrong_with_a_certificate_is_told_with_what_to_do() {
    let authority = Authority::new();
    let files = authority.files();
    let ca = files.client_ca.clone().expect("it has one");
    let stranger = authority.write("stranger.pem", &Authority::new().pem());
    let served = demo(&files.certificate, &files.key, &[]);
    let port = served.address.port();
    let mut by_system = call(port, &ASK);
    by_system.env("SSL_CERT_FILE", &stranger);
    is_told(ran(by_system), 6, "was signed by nobody whom this machine believes", "--ca FILE");
    let by_other = ran(call(port, &[&ASK[..], &["--ca", text(&stranger)]].concat()));
    is_told(by_other, 6, "was not signed by one in", "--ca names the file");
    let by_address = ran(call_at(&format!("https://127.0.0.1:{port}"), &[&ASK[..], &["--ca", text(&ca)]].concat()));
    is_told(by_address, 6, "is for localhost", "as its certificate does");
    let is_old = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 2, 1);
    let is_to_come = |params: &mut CertificateParams| params.not_before = date_time_ymd(2190, 1, 1);
    let signs_others = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    type Made<'a> = &'a dyn Fn(&mut CertificateParams);
    let kinds: [(&str, Made<'_>, &str, &str); 3] = [
        ("old", &is_old, "was valid until 2020-02-01T00:00:00Z", "renew it"),
        ("new", &is_to_come, "is valid from 2190-01-01T00:00:00Z on", "clock"),
        ("ca", &signs_others, "is one that signs others", "CA:FALSE"),
    ];
    for (name, of, words, hint) in kinds {
        let Pair { certificate, key } = authority.signs_one("localhost", of);
        let certificate = authority.write(&format!("{name}.pem"), &certificate);
        let key = authority.write(&format!("{name}-key.pem"), &key);
        let served = demo(&certificate, &key, &[]);
        let said = ran(call(served.address.port(), &[&ASK[..], &["--ca", text(&ca)]].concat()));
        is_told(said, 6, words, hint);
    }
}

fn is_told((status, out, err): Said, expected: i32, words: &str, hint: &str) {
    assert_eq!((status, out.as_str()), (Some(expected), ""), "{err}");
    let (told, rest) = err.split_once("\n").unwrap_or((&err, ""));
    assert!(told.starts_with("error: ") && told.contains(words), "`{words}`: {err}");
    assert!(rest.contains("  hint: ") && rest.contains(hint), "`{hint}`: {err}");
    assert!(!err.contains("in doubt"), "{err}");
}

/// Answers one connection.
fn answering(answer: impl FnOnce(std::net::TcpStream) + Send + 'static) -> (u16, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let serve = move || {
        let (stream, _) = listener.accept().expect("somebody connects");
        // Whoever tried again would be turned away.
        drop(listener);
        answer(stream);
    };
    (port, thread::spawn(serve))
}

#[test]
fn who_speaks_no_tls_or_none_in_common_is_told_from_a_service() {
    let authority = Authority::new();
    let ca = authority.write("ca.pem", &authority.pem());
    let said = |port: u16| ran(call(port, &[&ASK[..], &["--ca", text(&ca)]].concat()));
    let plain = Served::holding("demo");
    is_told(said(plain.address.port()), 6, "speaks no TLS", "http://");
    for (alert, words, hint, status) in [
        (70, "no way to encrypt in common: ProtocolVersion", "TLS 1.3 and 1.2", 6),
        (40, "it may ask for a certificate of the caller", "--client-cert", 4),
        (112, "ends the handshake: UnrecognisedName", "openssl s_client", 6),
    ] {
        let (port, answered) = answering(move |mut stream| {
            let _ = stream.read(&mut [0; 4_096]).expect("it says hello");
            stream.write_all(&[21, 3, 3, 0, 2, 2, alert]).expect("it listens");
        });
        is_told(said(port), status, words, hint);
        answered.join().expect("it answered");
    }
    // One that only ends is asked again, since it may be starting.
    let (port, answered) = answering(drop);
    let server = format!("https://localhost:{port}");
    let mut impatient = program();
    impatient.args(["--server", &server, "--timeout", "0", "--ca", text(&ca)]).args(ASK);
    is_told(ran(impatient), 6, "does not answer", "--timeout");
    answered.join().expect("it answered");
}

#[test]
fn a_service_that_asks_for_a_certificate_is_told_as_one_that_lets_nobody_else_in() {
    let authority = Authority::new();
    let ca = authority.write("ca.pem", &authority.pem());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).expect("it is one")).expect("it is one");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
    let Pair { certificate, key } = authority.signs("localhost");
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("it is one")];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("it is one");
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .expect("it is built in")
            .with_client_cert_verifier(verifier.clone().expect("it can be built"))
            .with_single_cert(chain.clone(), key.clone_key())
            .expect("they go together");
        let config = Arc::new(config);
        let (port, answered) = answering(move |mut stream| {
            let mut server = ServerConnection::new(config).expect("the configuration is good");
            while server.is_handshaking() && server.complete_io(&mut stream).is_ok() {}
            // The alert has to get there before the connection ends on what was sent meanwhile.
            let _ = server.complete_io(&mut stream);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let said = ran(call(port, &[&ASK[..], &["--ca", text(&ca)]].concat()));
        is_told(said, 4, "a certificate of the caller", "--client-cert FILE and --client-key FILE");
        answered.join().expect("it answered");
    }
}

#[test]
fn files_that_cannot_be_used_and_addresses_that_take_none_are_wrong_calls() {
    let authority = Authority::new();
    let files = authority.files();
    let ca = files.client_ca.clone().expect("it has one");
    let empty = authority.write("empty.pem", "nothing");
    let other = authority.write("other-key.pem", &authority.signs("a").key);
    let (ca, empty, other) = (text(&ca), text(&empty), text(&other));
    let (certificate, key) = (text(&files.certificate), text(&files.key));
    let server = "https://localhost:1";
    for (server, arguments, words, hint) in [
        (server, &["--ca", "/no/such.pem"][..], "cannot read `/no/such.pem`", "PEM"),
        (server, &["--ca", empty], "holds no certificate in PEM", "PEM"),
        (server, &["--ca", ca, "--client-cert", certificate], "go together", "both files"),
        (server, &["--ca", ca, "--client-cert", certificate, "--client-key", ca], "holds no key without", "password"),
        (server, &["--ca", ca, "--client-cert", certificate, "--client-key", other], "cannot be used", "belongs to"),
        ("http://localhost:1", &["--ca", ca], "`--ca` is for a service with TLS", "https://"),
        (
            "unix:a",
            &["--client-cert", certificate, "--client-key", key],
            "`--client-cert` is for a service",
            "https://",
        ),
        ("https://a_b..c", &["--ca", ca], "no name that a certificate could have", "as its certificate does"),
    ] {
        let said = ran(call_at(server, &[&ASK[..], arguments].concat()));
        is_told(said, 2, words, hint);
    }
    let mut no_roots = call_at(server, &ASK);
    no_roots.env("SSL_CERT_FILE", empty);
    is_told(ran(no_roots), 2, "certificates that the system believes", "--ca FILE");
}
