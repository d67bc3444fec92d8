//! Whether two folds are equal, and if not, where they first differ: what a rebuild proves.

use crate::views::Views;
use std::fmt;
use std::str::FromStr;

/// A fold with a name, to rebuild on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// Users, groups, memberships, org admins.
    Directory,
    /// Definitions, their lists, the organization list.
    DefinitionAccess,
    /// Cases, their lists, their restrictions.
    CaseAccess,
    /// Profiles and the permission matrix.
    Profiles,
    /// Delegations and public links.
    Handing,
    /// Items and tasks.
    Items,
    /// The policy.
    Policy,
    /// Streams, command ids, times, sealing keys: what commands are judged by.
    Ledger,
}

impl Projection {
    /// All of them.
    pub const ALL: [Projection; 8] = [
        Projection::Directory,
        Projection::DefinitionAccess,
        Projection::CaseAccess,
        Projection::Profiles,
        Projection::Handing,
        Projection::Items,
        Projection::Policy,
        Projection::Ledger,
    ];

    /// As the command line writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Projection::Directory => "directory",
            Projection::DefinitionAccess => "definition-access",
            Projection::CaseAccess => "case-access",
            Projection::Profiles => "profiles",
            Projection::Handing => "handing",
            Projection::Items => "items",
            Projection::Policy => "policy",
            Projection::Ledger => "ledger",
        }
    }
}

impl fmt::Display for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no projection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a projection; there are {}", .0.escape_debug(), Projection::ALL.map(Projection::name).join(", "))]
pub struct UnknownProjection(String);

impl FromStr for Projection {
    type Err = UnknownProjection;
    fn from_str(text: &str) -> Result<Self, UnknownProjection> {
        Projection::ALL.into_iter().find(|one| one.name() == text).ok_or_else(|| UnknownProjection(text.to_owned()))
    }
}

/// The first place where two folds of one log differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// In which projection.
    pub projection: Projection,
    /// Of what: a reference, or the name of a table.
    pub of: String,
    /// What the one holds.
    pub live: String,
    /// What the other holds.
    pub rebuilt: String,
}

impl Views {
    /// Where a projection of these views first differs from that of others; nowhere, if they are equal.
    #[must_use]
    pub fn difference(&self, rebuilt: &Views, projection: Projection) -> Option<Difference> {
        let found = match projection {
            Projection::Directory => self.directory_difference(rebuilt),
            Projection::DefinitionAccess => self.definition_difference(rebuilt),
            Projection::CaseAccess => self.case_difference(rebuilt),
            Projection::Profiles => differ("profiles", &self.profiles, &rebuilt.profiles),
            Projection::Handing => differ("delegations", &self.delegations, &rebuilt.delegations)
                .or_else(|| differ("links", &self.links, &rebuilt.links)),
            Projection::Items => differ("items", &self.items, &rebuilt.items),
            Projection::Policy => differ("policy", &self.policy, &rebuilt.policy),
            Projection::Ledger => self.ledger_difference(rebuilt),
        };
        found.map(|(of, live, rebuilt)| Difference { projection, of, live, rebuilt })
    }

    fn directory_difference(&self, rebuilt: &Views) -> Found {
        let (one, two) = (&self.directory, &rebuilt.directory);
        if one == two {
            return None;
        }
        if one.users != two.users || one.groups != two.groups {
            let names = |views: &Views| {
                format!("{} users, {} groups", views.directory.users.len(), views.directory.groups.len())
            };
            return Some(("names".to_owned(), names(self), names(rebuilt)));
        }
        let user = (0..number(one.users.len())).find(|&user| one.user_differs(two, user));
        let group = (0..number(one.groups.len())).find(|&group| one.group_differs(two, group));
        match (user, group) {
            (Some(user), _) => Some((format!("user:{}", one.users.id(user)), one.show_user(user), two.show_user(user))),
            (_, Some(group)) => {
                Some((format!("group:{}", one.groups.id(group)), one.show_group(group), two.show_group(group)))
            }
            (None, None) => Some(("org admins".to_owned(), String::new(), String::new())),
        }
    }

    fn definition_difference(&self, rebuilt: &Views) -> Found {
        let (one, two) = (&self.definitions, &rebuilt.definitions);
        if one == two && self.windows == rebuilt.windows {
            return None;
        }
        if one.names != two.names {
            return differ("definitions", &one.names.len(), &two.names.len());
        }
        let shared = (0..number(one.names.len())).find(|&number| one.get(number) != two.get(number));
        match shared {
            Some(number) => differ(&format!("definition:{}", one.names.id(number)), one.get(number), two.get(number)),
            None => differ("organization", &one.organization, &two.organization)
                .or_else(|| differ("windows", &self.windows, &rebuilt.windows)),
        }
    }

    fn case_difference(&self, rebuilt: &Views) -> Found {
        let (one, two) = (&self.cases, &rebuilt.cases);
        if one == two && self.windows == rebuilt.windows {
            return None;
        }
        if one.names != two.names {
            return differ("cases", &one.names.len(), &two.names.len());
        }
        let shared = (0..number(one.names.len())).find(|&number| one.get(number) != two.get(number));
        match shared {
            Some(number) => differ(&format!("case:{}", one.names.id(number)), one.get(number), two.get(number)),
            None => differ("restricted cases", &one.restricted, &two.restricted)
                .or_else(|| differ("windows", &self.windows, &rebuilt.windows))
                .or_else(|| {
                    Some(("cases by subject, workspace or definition".to_owned(), String::new(), String::new()))
                }),
        }
    }

    fn ledger_difference(&self, rebuilt: &Views) -> Found {
        differ("head", &self.tip(), &rebuilt.tip())
            .or_else(|| differ("times", &self.timeline, &rebuilt.timeline))
            .or_else(|| differ("stream versions", &self.streams, &rebuilt.streams))
            .or_else(|| differ("command ids", &self.commands, &rebuilt.commands))
            .or_else(|| differ("sealing keys", &self.keys, &rebuilt.keys))
    }
}

/// Of what, what the one holds, what the other.
type Found = Option<(String, String, String)>;

/// Long tables are cut: the place where they differ is told, not the whole.
const SHOWN_CHARS_MAX: usize = 400;

fn differ<T: PartialEq + fmt::Debug>(of: &str, live: &T, rebuilt: &T) -> Found {
    (live != rebuilt).then(|| (of.to_owned(), shown(live), shown(rebuilt)))
}

fn shown(value: &impl fmt::Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text,
    }
}

fn number(len: usize) -> u32 {
    u32::try_from(len).expect("there are no more ids than positions")
}

/// Swapping.
impl Views {
    /// Takes projections of views that were found equal in these.
    pub fn take_over(&mut self, rebuilt: Views, projections: &[Projection]) {
        // What is to be saved next, and which ids a checkpoint keeps, is for the live ones to know.
        if Projection::ALL.iter().all(|one| projections.contains(one)) {
            let live = std::mem::replace(self, rebuilt);
            (self.trail, self.commands) = (live.trail, live.commands);
            return;
        }
        // Equal projections number and place alike, so that a part may take the place of the same part.
        let Views { directory, definitions, cases, profiles, policy, timeline, streams, keys, .. } = rebuilt;
        let (delegations, links, items) = (rebuilt.delegations, rebuilt.links, rebuilt.items);
        let wanted = |projection| projections.contains(&projection);
        if wanted(Projection::Directory) {
            self.directory = directory;
        }
        if wanted(Projection::DefinitionAccess) {
            self.definitions = definitions;
        }
        if wanted(Projection::CaseAccess) {
            self.cases = cases;
        }
        if wanted(Projection::Profiles) {
            self.profiles = profiles;
        }
        if wanted(Projection::Handing) {
            (self.delegations, self.links) = (delegations, links);
        }
        if wanted(Projection::Items) {
            self.items = items;
        }
        if wanted(Projection::Policy) {
            self.policy = policy;
        }
        if wanted(Projection::Ledger) {
            (self.timeline, self.streams, self.keys) = (timeline, streams, keys);
        }
    }
}
