//! Signing in, with a token that the command line issued, and signing out.
//!
//! INVARIANT: a form that another page sends is not taken: signing in needs the cookie that came with its form, signing out the
//! key of the session. Where somebody is led afterwards is a page of the console, and nothing else.

use crate::console::asking::Problem;
use crate::console::frame::{self, Looker, Place, Sheet};
use crate::console::sessions::{self, Sessions};
use crate::console::{address::Given, words};
use crate::service::{Api, Visitor};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::html;

/// Where it is.
pub const PATH: &str = "/console/_/sign-in";

/// A page of the console; any other address is the first of its pages.
fn led_to(given: &Given) -> String {
    let to = given.get("to").unwrap_or("/");
    let is_own = to == "/" || to.starts_with("/console/") && !to.contains(['\\', '\n', '\r']);
    if is_own { to.to_owned() } else { "/".to_owned() }
}

/// The form.
#[must_use]
pub fn form(visitor: &Visitor, given: &Given, said: Option<&str>) -> Response {
    let Some(key) = sessions::secret() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let main = html! {
        section .sign-in {
            @if let Some(said) = said { p .said role="alert" { (said) } }
            form method="post" action=(PATH) {
                input type="hidden" name="key" value=(key);
                input type="hidden" name="to" value=(led_to(given));
                // For whatever keeps passwords.
                input name="user" autocomplete="username" value="caseward" hidden;
                label for="token" { (words::TOKEN) }
                input #token name="token" type="password" required autocomplete="current-password" spellcheck="false"
                    placeholder="cw_…" aria-describedby="token-help";
                button { (words::SIGN_IN) }
            }
            p #token-help { (words::TOKEN_HELP) }
            pre tabindex="0" { code { (words::TOKEN_COMMAND) } }
            // A browser that follows a link of another site sends no cookie of ours with it, and with this one it does.
            p .fine { (words::ALREADY_SIGNED_IN) " " a href=(led_to(given)) { (words::GO_ON) } }
        }
    };
    let status = if said.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let sheet = Sheet { status, ..Sheet::plain(words::SIGN_IN, words::CONSOLE, main) };
    let place = Place { organization: String::new(), path: PATH.to_owned(), given: given.clone() };
    let mut response = frame::response(&sheet, &place, &Looker::default());
    response.headers_mut().append(SET_COOKIE, sessions::set_form_key(visitor, &key));
    response
}

/// Somebody who is not known is asked who it is, and led back.
#[must_use]
pub fn asked_first(to: &str) -> Response {
    led(&Given::of(vec![("to".to_owned(), to.to_owned())]).behind(PATH))
}

/// On to another page.
#[must_use]
pub fn led(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(to) = HeaderValue::try_from(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

/// Takes what the form sent.
pub async fn sent(api: &Api, sessions: &Sessions, visitor: Visitor, headers: &HeaderMap, given: &Given) -> Response {
    let is_own = sessions::cookie(headers, sessions::FORM_KEY).is_some_and(|key| given.get("key") == Some(key));
    if !is_own {
        return form(&visitor, given, Some(words::FORM_IS_OLD));
    }
    let token = given.get("token").unwrap_or_default().trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return form(&visitor, given, Some(words::TOKEN_UNKNOWN));
    }
    let reply = api.get(&visitor.clone().with_token(token), "/v1/orgs").await;
    match reply.status {
        StatusCode::OK => match sessions.begin(&visitor, token, api.now()) {
            Some(cookie) => {
                let mut response = led(&led_to(given));
                response.headers_mut().append(SET_COOKIE, cookie);
                response
            }
            None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
        StatusCode::UNAUTHORIZED => form(&visitor, given, Some(words::TOKEN_UNKNOWN)),
        StatusCode::FORBIDDEN => form(&visitor, given, Some(words::TOKEN_ABOUT_ONE)),
        _ => {
            let problem = serde_json::from_slice::<Problem>(&reply.body).ok().map(|problem| problem.detail);
            form(&visitor, given, Some(problem.as_deref().unwrap_or(words::NO_ANSWER)))
        }
    }
}

/// Ends the session.
#[must_use]
pub fn out(sessions: &Sessions, visitor: &Visitor, headers: &HeaderMap, given: &Given, key: Option<&str>) -> Response {
    if key.is_none() || given.get("key") != key {
        return led("/");
    }
    let mut response = led(PATH);
    response.headers_mut().append(SET_COOKIE, sessions.end(headers, visitor));
    response
}
