//! A data directory is opened as a whole, and closed so that nothing of it is left behind.

use caseward::engine::{Batch, CommandError, How, MemoryBound};
use caseward::events::Position;
use caseward::projections::AsOf;
use caseward::{Caseward, CloseError};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

async fn define(caseward: &Caseward, definition: &str) -> Result<Position, CommandError> {
    let organization = caseward.organization("default").expect("it is always there");
    let line = json!({"command": {"create_definition": {"definition": definition}}}).to_string();
    organization.submit(Batch::one(line.as_bytes(), How::default())).await?;
    Ok(organization.head())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("it can be listed");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("it is there").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_store_can_be_reopened_at_once_and_has_written_its_last_tree_head() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let (data, heads) = (folder.path().join("data"), folder.path().join("heads"));
    for round in 1..=3 {
        let caseward = Caseward::builder(&data)
            .memory(MemoryBound::of_bytes(64 << 20))
            .tree_heads(&heads, Duration::from_secs(3_600))
            .open()
            .await
            .expect("it opens");
        assert_eq!(define(&caseward, &format!("d{round}")).await.expect("it is stored"), Position(round));
        assert_eq!(caseward.store().and_then(|store| store.left_behind().cloned()), None, "it was closed");
        caseward.close().await.expect("it closes");
        assert_eq!(names(&heads).len() as u64, round, "one at each stop");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_store_has_lost_nothing_and_can_be_reopened() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let caseward = Caseward::open(folder.path()).await.expect("it opens");
    define(&caseward, "d").await.expect("it is stored");
    drop(caseward);
    let again = loop {
        match Caseward::open(folder.path()).await {
            Ok(again) => break again,
            Err(error) => assert!(error.to_string().contains("in use"), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(again.organization("default").expect("it is always there").head(), Position(1));
    again.close().await.expect("it closes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_opening_takes_no_command_and_creates_no_store() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let data = folder.path().join("data");
    for missing in [Caseward::builder(&data).read_only(true), Caseward::builder(&data).create(false)] {
        let missing = missing.open().await.map(|_| ()).expect_err("there is nothing");
        assert!(missing.to_string().contains("there is no store at"), "{missing}");
    }
    assert!(!data.exists());
    let made = Caseward::open(&data).await.expect("it is made");
    define(&made, "d").await.expect("it is stored");
    made.close().await.expect("it closes");
    let read = Caseward::builder(&data).read_only(true).open().await.expect("it opens");
    assert!(matches!(define(&read, "e").await, Err(CommandError::Refused(_))));
    let organization = read.organization("default").expect("it is always there");
    let reader = organization.reader(AsOf::Head, None).await.expect("the head can be asked");
    assert_eq!(reader.position(), Position(1));
    assert!(reader.exists(&"definition:d".parse().expect("a resource")).await.expect("it is in memory"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handle_still_held_is_reported_and_keeps_the_store_open_until_it_is_dropped() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let caseward = Caseward::open(folder.path()).await.expect("it opens");
    let organization = caseward.organization("default").expect("it is always there");
    let failed: CloseError = caseward.close().await.expect_err("it is held");
    assert!(failed.is_still_held && failed.views.is_none() && failed.panicked.is_empty(), "{failed}");
    let line = json!({"command": {"create_definition": {"definition": "d"}}}).to_string();
    let stopped = organization.submit(Batch::one(line.as_bytes(), How::default())).await;
    assert!(matches!(stopped, Err(CommandError::Stopped)), "{stopped:?}");
    drop(organization);
    Caseward::open(folder.path()).await.expect("it is free").close().await.expect("it closes");
}
