//! Groups in groups: what it costs to put one into many, many into one, and to change what is around many; and what
//! checks cost there, now and as of a position.
//!
//! The same with users is the floor: a membership of a group should cost what one of a user does.

use crate::ask::{ask, of};
use crate::goal::Goals;
use crate::size::Size;
use crate::world::World;
use caseward_events::{Action, Position};
use caseward_projections::{CaseRows, Loading, NumberedQuestion, Table, Views, When};
use floors_figures::{Contestant, race};
use std::time::Instant;

/// A group in many, over the same of a user.
const MANY_AT_MOST: f64 = 3.0;
/// A change around many groups.
const TOGGLE_NANOSECONDS_AT_MOST: f64 = 1_000_000.0;
const TOGGLE_BYTES_AT_MOST: f64 = 4_096.0;
/// An opening after the changes, over one before them.
const OPENING_AT_MOST: f64 = 1.2;
/// A check after the changes, over the same before them.
const CHECK_AT_MOST: f64 = 1.05;
const TOGGLES: u32 = 400;
const REGIONS: u32 = 20;

/// Prints figures and ratios.
pub fn run(size: &Size, goals: &mut Goals) {
    let many = if size.holds_goals { 100_000 } else { 1_000 };
    in_many(many, goals);
    let (layers, width) = if size.holds_goals { (30, 30) } else { (5, 5) };
    let around = |world: &mut World, turn: u32| world.set_group(width * layers, 0, turn.is_multiple_of(2));
    changes("layers", size, goals, || layered(layers, width), around);
    let teams = if size.holds_goals { 1_000 } else { 50 };
    let elsewhere = |world: &mut World, turn: u32| {
        // Twenty go into regions of others, and out again.
        let inner = REGIONS + (turn % 20 + turn / 40 * 3) % (teams - REGIONS);
        world.set_group((inner + 1) % REGIONS, inner, (turn / 20).is_multiple_of(2));
    };
    changes("teams", size, goals, || teamed(teams), elsewhere);
}

/// What commands cost together: seconds and bytes.
struct Cost {
    seconds: f64,
    bytes: f64,
}

fn cost(name: &str, run: impl FnOnce(&mut World)) -> Cost {
    let mut world = World::new(1);
    let started = Instant::now();
    run(&mut world);
    let cost = Cost { seconds: started.elapsed().as_secs_f64(), bytes: bytes(world.views()) };
    println!("groups, {name}\t{:.3}\ts\t{:.0}\tbytes a command", cost.seconds, cost.bytes / world.events() as f64);
    cost
}

fn bytes(views: &Views) -> f64 {
    // Ids of commands are the same whatever was sent, and more than the rest.
    let memory = views.memory();
    (memory.total() - memory.ids) as f64
}

fn in_many(many: u32, goals: &mut Goals) {
    let user = cost("a user into many", |world| (0..many).for_each(|group| world.decide_member(group, "user:u0")));
    let other = format!("group:g{many}");
    let one = cost("a group into many", |world| (0..many).for_each(|group| world.decide_member(group, &other)));
    let into_one = cost("many into a group", |world| {
        (0..many).for_each(|group| world.decide_member(many, &format!("group:g{group}")));
    });
    let both = cost("many into a group and that into many", |world| {
        (0..many / 2).for_each(|group| world.decide_member(many, &format!("group:g{group}")));
        (many / 2..many).for_each(|group| world.decide_member(group, &other));
    });
    for (name, cost) in [("a group into many", one), ("many into a group", into_one), ("both", both)] {
        goals.hold_figure(format!("{name} / a user, time"), cost.seconds / user.seconds, MANY_AT_MOST);
        goals.hold_figure(format!("{name} / a user, memory"), cost.bytes / user.bytes, MANY_AT_MOST);
    }
}

/// Questions with their answers.
type Asks = Vec<((NumberedQuestion, Position), bool)>;

/// Every group of a layer in every group of the layer around it, from the outermost on; users in all layers.
fn layered(layers: u32, width: u32) -> (World, Asks) {
    let mut world = World::new(layers * width);
    world.open_cases(width);
    for layer in 1..layers {
        for (inner, outer) in (0..width).flat_map(|inner| (0..width).map(move |outer| (inner, outer))) {
            world.add_group((layer - 1) * width + outer, layer * width + inner);
        }
    }
    (0..layers * width).for_each(|user| world.add_user(user, user));
    // Case 0 is read by a layer in the middle, the others by the outermost.
    let middle = layers / 2 * width;
    world.grant_group(0, middle);
    (1..width).for_each(|case| world.grant_group(case, case));
    world.named();
    let mut asks = Vec::new();
    for turn in 0..4_096 {
        let (user, case) = (world.random(layers * width), turn % width);
        let right = if case == 0 { user / width > layers / 2 || user == middle } else { user >= width || user == case };
        asks.push(((world.asked(user, case, Action::Read), world.position_since_named()), right));
    }
    (world, asks)
}

/// Teams in departments, departments in regions; everybody in a few teams; cases read by any of them.
fn teamed(teams: u32) -> (World, Asks) {
    let users = 5 * teams;
    let mut world = World::new(users);
    world.open_cases(users);
    // The first are regions, then come departments.
    let departments = REGIONS + teams / 5;
    let region = |department: u32| department % REGIONS;
    let department = |team: u32| REGIONS + team % (departments - REGIONS);
    (REGIONS..departments).for_each(|one| world.add_group(region(one), one));
    (departments..teams).for_each(|team| world.add_group(department(team), team));
    let in_teams = |user: u32| [1, 7, 31].map(|step| departments + user * step % (teams - departments));
    for user in 0..users {
        in_teams(user).into_iter().for_each(|team| world.add_user(team, user));
    }
    let readers = |case: u32| [case % REGIONS, department(case), departments + case % (teams - departments)];
    for case in 0..users {
        readers(case).into_iter().for_each(|group| world.grant_group(case, group));
    }
    world.named();
    let mut asks = Vec::new();
    for _ in 0..16_384 {
        let (user, case) = (world.random(users), world.random(users));
        let around = in_teams(user).into_iter().flat_map(|team| [team, department(team), region(department(team))]);
        let right = around.into_iter().any(|group| readers(case).contains(&group));
        asks.push(((world.asked(user, case, Action::Read), world.position_since_named()), right));
    }
    (world, asks)
}

/// Checks and openings, before and after changes around many groups, and what the changes cost.
fn changes(
    name: &str,
    size: &Size,
    goals: &mut Goals,
    make: impl Fn() -> (World, Asks),
    toggle: impl Fn(&mut World, u32),
) {
    let (before, asks) = make();
    let mut after = make().0;
    // What is made at the first change is there for all that follow.
    (0..2).for_each(|turn| toggle(&mut after, turn));
    let (held, started) = (bytes(after.views()), Instant::now());
    (2..TOGGLES).for_each(|turn| toggle(&mut after, turn));
    let each = f64::from(TOGGLES - 2);
    let (nanoseconds, grown) = (started.elapsed().as_nanos() as f64 / each, (bytes(after.views()) - held) / each);
    println!("groups, {name}, a change\t{nanoseconds:.0}\tns\t{grown:.0}\tbytes");
    goals.hold_figure(format!("{name}: a change / 1 ms"), nanoseconds / TOGGLE_NANOSECONDS_AT_MOST, 1.0);
    goals.hold_figure(format!("{name}: a change / 4 KiB"), grown / TOGGLE_BYTES_AT_MOST, 1.0);
    let head = before.views().tip();
    let at_head: Asks = asks.iter().map(|((asked, _), right)| ((*asked, head), *right)).collect();
    let at_end: Asks = asks.iter().map(|((asked, _), right)| ((*asked, after.views().tip()), *right)).collect();
    let check = |views: &Views, (asked, position): &(NumberedQuestion, Position)| {
        let place = (*position).into();
        let when = When { place, at: views.timeline.time(place) };
        of(views, |views| views.check_asked(*asked, when).allowed)
    };
    let figures = race(
        size.rounds,
        vec![
            Contestant::new(format!("groups, {name}, check"), asks.len(), || {
                ask(&at_head, |question| check(before.views(), question));
            }),
            Contestant::new(format!("groups, {name}, check, after changes"), asks.len(), || {
                ask(&at_end, |question| check(after.views(), question));
            }),
            Contestant::new(format!("groups, {name}, check as of"), asks.len(), || {
                ask(&asks, |question| check(before.views(), question));
            }),
            Contestant::new(format!("groups, {name}, check as of, after changes"), asks.len(), || {
                ask(&asks, |question| check(after.views(), question));
            }),
            Contestant::new(format!("groups, {name}, opening"), 1, || open(&before)),
            Contestant::new(format!("groups, {name}, opening, after changes"), 1, || open(&after)),
        ],
    );
    figures.iter().for_each(|figure| println!("{figure}"));
    let [at_head, at_end, as_of, as_of_after, opening, opening_after] = &figures[..] else { unreachable!("one each") };
    goals.hold(format!("{name}: a check after changes / before"), &at_end.ratio_to(at_head), CHECK_AT_MOST);
    goals.hold(format!("{name}: a check as of after changes / before"), &as_of_after.ratio_to(as_of), CHECK_AT_MOST);
    goals.hold(format!("{name}: opening after changes / before"), &opening_after.ratio_to(opening), OPENING_AT_MOST);
}

/// Views are made of the rows that were saved of others.
fn open(world: &World) {
    let mut views = world.views().clone();
    let cut = views.cut(world.views().tip());
    let mut loading = Loading::new(&cut.header()).expect("it was just cut");
    for table in Table::ALL {
        let rows = (0..loading.rows(table)).map(|row| of(&views, |views| views.save_row(&cut, table, row)));
        let mut cases = CaseRows::default();
        for row in rows {
            let taken = if table == Table::Cases { cases.row(&row) } else { loading.row(table, &row) };
            taken.expect("it was just saved");
        }
        loading.cases(cases);
    }
    let loaded = loading.finish(&|jobs| jobs.iter_mut().for_each(|job| job())).expect("all rows came");
    assert_eq!(loaded.tip(), world.views().tip());
}
