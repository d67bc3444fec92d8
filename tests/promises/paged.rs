//! Pages of `who`, `diff` and `access`: together they are the whole answer, and each costs about what it shows.

use crate::scene::Scene;
use caseward::engine::Page;
use caseward::engine::{AccessPage, Batch, How, ListOf, ListPage, Source, WhoPage};
use caseward::events::answer::{Change, DiffAnswer, Interval};
use caseward::events::{
    Action, AsOf, Asker, Code, Position, Query, Question, Recorded, Reference, Resource, Submission, Timestamp,
};
use serde_json::{Value, json};
use std::num::NonZeroUsize;

/// More than a page looks at, and than are put in order by themselves.
const MEMBERS: usize = 3_000;
/// What is looked at under one lock.
const SLICE: u64 = 256;

async fn scene(commands: impl IntoIterator<Item = Value>) -> Scene {
    let scene = Scene::new().await;
    let commands: Vec<Value> = commands.into_iter().collect();
    for some in commands.chunks(5_000) {
        let submissions = some.iter().map(|one| Submission::parse(one.to_string().as_bytes())).collect();
        let how = How { source: Source::Import, ..How::default() };
        let answers = scene.organization.submit(Batch { submissions, how }).await.expect("memory does not fail");
        let refused = answers.iter().find_map(|answer| answer.refusal());
        assert!(refused.is_none(), "{refused:?}");
    }
    scene
}

/// One command, by the org admin, a second later than the one before.
fn command(number: usize, command: &Value) -> Value {
    let time = format!("2026-01-01T{:02}:{:02}:{:02}Z", number / 3_600, number / 60 % 60, number % 60);
    json!({"actor": "user:oa", "time": time, "command": command})
}

/// A case that a large group may read, with members who come before the grant and behind it, some of whom left, one behind a
/// wall; another case that everybody could read for a while.
fn crowd() -> Vec<Value> {
    let mut commands = vec![
        json!({"appoint_org_admin": {"user": "oa"}}),
        json!({"create_definition": {"definition": "d", "access_control": true}}),
        json!({"create_definition": {"definition": "open", "access_control": false}}),
        json!({"open_case": {"case": "c", "definition": "d", "creator": "maker"}}),
        json!({"open_case": {"case": "o", "definition": "open", "creator": "maker"}}),
    ];
    // By no means in the order of ids.
    let member = |number: usize| format!("user:u{:04}", number * 7 % MEMBERS);
    commands.extend((0..MEMBERS / 2).map(|one| json!({"add_member": {"group": "g", "member": member(one)}})));
    commands.push(json!({"grant": {"on": "case:c", "to": "group:g", "access": "write"}}));
    commands.extend((MEMBERS / 2..MEMBERS).map(|one| json!({"add_member": {"group": "g", "member": member(one)}})));
    commands.push(json!({"raise_wall": {"on": "case:c", "against": "user:u0010"}}));
    commands.push(json!({"set_access_control": {"definition": "open", "enabled": true}}));
    commands.extend((0..40).map(|one| json!({"remove_member": {"group": "g", "member": member(one * 50)}})));
    commands.extend((20..60).map(|one| {
        json!({"grant": {"on": "case:c", "to": member(one * 50), "access": if one % 2 == 0 { "read" } else { "write" }}})
    }));
    commands.extend((0..20).map(|one| json!({"add_member": {"group": "g", "member": format!("user:late-{one}")}})));
    commands.iter().zip(0..).map(|(one, number)| command(number, one)).collect()
}

/// Where the crowd was whole.
const WHOLE: Position = Position(MEMBERS as u64 + 6);

fn page(scene: &Scene, list: ListOf<'_>, limit: Option<usize>, after: Option<&str>) -> ListPage {
    let limit = limit.and_then(NonZeroUsize::new);
    ListPage::of(scene.organization.name(), list, limit, after).expect("the token is of this list")
}

/// What a page shows, the token of the next one, and how many rows it looked at.
struct Shown<T> {
    items: Vec<T>,
    next: Option<String>,
    rows: u64,
}

async fn diffed(scene: &Scene, of: &Reference, from: AsOf, limit: Option<usize>, after: Option<&str>) -> Shown<Change> {
    let text = from.to_string();
    let page = page(scene, ListOf::Diff(of, &text), limit, after);
    let reader = scene.organization.reader_for(&page, AsOf::Head, None).await.expect("it can be asked");
    let before = scene.engine.rows_looked_at();
    let answer: DiffAnswer = reader.diff_page(of, from, &page).await.expect("it can be asked");
    assert_eq!(answer.by_cause.is_some(), *of == Reference::Organization && after.is_none());
    let rows = scene.engine.rows_looked_at() - before;
    Shown { items: answer.changes().cloned().collect(), next: answer.next.token().map(ToString::to_string), rows }
}

/// All pages of so many, one after the other.
async fn all<T, F: Future<Output = Shown<T>>>(mut page: impl FnMut(Option<String>) -> F) -> Vec<Shown<T>> {
    let mut pages = vec![page(None).await];
    while let Some(next) = pages.last().and_then(|last| last.next.clone()) {
        pages.push(page(Some(next)).await);
    }
    pages
}

#[tokio::test]
async fn pages_of_a_diff_are_the_whole_and_cost_what_they_show() {
    let scene = scene(crowd()).await;
    for (of, from, kinds) in [
        ("case:c", AsOf::Position(Position::ZERO), [true, false, false]),
        ("case:c", AsOf::Position(WHOLE), [true, true, true]),
        ("case:o", AsOf::Position(WHOLE), [false, true, false]),
        ("group:g", AsOf::Position(WHOLE), [true, true, true]),
        ("user:u0750", AsOf::Position(Position(3)), [true, true, false]),
        ("organization", AsOf::Position(WHOLE), [true, true, true]),
    ] {
        let reference: Reference = of.parse().expect("a reference");
        let whole = diffed(&scene, &reference, from, None, None).await;
        let told = format!("{of} from {from}");
        assert_eq!(whole.next, None, "{told}");
        let size = (whole.items.len() / 7).clamp(1, 400);
        let pages = all(async |after| diffed(&scene, &reference, from, Some(size), after.as_deref()).await).await;
        let (last, full) = pages.split_last().expect("there is one");
        assert!(!full.is_empty() && full.iter().all(|page| page.items.len() == size), "{told}");
        assert!((1..=size).contains(&last.items.len()), "{told}");
        assert_eq!(
            pages.iter().flat_map(|page| &page.items).collect::<Vec<_>>(),
            whole.items.iter().collect::<Vec<_>>()
        );
        let has =
            ["gained", "lost", "changed"].map(|kind| whole.items.iter().any(|one| one.kind().to_string() == kind));
        assert_eq!(has, kinds, "{told}");
    }
}

#[tokio::test]
async fn a_page_of_a_long_diff_looks_at_little_more_than_it_shows() {
    let scene = scene(crowd()).await;
    let (of, from) = ("case:c".parse().expect("a reference"), AsOf::Position(Position::ZERO));
    let whole = diffed(&scene, &of, from, None, None).await;
    assert!(whole.items.len() > MEMBERS - 100 && whole.rows > MEMBERS as u64 - 100);
    let pages = all(async |after| diffed(&scene, &of, from, Some(100), after.as_deref()).await).await;
    // The last one finds out that nothing was lost or changed.
    let (last, others) = pages.split_last().expect("there are some");
    assert!(others.iter().all(|page| page.rows <= 2 * SLICE), "{:?}", others.iter().map(|one| one.rows).max());
    assert!(last.rows <= whole.rows + SLICE, "{}", last.rows);
}

async fn who(scene: &Scene, limit: Option<usize>, after: Option<&str>) -> (Shown<Asker>, usize) {
    let resource: Resource = "case:c".parse().expect("a reference");
    let page = page(scene, ListOf::Who(Action::Read, &resource), limit, after);
    let reader = scene.organization.reader_for(&page, AsOf::Head, None).await.expect("it can be asked");
    let before = scene.engine.rows_looked_at();
    let WhoPage { answer, total } = reader.who_page(Action::Read, &resource, &page).await.expect("it can be asked");
    assert_eq!(answer.through.as_ref().map(|through| through.len()), Some(answer.holders().count()));
    let rows = scene.engine.rows_looked_at() - before;
    let next = answer.next.token().map(ToString::to_string);
    (Shown { items: answer.holders().cloned().collect(), next, rows }, total)
}

#[tokio::test]
async fn pages_of_who_are_the_whole_and_all_but_the_first_look_at_little_more_than_they_show() {
    let commands = crowd();
    let shared = [1, 2, 3].map(|link| json!({"share_case": {"case": "c", "link": format!("l{link}")}}));
    let sharing = json!({"set_sharing": {"definition": "d", "enabled": true}});
    let further = [sharing].into_iter().chain(shared).zip(commands.len()..).map(|(one, number)| command(number, &one));
    let further: Vec<Value> = further.collect();
    let scene = scene(commands.into_iter().chain(further)).await;
    let (whole, total) = who(&scene, None, None).await;
    assert_eq!((whole.items.len(), whole.next), (total, None));
    assert!(
        total > MEMBERS - 100
            && whole.items.ends_with(&["link:l1", "link:l2", "link:l3"].map(|link| link.parse().expect("a link")))
    );
    for size in [100, total - 2, total - 1] {
        let pages = all(async |after| {
            let (page, told) = who(&scene, Some(size), after.as_deref()).await;
            assert_eq!(told, total, "every page says how many there are on all");
            page
        })
        .await;
        assert_eq!(
            pages.iter().flat_map(|page| &page.items).collect::<Vec<_>>(),
            whole.items.iter().collect::<Vec<_>>()
        );
        // What gives it to those who are shown is looked up for each.
        let later = &pages[1..];
        assert!(!later.is_empty() && later.iter().all(|page| page.rows <= 2 * SLICE + 2 * page.items.len() as u64));
    }
    // A token that counts nothing, as an earlier release gave, is answered with a count all the same.
    let (first, _) = who(&scene, Some(100), None).await;
    let token = first.next.expect("there is more");
    let uncounted = token.replacen(&format!(".{total}:"), ":", 1);
    assert_ne!(token, uncounted);
    let ((one, one_total), (two, two_total)) =
        (who(&scene, Some(100), Some(&token)).await, who(&scene, Some(100), Some(&uncounted)).await);
    assert_eq!((one.items, one_total), (two.items, two_total));
}

async fn accessed(scene: &Scene, limit: Option<usize>, after: Option<&str>) -> (Shown<Interval>, usize) {
    let (subject, resource): (Asker, Resource) =
        ("user:ana".parse().expect("a user"), "case:c".parse().expect("a case"));
    let page = page(scene, ListOf::Access(&subject, Action::Read, &resource, None), limit, after);
    let (as_of, to) = page.stretch(AsOf::Head, None);
    let reader = scene.organization.reader(as_of, None).await.expect("it can be asked");
    let question = Question::new(subject, Action::Read, resource);
    let before = scene.engine.rows_looked_at();
    let AccessPage { answer, total } = reader.access_page(&question, (None, to), &page).await.expect("it can be asked");
    let rows = scene.engine.rows_looked_at() - before;
    let next = answer.next.token().map(ToString::to_string);
    (Shown { items: answer.intervals, next, rows }, total)
}

#[tokio::test]
async fn pages_of_access_are_the_whole_and_ask_about_nothing_before_them() {
    let turn = |number: usize| match number % 3 {
        0 => json!({"grant": {"on": "case:c", "to": "user:ana"}}),
        // What is held goes on, by another way too.
        1 => json!({"grant": {"on": "case:c", "to": "group:all"}}),
        _ => json!({"revoke": {"on": "case:c", "to": "user:ana"}}),
    };
    let mut commands = vec![
        json!({"appoint_org_admin": {"user": "oa"}}),
        json!({"create_definition": {"definition": "d", "access_control": true}}),
        json!({"open_case": {"case": "c", "definition": "d", "creator": "maker"}}),
        json!({"add_member": {"group": "all", "member": "user:ana"}}),
    ];
    for round in 0..60 {
        commands.extend((0..3).map(|number| turn(round * 3 + number)));
        commands.push(json!({"revoke": {"on": "case:c", "to": "group:all"}}));
    }
    let scene = scene(commands.iter().zip(0..).map(|(one, number)| command(number, one))).await;
    let (whole, total) = accessed(&scene, None, None).await;
    assert_eq!((whole.items.len(), whole.next), (total, None));
    assert!(total > 50, "{total}");
    for size in [1, 7, total - 1] {
        let pages = all(async |after| {
            let (page, told) = accessed(&scene, Some(size), after.as_deref()).await;
            assert_eq!(told, total);
            page
        })
        .await;
        assert_eq!(pages.iter().flat_map(|page| page.items.clone()).collect::<Vec<_>>(), whole.items);
        assert!(pages.is_sorted_by(|one, next| one.rows >= next.rows), "what was shown is not asked about again");
    }
}

#[tokio::test]
async fn a_page_behind_what_does_not_stand_on_the_list_is_refused() {
    let scene = scene(crowd()).await;
    let from = AsOf::Position(Position::ZERO);
    let (of, on): (Reference, Resource) = ("case:c".parse().expect("a case"), "case:c".parse().expect("a case"));
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked");
    let text = from.to_string();
    let token = diffed(&scene, &of, from, Some(1), None).await.next.expect("there is more");
    let at = token.match_indices(':').nth(2).expect("a token has four parts").0;
    for last in
        ["gained user:nobody case:c", "gained user:u0010 case:c", "lost user:u0020 case:c", "gained user:u0020 case:o"]
    {
        let token = format!("{}:{last}", &token[..at]);
        let page = page(&scene, ListOf::Diff(&of, &text), Some(1), Some(&token));
        let refused = reader.diff_page(&of, from, &page).await.expect_err("it does not stand there");
        assert_eq!(refused.refusal().map(|refusal| refusal.code), Some(Code::Invalid), "{last}");
    }
    let token = who(&scene, Some(1), None).await.0.next.expect("there is more");
    let at = token.match_indices(':').nth(2).expect("a token has four parts").0;
    for last in ["user:nobody", "user:u0010", "link:none", "group:g"] {
        let token = format!("{}:{last}", &token[..at]);
        let page = page(&scene, ListOf::Who(Action::Read, &on), Some(1), Some(&token));
        let refused = reader.who_page(Action::Read, &on, &page).await.expect_err("they do not stand there");
        assert_eq!(refused.refusal().map(|refusal| refusal.code), Some(Code::Invalid), "{last}");
    }
}

#[tokio::test]
async fn a_query_that_says_when_reads_what_lies_between_and_little_more() {
    let scene = scene(crowd()).await;
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked");
    let whole =
        reader.history(&Reference::Organization, &Query::default(), Page::default()).await.expect("it can be read");
    for (text, most) in [
        ("after:2026-01-01T00:10:00Z before:2026-01-01T00:11:00Z", 60),
        ("type:member_added after:2026-01-01T00:10:00Z before:700", 60 + 40),
        ("actor:oa after:2900 before:2950", 50),
        ("after:2026-01-01T00:10:00.000001Z before:2026-01-01T00:10:00.000001Z", 0),
        ("type:access_granted before:10", 9),
        ("type:access_granted after:3000", 200),
        ("before:2020-01-01", 0),
    ] {
        let query = Query::parse(text, Timestamp::EPOCH).expect("it is a query");
        let before = scene.engine.rows_looked_at();
        let found = reader.history(&Reference::Organization, &query, Page::default()).await.expect("it can be read");
        let rows = scene.engine.rows_looked_at() - before;
        let matching: Vec<&Recorded> = whole.iter().filter(|recorded| query.matches(recorded)).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), matching, "{text}");
        assert!(rows <= most, "{text}: {rows}");
        let before = scene.engine.rows_looked_at();
        let last = reader.last(&query, 10).await.expect("it can be read");
        assert_eq!(last.iter().collect::<Vec<_>>(), matching[matching.len().saturating_sub(10)..], "{text}");
        assert!(scene.engine.rows_looked_at() - before <= most, "{text}");
    }
}
