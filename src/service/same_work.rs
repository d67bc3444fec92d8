//! What a caller has no part of takes the work of what never was: counted in allocations, on every path, whatever is asked.
//!
//! A count is what a test can hold: a time is not. Of several counts the least is taken, since other tasks of the engine may
//! come in between.

use super::callers::Peer;
use super::limits::Limits;
use super::stages;
use super::state::Shared;
use crate::engine::tokens::NewToken;
use crate::engine::{Engine, ManualClock};
use crate::store::MemoryStore;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use caseward_events::Actor;
use serde_json::json;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// A service with two organizations, and the tokens of somebody who has every part in one of them, of whom a second one is
/// withdrawn.
struct Scene {
    runtime: Runtime,
    router: Router,
    token: String,
    withdrawn: String,
    _tell: tokio::sync::watch::Sender<stages::Stage>,
}

fn scene() -> Scene {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is a thread");
    let (tell, stages) = stages::stages();
    let (router, token, withdrawn) = runtime.block_on(async {
        let clock = Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().expect("an instant")));
        let engine = Engine::open(Arc::new(MemoryStore::new()), clock, &mut |_| {}).await.expect("it opens");
        let made = engine.create_organization("north".parse().expect("a name"), Actor::unknown()).await;
        made.expect("memory does not fail");
        let all = json!({"name": "all", "organizations": ["default"],
            "parts": ["check", "audit", "produce", "directory", "operate", "admin"]});
        let new = || serde_json::from_value::<NewToken>(all.clone()).expect("it can be issued");
        let (token, _) = engine.issue_token(new(), Actor::unknown().into()).await.expect("memory does not fail");
        let (withdrawn, issued) = engine.issue_token(new(), Actor::unknown().into()).await.expect("likewise");
        let taken = engine.withdraw_token(issued.grants.token, Actor::unknown().into()).await;
        taken.expect("memory does not fail");
        let shared = Arc::new(Shared::new(engine, Limits::default(), None, stages));
        (super::routes::router(&shared, None), token.reveal().to_owned(), withdrawn.reveal().to_owned())
    });
    Scene { runtime, router, token, withdrawn, _tell: tell }
}

impl Scene {
    /// The status of an answer, and the fewest allocations, with their bytes, that it took.
    fn work(&self, method: &str, path: &str, token: &str, body: &str) -> (StatusCode, (u64, u64)) {
        let once = || {
            let mut request = Request::builder()
                .method(method)
                .uri(path)
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", "application/json")
                .body(Body::from(body.to_owned()))
                .expect("it is a request");
            request.extensions_mut().insert(Peer::Tcp("192.0.2.7:1".parse().expect("an address")));
            let router = self.router.clone();
            let mut status = StatusCode::OK;
            let counted = allocation_counter::measure(|| {
                status = self.runtime.block_on(router.oneshot(request)).expect("it always answers").status();
            });
            (status, (counted.count_total, counted.bytes_total))
        };
        (0..7).map(|_| once()).min_by_key(|(_, work)| *work).expect("there are some")
    }
}

#[test]
fn an_organization_of_others_takes_the_work_of_one_that_never_was() {
    let scene = scene();
    let mut compared = 0;
    for route in super::routes::all().iter().filter(|route| route.path.contains("{org}") && !route.parts.0.is_empty()) {
        for (query, body) in [
            ("", ""),
            ("?subject=user:a&resource=case:1&as_of=1&at_least=1", ""),
            ("", r#"{"command":{"add_member":{"group":"g","member":"user:a"}}}"#),
            (
                "",
                r#"{"commands":[{"command":{"open_case":{"case":"1","definition":"d"}}}],"atomic":true,"dry_run":true}"#,
            ),
            ("", r#"{"subject":"user:a","action":"read","resource":"case:1"}"#),
            ("", "not JSON"),
        ] {
            let ask = |organization: &str| {
                let path = route.path.replace("{org}", organization).replace("{position}", "1") + query;
                scene.work(route.method.as_str(), &path, &scene.token, body)
            };
            let (theirs, never) = (ask("north"), ask("never"));
            assert_eq!(theirs, never, "{} {} {query} {body}", route.method, route.path);
            assert_eq!(theirs.0, StatusCode::NOT_FOUND);
            compared += 1;
        }
    }
    assert!(compared >= 6 * 8, "every path of an organization was asked: {compared}");
    // It is a count of something: what is answered takes more.
    let body = r#"{"subject":"user:a","action":"read","resource":"case:1"}"#;
    let own = scene.work("POST", "/v1/orgs/default/check", &scene.token, body);
    let theirs = scene.work("POST", "/v1/orgs/north/check", &scene.token, body);
    assert!(own.0 == StatusCode::OK && own.1 > (0, 0) && own.1 != theirs.1, "{own:?} {theirs:?}");
}

#[test]
fn a_token_that_was_withdrawn_takes_the_work_of_one_that_never_was() {
    let scene = scene();
    let elsewhere = self::scene().token;
    let ask = |token: &str| scene.work("GET", "/v1/orgs/default/status", token, "");
    let (withdrawn, never) = (ask(&scene.withdrawn), ask(&elsewhere));
    assert_eq!(withdrawn, never);
    assert_eq!(withdrawn.0, StatusCode::UNAUTHORIZED);
}
