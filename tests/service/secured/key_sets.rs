//! The keys of issuers: where they come from, and what becomes of a JWT whose key comes or goes.

use super::fake_issuer::{FakeIssuer, Signer};
use super::jwt::{Scene, callers, last_word};
use super::{Authority, Desk, comes, quick};
use caseward::service::{Limits, Secured};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

fn serving(file: &Path, limits: Limits) -> Desk {
    let secured = Secured::default().callers(file).expect("the file is good");
    Desk::serving(|service| service.limits(limits).secured(secured))
}

fn token(scene: &Scene, signer: &Signer) -> String {
    signer.signs(&signer.header(), &scene.claims())
}

#[test]
fn a_key_that_is_new_counts_with_the_first_request_that_names_it() {
    let scene = Scene::new();
    assert_eq!(scene.ask(&scene.token()).status, 200);
    let new = Signer::ed25519("third");
    scene.issuer.publishes(&[&scene.signer, &scene.other_signer, &new]);
    // The last fetch may have been just now: from some request on it is fetched again.
    comes("the new key", || scene.ask(&token(&scene, &new)).status == 200);
    assert_eq!(scene.ask(&scene.token()).status, 200, "the old one counts still");
}

#[test]
fn a_key_that_is_withdrawn_shuts_out_who_presents_it_and_what_is_open() {
    let scene = Scene::new();
    let withdrawn = scene.token();
    let mut feed = scene.follow(&withdrawn);
    scene.issuer.publishes(&[&scene.other_signer]);
    // Somebody names a key that is not known, and so they are fetched again.
    let strange = token(&scene, &Signer::ed25519("strange"));
    comes("the keys without it", || {
        assert_eq!(scene.ask(&strange).status, 401);
        scene.ask(&withdrawn).status == 401
    });
    assert!(last_word(&mut feed).contains("unknown_caller"));
    assert_eq!(scene.ask(&token(&scene, &scene.other_signer)).status, 200);
}

#[test]
fn an_issuer_that_does_not_answer_leaves_the_keys_that_were_good() {
    let scene = Scene::new();
    assert_eq!(scene.ask(&scene.token()).status, 200);
    scene.issuer.fails();
    let (asked, strange) = (scene.issuer.asked("/keys"), token(&scene, &Signer::ed25519("strange")));
    comes("it was asked again", || {
        assert_eq!(scene.ask(&strange).status, 401);
        scene.issuer.asked("/keys") > asked
    });
    assert_eq!(scene.ask(&scene.token()).status, 200);
    scene.issuer.serves("/keys", "<html>");
    let asked = scene.issuer.asked("/keys");
    comes("it was asked again", || scene.issuer.asked("/keys") > asked + 1);
    assert_eq!(scene.ask(&scene.token()).status, 200);
}

#[test]
fn however_many_unknown_keys_are_named_the_issuer_is_asked_once() {
    let scene = Scene::new();
    let file = scene.folder.path().join("callers.toml");
    let desk = serving(&file, Limits::default());
    let ask = |token: &str| desk.ask(token, "GET", "/v1/orgs", "").status;
    assert_eq!(ask(&scene.token()), 200);
    let before = scene.issuer.asked("/keys");
    // Fetches of the first desk of the scene are none: its keys are all known, and it asks every five minutes.
    for number in 0..50 {
        assert_eq!(ask(&token(&scene, &Signer::ed25519(&format!("strange-{number}")))), 401);
    }
    assert_eq!(scene.issuer.asked("/keys"), before, "they were fetched within the last ten seconds");
}

#[test]
fn keys_are_fetched_again_though_nobody_names_one_that_is_new() {
    let scene = Scene::new();
    let file = scene.folder.path().join("callers.toml");
    let mut limits = Limits::default();
    limits.keys_time = Duration::from_millis(20);
    let desk = serving(&file, limits);
    let token = scene.token();
    let ask = || desk.ask(&token, "GET", "/v1/orgs", "").status;
    assert_eq!(ask(), 200);
    scene.issuer.publishes(&[&scene.other_signer]);
    // Its key is known, so that nothing but the time has the keys fetched.
    comes("the keys without it", || ask() == 401);
}

#[test]
fn keys_are_found_by_the_issuers_description_of_itself_over_tls() {
    let authority = Authority::new();
    let issuer = FakeIssuer::over_tls(&authority);
    let signer = Signer::ed25519("only");
    issuer.publishes(&[&signer]);
    issuer.describes_itself_as("https://somebody.else");
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("ca.pem"), authority.pem()).expect("there is room");
    let file = folder.path().join("callers.toml");
    let keys = format!("keys = \"{}/keys\"", issuer.name());
    let text = callers(&issuer).replace(&keys, "ca = \"ca.pem\"");
    fs::write(&file, &text).expect("there is room");
    let desk = serving(&file, quick());
    let claims = json!({"iss": issuer.name(), "aud": "caseward", "sub": "ana", "exp": super::jwt::now() + 600,
        "tenant": "default", "realm_access": {"roles": "auditor"}});
    let token = signer.signs(&signer.header(), &claims);
    let ask = || desk.ask(&token, "GET", "/v1/orgs", "").status;
    comes("its description", || issuer.asked("/.well-known/openid-configuration") > 0);
    assert_eq!((ask(), issuer.asked("/keys")), (401, 0), "it describes somebody else");
    issuer.describes_itself_as(&issuer.name());
    comes("its keys", || ask() == 200);
    // Without the one who has signed its certificate it is not believed.
    let asked = issuer.asked("/keys");
    let stranger = TempDir::new().expect("a temporary folder");
    fs::write(stranger.path().join("ca.pem"), Authority::new().pem()).expect("there is room");
    let file = stranger.path().join("callers.toml");
    fs::write(&file, &text).expect("there is room");
    let mut limits = Limits::default();
    limits.wait_time = Duration::from_millis(500);
    let distrusting = serving(&file, limits);
    assert_eq!(distrusting.ask(&token, "GET", "/v1/orgs", "").status, 401);
    assert_eq!(issuer.asked("/keys"), asked);
}

#[test]
fn keys_in_a_file_are_read_again_when_it_changes() {
    let scene = Scene::new();
    let file = scene.folder.path().join("from-file.toml");
    let keys = format!("keys = \"{}/keys\"", scene.issuer.name());
    fs::write(&file, callers(&scene.issuer).replace(&keys, "keys = \"keys.json\"")).expect("there is room");
    let write = |signer: &Signer| {
        let (new, path) = (scene.folder.path().join("new.json"), scene.folder.path().join("keys.json"));
        fs::write(&new, json!({"keys": [signer.jwk()]}).to_string()).expect("there is room");
        fs::rename(new, path).expect("it is there");
    };
    write(&scene.signer);
    let desk = serving(&file, quick());
    let ask = |signer: &Signer| desk.ask(&token(&scene, signer), "GET", "/v1/orgs", "").status;
    assert_eq!((ask(&scene.signer), ask(&scene.other_signer)), (200, 401));
    write(&scene.other_signer);
    comes("the other key", || ask(&scene.other_signer) == 200);
    assert_eq!(ask(&scene.signer), 401);
}
