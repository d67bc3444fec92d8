//! Pages for what cannot be shown: what was asked, why not, and the nearest that is.
//!
//! INVARIANT: nothing is said here that the API does not say: what a caller has no part of reads as what does not exist.

use super::address;
use super::asking::Problem;
use super::frame::{Place, Sheet, plain, ticked};
use super::words;
use axum::http::StatusCode;
use maud::{Markup, html};

/// A page in place of one that cannot be.
#[must_use]
pub fn sheet(problem: &Problem, place: &Place, asked: &str) -> Sheet {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let main = html! {
        section .refused {
            p .asked { (words::YOU_ASKED_FOR) " " code { (plain(asked)) } }
            p .why { (ticked(&problem.detail)) "." }
            @if let Some(hint) = &problem.hint { p { (words::HINT) " " (ticked(hint)) "." } }
            (nearest(problem, place))
            p .fine { (words::CODE) " " a href={ "/problems#" (problem.code) } { code { (problem.code) } } }
        }
    };
    Sheet { status, ..Sheet::plain(words::title_of(problem.status), words::CANNOT_BE_SHOWN, main) }
}

/// What is there instead.
fn nearest(problem: &Problem, place: &Place) -> Markup {
    let fact = |name: &str| problem.facts.get(name);
    let meant = fact("meant").and_then(|meant| meant.as_str());
    let head = fact("head").and_then(serde_json::Value::as_u64);
    let first = fact("first").and_then(serde_json::Value::as_u64);
    let now = place.given.with("as_of", None).with("vs", None).behind(&place.path);
    let at = |position: u64| place.given.with("as_of", Some(&position.to_string())).behind(&place.path);
    html! {
        ul .nearest {
            @if let Some(meant) = meant {
                li { (words::NEAREST_NAME) " " a href=(address::page(&place.organization, &[meant])) { (plain(meant)) } }
            }
            @if let Some(first) = first {
                li { a href=(at(first)) { (words::first_event(first)) } }
            }
            @if let Some(head) = head {
                li { a href=(at(head)) { (words::last_position(head)) } }
            }
            @if place.given.get("as_of").is_some() || place.given.get("vs").is_some() {
                li { a href=(now) { (words::SAME_PAGE_NOW) } }
            }
            @if !place.organization.is_empty() {
                li { a href=(address::page(&place.organization, &[])) { (words::organization(&place.organization)) } }
            }
        }
    }
}
