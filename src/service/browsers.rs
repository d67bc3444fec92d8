//! Pages in a browser that send requests to this machine: refused where nothing else would tell them from its owner.
//!
//! Who presents no token is believed for where the connection comes from, and a browser connects from here for any page that
//! asks it to. INVARIANT: without a token, a name that leads here by somebody's trick is not answered (DNS rebinding), and a
//! request that changes something is not taken from a page of another origin, whatever its content type. Absent on purpose:
//! requests with a token, which no page has that was not given it; clients that are no browsers, which send none of this.

use super::callers::Peer;
use super::problem::Problem;
use super::refusals::Why;
use super::state::Shared;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderName, Method};
use std::net::IpAddr;

/// What a browser says of where a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what comes from a page that has no business here.
pub(super) fn refuse_pages(shared: &Shared, peer: &Peer, request: &Request, path: &str) -> Result<(), Problem> {
    let Some(from) = peer.address() else { return Ok(()) };
    if request.headers().contains_key(AUTHORIZATION) {
        return Ok(());
    }
    let public = shared.public_url.as_ref().and_then(|url| url.to_string().parse().ok());
    // Over TLS the certificate tells a browser that the name is another's.
    if matches!(peer, Peer::Tcp(_)) && from.ip().is_loopback() && !is_known_as(request, public.as_ref()) {
        return Err(shared.refusals.refuse(Why::WrongHost, &"nobody", path));
    }
    let changes = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if changes && is_of_another_page(request, public.as_ref()) {
        return Err(shared.refusals.refuse(Why::CrossSite, &"nobody", path));
    }
    Ok(())
}

fn text<'r>(request: &'r Request, name: &HeaderName) -> Option<&'r str> {
    // What is no text is nobody's name.
    request.headers().get(name).map(|value| value.to_str().unwrap_or_default())
}

/// Whether it is asked for by an address, by a name that is always this machine, or by the one that callers know. A client that
/// says nothing is no browser.
fn is_known_as(request: &Request, public: Option<&axum::http::Uri>) -> bool {
    let named = [text(request, &HOST), request.uri().authority().map(Authority::as_str)];
    named.into_iter().flatten().all(|named| {
        let Ok(authority) = named.parse::<Authority>() else { return false };
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let is_address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
        let is_public = || public.and_then(|url| url.host()).is_some_and(|known| known.eq_ignore_ascii_case(&host));
        is_address || host == "localhost" || host.ends_with(".localhost") || is_public()
    })
}

/// Whether a browser says that a page of another origin sends it.
fn is_of_another_page(request: &Request, public: Option<&axum::http::Uri>) -> bool {
    if text(request, &FETCH_SITE).is_some_and(|site| !["same-origin", "none"].contains(&site)) {
        return true;
    }
    text(request, &ORIGIN).is_some_and(|origin| {
        let own = text(request, &HOST).unwrap_or_default();
        let page = origin.split_once("://").map_or("", |(_, page)| page);
        let is_public = public.and_then(|url| url.authority()).is_some_and(|known| known.as_str() == page);
        page.is_empty() || !page.eq_ignore_ascii_case(own) && !is_public
    })
}
