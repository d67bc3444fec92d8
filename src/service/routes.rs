//! Every path that is served, with the part it asks for: one table, which the router, the description of the interface and
//! the tests read.

use super::admit::{Parts, admit};
use super::callers::Part;
use super::operate::{backups, rebuilds, verification};
use super::pages::{Api, Pages};
use super::problem::{self, Problem};
use super::seen::seen;
use super::state::Shared;
use super::{
    ask, authzen, changes, decisions, events, health, lists, metrics, names, openapi, operate, reads, send, tokens,
    verbs,
};
use axum::Router;
use axum::http::header::ALLOW;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use std::collections::BTreeMap;
use std::sync::Arc;

/// In which form whatever is not an answer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problems {
    /// As JSON, with a code.
    Json,
    /// As a line of text: what AuthZEN asks for.
    Text,
}

/// A path with a method.
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: &'static str,
    /// Any of them lets a caller in. None: open to everybody.
    pub(super) parts: Parts,
    pub(super) problems: Problems,
    handler: MethodRouter<Arc<Shared>>,
}

fn route<H, T>(method: Method, path: &'static str, parts: impl Into<Parts>, handler: H) -> Route
where
    H: axum::handler::Handler<T, Arc<Shared>>,
    T: 'static,
{
    let filter = MethodFilter::try_from(method.clone()).expect("the table names usual methods");
    Route { method, path, parts: parts.into(), problems: Problems::Json, handler: on(filter, handler) }
}

/// All of them.
pub(super) fn all() -> Vec<Route> {
    use Part::{Admin, Audit, Check, Directory, Operate, Produce};
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    let mut all = vec![
        route(get.clone(), "/healthz", [], health::healthz),
        route(get.clone(), "/readyz", [], health::readyz),
        route(get.clone(), "/problems", [], health::problems),
        route(get.clone(), "/openapi.json", [], openapi::json),
        route(get.clone(), "/openapi", [], openapi::html),
        route(get.clone(), "/metrics", Operate, metrics::metrics),
        route(get.clone(), "/v1/orgs", Part::ALL, operate::organizations),
        route(post.clone(), "/v1/orgs", Admin, operate::create_organization),
        route(post.clone(), "/v1/orgs/{org}/check", Check, ask::check),
        route(post.clone(), "/v1/orgs/{org}/checks", Check, ask::checks),
        route(post.clone(), verbs::PATH, Operate, verbs::verbs),
        route(post.clone(), "/v1/orgs/{org}/commands", [Produce, Directory, Admin], send::commands),
        route(get.clone(), "/v1/orgs/{org}/rights", Audit, ask::rights),
        route(get.clone(), "/v1/orgs/{org}/who", Audit, lists::who),
        route(get.clone(), "/v1/orgs/{org}/what", Audit, lists::what),
        route(get.clone(), "/v1/orgs/{org}/explain", Audit, lists::explain),
        route(get.clone(), "/v1/orgs/{org}/access", Audit, lists::access),
        route(get.clone(), "/v1/orgs/{org}/timeline", Audit, lists::timeline),
        route(get.clone(), "/v1/orgs/{org}/diff", Audit, lists::diff),
        route(get.clone(), "/v1/orgs/{org}/history", Audit, lists::history),
        route(post.clone(), "/v1/orgs/{org}/names", Audit, names::names),
        route(get.clone(), "/v1/orgs/{org}/events", Audit, events::events),
        route(get.clone(), "/v1/orgs/{org}/changes", Audit, changes::changes),
        route(get.clone(), "/v1/orgs/{org}/status", Operate, operate::status),
        route(get.clone(), "/v1/orgs/{org}/tree-head", Audit, operate::tree_head),
        route(get.clone(), "/v1/orgs/{org}/proofs/consistency", Audit, operate::consistency),
        route(get.clone(), "/v1/orgs/{org}/proofs/decision", Audit, operate::decision),
        route(get.clone(), "/v1/orgs/{org}/proofs/{position}", Audit, operate::event),
        route(get.clone(), reads::PATH, Admin, reads::list),
        route(get.clone(), "/v1/orgs/{org}/rebuilds", Operate, rebuilds::list),
        route(post.clone(), "/v1/orgs/{org}/rebuilds", Operate, rebuilds::start),
        route(delete.clone(), "/v1/orgs/{org}/rebuilds", Operate, rebuilds::discard),
        route(get.clone(), "/v1/orgs/{org}/rebuilds/{run}", Operate, rebuilds::one),
        route(delete.clone(), "/v1/orgs/{org}/rebuilds/{run}", Operate, rebuilds::cancel),
        route(post.clone(), "/v1/orgs/{org}/rebuilds/{run}/{step}", Operate, rebuilds::steer),
        route(delete.clone(), "/v1/orgs/{org}/generations", Operate, rebuilds::drop_old),
        route(get.clone(), "/v1/backups", Operate, backups::list),
        route(post.clone(), "/v1/backups", Operate, backups::start),
        route(get.clone(), "/v1/backups/{run}", Operate, backups::one),
        route(delete.clone(), "/v1/backups/{run}", Operate, backups::cancel),
        route(get.clone(), "/v1/verification", Operate, verification::list),
        route(post.clone(), "/v1/verification", Operate, verification::start),
        route(get.clone(), "/v1/verification/{run}", Operate, verification::one),
        route(delete.clone(), "/v1/verification/{run}", Operate, verification::cancel),
        route(get.clone(), "/v1/tokens", Admin, tokens::list),
        route(post.clone(), "/v1/tokens", Admin, tokens::issue),
        route(delete, "/v1/tokens/{token}", Admin, tokens::withdraw),
    ];
    let authzen = vec![
        route(post.clone(), "/access/v1/evaluation", Check, authzen::evaluation),
        route(post.clone(), "/access/v1/evaluations", Check, authzen::evaluations),
        route(post.clone(), "/access/v1/search/subject", Audit, authzen::subjects),
        route(post.clone(), "/access/v1/search/resource", Audit, authzen::resources),
        route(post.clone(), "/access/v1/search/action", Audit, authzen::actions),
        route(post.clone(), "/v1/orgs/{org}/access/v1/evaluation", Check, authzen::evaluation),
        route(post.clone(), "/v1/orgs/{org}/access/v1/evaluations", Check, authzen::evaluations),
        route(post.clone(), "/v1/orgs/{org}/access/v1/search/subject", Audit, authzen::subjects),
        route(post.clone(), "/v1/orgs/{org}/access/v1/search/resource", Audit, authzen::resources),
        route(post, "/v1/orgs/{org}/access/v1/search/action", Audit, authzen::actions),
        route(get.clone(), "/.well-known/authzen-configuration", [], authzen::configuration),
        route(get, "/.well-known/authzen-configuration/orgs/{org}", [], authzen::configuration_of_organization),
    ];
    all.extend(given_and_adopted());
    all.extend(authzen.into_iter().map(|route| Route { problems: Problems::Text, ..route }));
    all
}

/// What profiles give, who is stranded, what is handed on, and what was adopted.
fn given_and_adopted() -> Vec<Route> {
    let get = Method::GET;
    vec![
        route(get.clone(), "/v1/orgs/{org}/stranded", Part::Audit, lists::stranded),
        route(get.clone(), "/v1/orgs/{org}/matrix", Part::Audit, lists::matrix),
        route(get.clone(), "/v1/orgs/{org}/report", Part::Audit, lists::report),
        route(get.clone(), "/v1/orgs/{org}/policy", Part::Audit, lists::policy),
        route(get.clone(), "/v1/orgs/{org}/vocabulary", Part::Audit, lists::vocabulary),
    ]
}

/// A path as it is served, for whoever describes or tests the service.
#[derive(Clone, Debug)]
pub struct Served {
    /// `GET`, `POST` or `DELETE`.
    pub method: String,
    /// With `{org}` where a name stands.
    pub path: &'static str,
    /// Any of them lets a caller in. None: open to everybody.
    pub parts: Vec<Part>,
}

/// Every path that is served.
#[must_use]
pub fn served() -> Vec<Served> {
    let served = |route: Route| Served { method: route.method.to_string(), path: route.path, parts: route.parts.0 };
    all().into_iter().map(served).collect()
}

/// All of it, with pages in front of it where there are any; these ask what is behind them.
pub(super) fn router(shared: &Arc<Shared>, pages: Option<&dyn Pages>) -> Router {
    let api = api(shared);
    let all = match pages {
        Some(pages) => pages.router(Api::new(api.clone(), shared.engine.clone())).merge(api),
        None => api,
    };
    all.layer(middleware::from_fn_with_state(Arc::clone(shared), seen))
}

fn api(shared: &Arc<Shared>) -> Router {
    let mut paths: BTreeMap<&str, AtPath> = BTreeMap::new();
    for Route { method, path, parts, problems, handler } in all() {
        let handler = match reads::is_kept(path, &parts.0) {
            true => handler.route_layer(middleware::from_fn_with_state(Arc::clone(shared), reads::keep)),
            false if shared.decisions.is_some() && decisions::is_logged(path) => {
                handler.route_layer(middleware::from_fn_with_state(Arc::clone(shared), decisions::log))
            }
            false => handler,
        };
        let admitted = middleware::from_fn_with_state((Arc::clone(shared), parts), admit);
        let at = paths.entry(path).or_insert_with(|| AtPath::new(problems));
        at.methods.push(method);
        at.handlers = std::mem::take(&mut at.handlers).merge(handler.route_layer(admitted));
    }
    let mut router = Router::new();
    for (path, at) in paths {
        router = router.route(path, at.with_other_methods());
    }
    router.fallback(no_such_path).with_state(Arc::clone(shared))
}

/// All that is served at one path.
struct AtPath {
    methods: Vec<Method>,
    handlers: MethodRouter<Arc<Shared>>,
    problems: Problems,
}

impl AtPath {
    fn new(problems: Problems) -> AtPath {
        AtPath { methods: Vec::new(), handlers: MethodRouter::new(), problems }
    }

    /// Another method is told which there are.
    fn with_other_methods(self) -> MethodRouter<Arc<Shared>> {
        let methods: Vec<_> = self.methods.iter().map(Method::as_str).collect();
        let methods = methods.join(", ");
        let handlers = self.handlers.fallback(move || other_method(methods));
        match self.problems {
            Problems::Json => handlers,
            Problems::Text => handlers.layer(middleware::map_response(said_as_text)),
        }
    }
}

async fn said_as_text(response: Response) -> Response {
    problem::as_text(response)
}

async fn no_such_path() -> Problem {
    Problem::not_found()
}

async fn other_method(methods: String) -> Response {
    let problem =
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", format!("this path takes {methods}"));
    let mut response = problem.into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::try_from(methods).expect("names of methods fit into a header"));
    response
}
