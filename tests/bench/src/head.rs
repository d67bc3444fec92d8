//! Checks at the head: may this user do this to this case, now?

use crate::ask::{ask, asked, of, question, resolved};
use crate::feed;
use crate::goal::Goals;
use crate::size::Size;
use caseward_projections::{NumberedQuestion, Question};
use floors_check::{FlatLists, HashedLists};
use floors_data::{Check, Permissions, product};
use floors_figures::{Contestant, race};

/// How much dearer than flat slices a check may be; the product also minds restrictions, windows, admins and policy.
const CHECK_AT_MOST: f64 = 1.5;
/// How much dearer all reasons may be than none.
const REASONS_AT_MOST: f64 = 4.0;

/// Races checks and prints figures and ratios.
pub fn run(size: &Size, permissions: &Permissions, goals: &mut Goals) {
    let views = feed::views(&feed::events(|to| product::write_commands(permissions, to)));
    let at_head = resolved(&views, views.tip());
    let checks: Vec<(Check, bool)> = permissions.checks.iter().map(|check| (*check, check.allowed)).collect();
    let named = |&(check, right): &(Check, bool)| (question(check.user, check.case, check.action), right);
    let named: Vec<(Question, bool)> = checks.iter().map(named).collect();
    let numbered: Vec<(NumberedQuestion, bool)> =
        named.iter().map(|(question, right)| (asked(&views, question), *right)).collect();
    let [allowed, denied] = [true, false].map(|wanted| {
        let of_those = numbered.iter().filter(|(_, right)| *right == wanted);
        of_those.copied().collect::<Vec<_>>()
    });
    let (flat, hashed) = (FlatLists::build(permissions), HashedLists::build(permissions));

    let by_number = |asked: &NumberedQuestion| of(&views, |views| views.check_asked(*asked, at_head.when).allowed);
    let by_name = |asked: &Question| {
        of(&views, |views| views.check(&asked.subject, asked.action, &asked.resource, at_head.when).allowed)
    };
    let contestants = vec![
        Contestant::new("check.flat", checks.len(), || ask(&checks, |c| flat.level(c.user, c.case) >= c.action)),
        Contestant::new("check.hashed", checks.len(), || ask(&checks, |c| hashed.level(c.user, c.case) >= c.action)),
        Contestant::new("check", checks.len(), || ask(&numbered, by_number)),
        Contestant::new("check, the allowed ones", allowed.len(), || ask(&allowed, by_number)),
        Contestant::new("check, the denied ones", denied.len(), || ask(&denied, by_number)),
        Contestant::new("check, by names", checks.len(), || ask(&named, by_name)),
        Contestant::new("check, with reasons", checks.len(), || {
            ask(&named, |question| of(&views, |views| views.decision(question, at_head).decision));
        }),
    ];
    let figures = race(size.rounds, contestants);
    figures.iter().for_each(|figure| println!("{figure}"));
    let [flat, hashed, check, _, _, by_name, with_reasons] = &figures[..] else { unreachable!("one each") };
    println!("{}", check.ratio_to(flat));
    println!("{}", check.ratio_to(hashed));
    println!("{}", by_name.ratio_to(hashed));
    println!("{}", with_reasons.ratio_to(by_name));
    // Names are looked up with the reasons, and not in the cheapest check.
    println!("{}", with_reasons.ratio_to(check));
    goals.hold("check / flat slices with bit sets", &check.ratio_to(flat), CHECK_AT_MOST);
    goals.hold("check with reasons / without", &with_reasons.ratio_to(by_name), REASONS_AT_MOST);
}
