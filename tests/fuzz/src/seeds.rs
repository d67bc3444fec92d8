//! What each target begins with: things as the program itself writes them and as people do, so that the fuzzer need not
//! find out what a valid one looks like.
//!
//! The test writes them to `corpus/TARGET`, and gives each to its target.

use crate::TARGETS;
use caseward::engine::{Engine, Organization, SystemClock};
use caseward::events::{OrganizationName, Position};
use caseward::integrity::signing::SigningKeys;
use caseward::projections::{AsOf, Loading, Question, Table, Views};
use caseward::proof::make::Maker;
use caseward::store::{Access, FjallStore};
use caseward::{backup, fixture, seams::Encoded};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Of a long list so many are enough.
const OF_A_LIST: usize = 120;

type Seeds = Vec<(&'static str, Vec<Vec<u8>>)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn lines(path: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(root().join(path)).expect("it is shipped");
    text.lines().filter(|line| !line.is_empty()).take(OF_A_LIST).map(|line| line.as_bytes().to_vec()).collect()
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn typed() -> Seeds {
    let commands = ["commands-and-codes", "every-rule-and-code", "items-and-tasks", "delegation"];
    let commands = commands.map(|name| lines(&format!("replay-fixtures/{name}/commands.jsonl"))).concat();
    let questions =
        ["every-rule-and-code", "expiry"].map(|name| lines(&format!("replay-fixtures/{name}/checks.jsonl")));
    vec![
        ("submission", commands),
        ("question", [questions.concat(), lines("tests/datasets/drawn-a/questions.jsonl")].concat()),
        (
            "query",
            texts(&[
                "actor:ana command:grant",
                r#"actor:user:ana actor:b on:case:x:y -reason:"Court \"A\" \\" subject:ana night"#,
                "after:-2d before:2026-01-01T00:00:00+01:00 to:group:g",
                "type:access_granted on:definition:d -actor:system:feed",
            ]),
        ),
        (
            "reference",
            texts(&[
                "user:ana",
                "group:night",
                "link:x1",
                "system:feed",
                "case:4711",
                "definition:fraud",
                "organization",
                "restriction:4711",
                "item:i",
                "task:t",
                "default",
                "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
            ]),
        ),
        (
            "as_of",
            texts(&["17", "-2d", "-36h", "2026-03-01", "2026-03-01T09:00:00Z", "2026-03-01T09:00:00.123456+02:00"]),
        ),
        // Nothing, and the frontier of one organization at position 3, which has two subtrees.
        (
            "anchor",
            vec![
                b"CWANCHOR".to_vec(),
                [&b"CWANCHOR"[..], &1_u32.to_le_bytes(), &3_u64.to_le_bytes(), &[7; 64]].concat(),
            ],
        ),
        // Nothing, and two roots of one organization.
        (
            "subtrees",
            vec![
                b"CWSUBTR1".to_vec(),
                [&b"CWSUBTR1"[..], &1_u32.to_le_bytes(), &2_u64.to_le_bytes(), &[7; 64]].concat(),
            ],
        ),
        ("batch", batches()),
        (
            "policy",
            texts(&[
                r#"{"preset":"am","creator_grant":"write","break_glass":"read","break_glass_max_minutes":15}"#,
                r#"{"access_control_default":"off","restriction":"disabled","org_admin_bypass":false}"#,
                r#"{"org_admin_entry":"ignore","access_managers":"trusted","definition_revoke_cascades":true}"#,
                r#"{"assignment_grant":false,"walls_bind_admins":true}"#,
            ]),
        ),
        (
            "settings",
            texts(&["data = \"d\"\norg = \"north\"\n", "output = \"json\"\nmemory = \"64MiB\"\ncolor = \"never\"\n"]),
        ),
        ("fixture", fixtures()),
        ("answer", answers()),
        ("page_token", texts(&["7:-3:0000beef:user:a:b", "328:1762160400000000:0123abcd:case:4711"])),
    ]
}

/// Lines as files hold them: with a mark, with other ends, with blanks, with no end.
fn batches() -> Vec<Vec<u8>> {
    let line = r#"{"command":{"complete_case":{"case":"1"}}}"#;
    texts(&[&format!("\u{FEFF}{line}\n{line}\n"), &format!("{line}\r\n\r\n  \n{line}"), "[", "\u{1F}", "\n\n"])
}

fn fixtures() -> Vec<Vec<u8>> {
    let of = |name: &str| {
        let file = |file: &str| fs::read(root().join("replay-fixtures").join(name).join(file)).unwrap_or_default();
        [file(fixture::COMMANDS), file(fixture::CHECKS), file(fixture::REFUSALS)].join(&0)
    };
    ["expiry", "delegation", "commands-and-codes"].map(of).to_vec()
}

/// Each example of the golden files by itself.
fn answers() -> Vec<Vec<u8>> {
    let folder = fs::read_dir(root().join("tests/goldens/vocabulary")).expect("it is shipped");
    let examples = folder.flat_map(|entry| {
        let text = fs::read(entry.expect("it is there").path()).expect("it can be read");
        serde_json::from_slice::<Vec<serde_json::Value>>(&text).expect("a list of examples")
    });
    examples.map(|example| example.to_string().into_bytes()).collect()
}

/// What a store, a backup, a proof and saved views of the demo are made of.
async fn made(folder: &Path) -> Seeds {
    let data = folder.join("data");
    let store = Arc::new(FjallStore::open(&data, Access::Create).expect("a new store"));
    let engine = Engine::open(store.clone(), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    let commands = fs::read_to_string(root().join("replay-fixtures/every-rule-and-code/commands.jsonl"));
    fixture::import(&organization, &commands.expect("it is shipped")).await.expect("it is stored");
    let events = organization.events(Position(1)).await.expect("they can be read");
    let encoded: Vec<Vec<u8>> = events.iter().map(caseward::events::codec::encode).collect();
    let (proofs, notes) = proofs(&organization, folder).await;
    let backup = folder.join("backup");
    backup::write(&*store, &backup, &mut |_| ()).await.expect("it is taken");
    let bundles = fs::read_dir(backup.join("bundles")).expect("it has some");
    let without_sum = |bytes: Vec<u8>| bytes[..bytes.len() - 32].to_vec();
    let bundles =
        bundles.map(|bundle| without_sum(fs::read(bundle.expect("it is there").path()).expect("it can be read")));
    let bundles: Vec<Vec<u8>> = bundles.collect();
    let file = |name: &str| fs::read(data.join(name)).expect("a store has one");
    let (marker, signing) = (file("CASEWARD"), fs::read(folder.join("SIGNING")).expect("it was made"));
    drop((engine, organization));
    assert!(caseward::store::close(store), "the store does not close");
    let rows =
        encoded.chunks(7).flat_map(|chunk| caseward::store::fuzzing::rows(&chunk.iter().cloned().collect::<Encoded>()));
    vec![
        ("row", rows.collect()),
        ("event", encoded),
        ("head_note", vec![fs::read(data.join("HEAD")).expect("a store has one")]),
        ("journal", vec![without_zeros(journal(&data))]),
        ("keys", vec![fs::read(data.join("KEYS")).expect("a store has some")]),
        ("marker", vec![marker, br#"{"at":"2026-01-01T00:00:00Z","positions":{"1":7}}"#.to_vec()]),
        ("signing", vec![signing]),
        ("bundle", bundles),
        ("manifest", vec![fs::read(backup.join("MANIFEST")).expect("a backup has one")]),
        ("proof", proofs),
        ("signed_note", notes),
    ]
}

async fn proofs(organization: &Organization, folder: &Path) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let path = folder.join("SIGNING");
    SigningKeys::make(&path).expect("there is room");
    let keys = SigningKeys::open(&path).expect("it was just made");
    let maker = Maker { organization, keys: &keys };
    let event = maker.event(Position(3)).await.expect("it can be proved");
    let question = r#"{"subject":"user:ana","action":"search_text","resource":"organization"}"#;
    let question = Question::parse(question.as_bytes()).expect("it can be asked");
    let resolved = organization.reader(AsOf::Head, None).await.expect("it can be asked").resolved();
    let decision = maker.decision(&question, resolved).await.expect("it can be proved");
    let note = event.tree_head.clone().into_bytes();
    let bundles = [event, decision].map(|bundle| serde_json::to_vec(&bundle).expect("it is JSON"));
    (bundles.to_vec(), vec![note])
}

fn journal(data: &Path) -> Vec<u8> {
    let entries = fs::read_dir(data.join("log")).expect("it is a folder");
    let mut paths = entries.map(|entry| entry.expect("it is there").path());
    let journal = paths.find(|path| path.extension().is_some_and(|of| of == "jnl")).expect("there is one");
    fs::read(journal).expect("it can be read")
}

fn without_zeros(mut bytes: Vec<u8>) -> Vec<u8> {
    let written = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
    bytes.truncate(written);
    bytes
}

/// The header and every row of the views of a fixture, as the target takes them.
fn checkpoint() -> Vec<Vec<u8>> {
    let mut views = Views::default();
    let cut = views.cut(Position::ZERO);
    let header = cut.header();
    let rows = Loading::new(&header).expect("it was just written");
    let mut seed = vec![u8::try_from(header.len()).expect("a header is short")];
    seed.extend(&header);
    for (number, table) in (0..).zip(Table::ALL) {
        for row in 0..rows.rows(table) {
            let bytes = views.ask(|views| views.save_row(&cut, table, row)).expect("all is in memory");
            seed.extend([number, u8::try_from(bytes.len()).expect("a row of nothing is short")]);
            seed.extend(bytes);
        }
    }
    vec![seed]
}

#[test]
fn every_target_has_seeds_and_takes_them() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut seeds = typed();
    seeds.extend(runtime.block_on(made(folder.path())));
    seeds.push(("checkpoint", checkpoint()));
    for (name, target) in TARGETS {
        let of_it: Vec<_> = seeds.iter().filter(|(of, _)| *of == name).flat_map(|(_, seeds)| seeds).collect();
        assert!(!of_it.is_empty(), "{name} has no seed");
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        fs::create_dir_all(&corpus).expect("there is room");
        for (number, seed) in of_it.into_iter().enumerate() {
            fs::write(corpus.join(format!("seed-{number:03}")), seed).expect("there is room");
            target(seed);
        }
    }
}
