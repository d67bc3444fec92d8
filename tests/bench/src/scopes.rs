//! Checks where half are decided by the scopes of profiles, some through a delegation, beside checks by lists alone.
//!
//! The right answer to each is worked out from the drawn facts, not by the product.

use crate::ask::{ask, asked, of, question, resolved};
use crate::feed;
use crate::goal::Goals;
use crate::size::Size;
use caseward_projections::{NumberedQuestion, Views};
use floors_check::FlatLists;
use floors_data::{Level, Permissions, product};
use floors_figures::{Contestant, race};
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

/// How much dearer than a check by lists alone.
const SCOPES_AT_MOST: f64 = 2.0;

/// Every one of these many users delegates to the next one.
const USERS_TO_A_DELEGATION: u32 = 20;

/// Who is in a person field of which case, and who acts for whom.
struct Facts {
    placements: Vec<(u32, u32)>,
    placed: HashSet<(u32, u32)>,
    delegators: HashMap<u32, u32>,
}

impl Facts {
    /// As many placements as cases, spread by a step that has no divisor in common with either number.
    fn draw(permissions: &Permissions) -> Facts {
        let (users, cases) = (permissions.scale.users, permissions.scale.cases);
        let pair = |number: u32| {
            let spread = u64::from(number) * 7_919;
            let user = u32::try_from(spread % u64::from(users)).expect("it is below the users");
            (user, number % cases)
        };
        let placements: Vec<_> = (0..cases).map(pair).collect();
        let delegators = (0..users - 1).step_by(USERS_TO_A_DELEGATION as usize).map(|from| (from + 1, from)).collect();
        Facts { placed: placements.iter().copied().collect(), placements, delegators }
    }

    fn may(&self, lists: &FlatLists, user: u32, case: u32, action: Level) -> bool {
        let own = |user: u32| lists.level(user, case) >= action || self.placed.contains(&(user, case));
        own(user) || self.delegators.get(&user).is_some_and(|&from| own(from))
    }

    /// The commands after those of the lists: a profile for everybody, then people, then delegations.
    fn write(&self, permissions: &Permissions, to: &mut Vec<u8>) -> io::Result<u64> {
        let mut lines = 0;
        let mut command = |to: &mut Vec<u8>, body: String| {
            lines += 1;
            writeln!(to, "{{\"actor\":\"user:admin\",\"time\":\"2035-01-01T00:00:00Z\",\"command\":{{{body}}}}}")
        };
        command(to, "\"configure_profile\":{\"profile\":\"p\",\"module_access\":true}".to_owned())?;
        for definition in 0..permissions.scale.definitions {
            let row = format!(
                "\"profile\":\"p\",\"definition\":\"d{definition}\",\"read\":\"involved\",\"write\":\"involved\""
            );
            command(to, format!("\"set_form_access\":{{{row}}}"))?;
        }
        for user in 0..permissions.scale.users {
            command(to, format!("\"assign_profile\":{{\"user\":\"u{user}\",\"profile\":\"p\"}}"))?;
        }
        for (user, case) in &self.placements {
            command(
                to,
                format!("\"add_person\":{{\"case\":\"c{case}\",\"field\":\"f\",\"person\":\"user:u{user}\"}}"),
            )?;
        }
        for (to_user, from) in &self.delegators {
            let parts = format!("\"delegation\":\"x{from}\",\"from\":\"user:u{from}\",\"to\":\"user:u{to_user}\"");
            command(to, format!("\"delegate\":{{{parts}}}"))?;
        }
        Ok(lines)
    }
}

/// Races the mix against lists alone, and prints figures and the ratio.
pub fn run(size: &Size, permissions: &Permissions, goals: &mut Goals) {
    let facts = Facts::draw(permissions);
    let lists = FlatLists::build(permissions);
    let bare = feed::views(&feed::events(|to| product::write_commands(permissions, to)));
    let full =
        feed::views(&feed::events(|to| Ok(product::write_commands(permissions, to)? + facts.write(permissions, to)?)));
    let by_lists = permissions.checks.iter().map(|check| (check.user, check.case, check.action));
    let half = permissions.checks.len() / 2;
    let by_scopes = facts.placements.iter().take(half).map(|&(user, case)| (user, case, Level::Write));
    let mixed: Vec<_> = by_lists.clone().take(half).zip(by_scopes).flat_map(|(one, other)| [one, other]).collect();
    let numbered = |views: &Views, checks: Vec<(u32, u32, Level)>, right: &dyn Fn(u32, u32, Level) -> bool| {
        let of = |(user, case, action)| (asked(views, &question(user, case, action)), right(user, case, action));
        checks.into_iter().map(of).collect::<Vec<(NumberedQuestion, bool)>>()
    };
    let alone = numbered(&bare, by_lists.collect(), &|user, case, action| lists.level(user, case) >= action);
    let mixed = numbered(&full, mixed, &|user, case, action| facts.may(&lists, user, case, action));
    let [at_bare, at_full] = [&bare, &full].map(|views| resolved(views, views.tip()).when);
    let contestants = vec![
        Contestant::new("check, lists alone", alone.len(), || {
            ask(&alone, |a| of(&bare, |views| views.check_asked(*a, at_bare).allowed))
        }),
        Contestant::new("check, half by scopes", mixed.len(), || {
            ask(&mixed, |a| of(&full, |views| views.check_asked(*a, at_full).allowed))
        }),
    ];
    let figures = race(size.rounds, contestants);
    figures.iter().for_each(|figure| println!("{figure}"));
    let [alone, mixed] = &figures[..] else { unreachable!("one each") };
    println!("{}", mixed.ratio_to(alone));
    goals.hold("check, half by scopes / check, lists alone", &mixed.ratio_to(alone), SCOPES_AT_MOST);
}
