//! The console: the service for people who look rather than type. Pages in front of the API, with one control over time.
//!
//! A request comes in here, is led to one of `page`, which asks through `asking` and is shown in `frame`; what cannot be
//! shown is a page of `refused`. Texts stand in `words`, and nowhere else.
//! INVARIANT: it asks the API as its visitor, and no other way ([`crate::service::Api`]); every state of a page is its address
//! (`address`); nothing is loaded from elsewhere, and every page works without a script. Absent on purpose: rules,
//! sentences about decisions and events ([`crate::show`]), and who may see what, which is the API's.

mod address;
mod asking;
mod assets;
mod chart;
mod compared;
mod density;
mod facts;
mod frame;
mod listed;
mod look;
mod mentioned;
mod moment;
mod named;
mod page;
mod reach;
mod refused;
mod sessions;
mod time_bar;
mod who;
mod words;

use crate::service::{Api, Pages, Reply, Visitor};
use address::{Given, JSON};
use asking::{Asking, Problem};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use caseward_events::Reference;
use caseward_events::ask::AsOf;
use frame::{Looker, Place, Sheet};
use page::search::Searched;
use page::{between, events, explain, home, search, sign_in, thing};
use sessions::{Sessions, SignedIn};
use std::sync::Arc;
use std::time::Duration;

/// The pages, for a service to put in front of its API.
#[must_use]
pub fn pages() -> Arc<dyn Pages> {
    Arc::new(Console)
}

struct Console;

/// What every request needs.
#[derive(Clone)]
struct Desk {
    api: Api,
    sessions: Arc<Sessions>,
}

const HOME: &str = "/";
const ASSETS: &str = "/console/_/assets/{file}";
const SIGN_OUT: &str = "/console/_/sign-out";
const PAGES: [&str; 6] = [
    "/console/{organization}",
    "/console/{organization}/{page}",
    "/console/{organization}/{page}/{more}",
    "/console/{organization}/{page}/between/{action}",
    "/console/{organization}/{page}/explain/{subject}/{action}",
    "/console/{organization}/{page}/explain/{subject}/{action}/proof",
];

impl Pages for Console {
    fn paths(&self) -> Vec<(&'static str, &'static str)> {
        let others =
            [("GET", HOME), ("GET", ASSETS), ("GET", sign_in::PATH), ("POST", sign_in::PATH), ("POST", SIGN_OUT)];
        others.into_iter().chain(PAGES.map(|path| ("GET", path))).collect()
    }

    fn router(&self, api: Api) -> Router {
        let desk = Desk { api, sessions: Arc::new(Sessions::default()) };
        let mut router = Router::new()
            .route(HOME, get(first))
            .route(ASSETS, get(assets::asset))
            .route(sign_in::PATH, get(sign_in_form).post(sign_in_sent))
            .route(SIGN_OUT, post(sign_out));
        for path in PAGES {
            router = router.route(path, get(shown));
        }
        router.with_state(desk)
    }
}

/// What a request brings, beside its path.
struct Visit {
    visitor: Visitor,
    session: Option<SignedIn>,
    place: Place,
    wants_json: bool,
}

impl Desk {
    fn visit(&self, visitor: Visitor, headers: &HeaderMap, uri: &Uri, organization: &str) -> Visit {
        let session = self.sessions.of(headers, &visitor, self.api.now()).filter(|_| !visitor.presents_itself());
        let visitor = match &session {
            Some(session) => visitor.with_token(&session.token),
            None => visitor,
        };
        let path = uri.path().strip_suffix(JSON);
        let place = Place {
            organization: organization.to_owned(),
            path: path.unwrap_or(uri.path()).to_owned(),
            given: given(uri),
        };
        Visit { visitor, session, place, wants_json: path.is_some() }
    }

    fn looker(&self, Visit { visitor, session, .. }: &Visit) -> Looker {
        let form_key = session.as_ref().map(|session| session.form_key.clone());
        Looker { name: visitor.name(), form_key, is_poisoned: self.api.is_poisoned() }
    }

    /// A page, or why there is none, as HTML or as the bytes of the API.
    async fn answer(&self, visit: &Visit, asking: &Asking<'_>, found: Result<Shown, Problem>, asked: &str) -> Response {
        match found {
            Ok(Shown::Response(response)) => response,
            Ok(Shown::Sheet(_)) if visit.wants_json => as_json(StatusCode::OK, "application/json", asking.json()),
            Ok(Shown::Sheet(sheet)) => frame::response(&sheet, &visit.place, &self.looker(visit)),
            Err(problem) if visit.wants_json => {
                let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                as_json(status, "application/problem+json", problem.to_json())
            }
            Err(problem) if problem.is_unknown_caller() => {
                sign_in::asked_first(&visit.place.given.behind(&visit.place.path))
            }
            Err(problem) => {
                let problem = with_head(asking, &visit.place.given, problem).await;
                let sheet = refused::sheet(&problem, &visit.place, asked);
                frame::response(&sheet, &visit.place, &self.looker(visit))
            }
        }
    }
}

/// What a page comes to.
enum Shown {
    Sheet(Sheet),
    Response(Response),
}

fn given(uri: &Uri) -> Given {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    Given::of(pairs.map(|pairs| pairs.0).unwrap_or_default())
}

fn as_json(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")];
    (status, headers, body).into_response()
}

/// Where a position was asked for that is not there yet, the last one that is.
async fn with_head(asking: &Asking<'_>, given: &Given, mut problem: Problem) -> Problem {
    let positions = ["as_of", "vs"].into_iter().filter_map(|name| given.get(name)?.parse::<u64>().ok());
    if let Some(most) = positions.max().filter(|_| !problem.facts.contains_key("head"))
        && let Ok(looked) = look::look(asking, AsOf::Head, None).await
        && looked.moment.position.0 < most
    {
        problem.facts.insert("head".to_owned(), looked.moment.position.0.into());
    }
    problem
}

/// `/`: the organization, where there is one; else which there are.
async fn first(State(desk): State<Desk>, visitor: Visitor, headers: HeaderMap, uri: Uri) -> Response {
    let visit = desk.visit(visitor, &headers, &uri, "");
    let asking = Asking::new(&desk.api, &visit.visitor, "");
    let found = home::organizations(&asking).await.map(|organizations| match organizations.as_slice() {
        [one] => Shown::Response(sign_in::led(&address::page(one.organization.as_str(), &[]))),
        all => Shown::Sheet(home::all(all)),
    });
    desk.answer(&visit, &asking, found, HOME).await
}

/// Every page of an organization.
async fn shown(
    State(desk): State<Desk>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(mut pieces): Path<Vec<(String, String)>>,
    uri: Uri,
) -> Response {
    let is_proof = uri.path().ends_with("/proof") && pieces.len() == 4;
    if let Some((_, last)) = pieces.last_mut().filter(|_| uri.path().ends_with(JSON))
        && let Some(stem) = last.strip_suffix(JSON)
    {
        *last = stem.to_owned();
    }
    let pieces: Vec<&str> = pieces.iter().map(|(_, piece)| piece.as_str()).collect();
    let visit = desk.visit(visitor, &headers, &uri, pieces.first().copied().unwrap_or_default());
    let asking = Asking::new(&desk.api, &visit.visitor, &visit.place.organization);
    let asked = pieces.get(1..).unwrap_or_default().join(" ");
    let asked = if asked.is_empty() { visit.place.organization.clone() } else { asked };
    // Behind a reference stands the name of the page, in the template or as a piece.
    let below = uri.path().split('/').nth(4).filter(|_| pieces.len() > 2).unwrap_or_default();
    let found = found(&asking, &visit.place, &pieces, (below, is_proof)).await;
    desk.answer(&visit, &asking, found, &visit.place.given.only(&["as_of", "vs", "q"]).behind(&asked)).await
}

async fn found(
    asking: &Asking<'_>,
    place: &Place,
    pieces: &[&str],
    (below, is_proof): (&str, bool),
) -> Result<Shown, Problem> {
    if let Some(settled) = look::settled(&place.given, asking.now())? {
        return Ok(Shown::Response(sign_in::led(&settled.behind(&place.path))));
    }
    let sheet = match pieces {
        [_] => home::page(asking, place).await?,
        [_, "search"] => match search::page(asking, place).await? {
            Searched::At(path) => return Ok(Shown::Response(sign_in::led(&path))),
            Searched::Sheet(sheet) => sheet,
        },
        [_, "events", position] => events::one(asking, place, position).await?,
        [_, of] => thing::page(asking, place, &reference(of)?).await?,
        [_, of, action] if below == "between" && *action != "between" => {
            between::page(asking, place, &reference(of)?, action).await?
        }
        [_, of, "between"] => return Ok(Shown::Response(sign_in::led(&between::found(place, &reference(of)?)?))),
        [_, of, "report"] => return report(asking, place, &reference(of)?).await,
        [_, of, "events"] => events::page(asking, place, &reference(of)?).await?,
        [_, of, "explain"] => return Ok(Shown::Response(sign_in::led(&explain::found(place, &reference(of)?)?))),
        [_, of, subject, action] if is_proof => {
            let reply = explain::proof(asking, place, &reference(of)?, (subject, action)).await;
            return proof(reply);
        }
        [_, of, subject, action] => explain::page(asking, place, &reference(of)?, (subject, action)).await?,
        _ => return Err(Problem::own(StatusCode::NOT_FOUND, "not_found", words::NO_PAGE, None)),
    };
    Ok(Shown::Sheet(sheet))
}

fn reference(text: &str) -> Result<Reference, Problem> {
    text.parse().map_err(|why: caseward_events::reference::BadReference| {
        Problem::own(StatusCode::NOT_FOUND, "not_found", why.to_string(), Some(words::REFERENCE_HINT))
    })
}

/// A bundle, as a file to keep.
fn proof(reply: Reply) -> Result<Shown, Problem> {
    kept(reply, "application/json", "attachment; filename=\"proof.json\"")
}

/// The document that an auditor hands on, as known at the moment of the page.
async fn report(asking: &Asking<'_>, place: &Place, of: &Reference) -> Result<Shown, Problem> {
    let as_of = place.given.get("as_of").map(str::to_owned);
    let reply = asking.raw("report", &[("of", Some(of.to_string())), ("to", as_of.clone()), ("as_of", as_of)]).await;
    kept(reply, "text/html; charset=utf-8", "attachment; filename=\"report.html\"")
}

/// A file to keep: a browser saves it, and does not show it as a page of this host.
fn kept(reply: Reply, kind: &'static str, name: &'static str) -> Result<Shown, Problem> {
    if !reply.status.is_success() {
        return Err(Asking::problem_of(&reply));
    }
    let mut response = as_json(reply.status, kind, reply.body.to_vec());
    for (header, value) in
        [("content-disposition", name), ("content-security-policy", "sandbox"), ("x-content-type-options", "nosniff")]
    {
        response.headers_mut().insert(header, HeaderValue::from_static(value));
    }
    Ok(Shown::Response(response))
}

async fn sign_in_form(visitor: Visitor, uri: Uri) -> Response {
    sign_in::form(&visitor, &given(&uri), None)
}

async fn sign_in_sent(State(desk): State<Desk>, visitor: Visitor, headers: HeaderMap, body: Body) -> Response {
    sign_in::sent(&desk.api, &desk.sessions, visitor, &headers, &form(body).await).await
}

async fn sign_out(State(desk): State<Desk>, visitor: Visitor, headers: HeaderMap, body: Body) -> Response {
    let session = desk.sessions.of(&headers, &visitor, desk.api.now());
    let key = session.as_ref().map(|session| session.form_key.as_str());
    sign_in::out(&desk.sessions, &visitor, &headers, &form(body).await, key)
}

/// Bytes of a form, and how long it may take to come.
const FORM_BYTES_MAX: usize = 16 << 10;
const FORM_TIME_MAX: Duration = Duration::from_secs(30);

/// The fields of a form as a browser sends them; none of what is no such form, or too long, or does not come.
async fn form(body: Body) -> Given {
    let whole = tokio::time::timeout(FORM_TIME_MAX, axum::body::to_bytes(body, FORM_BYTES_MAX)).await;
    let whole = whole.ok().and_then(Result::ok).unwrap_or_default();
    let text = str::from_utf8(&whole).unwrap_or_default();
    format!("/?{text}").parse::<Uri>().map(|uri| given(&uri)).unwrap_or_default()
}
