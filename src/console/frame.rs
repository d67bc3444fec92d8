//! What stands around every page: the head with the search, the bar of time, the foot with the bytes and the command line
//! that say the same, and the headers that keep a browser from doing anything else.
//!
//! INVARIANT: nothing on a page comes from elsewhere or runs that is not one of the two files of [`super::assets`]; text of
//! others is escaped by the template, once, after what cannot be seen in it was made visible.

use super::address::{self, Given};
use super::assets;
use super::moment::Moment;
use super::time_bar;
use super::words;
use crate::show::escape::visible;
use crate::show::phrasing;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

/// No script, style, frame, form or connection but of this host; nothing inline.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                          form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where a page is.
#[derive(Clone, Debug)]
pub struct Place {
    /// Whose log; empty above all of them.
    pub organization: String,
    /// The page's own path.
    pub path: String,
    /// What stands behind it.
    pub given: Given,
}

/// Who looks.
#[derive(Clone, Debug, Default)]
pub struct Looker {
    /// As the log names the caller.
    pub name: Option<String>,
    /// The key of the forms of a session; none without one.
    pub form_key: Option<String>,
    /// Whether the store takes no commands any more, which every page says.
    pub is_poisoned: bool,
}

/// A page.
pub struct Sheet {
    /// Above it, and in the title of the window.
    pub title: String,
    /// Beside the title: what people call what the page is about, or what kind of page it is.
    pub kind: String,
    /// What it shows.
    pub main: Markup,
    /// The bar of time.
    pub bar: Option<Markup>,
    /// The moment that is shown.
    pub moment: Option<Moment>,
    /// The moment it is compared with.
    pub versus: Option<Moment>,
    /// The lines for the shell that give it.
    pub commands: Vec<Vec<String>>,
    /// Whether there is a `.json` of it.
    pub has_json: bool,
    /// How the request ended.
    pub status: StatusCode,
}

impl Sheet {
    /// One that is about no moment.
    #[must_use]
    pub fn plain(title: impl Into<String>, kind: impl Into<String>, main: Markup) -> Sheet {
        Sheet {
            title: title.into(),
            kind: kind.into(),
            main,
            bar: None,
            moment: None,
            versus: None,
            commands: Vec::new(),
            has_json: false,
            status: StatusCode::OK,
        }
    }
}

/// A reference, or any text out of the log, as a page shows it.
#[must_use]
pub fn plain(text: &str) -> String {
    visible(text)
}

/// A sentence, its words in backticks as code.
#[must_use]
pub fn ticked(text: &str) -> Markup {
    html! {
        @for (index, piece) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (plain(piece)) } } @else { (plain(piece)) }
        }
    }
}

/// A line for the shell, with what names the organization and the moment.
#[must_use]
pub fn command(words: &[&str], organization: &str, moment: Option<Moment>) -> Vec<String> {
    let mut line: Vec<String> = ["caseward"].iter().chain(words).map(|word| (*word).to_owned()).collect();
    if let Some(as_of) = moment.and_then(|moment| moment.written()) {
        line.extend(["--as-of".to_owned(), as_of]);
    }
    if organization != "default" {
        line.extend(["--org".to_owned(), organization.to_owned()]);
    }
    line
}

/// A page as it is sent.
#[must_use]
pub fn response(sheet: &Sheet, place: &Place, looker: &Looker) -> Response {
    let mut response = (sheet.status, whole(sheet, place, looker).into_string()).into_response();
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // It names persons.
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn whole(sheet: &Sheet, place: &Place, looker: &Looker) -> Markup {
    let [style, script, icon] = assets::paths();
    let is_past = sheet.moment.is_some_and(|moment| moment.is_past());
    let now = place.given.with("as_of", None).with("next", None).with("who", None).behind(&place.path);
    html! {
        (DOCTYPE)
        html lang="en" class=[is_past.then_some("past")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (sheet.title) " · " (sheet.kind) " · Caseward" }
                link rel="icon" href=(icon) type="image/svg+xml";
                link rel="stylesheet" href=(style);
                script src=(script) defer {}
            }
            body data-now=(now) {
                a .skip href="#main" { (words::SKIP) }
                (head(place, looker))
                @if looker.is_poisoned { p .alarm-bar role="alert" { (words::POISONED) } }
                @if let Some(moment) = sheet.moment { (time_bar::banner(moment, sheet.versus, &now)) }
                main #main tabindex="-1" {
                    div .title {
                        h1 { bdi { (sheet.title) } }
                        p .kind { (sheet.kind) }
                    }
                    @if let Some(bar) = &sheet.bar { (bar) }
                    div #page { (sheet.main) }
                }
                (foot(sheet, place))
                (keys())
            }
        }
    }
}

fn head(place: &Place, looker: &Looker) -> Markup {
    let home = if place.organization.is_empty() { "/".to_owned() } else { address::page(&place.organization, &[]) };
    // Whoever goes on from the past stays there.
    let then = place.given.only(&["as_of"]);
    html! {
        header .top {
            a .brand href=(home) { span .mark aria-hidden="true" {} "Caseward" }
            @if !place.organization.is_empty() {
                nav .places aria-label=(words::PLACES) {
                    a href=(then.behind(&home)) { (words::organization(&place.organization)) }
                    a href=(then.behind(&address::page(&place.organization, &["organization", "events"]))) { (words::EVENTS) }
                }
                form .search role="search" method="get" action=(address::page(&place.organization, &["search"])) {
                    label .hidden for="q" { (words::SEARCH) }
                    input #q name="q" type="search" placeholder=(words::SEARCH_PLACEHOLDER) autocomplete="off"
                        spellcheck="false" value=[place.path.ends_with("/search").then(|| place.given.get("q")).flatten()];
                    @if let Some(as_of) = then.get("as_of") { input type="hidden" name="as_of" value=(as_of); }
                    button { (words::SEARCH) }
                }
            }
            @if let Some(name) = &looker.name {
                div .looker {
                    span { (words::caller(name)) }
                    @if let Some(key) = &looker.form_key {
                        form method="post" action="/console/_/sign-out" {
                            input type="hidden" name="key" value=(key);
                            button .quiet { (words::SIGN_OUT) }
                        }
                    }
                }
            }
        }
    }
}

fn foot(sheet: &Sheet, place: &Place) -> Markup {
    html! {
        footer {
            @if !sheet.commands.is_empty() {
                section aria-labelledby="shell" {
                    h2 #shell { (words::ON_THE_COMMAND_LINE) }
                    @for line in &sheet.commands {
                        @let words: Vec<&str> = line.iter().map(String::as_str).collect();
                        pre tabindex="0" { code { (phrasing::typed(&words)) } }
                    }
                }
            }
            p .same {
                @if sheet.has_json {
                    a href=(place.given.behind(&format!("{}{}", place.path, address::JSON))) { (words::SAME_AS_JSON) }
                    " · "
                }
                a href="/openapi" { (words::THE_API) }
                " · " button #show-keys .quiet type="button" hidden { (words::KEYS) }
            }
            p .fine { "caseward " (env!("CARGO_PKG_VERSION")) ". " span #zone { (words::TIMES_ARE_UTC) } }
        }
    }
}

fn keys() -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { (words::KEYS) }
            dl { @for (key, what) in words::KEY_TABLE {
                div { dt { kbd { (key) } } dd { (what) } }
            } }
            form method="dialog" { button { (words::CLOSE) } }
        }
    }
}
