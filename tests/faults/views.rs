//! Saved views that are damaged, missing, of an earlier time or of another store: they are disposable, so nothing but
//! time may be lost, and no command be taken twice.

use super::chance::Chance;
use super::image::Image;
use super::judge::{Ledger, Outcome, judge};
use super::mutator::{End, go_on, mutate, store};
use super::table::{Kind, Tally};
use super::{either, share};
use caseward::engine::{Engine, Options, SystemClock};
use caseward::store::{Access, FjallStore, FjallViews};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FOLDER: &str = "views";
/// Commands when views are saved first, when they are saved again, and of those that no saving has.
const FIRST: usize = 60;
const AGAIN: usize = 470;
const ALL: usize = 500;

/// A store with saved views, and other ones that do not belong to it.
struct Saved {
    image: Image,
    ledger: Ledger,
    earlier: Image,
    other: Image,
}

#[test]
fn saved_views_that_are_spoiled_cost_only_time() {
    let folder = super::folder();
    let data = folder.path().join("data");
    let saved = Saved::new(&data);
    let mut tally = Tally::of("views");
    let mut count = |what: &str, how: &str, image: &Image| {
        image.lay(&data);
        tally.count(what, how, &only_time(judge(&data, &mut saved.ledger.clone())));
    };
    for number in share(either(6, 600)) {
        let mut chance = Chance::of("views", number);
        let mut image = saved.image.clone();
        let files = image.files.iter().filter(|(path, content)| path.starts_with(FOLDER) && content.length > 0);
        let files: Vec<PathBuf> = files.map(|(path, _)| path.clone()).collect();
        let path = chance.one(&files);
        let how = mutate(&mut image, path, &mut chance);
        count("bytes changed in saved views", &format!("number {number}, `{}`: {how}", path.display()), &image);
    }
    let whole = [
        ("saved views are whole", saved.image.clone()),
        ("saved views are deleted", with_views_of(&saved.image, &Image::default())),
        ("saved views are of an earlier time", with_views_of(&saved.image, &saved.earlier)),
        ("saved views are of another store", with_views_of(&saved.image, &saved.other)),
    ];
    whole.iter().for_each(|(what, image)| count(what, "as a whole", image));
    tally.end();
}

impl Saved {
    fn new(data: &Path) -> Saved {
        store(data, "another", &[(AGAIN, End::Stopped)]);
        save(data);
        let other = Image::of(data);
        let mut ledger = store(data, "saved", &[(FIRST, End::Stopped)]).ledger;
        save(data);
        let earlier = Image::of(data);
        go_on(data, &mut ledger, AGAIN, End::Stopped);
        save(data);
        go_on(data, &mut ledger, ALL, End::Stopped);
        Saved { image: Image::of(data), ledger, earlier, other }
    }
}

/// Saves the views of a store that is closed, however little is new.
fn save(data: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("it can be started");
    let store = Arc::new(FjallStore::open(data, Access::Existing).expect("it is whole"));
    let views = Arc::new(FjallViews::open(data));
    runtime.block_on(async {
        let (log, views) = (Arc::clone(&store), Arc::clone(&views));
        let engine = Engine::open_with(log, Options::new(views, Arc::new(SystemClock))).await.expect("it is whole");
        assert_eq!(engine.remarks(), [""; 0]);
        engine.checkpoint().await.expect("there is room");
    });
    drop(runtime);
    assert!(caseward::store::close(store) && caseward::store::close(views), "they do not close");
}

fn with_views_of(store: &Image, views: &Image) -> Image {
    let mut image = store.clone();
    image.files.retain(|path, _| !path.starts_with(FOLDER));
    image.folders.retain(|path| !path.starts_with(FOLDER));
    let files = views.files.iter().filter(|(path, _)| path.starts_with(FOLDER));
    image.files.extend(files.map(|(path, content)| (path.clone(), content.clone())));
    image.folders.extend(views.folders.iter().filter(|path| path.starts_with(FOLDER)).cloned());
    image
}

/// Of what is disposable, even damage that is reported would be too much.
fn only_time(outcome: Outcome) -> Outcome {
    match outcome.kind {
        Kind::Reported | Kind::Unvouched => Outcome::new(Kind::Wrong, format!("over saved views: {}", outcome.why)),
        _ => outcome,
    }
}
