//! Callers who present a JWT: which one counts, and as whom.

use super::fake_issuer::{FakeIssuer, Signer, unsigned};
use super::{Desk, comes, quick};
use crate::callers::told;
use crate::http::{Connection, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use caseward::events::Timestamp;
use caseward::service::Secured;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

/// What the desk's clock says, in seconds.
pub fn now() -> i64 {
    "2026-03-01T12:00:00Z".parse::<Timestamp>().expect("an instant").as_micros() / 1_000_000
}

/// An issuer with two keys, and a desk that knows it.
pub struct Scene {
    pub issuer: FakeIssuer,
    pub signer: Signer,
    pub other_signer: Signer,
    pub desk: Desk,
    pub folder: TempDir,
}

pub fn callers(issuer: &FakeIssuer) -> String {
    format!(
        r#"
        [[issuer]]
        issuer = "{0}"
        audience = "caseward"
        keys = "{0}/keys"
        actor = "user:{{sub}}"

        [[issuer.allow]]
        when = {{ "realm_access.roles" = "auditor" }}
        parts = ["audit", "directory"]
        organizations = ["{{tenant}}"]
        may_name = ["system:hr"]

        [[issuer.allow]]
        when = {{ scope = "check" }}
        parts = ["check"]
        organizations = ["default"]
        about_self = true
        "#,
        issuer.name()
    )
}

impl Scene {
    pub fn new() -> Scene {
        let issuer = FakeIssuer::new();
        let (signer, other_signer) = (Signer::ed25519("first"), Signer::p256("second"));
        issuer.publishes(&[&signer, &other_signer]);
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("callers.toml");
        fs::write(&file, callers(&issuer)).expect("there is room");
        let secured = Secured::default().callers(&file).expect("the file is good");
        let desk = Desk::serving(|service| service.limits(quick()).secured(secured));
        Scene { issuer, signer, other_signer, desk, folder }
    }

    /// The claims of an auditor that are as they should be.
    pub fn claims(&self) -> Value {
        json!({"iss": self.issuer.name(), "aud": ["x", "caseward"], "sub": "ana", "exp": now() + 600, "iat": now(),
            "nbf": now(), "tenant": "default", "realm_access": {"roles": ["auditor"]}})
    }

    pub fn token(&self) -> String {
        self.signer.signs(&self.signer.header(), &self.claims())
    }

    /// Asks something that an auditor may ask.
    pub fn ask(&self, token: &str) -> Response {
        self.desk.ask(token, "GET", "/v1/orgs/default/rights?subject=user:ana&resource=organization", "")
    }

    pub fn follow(&self, token: &str) -> Connection {
        let mut feed = Connection::to(self.desk.address());
        let head =
            format!("GET /v1/orgs/default/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
        feed.send(head.as_bytes());
        assert_eq!(feed.head().expect("it answers").0, 200);
        feed
    }
}

/// The last that a stream says.
pub fn last_word(feed: &mut Connection) -> String {
    let mut last = String::new();
    while let Some(piece) = feed.chunk() {
        last = String::from_utf8(piece).expect("it is text");
    }
    last
}

fn with(mut value: Value, name: &str, other: Value) -> Value {
    let fields = value.as_object_mut().expect("an object");
    if other.is_null() {
        fields.remove(name);
    } else {
        fields.insert(name.to_owned(), other);
    }
    value
}

#[test]
fn a_jwt_that_counts_is_a_caller_with_what_its_claims_stand_for_and_events_say_so() {
    let scene = Scene::new();
    let token = scene.token();
    assert_eq!(scene.ask(&token).status, 200);
    assert_eq!(scene.ask(&scene.other_signer.signs(&scene.other_signer.header(), &scene.claims())).status, 200);
    let send = |actor: &str| {
        let command = json!({"actor": actor, "command": {"add_member": {"group": "g", "member": "user:ben"}}});
        scene.desk.ask(&token, "POST", "/v1/orgs/default/commands", &command.to_string())
    };
    assert_eq!(send("user:ana").status, 200);
    let event = scene.desk.events().pop().expect("it was stored");
    let via = format!("jwt:{}#ana", scene.issuer.name());
    assert_eq!((event.actor.to_string(), event.via.map(|via| via.to_string())), ("user:ana".to_owned(), Some(via)));
    assert_eq!(send("user:ben").code(), "actor_not_allowed", "groups, and other persons, are not for claims");
    assert_ne!(send("system:hr").status, 403, "the file agrees to this one");
    assert_eq!(scene.desk.ask(&token, "GET", "/v1/orgs/default/status", "").status, 403);
    assert_eq!(scene.desk.ask(&token, "GET", "/v1/orgs/north/rights", "").status, 404);
    let north = scene.signer.signs(&scene.signer.header(), &with(scene.claims(), "tenant", json!(["north"])));
    assert_eq!(scene.ask(&north).status, 404);
    let all = scene.signer.signs(&scene.signer.header(), &with(scene.claims(), "tenant", json!("*")));
    assert_eq!(scene.ask(&all).status, 404, "no claim says all organizations");
}

#[test]
fn who_may_ask_about_themselves_asks_about_nobody_else_and_who_fits_no_entry_may_nothing() {
    let scene = Scene::new();
    let claims = with(with(scene.claims(), "realm_access", Value::Null), "scope", json!("openid check"));
    let token = scene.signer.signs(&scene.signer.header(), &claims);
    let ask = |subject: &str| {
        let question = json!({"subject": subject, "action": "read", "resource": "case:1"}).to_string();
        scene.desk.ask(&token, "POST", "/v1/orgs/default/check", &question).status
    };
    assert_eq!((ask("user:ana"), ask("user:ben")), (200, 403));
    let nothing = scene.signer.signs(&scene.signer.header(), &with(claims, "scope", json!("checks")));
    assert_eq!(scene.ask(&nothing).status, 404);
    assert_eq!(scene.desk.ask(&nothing, "GET", "/v1/orgs", "").status, 403, "it is known, and has no part");
}

/// Each is wrong in one way alone.
fn wrong(scene: &Scene) -> Vec<(&'static str, String)> {
    let (signer, claims) = (&scene.signer, scene.claims());
    let header = signer.header();
    let claiming = |name: &str, value: Value| signer.signs(&header, &with(claims.clone(), name, value));
    let heading = |name: &str, value: Value| signer.signs(&with(header.clone(), name, value), &claims);
    let token = scene.token();
    let (signed, signature) = token.rsplit_once('.').expect("it has three parts");
    let none = unsigned(&json!({"alg": "none", "typ": "at+jwt"}), &claims);
    // A public key is taken for the secret that anybody could sign with.
    let as_secret = unsigned(&json!({"alg": "HS256", "kid": "first", "typ": "at+jwt"}), &claims);
    let public = URL_SAFE_NO_PAD.decode(signer.jwk()["x"].as_str().expect("a text")).expect("it is base64url");
    let mac = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &public), as_secret.as_bytes());
    let other = with(claims.clone(), "sub", json!("ben"));
    let forged = Signer::ed25519("first");
    vec![
        ("it has ended", claiming("exp", json!(now() - 31))),
        ("its end is none", claiming("exp", Value::Null)),
        ("its end is a text", claiming("exp", json!((now() + 600).to_string()))),
        ("it has not begun", claiming("nbf", json!(now() + 31))),
        ("its beginning is a text", claiming("nbf", json!("0"))),
        ("it was issued in what is to come", claiming("iat", json!(now() + 31))),
        ("it was issued behind its end", claiming("iat", json!(now() + 601))),
        ("it is for others", claiming("aud", json!("other"))),
        ("it is for others too long a list", claiming("aud", json!(["other", "caseward "]))),
        ("it is for nobody", claiming("aud", Value::Null)),
        ("its audience is no text", claiming("aud", json!(["caseward", 7]))),
        ("it is of another issuer", claiming("iss", json!("http://localhost:1"))),
        ("it is of nobody", claiming("iss", Value::Null)),
        ("it is about nobody", claiming("sub", Value::Null)),
        ("it is about no text", claiming("sub", json!(7))),
        ("it is about what is no actor", claiming("sub", json!("a\nb"))),
        ("it is of another type", heading("typ", json!("JWT"))),
        ("it says no type", heading("typ", Value::Null)),
        ("its key is not known", heading("kid", json!("third"))),
        ("its key is another one", heading("kid", json!("second"))),
        ("it wants something understood", heading("crit", json!(["exp"]))),
        ("its algorithm is another", heading("alg", json!("ES256"))),
        ("it is signed by another key of that name", forged.signs(&header, &claims)),
        ("it is not signed", format!("{none}.")),
        ("it is not signed, and has a signature", format!("{none}.{signature}")),
        ("it is signed with a public key", format!("{as_secret}.{}", URL_SAFE_NO_PAD.encode(mac.as_ref()))),
        ("its claims were changed", format!("{}.{signature}", unsigned(&header, &other))),
        ("its signature was cut", format!("{signed}.{}", &signature[..80])),
        ("it has a part more", format!("{token}.{signature}")),
        ("it is longer than is looked at", claiming("x", json!("x".repeat(16 << 10)))),
    ]
}

#[test]
fn a_jwt_that_is_wrong_in_any_way_is_nobody_and_told_what_nobody_is_told() {
    let scene = Scene::new();
    assert_eq!(scene.ask(&scene.token()).status, 200, "nothing but one thing is wrong with each");
    let path = "/v1/orgs/default/rights?subject=user:ana&resource=organization";
    let nothing = told(Connection::to(scene.desk.address()).ask("GET", path, &[], ""));
    assert_eq!(nothing.0, 401, "this machine is not let in unknown");
    let wrong = wrong(&scene);
    let mut expected = 1;
    for (why, token) in &wrong {
        assert_eq!(told(scene.ask(token)), nothing, "{why}");
        expected += 1;
    }
    assert_eq!(scene.desk.refused().unknown, expected);
    assert_eq!(scene.ask(&scene.token()).status, 200);
}

#[test]
fn what_clocks_may_differ_by_is_allowed_and_no_more() {
    let scene = Scene::new();
    let ending = |seconds: i64| {
        let claims = with(scene.claims(), "exp", json!(now() - seconds));
        let claims = with(with(claims, "iat", json!(now() - 60)), "nbf", json!(now() - 60));
        scene.ask(&scene.signer.signs(&scene.signer.header(), &claims)).status
    };
    assert_eq!((ending(29), ending(30)), (200, 401));
    let beginning = |seconds: i64| {
        let claims = with(scene.claims(), "nbf", json!(now() + seconds));
        scene.ask(&scene.signer.signs(&scene.signer.header(), &claims)).status
    };
    assert_eq!((beginning(30), beginning(31)), (200, 401));
}

#[test]
fn a_jwt_that_ends_ends_the_feed_that_is_open() {
    let scene = Scene::new();
    let token = scene.token();
    let mut feed = scene.follow(&token);
    scene.desk.at("2026-03-01T12:10:29Z");
    assert_eq!(scene.ask(&token).status, 200);
    scene.desk.at("2026-03-01T12:10:30Z");
    assert!(last_word(&mut feed).contains("unknown_caller"));
    assert_eq!(scene.ask(&token).status, 401);
}

#[test]
fn who_is_taken_out_of_the_file_is_shut_out_of_what_is_open_too() {
    let scene = Scene::new();
    let token = scene.token();
    let mut feed = scene.follow(&token);
    let file = scene.folder.path().join("callers.toml");
    let other = callers(&scene.issuer).replace("audience = \"caseward\"", "audience = \"elsewhere\"");
    fs::write(&file, other).expect("there is room");
    assert!(last_word(&mut feed).contains("unknown_caller"));
    assert_eq!(scene.ask(&token).status, 401);
    fs::write(&file, callers(&scene.issuer)).expect("there is room");
    comes("the file as it was", || scene.ask(&token).status == 200);
}
