//! Commands: one, a batch, a stream; what is answered is stored, and sent again it is answered as the first time.

use crate::served::Served;

const PATH: &str = "/v1/orgs/default/commands";
const ADMIN: &str = r#"{"id":"a","command":{"appoint_org_admin":{"user":"judith"}}}"#;

fn definition(name: &str) -> String {
    format!(r#"{{"id":"{name}","actor":"user:judith","command":{{"create_definition":{{"definition":"{name}"}}}}}}"#)
}

#[test]
fn a_refusal_is_a_problem_with_the_code_the_hint_and_the_facts_of_the_refusal() {
    let served = Served::empty();
    served.accepted(ADMIN);
    served.accepted(&definition("d"));
    let again = served.post(PATH, &definition("d").replace(r#""id":"d","#, ""));
    assert_eq!((again.status, again.code().as_str()), (409, "exists"));
    assert_eq!(again.json()["type"], "/problems#exists");
    assert!(again.json()["id"].is_string(), "the id that was made for it is told: {again:?}");
    let nobody = served.post(PATH, &definition("e").replace("judith", "eve"));
    assert_eq!((nobody.status, nobody.code().as_str()), (403, "not_authorized"));
    let unknown = served.post(PATH, r#"{"command":{"grand":{}}}"#);
    assert_eq!((unknown.status, unknown.code().as_str()), (400, "invalid"));
}

#[test]
fn a_command_sent_again_is_answered_as_the_first_time_whichever_way_its_id_came() {
    let served = Served::empty();
    let body = r#"{"command":{"add_member":{"group":"g","member":"user:judith"}}}"#;
    let unnamed = served.post(PATH, &body.replace("judith", "john"));
    assert_eq!(unnamed.header("idempotency-key"), unnamed.json()["events"][0]["command_id"].as_str());
    let first = served.connect().ask("POST", PATH, &[("idempotency-key", "k1")], body);
    assert_eq!((first.status, &first.json()["events"][0]["command_id"]), (200, &"k1".into()));
    for (headers, body) in [
        (&[("idempotency-key", "\"k1\"")][..], body.to_owned()),
        (&[][..], body.replace("{\"command\"", "{\"id\":\"k1\",\"command\"")),
    ] {
        let again = served.connect().ask("POST", PATH, headers, &body).json();
        assert_eq!((&again["replayed"], &again["position"]), (&true.into(), &first.json()["position"]));
    }
    let both = served.connect().ask("POST", PATH, &[("idempotency-key", "k2")], ADMIN);
    assert_eq!((both.status, both.code().as_str()), (400, "invalid"));
}

#[test]
fn a_batch_is_answered_in_order_as_one_commit_or_not_at_all_where_that_is_asked_for() {
    let served = Served::empty();
    let batch = |options: &str, commands: &[&str]| {
        served.post(PATH, &format!(r#"{{"commands":[{}]{options}}}"#, commands.join(","))).json()
    };
    let (d, bad) = (definition("d"), r#"{"command":{}}"#);
    let foreseen = batch(r#","dry_run":true"#, &[ADMIN, &d]);
    assert_eq!(
        (&foreseen["answers"][1]["dry_run"], &foreseen["answers"][1]["status"]),
        (&true.into(), &"accepted".into())
    );
    let atomic = batch(r#","atomic":true"#, &[ADMIN, bad, &d]);
    let codes: Vec<_> =
        atomic["answers"].as_array().expect("a list").iter().map(|answer| answer["code"].clone()).collect();
    assert_eq!(codes, ["batch_refused", "invalid", "batch_refused"]);
    let each = batch("", &[ADMIN, bad, &d]);
    assert_eq!((&each["answers"][0]["position"], &each["answers"][2]["position"]), (&1.into(), &2.into()));
    let unknown = served.post(PATH, r#"{"commands":[],"force":true}"#);
    assert_eq!((unknown.status, unknown.code().as_str()), (400, "invalid"));
}

#[test]
fn lines_are_answered_each_in_its_place_and_what_was_answered_survives_a_kill() {
    let served = Served::empty();
    let lines: String = [ADMIN.to_owned(), "x".to_owned()]
        .into_iter()
        .chain((0..2_000).map(|number| definition(&format!("d{number}"))))
        .map(|line| line + "\n")
        .collect();
    let answered =
        served.connect().ask("POST", PATH, &[("content-type", "application/x-ndjson; charset=utf-8")], &lines);
    assert_eq!((answered.status, answered.header("content-type")), (200, Some("application/x-ndjson")));
    let answers: Vec<&str> = answered.body.lines().collect();
    assert_eq!(answers.len(), 2_002);
    assert!(answers[1].contains(r#""code":"invalid""#));
    assert!(
        answers.iter().skip(2).enumerate().all(|(number, line)| line.contains(&format!(r#""command_id":"d{number}""#)))
    );
    served.signal("-KILL");
    let (_, _, folder) = served.ended();
    let again = Served::over(folder);
    let replayed = again.connect().ask("POST", PATH, &[("content-type", "application/x-ndjson")], &lines);
    let replayed: Vec<&str> = replayed.body.lines().collect();
    assert!(
        replayed.iter().enumerate().all(|(number, line)| number == 1 || line.contains(r#""replayed":true"#)),
        "{replayed:?}"
    );
}

#[test]
fn organizations_are_created_and_listed_and_know_nothing_of_each_other() {
    let served = Served::empty();
    let made = served.post("/v1/orgs", r#"{"organization":"north"}"#);
    assert_eq!(made.status, 200, "{made:?}");
    assert_eq!(served.post("/v1/orgs", r#"{"organization":"north"}"#).status, 409);
    served.accepted(ADMIN);
    let listed = served.get("/v1/orgs").json();
    let heads: Vec<_> = listed["organizations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["organization"].clone(), one["head"].clone()))
        .collect();
    assert_eq!(heads, [("default".into(), 1.into()), ("north".into(), 0.into())]);
    assert_eq!(served.get("/v1/orgs/north/status").json()["head"], 0);
}
