//! A golden permission matrix for every fixture: subject x action x resource at several instants, one text file that a
//! reviewer reads as a diff, or one for each instant where it is long; and a check that no rule, scope, subject kind or
//! preset goes without a row.
//!
//! A row holds the subjects that get the same on a resource: what they may, and which rule says so for each action.
//! `CASEWARD_BLESS=1` rewrites the files; read what it changed.

use crate::scene::at_once;
use caseward::engine::{Engine, Organization, SystemClock};
use caseward::events::ask::actions_of;
use caseward::events::policy::Preset;
use caseward::events::{Action, Asker, OrganizationName, Party, Policy, Position, Resource, Scope};
use caseward::fixture::{CHECKS, Fixture, import};
use caseward::projections::{AsOf, Decision, HoldersCounted, Question, Resolved, Rule};
use caseward::store::MemoryStore;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Instants of a fixture that are shown, the head among them.
const INSTANTS_MAX: usize = 7;

/// A matrix of more lines is a folder with a file for each position.
const LINES_MAX: usize = 500;

/// What a matrix needs no row for, with the reason. An exemption that is not needed fails too.
const EXEMPT: &[(&str, &str)] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fixtures() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("replay-fixtures")).expect("there are fixtures");
    let mut folders: Vec<_> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

/// An engine with the history of a fixture.
struct Desk {
    organization: Organization,
    folder: PathBuf,
    name: String,
}

impl Desk {
    async fn of(folder: &Path) -> Desk {
        let fixture = Fixture::read(folder).expect("it is a fixture");
        let engine = Engine::open(Arc::new(MemoryStore::new()), Arc::new(SystemClock), &mut |_| {}).await;
        let engine = engine.expect("memory opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        import(&organization, &fixture.commands).await.expect("memory does not fail");
        Desk { organization, folder: folder.to_owned(), name: fixture.name }
    }

    /// Some of the instants that the fixture itself asks about, and the head.
    fn instants(&self) -> Vec<Resolved> {
        let checks = fs::read_to_string(self.folder.join(CHECKS)).expect("a fixture has checks");
        let asked = checks.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let as_of = asked.filter_map(|check| match check.get("as_of")? {
            Value::String(instant) => Some(AsOf::Instant(instant.parse().ok()?)),
            position => Some(AsOf::Position(Position(position.as_u64()?))),
        });
        let resolve = |as_of| at_once(self.organization.reader(as_of, None)).ok().map(|reader| reader.resolved());
        let asked: BTreeMap<Position, Resolved> =
            as_of.filter_map(resolve).map(|resolved| (resolved.when.place.position(), resolved)).collect();
        let head = self.organization.head();
        let asked: Vec<_> = asked.into_values().filter(|resolved| resolved.when.place.position() < head).collect();
        let shown = asked.len().min(INSTANTS_MAX - 1);
        let mut spread: BTreeSet<usize> = (0..shown).map(|index| index * asked.len() / shown).collect();
        // Of each preset that is in force at some of them, at least one.
        for preset in Preset::ALL {
            let in_force = |at: &Resolved| self.policy(*at) == preset.policy();
            let known = spread.iter().any(|&index| in_force(&asked[index]));
            spread.extend(if known { None } else { asked.iter().position(in_force) });
        }
        let spread: Vec<_> = spread.into_iter().map(|index| asked[index]).collect();
        // The head is asked at its own time, so that a window does not end while the project grows old.
        let last = at_once(self.organization.reader(AsOf::Position(head), None)).expect("it is the head").resolved();
        spread.into_iter().chain([last]).collect()
    }

    /// The golden files that it must have, with what they say.
    fn goldens(&self) -> Vec<(PathBuf, String)> {
        let title = format!("The permission matrix of {}\n", self.name);
        let parts: Vec<_> = self.instants().into_iter().map(|resolved| (resolved, self.matrix(resolved))).collect();
        let whole: String = std::iter::once(&title).chain(parts.iter().map(|(_, part)| part)).cloned().collect();
        if whole.lines().count() <= LINES_MAX {
            return vec![(goldens().join(format!("{}.txt", self.name)), whole)];
        }
        let part = |(resolved, part): (Resolved, String)| {
            let position = resolved.when.place.position().0;
            (goldens().join(&self.name).join(format!("position-{position:03}.txt")), format!("{title}{part}"))
        };
        parts.into_iter().map(part).collect()
    }

    fn policy(&self, at: Resolved) -> Policy {
        at_once(self.organization.at(at).policy()).expect("it is in memory")
    }

    fn matrix(&self, resolved: Resolved) -> String {
        let position = resolved.when.place.position();
        let mut text = format!("\n== position {position}  {}\n", resolved.when.at);
        text.push_str(&self.set_up(resolved));
        for resource in self.resources(resolved) {
            text.push_str(&self.rows(&resource, resolved));
        }
        text
    }

    /// What decides beside lists: the policy, where it is a preset, and the rows of the profiles.
    fn set_up(&self, resolved: Resolved) -> String {
        let policy = self.policy(resolved);
        let preset = Preset::ALL.into_iter().find(|preset| preset.policy() == policy);
        let mut text = format!("policy: {}\n", preset.map_or("keys of its own", Preset::name));
        let views = self.organization.at_head();
        let holders = HoldersCounted::default();
        for (_, profile) in views.profiles.names.named(resolved.when.place) {
            let Some(matrix) = views.matrix_of_profile(profile, resolved.when.place, &holders) else { continue };
            for row in matrix.rows.iter().filter(|row| row.event.is_some()) {
                let access = row.access;
                let scopes = [access.read, access.write, access.delete].map(Scope::name).join("/");
                text.push_str(&format!("profile:{profile} on definition:{} read/write/delete {scopes}\n", row.of));
            }
        }
        text
    }

    fn resources(&self, resolved: Resolved) -> Vec<Resource> {
        let (views, place) = (self.organization.at_head(), resolved.when.place);
        let cases = views.cases.names.named(place).map(|(_, id)| Resource::Case(id.clone()));
        let definitions = views.definitions.names.named(place).map(|(_, id)| Resource::Definition(id.clone()));
        let unknown = ["case:nobody-opened-it".parse().expect("it is a case"), Resource::Organization];
        let mut resources: Vec<_> = cases.chain(definitions).chain(unknown).collect();
        resources.sort_unstable();
        resources
    }

    fn askers(&self, resolved: Resolved) -> Vec<Asker> {
        let (views, place) = (self.organization.at_head(), resolved.when.place);
        let users = views.directory.users.named(place).map(|(_, id)| Asker::User(id.clone()));
        let links = views.links.names.named(place).map(|(_, id)| Asker::Link(id.clone()));
        let mut askers: Vec<_> = users.chain(links).collect();
        askers.push("user:nobody-knows".parse().expect("it is a user"));
        askers.sort_unstable();
        askers
    }

    /// The subjects that get the same on a resource, together.
    fn rows(&self, resource: &Resource, resolved: Resolved) -> String {
        let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for asker in self.askers(resolved) {
            let cells: Vec<_> =
                actions_of(resource).iter().map(|&action| self.cell(&asker, action, resource, resolved)).collect();
            rows.entry(cells.join("  ")).or_default().push(asker.to_string());
        }
        let row = |(cells, askers): (&String, &Vec<String>)| format!("  {cells}\n      {}\n", askers.join(" "));
        format!("{resource}\n{}", rows.iter().map(row).collect::<String>())
    }

    fn cell(&self, asker: &Asker, action: Action, resource: &Resource, resolved: Resolved) -> String {
        let question = Question {
            subject: asker.clone(),
            action,
            resource: resource.clone(),
            as_of: AsOf::Head,
            at: None,
            id: None,
            expect: None,
            rule: None,
        };
        let decision = self.organization.ask(|views| views.decision(&question, resolved)).expect("all is in memory");
        let mark = if decision.decision { '+' } else { '-' };
        format!("{mark}{action} {}{}", decision.rule, through(&decision))
    }
}

/// Whether a group stands between the subject and the entry that decided.
fn through(decision: &Decision) -> &'static str {
    let deciding = decision.reasons.iter().filter(|reason| reason.rule == decision.rule);
    let named: Vec<_> = deciding.map(|reason| matches!(reason.subject, Party::Group(_))).collect();
    if decision.decision && !named.is_empty() && named.iter().all(|is_group| *is_group) { " (group)" } else { "" }
}

fn goldens() -> PathBuf {
    root().join("tests/goldens/matrix")
}

/// The golden files that there are.
fn found() -> BTreeSet<PathBuf> {
    fn collect(folder: &Path, found: &mut BTreeSet<PathBuf>) {
        for entry in fs::read_dir(folder).expect("there are goldens") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                collect(&path, found);
            } else {
                found.insert(path);
            }
        }
    }
    let mut found = BTreeSet::new();
    collect(&goldens(), &mut found);
    found
}

async fn wanted() -> BTreeMap<PathBuf, String> {
    let mut wanted = BTreeMap::new();
    for fixture in fixtures() {
        wanted.extend(Desk::of(&fixture).await.goldens());
    }
    wanted
}

#[tokio::test]
async fn every_fixture_has_its_golden_matrix() {
    let bless = std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1");
    let mut differing = Vec::new();
    for (golden, matrix) in wanted().await {
        if bless {
            fs::create_dir_all(golden.parent().expect("it lies in a folder")).expect("there is room");
            fs::write(&golden, &matrix).expect("there is room");
        } else if fs::read_to_string(&golden).ok().as_deref() != Some(&matrix) {
            differing.push(format!("{}: {}", golden.display(), first_difference(&golden, &matrix)));
        }
    }
    assert!(differing.is_empty(), "CASEWARD_BLESS=1 rewrites these; read the diff:\n{}", differing.join("\n"));
}

fn first_difference(golden: &Path, matrix: &str) -> String {
    let Ok(golden) = fs::read_to_string(golden) else { return "there is no golden file".to_owned() };
    let differs = golden.lines().zip(matrix.lines()).enumerate().find(|(_, (one, two))| one != two);
    match differs {
        Some((index, (one, two))) => format!("line {}:\n  golden {one}\n  now    {two}", index + 1),
        None => "one is longer than the other".to_owned(),
    }
}

#[tokio::test]
async fn no_golden_matrix_is_left_over() {
    let wanted = wanted().await;
    for path in found() {
        assert!(wanted.contains_key(&path), "{} is of no fixture", path.display());
    }
}

#[test]
fn every_rule_scope_subject_kind_and_preset_has_a_row() {
    let read = |path: PathBuf| fs::read_to_string(path).expect("a golden can be read");
    let all: String = found().into_iter().map(read).collect();
    let words: BTreeSet<&str> = all.split([' ', '\n', '/']).collect();
    let mut wanted: Vec<String> = Rule::ALL.iter().map(|rule| rule.name().to_owned()).collect();
    wanted.extend(Preset::ALL.iter().map(|preset| preset.name().to_owned()));
    let missing = |wanted: &String| !words.contains(wanted.as_str());
    let mut lacks: BTreeSet<String> = wanted.into_iter().filter(missing).collect();
    for scope in Scope::ALL {
        for (place, action) in ["read", "write", "delete"].into_iter().enumerate() {
            let scopes = all.lines().filter_map(|line| line.split_once("read/write/delete ")).map(|(_, scopes)| scopes);
            if !scopes.into_iter().any(|scopes| scopes.split('/').nth(place) == Some(scope.name())) {
                lacks.insert(format!("{action} {scope}"));
            }
        }
    }
    for kind in ["user:", "link:", "(group)"] {
        if !all.contains(kind) {
            lacks.insert(kind.to_owned());
        }
    }
    let exempt: BTreeSet<String> = EXEMPT.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(lacks, exempt, "what has no row must be exempt, and nothing else");
}
