//! Every text of the console that is not a sentence about a decision or an event, in English: whoever translates it needs this
//! file and [`crate::show::phrasing`].

use caseward_events::answer::{Because, Overlay, Rule};
use caseward_events::{Action, Position, Reference, Timestamp};

/// Names of months, in full.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

// Around every page.
pub const CONSOLE: &str = "Console";
pub const SKIP: &str = "To the content";
pub const PLACES: &str = "Places";
pub const SEARCH: &str = "Search";
pub const SEARCH_KIND: &str = "Found by name";
pub const SEARCH_PLACEHOLDER: &str = "case:4711, ana, #169  ( / )";
pub const SIGN_OUT: &str = "Sign out";
pub const ON_THE_COMMAND_LINE: &str = "The same on the command line";
pub const SAME_AS_JSON: &str = "This page as JSON";
pub const THE_API: &str = "The API";
pub const KEYS: &str = "Keys";
pub const CLOSE: &str = "Close";
pub const TIMES_ARE_UTC: &str = "Times are in UTC.";
pub const POISONED: &str =
    "A write failed: the store answers questions and takes no commands until an operator restarts it.";
pub const KEY_TABLE: [(&str, &str); 5] = [
    ("/", "Search"),
    ("[", "To the event before"),
    ("]", "To the event after"),
    ("n", "Back to now"),
    ("?", "This list"),
];

// Time.
pub const TIME: &str = "Time";
pub const NOW: &str = "now";
pub const NOW_CAPITAL: &str = "Now";
pub const BACK_TO_NOW: &str = "Back to now";
pub const EVENT_BEFORE: &str = "Event before";
pub const EVENT_AFTER: &str = "Event after";
pub const AS_OF: &str = "As of";
pub const AS_OF_THEN: &str = "As of";
pub const COMPARED_WITH: &str = "Compared with";
pub const COMPARED_WITH_THEN: &str = "compared with";
pub const NOTHING: &str = "nothing";
pub const SHOW: &str = "Show";
pub const MOMENT_FORM: &str = "2024-03-14 09:30 (UTC), 169 (a position), -2d";
pub const MOMENT_HINT: &str =
    "write a position (169), an instant (2024-03-14 09:30, in UTC), a day, or how long ago (-2d)";
pub const NOTHING_CAN_BE_CHANGED_HERE: &str = "Everything on this page is as it was then.";
pub const FROM: &str = "From";
pub const FROM_WORD: &str = "From";
pub const TO_WORD: &str = "to";
pub const UNTIL: &str = "until";
pub const UNTIL_CAPITAL: &str = "Until";
pub const SINCE: &str = "since";
pub const AND_ON: &str = "and on";
pub const WHEN: &str = "When";
pub const NEXT_PAGE: &str = "Next page";

// Who may do what.
pub const WHO: &str = "Who";
pub const MAY: &str = "May";
pub const THROUGH: &str = "Through";
pub const READS_SINCE: &str = "Reads since";
pub const WHO_MAY_WHAT: &str = "Who may do what";
pub const WHO_MAY_NOW: &str = "Who may do what now";
pub const WHO_COULD_THEN: &str = "Who could do what then";
pub const WHO_COULD_WHEN: &str = "Who could, and when";
pub const AS_A_MEMBER_OF: &str = "as a member of";
pub const EVERYONE: &str = "Everyone";
pub const NOBODY_MAY: &str = "Nobody may do anything here.";
pub const NOBODY_EVER: &str = "Nobody ever held a right here.";
pub const WHY: &str = "why";
pub const WHY_OR_WHY_NOT: &str = "Why, or why not?";
pub const SUBJECT: &str = "Who";
pub const ACTION: &str = "Action";
pub const EXPLAIN: &str = "Explain";
pub const CHART_KEY: &str = "Outlined bar: could read. Filled bar in it: could write. Hatched: under restriction. A number is the \
                             event that opened the bar; the vertical line is the moment that is shown. Each bar leads to its explanation.";
pub const OPENED_BY: &str = "Opened by";
pub const CLOSED_BY: &str = "Closed by";
pub const ITS_WINDOW_OPENED: &str = " (its window opened)";
pub const ITS_WINDOW_ENDED: &str = " (its window ended)";
pub const A_WINDOW_OPENED: &str = "the window opened that was set by";
pub const A_WINDOW_ENDED: &str = "the window ended that was set by";
pub const WHAT_IT_REACHES: &str = "What this user may reach";
pub const ALL: &str = "all";

// Who could between.
pub const WHO_COULD_BETWEEN: &str = "Who could between";
pub const BEGINNING: &str = "the beginning";
pub const FIRST: &str = "First";
pub const LAST: &str = "Until";
pub const OVER_TIME: &str = "Over time";
pub const NOBODY_COULD: &str = "Nobody could, at any time between.";

// What is handed on.
pub const DOWNLOAD_REPORT: &str = "Download the report";
pub const REPORT_MEANS: &str = "(who held what when, every change with its event, and the line that makes it again)";

// Two moments.
pub const WHAT_CHANGED: &str = "What changed between the two moments";
pub const GAINED: &str = "Gained";
pub const LOST: &str = "Lost";
pub const CHANGED: &str = "Changed";
pub const ON: &str = "on";
pub const NOTHING_CHANGED: &str = "Nobody gained or lost anything between the two moments.";

// What a thing is.
pub const STATE_THEN: &str = "State";
pub const STATE: &str = "State";
pub const DEFINITION: &str = "Definition";
pub const OPENED_FOR: &str = "Opened by";
pub const PARENT: &str = "Part of";
pub const COMPLETED: &str = "completed";
pub const REOPENED: &str = "reopened";
pub const RESTRICTED: &str = "Restricted";
pub const GLASS_BROKEN: &str = "Glass broken by";
pub const WALL_AGAINST: &str = "Wall against";
pub const SHARED_BY: &str = "Shared by";
pub const PERSON: &str = "Person";
pub const MEMBER_OF: &str = "Member of";
pub const MEMBER: &str = "Member";
pub const PROFILE: &str = "Profile";
pub const WORKSPACE: &str = "Workspace";
pub const DISABLED: &str = "disabled";
pub const ENABLED: &str = "enabled";
pub const LEFT: &str = "left; everything that named the user has ended";
pub const OFFICE: &str = "Office";
pub const ORG_ADMIN: &str = "org admin";
pub const ORG_ADMIN_CAPITAL: &str = "Org admin";
pub const ACTED_FOR_BY: &str = "Acted for by";
pub const ACTS_FOR: &str = "Acts for";
pub const DEACTIVATED: &str = "deactivated";
pub const ACTIVE: &str = "active";
pub const ACCESS_CONTROL: &str = "Access control";
pub const SHARING: &str = "Sharing";
pub const ON_SWITCHED: &str = "on";
pub const OFF_SWITCHED: &str = "off";
pub const NAME: &str = "Name";
pub const CALLED: &str = "Called";
pub const POLICY: &str = "Policy";

// Events.
pub const EVENTS: &str = "Events";
pub const EVENT: &str = "Event";
pub const POSITION: &str = "Position";
pub const WHAT_HAPPENED: &str = "What happened";
pub const WHAT_HAPPENED_TO_IT: &str = "What happened";
pub const REASON: &str = "Reason";
pub const REASON_ERASED: &str = "the reason was erased";
pub const NOTHING_HAPPENED: &str = "Nothing had happened yet.";
pub const NO_EVENT: &str = "No event matches.";
pub const QUERY: &str = "Query";
pub const FIND: &str = "Find";
pub const OLDEST_FIRST: &str = "All events, oldest first";
pub const MATCHING: &str = "Events that match";
pub const ALL_EVENTS: &str = "All events";
pub const ORGANIZATION_PAGE: &str = "Who may do what in the organization, and its policy";
pub const ACTOR: &str = "Actor";
pub const KIND: &str = "Type";
pub const AS_RECORDED: &str = "As recorded";
pub const AS_IT_STOOD_THEN: &str = "What it names, as it stood right after";

// A decision.
pub const EXPLAINED: &str = "A decision, explained";
pub const ALLOWED: &str = "Allowed";
pub const DENIED: &str = "Denied";
pub const RULE: &str = "rule";
pub const HOLDS: &str = "rights held:";
pub const NOT_TO_BE_DISCLOSED: &str = "to this person it is to be shown as if it did not exist";
pub const MAY_STILL_CHANGE: &str = "That instant lies in the future; the answer may still change.";
pub const UNKNOWN_USER: &str = "No event up to then names this user.";
pub const WHAT_COUNTED: &str = "What counted";
pub const NOTHING_COUNTED: &str = "Nothing gave or took a right.";
pub const WHAT_WAS_SET_ASIDE: &str = "What was set aside";
pub const SET_ASIDE_MEANS: &str = "It would have counted, but for the reason that stands behind it.";
pub const WHAT_WOULD_HAVE_TO_CHANGE: &str = "What would have to change";
pub const WHEN_IT_WAS_SO: &str = "When it was allowed";
pub const NEVER: &str = "Never.";
pub const BY_RULE: &str = "By rule";
pub const ONWARD: &str = "Onward";
pub const DOWNLOAD_PROOF: &str = "Download the proof";
pub const PROOF_MEANS: &str =
    "(a bundle that `caseward verify-proof` checks without the store; it needs a signed tree head)";
pub const OTHER_ACTIONS: &str = "Other actions:";
pub const EXPLAIN_HINT: &str =
    "give who (user:ID or link:ID), what (read, write, …), and a case, a definition or the organization";

// Home.
pub const ORGANIZATIONS: &str = "Organizations";
pub const NUMBERS: &str = "Numbers";
pub const CASES: &str = "Cases";
pub const OF_THEM_RESTRICTED: &str = "Restricted";
pub const USERS: &str = "Users";
pub const GROUPS: &str = "Groups";
pub const DEFINITIONS: &str = "Definitions";
pub const LAST_EVENT: &str = "Last event";
pub const CLOCK: &str = "Clock";
pub const WORTH_A_LOOK: &str = "Worth a look";
pub const GLASS_BROKEN_NOW: &str = "Glass broken";
pub const RESTRICTED_CASES: &str = "Restricted cases";
pub const ENDS_SOON: &str = "Ends within seven days";
pub const WALLS: &str = "Walls";
pub const KEPT_FROM: &str = "kept from";
pub const LAST_EVENTS: &str = "Last events";
pub const LOOKED_THROUGH_ALL: &str = "Looked through all events.";
pub const DID_YOU_MEAN: &str = "Did you mean";

pub const STORE: &str = "The store";
pub const SAVED_UP_TO: &str = "Views saved";
pub const RATE: &str = "Rate";
pub const VIEWS: &str = "Other views";
pub const REBUILD: &str = "Rebuild";
pub const LAST_ERROR: &str = "Last error";

// What cannot be shown.
pub const CANNOT_BE_SHOWN: &str = "This page cannot be shown";
pub const YOU_ASKED_FOR: &str = "You asked for";
pub const HINT: &str = "Hint:";
pub const CODE: &str = "Code:";
pub const NEAREST_NAME: &str = "The nearest name that there is:";
pub const SAME_PAGE_NOW: &str = "The same page, now";
pub const NO_PAGE: &str = "there is no such page";
pub const REFERENCE_HINT: &str =
    "pages have the addresses of references: case:4711, user:ana, group:night, organization";
pub const NO_ANSWER: &str = "There is no answer just now. Try again.";

// Signing in.
pub const SIGN_IN: &str = "Sign in";
pub const TOKEN: &str = "Token";
pub const TOKEN_HELP: &str = "This service answers callers whom it knows. An operator issues a token on the command line; it is kept for \
                              this session only, and not in the browser.";
pub const TOKEN_COMMAND: &str = "caseward token issue NAME --part audit --organization default";
pub const TOKEN_UNKNOWN: &str = "This token is not known, has ended, or was withdrawn.";
pub const TOKEN_ABOUT_ONE: &str = "This token may ask about one user alone, and about nothing that a page shows.";
pub const FORM_IS_OLD: &str = "This form is too old. Sign in with the one below.";
pub const ALREADY_SIGNED_IN: &str = "Signed in already, and followed a link from elsewhere?";
pub const GO_ON: &str = "Go on to the page";

/// An action, as people read it.
#[must_use]
pub fn action(action: Action) -> &'static str {
    match action {
        Action::ManageAccess => "manage access",
        Action::ChangeForm => "change form",
        Action::AdministerForm => "administer form",
        Action::SearchText => "search text",
        Action::SearchQuery => "search query",
        other => other.name(),
    }
}

/// What a page is about.
#[must_use]
pub fn kind_of(of: &Reference) -> &'static str {
    match of {
        Reference::User(_) => "User",
        Reference::Group(_) => "Group",
        Reference::Definition(_) => "Definition",
        Reference::Case(_) => "Case",
        Reference::Profile(_) => "Profile",
        Reference::Item(_) => "Item",
        Reference::Task(_) => "Task",
        Reference::Link(_) => "Public link",
        Reference::Organization => "Organization",
    }
}

/// Where somebody looks.
#[must_use]
pub fn organization(name: &str) -> String {
    format!("Organization {name}")
}

/// Whoever looks, as the log names the caller.
#[must_use]
pub fn caller(name: &str) -> String {
    match name {
        "loopback" => "From this machine".to_owned(),
        "socket" => "The owner of the store".to_owned(),
        other => format!("As {other}"),
    }
}

/// A place in the log.
#[must_use]
pub fn position(position: Position) -> String {
    format!("position {position}")
}

/// An event.
#[must_use]
pub fn event(position: Position) -> String {
    format!("Event #{position}")
}

/// A stroke of the bar of time.
#[must_use]
pub fn events_at(count: u64, last: Position, at: Timestamp) -> String {
    if count == 1 { format!("#{last}, {at}") } else { format!("{count} events up to #{last}, {at}") }
}

/// What is no moment.
#[must_use]
pub fn no_moment(text: &str) -> String {
    format!("`{}` is no moment", text.escape_debug())
}

/// Nothing is called so.
#[must_use]
pub fn no_such(name: &str) -> String {
    format!("there is no `{}`: no event names it", name.escape_debug())
}

/// It came later.
#[must_use]
pub fn not_yet(name: &str, position: Position) -> String {
    format!("there was no `{}` yet at position {position}", name.escape_debug())
}

/// There is no event there.
#[must_use]
pub fn no_event(position: &str) -> String {
    format!("there is no event `#{}`", position.escape_debug())
}

/// The moment it begins.
#[must_use]
pub fn first_event(position: u64) -> String {
    format!("The same page at the first event that names it, #{position}")
}

/// The last moment there is.
#[must_use]
pub fn last_position(position: u64) -> String {
    format!("The same page at the last position, {position}")
}

/// It is no resource.
#[must_use]
pub fn nobody_holds_on(name: &str) -> String {
    format!("nobody holds a right on `{}`", name.escape_debug())
}

/// Above a page that cannot be shown.
#[must_use]
pub fn title_of(status: u16) -> &'static str {
    match status {
        400 => "Not understood",
        403 => "Not for this caller",
        404 => "Not there",
        429 | 503 => "Not just now",
        _ => "No answer",
    }
}

/// Under the table of who may.
#[must_use]
pub fn people(count: usize) -> String {
    if count == 1 { "One holder.".to_owned() } else { format!("{count} holders.") }
}

/// Access control is off.
#[must_use]
pub fn everyone_may(what: &str) -> String {
    format!("may {what}: access control is off. Those below are among them.")
}

/// Access control was off.
#[must_use]
pub fn everyone_could(what: &str) -> String {
    format!("could {what} while access control was off:")
}

/// Above a stretch of time.
#[must_use]
pub fn who_could(what: &str, on: &str) -> String {
    format!("Who could {what} {on}")
}

/// A list that goes on.
#[must_use]
pub fn more_may(action: &str, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("More who may {action}: {total} in all"),
        None => format!("More who may {action}"),
    }
}

/// The chart goes on.
#[must_use]
pub fn more_lines(limit: usize) -> String {
    format!("Shows the first {limit}; the JSON and the command line go on from there.")
}

/// So does the comparison.
#[must_use]
pub fn more_changes(limit: usize) -> String {
    format!("Shows the first {limit} changes; the command line shows all.")
}

/// A right is a link.
#[must_use]
pub fn why_may(who: &str, what: &str) -> String {
    format!("Why may {who} {what}?")
}

/// A resource is a link to its decision.
#[must_use]
pub fn why_may_on(who: &str, what: &str, on: &str) -> String {
    format!("Why may {who} {what} {on}?")
}

/// Above a decision.
#[must_use]
pub fn question(who: &str, what: &str, on: &str, is_allowed: bool, is_past: bool) -> String {
    match (is_allowed, is_past) {
        (true, false) => format!("{who} may {what} {on}"),
        (false, false) => format!("{who} may not {what} {on}"),
        (true, true) => format!("{who} could {what} {on}"),
        (false, true) => format!("{who} could not {what} {on}"),
    }
}

/// A line of the chart.
#[must_use]
pub fn when_could(who: &str) -> String {
    format!("When {who} could do what")
}

/// A bar of it.
#[must_use]
pub fn could(who: &str, what: &str, from: Timestamp, until: Option<Timestamp>) -> String {
    match until {
        Some(until) => format!("{who} could {what} from {from} until {until}"),
        None => format!("{who} could {what} from {from} on"),
    }
}

/// A stretch of something that lay over all.
#[must_use]
pub fn from_to(what: &str, from: Timestamp, until: Option<Timestamp>) -> String {
    match until {
        Some(until) => format!("{what} from {from} until {until}"),
        None => format!("{what} from {from} on"),
    }
}

/// All of them.
#[must_use]
pub fn band(what: &str, bands: &[&Overlay]) -> String {
    bands.iter().map(|band| from_to(what, band.from, band.until)).collect::<Vec<_>>().join("; ")
}

/// Of the restricted list.
#[must_use]
pub fn restricted_to(entries: usize) -> String {
    match entries {
        0 => "nobody is on the list".to_owned(),
        1 => "only the one entry of its list counts".to_owned(),
        many => format!("only the {many} entries of its list count"),
    }
}

/// A user reaches nothing.
#[must_use]
pub fn reaches_nothing(action: &str) -> String {
    format!("Nothing that this user may {action}.")
}

/// As an actor.
#[must_use]
pub fn what_did(who: &str) -> String {
    format!("What {who} did")
}

/// Events of a thing.
#[must_use]
pub fn events_of(name: &str) -> String {
    format!("Events of {name}")
}

/// Back to it.
#[must_use]
pub fn page_of(name: &str) -> String {
    format!("Back to {name}")
}

/// More than the page tells.
#[must_use]
pub fn all_events(count: usize, has_more: bool) -> String {
    if has_more { format!("All events, more than {count}") } else { format!("All {count} events") }
}

/// A history that is too long for one page.
#[must_use]
pub fn only_first_events(count: usize) -> String {
    format!(
        "This page read the first {count} events: the state and the bar of time end there. Who may do what is complete."
    )
}

/// Behind the moment.
#[must_use]
pub fn later_events(count: usize) -> String {
    if count == 1 { "One more event came later.".to_owned() } else { format!("{count} more events came later.") }
}

/// Up to where views are saved.
#[must_use]
pub fn saved(checkpoint: Position, lag: u64) -> String {
    match lag {
        0 => format!("up to position {checkpoint}, which is the head"),
        1 => format!("up to position {checkpoint}; one event would be folded by an opening"),
        many => format!("up to position {checkpoint}; {many} events would be folded by an opening"),
    }
}

/// How fast it grows.
#[must_use]
pub fn rate(last_minute: f64) -> String {
    format!("{last_minute:.1} events a second over the last minute")
}

/// Views beside those that are served.
#[must_use]
pub fn generation(number: u32, position: Position) -> String {
    format!("generation {number}, up to position {position}")
}

/// How far a rebuild is.
#[must_use]
pub fn progress(done: Position, head: Position) -> String {
    format!("{done} of {head} events")
}

/// Lines that are left out.
#[must_use]
pub fn and_more(count: usize) -> String {
    format!("and {count} more")
}

/// What a page looked through.
#[must_use]
pub fn looked_through(count: usize) -> String {
    format!("Looked through the last {count} events.")
}

/// Nothing to look at.
#[must_use]
pub fn nothing_worth_a_look(is_past: bool) -> &'static str {
    match is_past {
        true => "Nothing: no case was restricted, no glass broken, no wall raised, no grant about to end.",
        false => "Nothing: no case is restricted, no glass broken, no wall raised, no grant about to end.",
    }
}

/// What a search found.
#[must_use]
pub fn found(count: usize, sought: &str) -> String {
    match count {
        0 => format!("Nothing is called {sought}"),
        1 => format!("One thing for {sought}"),
        many => format!("{many} things for {sought}"),
    }
}

/// Of what was found.
#[must_use]
pub fn only_the_first(limit: usize) -> String {
    format!("Shows the first {limit}. A longer word finds fewer.")
}

/// What would let a reason count that was set aside.
#[must_use]
pub fn would_change(because: Because) -> &'static str {
    match because {
        Because::Restricted => "The restriction is lifted, or the restricted list gets an entry.",
        Because::Walled => "The wall is lowered.",
        Because::Capped => "The admin's own entry on the restricted list is widened or taken off.",
        Because::Expired => "The window of the entry is extended.",
        Because::NotYetValid => "The window of the entry begins; or it is moved.",
        Because::GroupInactive => "The group on the way is switched on again.",
        Because::Completed => "The case is reopened, or the profile may change completed cases.",
        Because::ReadMissing => "Read access is given as well.",
        Because::Scope => "The scope of the profile is widened, or what it lacks comes about.",
        Because::SharingOff => "Sharing is switched on for this kind of case.",
    }
}

/// What would turn a denial; empty where the reasons that were set aside say it.
#[must_use]
pub fn would_change_rule(rule: Rule) -> &'static str {
    match rule {
        Rule::NotFound => "It exists first.",
        Rule::UserDisabled => "The user is enabled again.",
        Rule::Wall => "The wall is lowered.",
        Rule::OrgAdminCapped => "The admin's own entry on the restricted list is widened or taken off.",
        Rule::Restricted => "The restriction is lifted, or the restricted list gets an entry.",
        Rule::CompletedLocked => "The case is reopened, or the profile may change completed cases.",
        Rule::Expired => "The window of the entry is extended.",
        Rule::NotYetValid => "The window of the entry begins; or it is moved.",
        Rule::GroupInactive => "The group on the way is switched on again.",
        Rule::Insufficient => "An entry that is held is widened to this right.",
        Rule::NoGrant => "Somebody grants it: on the case, on its definition, on the organization, or by a profile.",
        _ => "",
    }
}
