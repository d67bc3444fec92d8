//! The client does what it says, against the program that `CASEWARD_PROGRAM` names (`tests/clients/run rust` does).

use caseward_client::events::answer::{CheckOutcome, CommandAnswer};
use caseward_client::events::command::{CreateDefinition, Grant, OneUser, OpenCase, Revoke};
use caseward_client::events::{Action, AsOf, Code, Command, Draft, OrganizationName, Position, Question};
use caseward_client::{Address, Batch, Client, Error, Retries, Told, new_id};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command as Process, Stdio};
use std::time::Duration;

/// A service in memory with the history of the demo, which ends with the test.
struct Service {
    process: Child,
    url: String,
    /// Kept, so that the service has somebody to tell.
    _log: BufReader<ChildStderr>,
}

impl Service {
    fn start(address: &str) -> Service {
        let program =
            std::env::var_os("CASEWARD_PROGRAM").expect("it names the program, as `tests/clients/run rust` sets it");
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../replay-fixtures/demo");
        let mut process = Process::new(program)
            .args(["serve", "--memory-store", "--listen", address, "--fixture"])
            .arg(demo)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut told = BufReader::new(process.stderr.take().expect("it is piped"));
        let mut line = String::new();
        while !line.contains(" at http://") {
            line.clear();
            assert!(told.read_line(&mut line).expect("it can be read") > 0, "it ended");
        }
        let url = line.split(" at ").nth(1).and_then(|rest| rest.split(' ').next()).expect("it says where").to_owned();
        Service { process, url, _log: told }
    }

    fn client(&self) -> Client {
        Client::new(self.url.parse().expect("it is an address"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }
}

fn question(subject: &str, resource: &str) -> Question {
    Question::new(subject.parse().expect("a user"), Action::Read, resource.parse().expect("a case"))
}

fn grant(to: &str) -> Draft {
    let grant = Grant::new("case:1".parse().expect("a list"), to.parse().expect("a user"));
    Draft::new(Command::Grant(grant)).by("user:judith".parse().expect("an actor"))
}

/// An organization with a case.
async fn prepared(client: &Client) -> Client {
    let name: OrganizationName = "acme".parse().expect("a name");
    client.create_organization(&name).await.expect("it is new");
    let client = client.at(&name);
    let judith = || "user:judith".parse().expect("an actor");
    let drafts = [
        Draft::new(Command::AppointOrgAdmin(OneUser { user: "judith".parse().expect("an id") })),
        Draft::new(Command::CreateDefinition(CreateDefinition {
            definition: "d".parse().expect("an id"),
            name: None,
            access_control: Some(true),
        }))
        .by(judith()),
        Draft::new(Command::OpenCase(OpenCase {
            case: "1".parse().expect("an id"),
            definition: "d".parse().expect("an id"),
            creator: "judith".parse().expect("an id"),
            parent: None,
        })),
    ];
    let answers = client.submit(&drafts, Batch::Atomic).await.expect("it is answered");
    assert!(answers.iter().all(|answer| answer.refusal().is_none()), "{answers:?}");
    client
}

#[tokio::test]
async fn commands_are_stored_once_and_a_session_sees_them() {
    let service = Service::start("127.0.0.1:0");
    let client = prepared(&service.client()).await.session();
    let draft = grant("user:ana").with_id(new_id()).because("takes over");
    let first = client.send(&draft).await.expect("it is accepted");
    assert_eq!(first.events.first().and_then(|event| event.reason.clone()).as_deref(), Some("takes over"));
    let again = client.send(&draft).await.expect("it is known");
    assert!(again.replayed && again.position == first.position);
    let decision = client.check(&question("user:ana", "case:1")).await.expect("it is decided");
    assert!(decision.decision && decision.position == first.position);
    let refused = client.send(&grant("user:ana")).await.expect_err("there is one");
    assert_eq!(refused.code(), Some("already_granted"));
    assert!(
        matches!(refused, Error::Refused(refusal) if refusal.code == Code::AlreadyGranted && refusal.hint.is_some())
    );
    let revoke = Revoke { on: "case:1".parse().expect("a list"), to: "user:ana".parse().expect("a user") };
    let revoke = Draft::new(Command::Revoke(revoke)).by("user:judith".parse().expect("an actor"));
    let foreseen = client.submit(&[revoke], Batch::DryRun).await.expect("it is answered");
    assert!(
        matches!(&foreseen[..], [CommandAnswer::Accepted(one)] if one.foreseen.as_ref().is_some_and(|access| !access.lost.is_empty()))
    );
    assert!(client.check(&question("user:ana", "case:1")).await.expect("it is decided").decision);
}

#[tokio::test]
async fn questions_and_lists_are_answered_page_by_page() {
    let service = Service::start("127.0.0.1:0");
    let client = service.client().because("an appeal, § 3");
    let at = AsOf::Position(Position(168));
    let (mike, case) = ("user:mike".parse().expect("a user"), "case:4711".parse().expect("a case"));
    let who = client.who(Action::Read, &case, at).limit(2).all().await.expect("it is listed");
    assert_eq!(who.iter().map(|page| page.subjects.len()).collect::<Vec<_>>(), [2, 2, 2]);
    let between = client.who_between(Action::Read, &case, at, AsOf::Position(Position(328))).all().await;
    assert!(!between.expect("it is listed").is_empty());
    let asked = question("user:mike", "case:4711");
    assert!(client.explain(&Question { as_of: at, ..asked.clone() }).await.expect("it is explained").decision.decision);
    assert!(!client.rights(&mike, &case, at).await.expect("they are listed").rights.is_empty());
    let what = client.what(&mike, Action::Read, Some(&"fraud".parse().expect("an id")), at).all().await;
    assert!(!what.expect("it is listed").is_empty());
    let until = AsOf::Instant("2025-01-01T00:00:00Z".parse().expect("an instant"));
    assert!(!client.access(&asked, AsOf::Head, until).all().await.expect("it is listed").is_empty());
    assert!(!client.timeline(&case, AsOf::Head, until).all().await.expect("it is listed").is_empty());
    let of = "case:4711".parse().expect("a case");
    assert!(!client.diff(&of, at, AsOf::Head).all().await.expect("it is listed").is_empty());
    assert_eq!(client.history(&of, AsOf::Head).limit(5).all().await.expect("it is listed").len(), 4);
    let outcomes = client.checks(&[asked.clone(), Question { as_of: at, ..asked }]).await.expect("they are decided");
    assert!(
        matches!(&outcomes[..], [CheckOutcome::Decided(now), CheckOutcome::Decided(then)] if !now.decision && then.decision)
    );
    assert_eq!(client.names(&["user:mike".parse().expect("a user")]).await.expect("they are told").names.len(), 1);
    assert_eq!(client.status().await.expect("it has one").head, Position(328));
    assert_eq!(client.organizations().await.expect("they are listed").len(), 1);
    let nowhere = client.at(&"nowhere".parse().expect("a name")).status().await.expect_err("there is none");
    assert_eq!(nowhere.code(), Some("not_found"));
}

#[tokio::test]
async fn both_feeds_go_on_over_a_restart() {
    let service = Service::start("127.0.0.1:0");
    let quick =
        Retries { attempts: 100, first_wait: Duration::from_millis(10), longest_wait: Duration::from_millis(50) };
    let client = service.client().with_retries(quick);
    let mut events = client.events(Position(326));
    assert_eq!(events.next().await.expect("it is told").position, Position(327));
    let mut changes = client.changes("327".parse().expect("an id"));
    let told = changes.next().await.expect("it is told");
    assert!(
        matches!(&told, Told::Changes(changes) if changes.id.to_string() == "328" && changes.gained.len() == 1),
        "{told:?}"
    );
    let address = service.url.trim_start_matches("http://").to_owned();
    drop(service);
    let again = tokio::spawn(async move {
        let next = events.next().await;
        (next, events.next().await)
    });
    let restarted = Service::start(&address);
    client.send(&grant("user:zed").with_id(new_id())).await.expect_err("there is no such case");
    let appoint = Command::AppointOrgAdmin(OneUser { user: "zed".parse().expect("an id") });
    client.send(&Draft::new(appoint).by("user:judith".parse().expect("an actor"))).await.expect("it is accepted");
    let (one, other) = again.await.expect("it ends");
    assert_eq!(one.expect("it is told").position, Position(328));
    assert_eq!(other.expect("it is told").position, Position(329));
    drop(restarted);
}

#[tokio::test]
async fn nobody_who_answers_is_told_with_the_address() {
    let once = Retries { attempts: 2, first_wait: Duration::ZERO, longest_wait: Duration::ZERO };
    for address in ["http://127.0.0.1:9", "unix:/nowhere", "https://127.0.0.1:9"] {
        let address: Address = address.parse().expect("an address");
        let error = Client::new(address.clone()).with_retries(once).status().await.expect_err("nobody is there");
        assert!(
            matches!(&error, Error::Unreachable { .. }) && error.to_string().contains(&address.to_string()),
            "{error}"
        );
    }
}
