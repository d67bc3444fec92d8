//! What the service says of itself follows from its configuration, and never from a request.

use super::store_of;
use crate::served::Served;
use serde_json::json;

const WELL_KNOWN: &str = "/.well-known/authzen-configuration";

#[test]
fn addresses_are_those_of_the_configuration_and_no_parameter_is_empty() {
    let served = Served::with(store_of("gateway"), &["--public-url", "https://pdp.example.org/"]);
    let headers = [("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
    let answer = served.connect().ask("GET", WELL_KNOWN, &headers, "");
    assert!(answer.status == 200 && !answer.body.contains("test") && !answer.body.contains("evil"), "{answer:?}");
    let told = answer.json();
    assert_eq!(told["policy_decision_point"], "https://pdp.example.org");
    for (member, path) in [
        ("access_evaluation_endpoint", "evaluation"),
        ("access_evaluations_endpoint", "evaluations"),
        ("search_subject_endpoint", "search/subject"),
        ("search_resource_endpoint", "search/resource"),
        ("search_action_endpoint", "search/action"),
    ] {
        assert_eq!(told[member], format!("https://pdp.example.org/access/v1/{path}"));
    }
    assert_eq!(told["caseward"]["context"], json!(["as_of", "at", "at_least", "explain"]));
    assert_eq!(told.get("capabilities"), None, "the standard registers none");
    let told = served.get(&format!("{WELL_KNOWN}/orgs/north")).json();
    assert_eq!(told["policy_decision_point"], "https://pdp.example.org/orgs/north");
    assert_eq!(told["search_action_endpoint"], "https://pdp.example.org/v1/orgs/north/access/v1/search/action");
    assert_eq!(served.get(&format!("{WELL_KNOWN}/orgs/NO%20NAME")).status, 404);
}

#[test]
fn without_an_address_there_is_nothing_to_say() {
    let served = super::serving("gateway");
    for path in [WELL_KNOWN.to_owned(), format!("{WELL_KNOWN}/orgs/default")] {
        assert_eq!(served.get(&path).status, 404, "{path}");
    }
}
