//! Checks as of a position, and the same questions at the head: what the past costs more than the present.

use crate::ask::{ask, asked, of, question, resolved};
use crate::feed;
use crate::goal::Goals;
use crate::size::Size;
use caseward_events::{Position, Timestamp};
use caseward_projections::{AsOf, NumberedQuestion, Views, When};
use floors_check::{FlatHistories, HashedHistories};
use floors_data::{CheckAsOf, Depths, Permissions, Timeline, product};
use floors_figures::{Contestant, Samples, race};

/// How much dearer the past may be than the flat floor's.
const FLOOR_AT_MOST: f64 = 1.5;

/// Races checks for each depth of histories and prints figures and ratios.
pub fn run(size: &Size, permissions: &Permissions, goals: &mut Goals) {
    for (label, depths) in &size.depths {
        let timeline = Timeline::generate(permissions, *depths);
        let [to_head, to_flat] = race_at(size.rounds, label, permissions, &timeline);
        goals.hold(format!("as of / the same at the head, {label}"), &to_head, head_at_most(depths));
        goals.hold(format!("as of / flat as of, {label}"), &to_flat, FLOOR_AT_MOST);
    }
}

/// How much dearer the past may be than the present, by how many values the history has in which it is looked for.
fn head_at_most(depths: &Depths) -> f64 {
    match depths {
        Depths::Mixed | Depths::Fixed(..=8) => 1.3,
        Depths::Fixed(..=100) => 2.0,
        Depths::Fixed(_) => 3.0,
    }
}

/// The same questions in each form, each with the right answer.
struct Questions {
    floor: Vec<(CheckAsOf, bool)>,
    floor_at_head: Vec<(CheckAsOf, bool)>,
    product: Vec<((NumberedQuestion, When), bool)>,
    product_at_head: Vec<((NumberedQuestion, When), bool)>,
}

impl Questions {
    fn prepare(views: &Views, flat: &FlatHistories, timeline: &Timeline) -> Questions {
        let mut questions =
            Questions { floor: vec![], floor_at_head: vec![], product: vec![], product_at_head: vec![] };
        for check in &timeline.checks {
            let asked = asked(views, &question(check.user, check.case, check.action));
            let when_at = |position: u32| resolved(views, Position(position.into())).when;
            // The right answer at the head is that of a floor, which has the right ones at every other place.
            let head = timeline.head();
            let at_head = flat.level_at(check.user, check.case, head) >= check.action;
            questions.floor.push((*check, check.allowed));
            questions.floor_at_head.push((CheckAsOf { position: head, ..*check }, at_head));
            questions.product.push(((asked, when_at(check.position)), check.allowed));
            questions.product_at_head.push(((asked, when_at(head)), at_head));
        }
        questions
    }
}

/// The ratios of as-of to the same at the head, and to the flat floor.
fn race_at(rounds: usize, label: &str, permissions: &Permissions, timeline: &Timeline) -> [Samples; 2] {
    let views = feed::views(&feed::events(|to| product::write_history(permissions, &timeline.changes, to)));
    assert_eq!(views.tip(), Position(timeline.head().into()));
    let (flat, hashed) = (FlatHistories::build(permissions, timeline), HashedHistories::build(permissions, timeline));
    let Questions { floor, floor_at_head, product, product_at_head } = Questions::prepare(&views, &flat, timeline);

    let by_flat = |c: &CheckAsOf| flat.level_at(c.user, c.case, c.position) >= c.action;
    let by_hashed = |c: &CheckAsOf| hashed.level_at(c.user, c.case, c.position) >= c.action;
    let by_product = |(asked, when): &(NumberedQuestion, When)| of(&views, |views| views.check_asked(*asked, *when).allowed);
    // As the engine does it: a position first becomes a place and an instant.
    let resolved = |(asked, when): &(NumberedQuestion, When)| {
        let as_of = AsOf::Position(when.place.position());
        let resolved = views.resolve(as_of, None, views.tip(), Timestamp::EPOCH).expect("it is not above the head");
        of(&views, |views| views.check_asked(*asked, resolved.when).allowed)
    };
    let n = floor.len();
    let contestants = vec![
        Contestant::new(format!("check-as-of.flat, {label}"), n, || ask(&floor, by_flat)),
        Contestant::new(format!("check-as-of.flat, at the head, {label}"), n, || ask(&floor_at_head, by_flat)),
        Contestant::new(format!("check-as-of.hashed, {label}"), n, || ask(&floor, by_hashed)),
        Contestant::new(format!("check-as-of, {label}"), n, || ask(&product, by_product)),
        Contestant::new(format!("check-as-of, at the head, {label}"), n, || ask(&product_at_head, by_product)),
        Contestant::new(format!("check-as-of, resolved too, {label}"), n, || ask(&product, resolved)),
    ];
    let figures = race(rounds, contestants);
    figures.iter().for_each(|figure| println!("{figure}"));
    let [flat, flat_at_head, hashed, product, product_at_head, resolved] = &figures[..] else {
        unreachable!("one each")
    };
    println!("{}", flat.ratio_to(flat_at_head));
    println!("{}", product.ratio_to(flat));
    println!("{}", product.ratio_to(hashed));
    println!("{}", product.ratio_to(product_at_head));
    println!("{}", resolved.ratio_to(product_at_head));
    [product.ratio_to(product_at_head), product.ratio_to(flat)]
}
