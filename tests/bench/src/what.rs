//! `what`: a page of the cases that a user may read, beside the checks of those very cases.

use crate::ask::{of, resolved};
use crate::feed;
use crate::goal::Goals;
use crate::size::Size;
use caseward_events::{Action, Asker, Resource};
use caseward_projections::{NumberedQuestion, Resolved, Views, WhatPart};
use floors_data::{Permissions, product};
use floors_figures::{Contestant, race};
use std::hint::black_box;
use std::io::{self, Write};

/// How much dearer a page is than its checks.
const WHAT_AT_MOST: f64 = 3.0;
/// Resources on a page.
const PAGE: usize = 100;
/// Every so many cases one is the reader's: 5,000 of 100,000.
const CASES_TO_A_GRANT: u32 = 20;

fn write_grants(permissions: &Permissions, to: &mut Vec<u8>) -> io::Result<u64> {
    let mut lines = 0;
    for case in (0..permissions.scale.cases).step_by(CASES_TO_A_GRANT as usize) {
        lines += 1;
        let grant = format!("\"on\":\"case:c{case}\",\"to\":\"user:reader\"");
        let head = "\"actor\":\"user:admin\",\"time\":\"2035-01-01T00:00:00Z\"";
        writeln!(to, "{{{head},\"command\":{{\"grant\":{{{grant}}}}}}}")?;
    }
    Ok(lines)
}

/// The pages of the reader, each from the last resource of the one before.
fn pages(views: &Views, reader: &Asker, at: Resolved) -> Vec<Vec<Resource>> {
    let mut pages: Vec<Vec<Resource>> = Vec::new();
    loop {
        let after = pages.last().and_then(|page| page.last());
        let part = WhatPart { after, limit: Some(PAGE), definition: None };
        let page = of(views, |views| views.what(reader, Action::Read, part, at.when));
        let more = page.more;
        pages.push(page.answer.resources);
        if !more {
            return pages;
        }
    }
}

/// Races pages against the sum of their checks.
pub fn run(size: &Size, permissions: &Permissions, goals: &mut Goals) {
    let views =
        feed::views(&feed::events(|to| Ok(product::write_commands(permissions, to)? + write_grants(permissions, to)?)));
    let at = resolved(&views, views.tip());
    let reader: Asker = "user:reader".parse().expect("a user");
    let listed: Vec<Resource> = pages(&views, &reader, at).concat();
    let granted = (0..permissions.scale.cases).step_by(CASES_TO_A_GRANT as usize).count();
    assert_eq!(listed.len(), granted, "the reader may read what was granted");
    let user = views.directory.users.get(&"reader".parse().expect("an id"));
    let asked: Vec<NumberedQuestion> = listed
        .iter()
        .map(|resource| {
            let target = of(&views, |views| views.target(resource, at.when.place)).expect("it was opened");
            NumberedQuestion { user, action: Action::Read, target }
        })
        .collect();
    let contestants = vec![
        Contestant::new("checks of what, a resource", listed.len(), || {
            asked
                .iter()
                .for_each(|asked| assert!(black_box(of(&views, |views| views.check_asked(*asked, at.when))).allowed));
        }),
        Contestant::new("what, pages of 100, a resource", listed.len(), || {
            assert_eq!(black_box(pages(&views, &reader, at)).concat().len(), listed.len());
        }),
    ];
    let figures = race(size.rounds, contestants);
    figures.iter().for_each(|figure| println!("{figure}"));
    let [checks, pages] = &figures[..] else { unreachable!("one each") };
    println!("{}", pages.ratio_to(checks));
    goals.hold("what / its checks", &pages.ratio_to(checks), WHAT_AT_MOST);
}
