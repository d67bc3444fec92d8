//! How a check grows with what there is: cases, entries of a list, groups of a user, nesting, depth of a history, events.
//!
//! Each point is a world of its own, built event by event, and asked 20,000 questions by numbers; a figure is the median
//! over the rounds. A curve should be flat but for caches: more memory touched at random costs more misses.

use crate::ask::of;
use crate::size::Size;
use crate::world::World;
use caseward_events::{Action, Position};
use caseward_projections::{NumberedQuestion, When};
use floors_figures::{Contestant, Samples, race};
use std::hint::black_box;

/// How many questions a point is asked.
const QUESTIONS: usize = 20_000;
/// How often in a round, so that a round is longer than what the system takes for others.
const PASSES: usize = 10;

/// A curve: what grows, and the cost of a check at each size.
pub struct Curve {
    /// For its file.
    pub name: &'static str,
    /// What the picture is called.
    pub title: &'static str,
    /// What grows.
    pub grows: &'static str,
    /// Lines by name: (how many, median in ns).
    pub lines: Vec<(&'static str, Vec<(u32, f64)>)>,
}

type Build = fn(u32) -> (World, Vec<NumberedQuestion>);

/// What is varied, how far, and the world of each size.
struct Plan {
    name: &'static str,
    title: &'static str,
    grows: &'static str,
    sizes: &'static [u32],
    build: Build,
}

const PLANS: &[Plan] = &[
    Plan {
        name: "cases",
        title: "A check, by the number of cases",
        grows: "cases, 3 grants each",
        sizes: &[1_000, 10_000, 100_000, 1_000_000],
        build: cases,
    },
    Plan {
        name: "grants",
        title: "A check, by the length of the case's list",
        grows: "entries of the list",
        sizes: &[1, 4, 16, 64, 256, 1_024, 4_096, 16_384],
        build: grants,
    },
    Plan {
        name: "groups",
        title: "A check, by the groups of the user",
        grows: "groups of the user",
        sizes: &[1, 2, 4, 8, 16, 32, 64, 128, 256],
        build: groups,
    },
    Plan {
        name: "nesting",
        title: "A check, by the nesting of groups",
        grows: "groups from the user to the one that is granted",
        sizes: &[1, 2, 4, 8, 16, 32, 63],
        build: nesting,
    },
    Plan {
        name: "depth",
        title: "A check, by the depth of the entry's history",
        grows: "changes of the entry",
        sizes: &[1, 4, 16, 64, 256, 1_024, 4_096, 16_384],
        build: depth,
    },
    Plan {
        name: "events",
        title: "A check of 1,000 cases, by the length of the log",
        grows: "events in the log",
        sizes: &[10_000, 100_000, 1_000_000, 3_000_000],
        build: events,
    },
];

/// Measures all curves and prints their figures.
pub fn run(size: &Size) -> Vec<Curve> {
    PLANS.iter().map(|plan| measure(size, plan)).collect()
}

fn measure(size: &Size, plan: &Plan) -> Curve {
    let (mut head, mut past) = (Vec::new(), Vec::new());
    let sizes = if size.holds_goals { plan.sizes } else { &plan.sizes[..2] };
    for &many in sizes {
        let [at_head, as_of] = point(size.fold_rounds, plan, many);
        println!("{at_head}\n{as_of}");
        head.push((many, at_head.median()));
        past.push((many, as_of.median()));
    }
    let Plan { name, title, grows, .. } = *plan;
    Curve { name, title, grows, lines: vec![("at the head", head), ("as of a random position", past)] }
}

/// The cost of a check in a world of that size, at the head and as of random positions after everything was named.
fn point(rounds: usize, plan: &Plan, many: u32) -> [Samples; 2] {
    let (mut world, asked) = (plan.build)(many);
    let positions: Vec<Position> = asked.iter().map(|_| world.position_since_named()).collect();
    let views = world.views();
    let when = |position: Position| When { place: position.into(), at: views.timeline.time(position.into()) };
    let positions: Vec<When> = positions.into_iter().map(when).collect();
    let at_head = when(views.tip());
    let label = |line: &str| format!("curve {}, {many} {}, {line}", plan.name, plan.grows);
    let contestants = vec![
        Contestant::new(label("at the head"), PASSES * asked.len(), || {
            for asked in asked.iter().cycle().take(PASSES * asked.len()) {
                black_box(of(views, |views| views.check_asked(*asked, at_head)));
            }
        }),
        Contestant::new(label("as of"), PASSES * asked.len(), || {
            for (asked, when) in asked.iter().zip(&positions).cycle().take(PASSES * asked.len()) {
                black_box(of(views, |views| views.check_asked(*asked, *when)));
            }
        }),
    ];
    let figures: [Samples; 2] = race(rounds, contestants).try_into().expect("one each");
    figures
}

/// Questions about cases, half by somebody who is on the list.
fn ask(world: &mut World, cases: u32, users: u32, granted: impl Fn(&mut World, u32) -> u32) -> Vec<NumberedQuestion> {
    let mut questions = Vec::with_capacity(QUESTIONS);
    for turn in 0..QUESTIONS {
        let case = world.random(cases);
        let user = if turn % 2 == 0 { granted(world, case) } else { world.random(users) };
        questions.push(world.asked(user, case, Action::Read));
    }
    questions
}

const USERS: u32 = 10_000;

fn cases(many: u32) -> (World, Vec<NumberedQuestion>) {
    let mut world = World::new(USERS);
    world.open_cases(many);
    for case in 0..many {
        (0..3).for_each(|entry| world.grant_user(case, spread(case, entry, USERS)));
    }
    world.named();
    let asked = ask(&mut world, many, USERS, |_, case| spread(case, 1, USERS));
    (world, asked)
}

/// A user of a case that can be told again without a table; different for entries of one list.
fn spread(case: u32, entry: u32, users: u32) -> u32 {
    case.wrapping_mul(2_654_435_761).wrapping_add(entry.wrapping_mul(users / 3 + 1)) % users
}

fn grants(many: u32) -> (World, Vec<NumberedQuestion>) {
    const CASES: u32 = 32;
    let users = 2 * many.max(1_000);
    let mut world = World::new(users);
    world.open_cases(CASES);
    for case in 0..CASES {
        (0..many).for_each(|user| world.grant_user(case, 2 * user));
    }
    world.named();
    let asked = ask(&mut world, CASES, users, move |world, _| 2 * world.random(many));
    (world, asked)
}

fn groups(many: u32) -> (World, Vec<NumberedQuestion>) {
    const GROUPS: u32 = 1_000;
    const CASES: u32 = 1_000;
    let mut world = World::new(CASES);
    world.open_cases(CASES);
    for user in 0..CASES {
        (0..many).for_each(|group| world.add_user((user + group) % GROUPS, user));
    }
    for case in 0..CASES {
        (0..3).for_each(|entry| world.grant_group(case, (case + 300 * entry) % GROUPS));
    }
    world.named();
    let asked = ask(&mut world, CASES, CASES, |_, case| case);
    (world, asked)
}

fn nesting(many: u32) -> (World, Vec<NumberedQuestion>) {
    const CHAINS: u32 = 100;
    let mut world = World::new(CHAINS);
    world.open_cases(CHAINS);
    for chain in 0..CHAINS {
        let group = |level: u32| chain * many + level;
        world.add_user(group(0), chain);
        (1..many).for_each(|level| world.add_group(group(level), group(level - 1)));
        world.grant_group(chain, group(many - 1));
    }
    world.named();
    let asked = ask(&mut world, CHAINS, CHAINS, |_, case| case);
    (world, asked)
}

fn depth(many: u32) -> (World, Vec<NumberedQuestion>) {
    const CASES: u32 = 64;
    let mut world = World::new(CASES);
    world.open_cases(CASES);
    (0..CASES).for_each(|case| world.grant_user(case, case));
    world.named();
    for turn in 1..many {
        (0..CASES).for_each(|case| world.update_user(case, case, turn % 2 == 0));
    }
    let asked = ask(&mut world, CASES, CASES, |_, case| case);
    (world, asked)
}

fn events(many: u32) -> (World, Vec<NumberedQuestion>) {
    const CASES: u32 = 1_000;
    let mut world = World::new(USERS);
    world.open_cases(CASES);
    for case in 0..CASES {
        (0..3).for_each(|entry| world.grant_user(case, spread(case, entry, USERS)));
    }
    world.named();
    let mut other = CASES;
    while world.events() < u64::from(many) {
        world.open_case(other);
        (0..3).for_each(|entry| world.grant_user(other, spread(other, entry, USERS)));
        other += 1;
    }
    let asked = ask(&mut world, CASES, USERS, |_, case| spread(case, 1, USERS));
    (world, asked)
}
