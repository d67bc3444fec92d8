//! Messages that would become too long say what to ask about again, and whoever asks knows as much.

use super::*;
use caseward::engine::ChangeLimits;
use caseward::events::answer::AskAgain;

#[tokio::test]
async fn whoever_asks_again_for_what_is_too_much_to_tell_knows_what_everybody_holds() {
    let mut asked = [0; 3];
    for (name, lines) in histories() {
        let scene = with(&lines).await;
        let organization = &scene.organization;
        let resources = resources(organization).await;
        for limits in [
            ChangeLimits { pairs: 1_000_000, items: 2, ask_again: 2 },
            ChangeLimits { pairs: 5, items: 10_000, ask_again: 1_000 },
            ChangeLimits { pairs: 0, items: 0, ask_again: 0 },
        ] {
            let mut follower = from(organization, FeedId::default()).within_limits(limits);
            let mut folded = Folded::default();
            for (id, told) in steps(&mut follower, organization).await {
                let Some(told) = told else { continue };
                assert!(told.items().count() <= 2 * limits.items, "{told:?}");
                assert!(told.ask_again.len() <= 2 * limits.ask_again.max(1), "{told:?}");
                folded.put(&told);
                let truth = truth(organization, &resources, id).await;
                for again in &told.ask_again {
                    ask_again(&mut folded, &truth, again, &mut asked);
                }
                // Whoever no event names is asked about with the resource.
                assert_eq!(folded.held, truth.held, "{name} at {id}: {told:?}");
            }
        }
    }
    assert!(asked.iter().all(|count| *count > 20), "{asked:?}");
}

/// Takes over from what is so what is asked about again.
fn ask_again(folded: &mut Folded, truth: &Folded, again: &AskAgain, asked: &mut [usize; 3]) {
    let is_meant = |(subject, resource): &(String, String)| match again {
        AskAgain::Subject(one) => *subject == one.to_string(),
        AskAgain::Resource(one) => *resource == one.to_string(),
        AskAgain::Everything => true,
    };
    asked[match again {
        AskAgain::Subject(_) => 0,
        AskAgain::Resource(_) => 1,
        AskAgain::Everything => 2,
    }] += 1;
    folded.held.retain(|key, _| !is_meant(key));
    folded
        .held
        .extend(truth.held.iter().filter(|(key, _)| is_meant(key)).map(|(key, held)| (key.clone(), held.clone())));
}
