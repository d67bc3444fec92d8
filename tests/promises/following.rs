//! Following what changed, step by step: whoever puts together what was told knows what everybody holds, at every step.
//!
//! INVARIANT: what is right is asked of the evaluator, user by user and resource by resource, and of `diff`.

mod limited;
mod live;
mod told;

use crate::scene::Scene;
use caseward::engine::{Batch, ChangeFilter, Followed, Follower, How, Organization, Source};
use caseward::events::answer::AccessChanges;
use caseward::events::ask::FeedId;
use caseward::events::{Action, Asker, Event, Position, Resource, Submission, Timestamp};
use caseward::projections::{Pos32, Resolved, When};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Histories of our own: two packs, and every fixture that is shipped.
fn histories() -> Vec<(String, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = std::fs::read_dir(root.join("replay-fixtures")).expect("they are shipped");
    let mut folders: Vec<_> = fixtures.map(|entry| entry.expect("it can be read").path()).collect();
    folders.retain(|folder| folder.join("commands.jsonl").exists());
    folders.extend(["drawn-a", "drawn-b"].map(|pack| root.join("tests/datasets").join(pack)));
    folders.sort();
    let history = |folder: &std::path::PathBuf| {
        let text = std::fs::read_to_string(folder.join("commands.jsonl")).expect("it can be read");
        (folder.display().to_string(), text.lines().map(str::to_owned).collect())
    };
    folders.iter().map(history).collect()
}

async fn import(organization: &Organization, lines: &[String]) {
    for chunk in lines.chunks(1_000) {
        let submissions = chunk.iter().map(|line| Submission::parse(line.as_bytes())).collect();
        let batch = Batch { submissions, how: How { source: Source::Import, ..How::default() } };
        organization.submit(batch).await.expect("memory does not fail");
    }
}

/// With a history in it.
async fn with(lines: &[String]) -> Scene {
    let scene = Scene::new().await;
    import(&scene.organization, lines).await;
    scene
}

fn from(organization: &Organization, after: FeedId) -> Follower {
    organization.follow_changes(after, ChangeFilter::default()).expect("it can be followed from there")
}

/// Every step up to where it waits, with what was told.
async fn steps(follower: &mut Follower, organization: &Organization) -> Vec<(FeedId, Option<Arc<AccessChanges>>)> {
    let mut steps = Vec::new();
    while let Followed::On(told) = follower.step(organization).await.expect("memory does not fail") {
        assert!(told.as_ref().is_none_or(|told| told.id == follower.id() && !told.is_empty()), "{told:?}");
        steps.push((follower.id(), told));
    }
    steps
}

/// What was told, up to where it waits.
async fn all(mut follower: Follower, organization: &Organization) -> Vec<Arc<AccessChanges>> {
    steps(&mut follower, organization).await.into_iter().filter_map(|(_, told)| told).collect()
}

/// What everybody holds: by whom, on what.
type Held = BTreeMap<(String, String), Vec<Action>>;

/// What a client knows that has put together all it was told.
#[derive(Clone, Debug, Default, PartialEq)]
struct Folded {
    held: Held,
    everyone: BTreeMap<String, Vec<Action>>,
}

impl Folded {
    fn put(&mut self, told: &AccessChanges) {
        for item in told.items() {
            let key = (item.subject.to_string(), item.resource.to_string());
            self.held.insert(key, item.after.clone());
        }
        for item in &told.everyone {
            self.everyone.insert(item.resource.to_string(), item.after.clone());
        }
        self.held.retain(|_, rights| !rights.is_empty());
        self.everyone.retain(|_, rights| !rights.is_empty());
    }
}

/// Every resource that a log names.
async fn resources(organization: &Organization) -> Vec<Resource> {
    let (mut resources, mut position) = (BTreeSet::new(), Position::ZERO);
    while position < organization.head() {
        for recorded in organization.events(position.next()).await.expect("memory does not fail") {
            position = recorded.position;
            match &recorded.event {
                Event::CaseOpened(opened) => drop(resources.insert(Resource::Case(opened.case.clone()))),
                Event::DefinitionCreated(created) => {
                    resources.insert(Resource::Definition(created.definition.clone()));
                }
                _ => {}
            }
        }
    }
    resources.into_iter().chain([Resource::Organization]).collect()
}

/// Everybody whom events up to a position name.
fn users(organization: &Organization, position: Position) -> Vec<Asker> {
    let views = organization.at_head();
    views.directory.users.named(Pos32::from(position)).map(|(_, id)| Asker::User(id.clone())).collect()
}

fn moment(id: FeedId, organization: &Organization) -> When {
    let place = Pos32::from(id.position);
    When { place, at: id.at.unwrap_or_else(|| organization.at_head().timeline.time(place)) }
}

/// What is so at a moment: everybody asked about everything.
async fn truth(organization: &Organization, resources: &[Resource], id: FeedId) -> Folded {
    let reader = organization.at(Resolved { when: moment(id, organization), settled: None });
    let (mut folded, users) = (Folded::default(), users(organization, id.position));
    let stranger: Asker = "user:whom-nobody-ever-named".parse().expect("an id");
    for resource in resources {
        let held = async |user: &Asker| -> Vec<Action> {
            let answer = reader.rights(user, resource).await.expect("memory does not fail");
            answer.rights
        };
        for user in &users {
            let rights = held(user).await;
            folded.held.insert((user.to_string(), resource.to_string()), rights);
        }
        folded.everyone.insert(resource.to_string(), held(&stranger).await);
    }
    folded.held.retain(|_, rights| !rights.is_empty());
    folded.everyone.retain(|_, rights| !rights.is_empty());
    folded
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}
