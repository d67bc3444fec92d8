//! What a head of the tree says belongs together: root, position and streams of one moment.

use crate::scene::office;
use caseward::integrity::tree::Frontier;
use caseward::seams::tree::{EMPTY_ROOT, Tree as _};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_can_be_taken_of_a_log_that_grows_all_the_time() {
    let scene = Arc::new(office().await);
    let (enough, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writers = (0..4).map(|writer| {
        let (scene, enough, written) = (Arc::clone(&scene), Arc::clone(&enough), Arc::clone(&written));
        tokio::spawn(async move {
            while !enough.load(Ordering::Relaxed) {
                let number = written.fetch_add(1, Ordering::Relaxed);
                let grant = json!({"on": "case:C1", "to": format!("user:u{writer}-{number}")});
                let answer = scene.apply(&json!({"actor": "user:oa", "command": {"grant": grant}})).await;
                assert!(answer.refusal().is_none());
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut heads = Vec::new();
    while heads.len() < 200 || written.load(Ordering::Relaxed) < 1_000 {
        heads.push(scene.organization.head_input().await.expect("it can be taken"));
        tokio::task::yield_now().await;
    }
    enough.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.expect("it writes");
    }
    let (mut tree, mut roots) = (Frontier::default(), vec![EMPTY_ROOT]);
    let mut hash = |_, event: &[u8]| {
        tree.add_leaves([event]);
        roots.push(tree.root());
    };
    scene.organization.scan(scene.organization.head(), &mut hash).await.expect("it reads");
    let mut positions: Vec<_> = heads.iter().map(|head| head.position).collect();
    for head in heads {
        let position = usize::try_from(head.position.0).expect("a short log");
        assert_eq!(head.root, roots[position], "at {position}");
        let mut streams = Vec::new();
        scene.organization.each_stream(&head, &mut |stream| streams.push(stream)).await;
        let of_streams: u64 = streams.iter().map(|stream| stream.version).sum();
        assert_eq!(of_streams, head.position.0, "every event is of one stream");
        assert!(streams.is_sorted_by(|one, next| one.name < next.name), "by name, each once");
    }
    assert!(positions.is_sorted());
    positions.dedup();
    assert!(positions.len() > 20, "only {} moments", positions.len());
}
