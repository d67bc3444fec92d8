//! Proofs are made of the roots of subtrees that are kept, and are the same whatever lies in their file.

use caseward::engine::{Batch, Engine, How, Organization, Source, SystemClock};
use caseward::events::{OrganizationName, Position, Submission, Timestamp};
use caseward::integrity::signed_note::SignedNote;
use caseward::integrity::signing::{SigningKeys, verifier};
use caseward::projections::{AsOf, Question};
use caseward::proof::make::Maker;
use caseward::proof::{Bundle, check, heads};
use caseward::store::{Access, FjallStore};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// So many events come first.
const MANY: u64 = 5_000;

async fn send(organization: &Organization, numbers: std::ops::Range<u64>) {
    let member = |number: u64| {
        let member = format!("user:u{number}");
        json!({"actor": "user:oa", "time": "2026-03-01T09:00:00Z", "command": {"add_member": {"group": "all", "member": member}}})
    };
    let submissions = numbers.map(|number| Submission::from_value(&member(number))).collect();
    let batch = Batch { submissions, how: How { source: Source::Import, ..How::default() } };
    let answers = organization.submit(batch).await.expect("there is room");
    assert!(answers.iter().all(|answer| answer.refusal().is_none()));
}

/// A store on disk, with keys that sign.
struct Proofs {
    organization: Organization,
    keys: SigningKeys,
}

impl Proofs {
    async fn over(folder: &Path) -> Proofs {
        let store = Arc::new(FjallStore::open(folder, Access::Create).expect("it opens"));
        let keys = SigningKeys::open(&folder.join("SIGNING")).expect("a store has them");
        let engine = Engine::open(store, Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        Proofs { organization, keys }
    }

    /// Of events at the edges of subtrees and in the last ones, of an older head, and of a decision; all of them hold.
    async fn made(&self, older: &[SignedNote]) -> Vec<Bundle> {
        let Proofs { organization, keys } = self;
        let maker = Maker { organization, keys };
        let head = organization.head().0;
        let mut bundles = Vec::new();
        for position in [1, 255, 256, 257, 512, 513, 2_560, head - 1, head] {
            bundles.push(maker.event(Position(position)).await.expect("it can be proved"));
        }
        for note in older {
            bundles.push(maker.consistency(note).await.expect("it can be proved"));
        }
        let question = json!({"subject": "user:u77", "action": "read", "resource": "case:1"});
        let question = Question::from_value(question).expect("it can be asked");
        let resolved =
            organization.reader(AsOf::Head, Some(Timestamp::EPOCH)).await.expect("it can be asked").resolved();
        bundles.push(maker.decision(&question, resolved).await.expect("it can be proved"));
        let key = verifier(&keys.origin(organization.name()), &keys.first()).expect("it is a key");
        for bundle in &bundles {
            check(bundle, std::slice::from_ref(&key)).expect("it holds");
        }
        bundles
    }
}

/// The file with its sum made right again.
fn with_its_sum(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - 32);
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

#[tokio::test]
async fn a_proof_is_the_same_whatever_lies_in_the_file_of_subtrees_which_is_made_and_mended_on_the_way() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("SUBTREES");
    let proofs = Proofs::over(folder.path()).await;
    send(&proofs.organization, 0..256).await;
    let mut older = vec![heads::tree_head(&proofs.organization, &proofs.keys).await.expect("it is signed")];
    send(&proofs.organization, 256..300).await;
    older.push(heads::tree_head(&proofs.organization, &proofs.keys).await.expect("it is signed"));
    assert!(!path.exists(), "nothing is kept before a proof is made");
    send(&proofs.organization, 300..MANY).await;
    let first = proofs.made(&older).await;
    let kept = fs::read(&path).expect("it was made");
    let roots = usize::try_from(MANY / 256).expect("it is small");
    assert_eq!(kept.len(), 8 + 4 + 8 + 32 * roots + 32);
    assert!(proofs.made(&older).await == first, "of what was kept");
    assert_eq!(fs::read(&path).expect("it is there"), kept, "and nothing new is worth a write");
    let root = 8 + 4 + 8;
    for at in [0, 9, 13, root, root + 32 * roots - 1, kept.len() - 1] {
        let mut damaged = kept.clone();
        damaged[at] ^= 1;
        for bytes in [damaged.clone(), with_its_sum(damaged)] {
            fs::write(&path, &bytes).expect("there is room");
            assert!(proofs.made(&older).await == first, "flipped at {at}");
            if at != 0 && at != 9 {
                assert_eq!(fs::read(&path).expect("it is there"), kept, "it was mended, flipped at {at}");
            }
        }
    }
    fs::remove_file(&path).expect("it is there");
    assert!(proofs.made(&older).await == first, "without it");
    send(&proofs.organization, MANY..2 * MANY).await;
    proofs.made(&older).await;
    let grown = fs::read(&path).expect("it is there");
    assert_eq!(grown[root..root + 32 * roots], kept[root..root + 32 * roots], "what was kept stays, and more came");
    assert_eq!(grown.len(), 8 + 4 + 8 + 32 * usize::try_from(2 * MANY / 256).expect("it is small") + 32);
}
