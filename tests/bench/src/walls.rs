//! Checks of those whom no wall names, where many walls stand against others, and where all were lowered.

use crate::ask::{ask, of};
use crate::goal::Goals;
use crate::size::Size;
use crate::world::World;
use caseward_events::Action;
use caseward_projections::{NumberedQuestion, When};
use floors_figures::{Contestant, race};

/// Over the same without walls.
const STANDING_AT_MOST: f64 = 1.5;
/// Lowered ones should cost nothing; what is measured is never the same twice.
const LOWERED_AT_MOST: f64 = 1.1;
const GROUPS: u32 = 400;

/// Races checks and prints figures and ratios.
pub fn run(size: &Size, goals: &mut Goals) {
    let (users, walls) = if size.holds_goals { (5_000, 20_000) } else { (500, 200) };
    let worlds = [(0, false), (walls, false), (walls, true)].map(|(walls, lowers)| world(users, walls, lowers));
    let names = ["walls, check, none", "walls, check, many stand", "walls, check, as many lowered"];
    let contestants = names.iter().zip(&worlds).map(|(name, (world, asks))| {
        let (views, place) = (world.views(), world.views().tip().into());
        let when = When { place, at: views.timeline.time(place) };
        Contestant::new(*name, asks.len(), move || {
            ask(asks, |asked| of(views, |views| views.check_asked(*asked, when).allowed))
        })
    });
    let figures = race(size.rounds, contestants.collect());
    figures.iter().for_each(|figure| println!("{figure}"));
    let [none, standing, lowered] = &figures[..] else { unreachable!("one each") };
    goals.hold("check, walls stand against others / none", &standing.ratio_to(none), STANDING_AT_MOST);
    goals.hold("check, walls were lowered / none", &lowered.ratio_to(none), LOWERED_AT_MOST);
}

/// Everybody in three groups, some of which are in one; each case is read by a user and two groups. Half of the walls are
/// against users, half against groups; nobody who asks is among them.
fn world(users: u32, walls: u32, lowers: bool) -> (World, Vec<(NumberedQuestion, bool)>) {
    let mut world = World::new(users);
    world.open_cases(users);
    let groups = |user: u32| [1, 7, 31].map(|step| user * step % GROUPS);
    for user in 0..users {
        groups(user).into_iter().for_each(|group| world.add_user(group, user));
    }
    (0..GROUPS / 10).for_each(|inner| world.add_group(GROUPS, inner));
    for case in 0..users {
        world.grant_user(case, case);
        (1..3).for_each(|step| world.grant_group(case, (case + step * 100) % GROUPS));
    }
    world.named();
    let against = |wall: u32| if wall.is_multiple_of(2) { format!("user:w{wall}") } else { format!("group:w{wall}") };
    (0..walls).for_each(|wall| world.set_wall(&against(wall), true));
    if lowers {
        (0..walls).for_each(|wall| world.set_wall(&against(wall), false));
    }
    let asks = (0..16_384).map(|turn| {
        let case = world.random(users);
        let user = if turn % 4 == 0 { case } else { world.random(users) };
        let right =
            user == case || groups(user).iter().any(|group| [100, 200].iter().any(|by| (case + by) % GROUPS == *group));
        (world.asked(user, case, Action::Read), right)
    });
    let asks = asks.collect();
    (world, asks)
}
