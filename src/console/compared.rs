//! Two moments compared: who gained, lost, or holds something else, each with the event that did it.

use super::asking::{Asking, Problem};
use super::frame::plain;
use super::listed;
use super::moment::{Moment, time};
use super::named::Named;
use super::words;
use crate::show::phrasing;
use caseward_events::answer::{Cause, Change, Cited, DiffAnswer, WindowEnd};
use caseward_events::{Action, Recorded, Reference};
use maud::{Markup, html};

/// Changes on one page.
const CHANGES_MAX: usize = 200;

/// What changed between two moments, the earlier one first.
pub struct Compared {
    /// The answer.
    pub answer: DiffAnswer,
    earlier: Moment,
    later: Moment,
}

/// Whether a thing has somebody who holds something on it, or holds something itself.
#[must_use]
pub fn can_be(of: &Reference) -> bool {
    of.resource().is_some() || matches!(of, Reference::User(_) | Reference::Group(_))
}

/// Asks what changed.
///
/// # Errors
/// What the API tells instead.
pub async fn ask(asking: &Asking<'_>, of: &Reference, one: Moment, other: Moment) -> Result<Compared, Problem> {
    let order = |moment: &Moment| (moment.position, moment.at, moment.asked.is_head());
    let (earlier, later) = if order(&one) <= order(&other) { (one, other) } else { (other, one) };
    let parameters = [
        ("of", Some(of.to_string())),
        ("from", Some(earlier.written().unwrap_or_else(|| earlier.position.to_string()))),
        ("to", later.written()),
        ("limit", Some(CHANGES_MAX.to_string())),
    ];
    let answer = asking.get::<DiffAnswer>("diff", &parameters).await?.answer;
    Ok(Compared { answer, earlier, later })
}

impl Compared {
    /// Everything that it names.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.answer.changes().flat_map(|change| [change.subject.to_string(), change.resource.to_string()])
    }

    /// All of it.
    #[must_use]
    pub fn view(&self, of: &Reference, named: &Named) -> Markup {
        let DiffAnswer { gained, lost, changed, cited, .. } = &self.answer;
        let lists = [
            (words::GAINED, "gained", "+", gained),
            (words::LOST, "lost", "−", lost),
            (words::CHANGED, "changed", "±", changed),
        ];
        html! {
            p .between { (words::FROM_WORD) " " (when(self.earlier)) " " (words::TO_WORD) " " (when(self.later)) }
            @if self.answer.changes().next().is_none() { p .empty { (words::NOTHING_CHANGED) } }
            div .changes { @for (title, class, sign, list) in lists {
                @if !list.is_empty() {
                    section class={ "change " (class) } {
                        h3 { span .sign aria-hidden="true" { (sign) } (title) " " span .count { (list.len()) } }
                        ul { @for alike in alike(list) { li {
                            @for change in &alike { (one(change, of, named)) }
                            @for cause in alike.first().iter().flat_map(|change| &change.causes) { div .cause { (told(cause, cited.as_ref(), named)) } }
                        } } }
                    }
                }
            } }
            @if self.answer.next.token().is_some() { p .more { (words::more_changes(CHANGES_MAX)) } }
        }
    }
}

fn when(moment: Moment) -> Markup {
    html! { @if moment.is_past() { (time(moment.at)) " (" (words::position(moment.position)) ")" } @else { (words::NOW) } }
}

/// Those together that one thing did, in their order.
fn alike(list: &[Change]) -> Vec<Vec<&Change>> {
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    for change in list {
        let same = |group: &&mut Vec<&Change>| group.first().is_some_and(|first| first.causes == change.causes);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    groups
}

fn one(change: &Change, of: &Reference, named: &Named) -> Markup {
    let Change { subject, resource, before, after, .. } = change;
    let is_of_resource = of.resource().is_some_and(|own| own == *resource);
    let gone: Vec<Action> = before.iter().filter(|right| !after.contains(right)).copied().collect();
    let come: Vec<Action> = after.iter().filter(|right| !before.contains(right)).copied().collect();
    html! {
        div .held { div .whose {
            @if !matches!(of, Reference::User(_)) { (named.link(&subject.to_string())) }
            @if !is_of_resource { @if !matches!(of, Reference::User(_)) { " " (words::ON) " " } (named.link(&resource.to_string())) }
        }
        div .rights-changed {
            @if !come.is_empty() { span .come { "+ " (phrasing::list(&come)) } }
            @if !gone.is_empty() { span .gone { "− " (phrasing::list(&gone)) } }
        } }
    }
}

/// What did it.
fn told(cause: &Cause, cited: Option<&Cited>, named: &Named) -> Markup {
    let entry = cited.and_then(|cited| cited.get(&cause.position)).cloned();
    html! {
        @match entry {
            None => (named.event(cause.position)),
            Some(entry) => {
                @let recorded = Recorded::from(entry);
                @match cause.window {
                    None => {},
                    Some(WindowEnd::Begins) => span .window { (time(cause.time)) ": " (plain(words::A_WINDOW_OPENED)) " " },
                    Some(WindowEnd::Ends) => span .window { (time(cause.time)) ": " (plain(words::A_WINDOW_ENDED)) " " },
                }
                (listed::line(&recorded, named))
            }
        }
    }
}
