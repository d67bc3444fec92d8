//! The questions of the floors as the product takes them, made before they are timed.

use caseward_events::{Action, Asker, Position, Resource};
use caseward_projections::{AsOf, AtHand, NumberedQuestion, Question, Resolved, Views, When};
use floors_data::Level;
use std::hint::black_box;

/// A question with names.
pub fn question(user: u32, case: u32, action: Level) -> Question {
    let action = match action {
        Level::Read => Action::Read,
        Level::Write => Action::Write,
        Level::Nothing => unreachable!("nobody asks for nothing"),
    };
    Question {
        subject: Asker::User(format!("u{user}").parse().expect("an id")),
        action,
        resource: Resource::Case(format!("c{case}").parse().expect("an id")),
        as_of: AsOf::Head,
        at: None,
        id: None,
        expect: None,
        rule: None,
    }
}

/// What views answer whose cases never leave memory. One question at a time, as an engine asks.
#[inline]
pub fn of<T>(views: &Views, question: impl FnOnce(AtHand<'_>) -> T) -> T {
    views.ask(question).expect("no case leaves these views")
}

/// The same with its names looked up. All users and cases stand before every position that is asked about.
pub fn asked(views: &Views, question: &Question) -> NumberedQuestion {
    let Asker::User(user) = &question.subject else { unreachable!("all questions are about users") };
    let user = views.directory.users.get(user);
    assert!(user.is_some(), "{question:?}");
    let target =
        of(views, |views| views.target(&question.resource, views.tip().into())).expect("every case was opened");
    NumberedQuestion { user, action: question.action, target }
}

/// The place and time of a position.
pub fn resolved(views: &Views, position: Position) -> Resolved {
    let place = position.into();
    Resolved { when: When { place, at: views.timeline.time(place) }, settled: None }
}

/// Answers every question, and compares.
pub fn ask<Q: std::fmt::Debug>(questions: &[(Q, bool)], allowed: impl Fn(&Q) -> bool) {
    for (question, right) in questions {
        assert_eq!(black_box(allowed(question)), *right, "{question:?}");
    }
}
