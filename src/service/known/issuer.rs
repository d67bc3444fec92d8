//! Who issues JWTs that count, and what their claims stand for.
//!
//! INVARIANT: `*` is never what a claim says: all organizations, and all actors, are given by the file alone. Of the entries
//! that allow something, the first that fits counts, and no two are mixed. Absent on purpose: whether a JWT is one of the
//! issuer's at all ([`crate::service::jwt`]).

use super::bad_callers::BadCallers;
use super::grants::{Grants, wrong};
use crate::service::jwt::Algorithm;
use crate::service::outward::Address;
use caseward_events::token::{ForOrganizations, MayName, Part, TokenLimits};
use caseward_events::{Actor, Asker};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// What a JWT says.
pub(in crate::service) type Claims = Map<String, Value>;

/// The most that a clock may be wrong by.
const LEEWAY_SECONDS_MAX: u64 = 300;

/// Where the keys of an issuer are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::service) enum KeySource {
    File(PathBuf),
    Url(Address),
    /// Its description of itself names them.
    Discovery(Address),
}

/// One who issues JWTs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::service) struct Issuer {
    pub(in crate::service) issuer: String,
    pub(in crate::service) audience: Vec<String>,
    pub(in crate::service) keys: KeySource,
    /// Who signs the certificate of its address, where it is not one of those that the system believes.
    pub(in crate::service) ca: Option<PathBuf>,
    pub(in crate::service) algorithms: Vec<Algorithm>,
    /// What `typ` may say, in lower case and without `application/`.
    pub(in crate::service) types: Vec<String>,
    pub(in crate::service) leeway: Duration,
    actor: Template,
    allow: Vec<Allow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Allow {
    when: BTreeMap<String, String>,
    parts: Vec<Template>,
    organizations: Vec<Template>,
    /// The user whom the JWT is of, and nobody else, may be asked about.
    about_self: bool,
    may_name: Vec<MayName>,
    limits: TokenLimits,
}

/// A text in which the value of a claim may stand: `user:{sub}`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Template {
    before: String,
    claim: Option<String>,
    after: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenIssuer {
    issuer: String,
    audience: OneOrMore,
    keys: Option<String>,
    ca: Option<PathBuf>,
    algorithms: Option<Vec<Algorithm>>,
    types: Option<Vec<String>>,
    leeway_seconds: Option<u64>,
    #[serde(default = "usual_actor")]
    actor: String,
    allow: Vec<WrittenAllow>,
}

fn usual_actor() -> String {
    "user:{sub}".to_owned()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAllow {
    #[serde(default)]
    when: BTreeMap<String, String>,
    parts: Vec<String>,
    organizations: Vec<String>,
    #[serde(default)]
    about_self: bool,
    #[serde(default)]
    may_name: Vec<MayName>,
    #[serde(default)]
    limits: TokenLimits,
}

impl WrittenIssuer {
    pub(super) fn meant(self, folder: &Path) -> Result<Issuer, BadCallers> {
        let entry = self.issuer.clone();
        let wrong = |why: String| BadCallers::entry(&entry, why);
        let discovery = || {
            let issuer = self.issuer.trim_end_matches('/');
            format!("{issuer}/.well-known/openid-configuration").parse().map(KeySource::Discovery)
        };
        let keys = match self.keys {
            None => discovery(),
            Some(url) if url.contains("://") => url.parse().map(KeySource::Url),
            Some(path) => Ok(KeySource::File(folder.join(path))),
        };
        let keys = keys.map_err(|why| wrong(why.to_string()))?;
        let audience = match self.audience {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(more) => more,
        };
        let types = self.types.unwrap_or_else(|| vec!["at+jwt".to_owned()]);
        let types = types.into_iter().map(|one| crate::service::jwt::short_type(&one)).collect();
        let algorithms = self.algorithms.unwrap_or_else(|| Algorithm::USUAL.to_vec());
        let leeway = self.leeway_seconds.unwrap_or(30);
        if audience.is_empty() || audience.contains(&String::new()) || algorithms.is_empty() || self.allow.is_empty() {
            return Err(wrong("`audience`, `algorithms` and `allow` need at least one each".to_owned()));
        }
        if leeway > LEEWAY_SECONDS_MAX {
            return Err(wrong(format!(
                "`leeway_seconds` is at most {LEEWAY_SECONDS_MAX}: set the clocks right instead"
            )));
        }
        let actor: Template = self.actor.parse().map_err(&wrong)?;
        if actor.claim.is_none() || !["user:", "system:"].iter().any(|kind| actor.before.starts_with(kind)) {
            return Err(wrong("`actor` is user:{CLAIM} or system:{CLAIM}, with the name of a claim".to_owned()));
        }
        let allow = self.allow.into_iter().map(|one| one.meant(&actor).map_err(&wrong)).collect::<Result<_, _>>()?;
        Ok(Issuer {
            issuer: self.issuer,
            audience,
            keys,
            ca: self.ca.map(|path| folder.join(path)),
            algorithms,
            types,
            leeway: Duration::from_secs(leeway),
            actor,
            allow,
        })
    }
}

impl WrittenAllow {
    fn meant(self, of: &Template) -> Result<Allow, String> {
        let templates =
            |texts: Vec<String>| texts.into_iter().map(|text| text.parse()).collect::<Result<Vec<Template>, _>>();
        let WrittenAllow { when, parts, organizations, about_self, may_name, limits } = self;
        let (parts, organizations) = (templates(parts)?, templates(organizations)?);
        for literal in parts.iter().filter(|part| part.claim.is_none()) {
            literal.before.parse::<Part>().map_err(|why| why.to_string())?;
        }
        for literal in organizations.iter().filter(|organization| organization.claim.is_none()) {
            literal.before.parse::<ForOrganizations>().map_err(|why| why.to_string())?;
        }
        let is_of_users = of.before.starts_with("user:");
        let only_checks = parts.len() == 1 && parts[0].before == "check" && parts[0].claim.is_none();
        if about_self && !(is_of_users && only_checks) {
            return Err("`about_self` is for actors that are users, with the part `check` and no other".to_owned());
        }
        // As for a token; what a claim gives may still be nothing.
        let grants = Grants {
            actor: Actor::unknown(),
            parts: vec![Part::Check; parts.len()],
            organizations: vec![ForOrganizations::All; organizations.len()],
            about: None,
            may_name: may_name.clone(),
            limits,
        };
        if let Some(why) = wrong(&grants) {
            return Err(why.to_owned());
        }
        Ok(Allow { when, parts, organizations, about_self, may_name, limits })
    }
}

impl Issuer {
    /// What somebody may do of whom it says this; none where it does not say who that is. Whoever nothing is allowed to is
    /// known, and may nothing.
    pub(in crate::service) fn grants(&self, claims: &Claims) -> Option<Grants> {
        let mut actors = self.actor.with(claims);
        let (Some(actor), None) = (actors.pop(), actors.pop()) else { return None };
        let actor: Actor = actor.parse().ok()?;
        let mut grants = Grants {
            actor,
            parts: Vec::new(),
            organizations: Vec::new(),
            about: None,
            may_name: Vec::new(),
            limits: TokenLimits::default(),
        };
        if let Some(allow) = self.allow.iter().find(|allow| allow.fits(claims)) {
            grants.parts = all(&allow.parts, claims, |text, _| text.parse().ok());
            grants.organizations = all(&allow.organizations, claims, |text, is_claimed| {
                text.parse().ok().filter(|one| !is_claimed || *one != ForOrganizations::All)
            });
            grants.may_name.clone_from(&allow.may_name);
            grants.limits = allow.limits;
            if let (true, Actor::User(user)) = (allow.about_self, &grants.actor) {
                grants.about = Some(Asker::User(user.clone()));
            }
        }
        Some(grants)
    }
}

impl Allow {
    fn fits(&self, claims: &Claims) -> bool {
        self.when.iter().all(|(claim, wanted)| said(claims, claim).iter().any(|one| one == wanted))
    }
}

/// What templates come to that fits, with whether a claim had a part in it.
fn all<T: PartialEq>(templates: &[Template], claims: &Claims, parse: impl Fn(&str, bool) -> Option<T>) -> Vec<T> {
    let mut all = Vec::new();
    for template in templates {
        for text in template.with(claims) {
            let one = parse(&text, template.claim.is_some()).filter(|one| !all.contains(one));
            all.extend(one);
        }
    }
    all
}

/// What a claim says: a text, or each text of a list. A scope has spaces between its texts. A claim within another is named
/// by both, with a dot between.
fn said(claims: &Claims, name: &str) -> Vec<String> {
    let whole = claims.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, name| value.get(name))
    });
    match whole {
        Some(Value::String(text)) if ["scope", "scp"].contains(&name) => {
            text.split(' ').filter(|one| !one.is_empty()).map(str::to_owned).collect()
        }
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

impl Template {
    fn with(&self, claims: &Claims) -> Vec<String> {
        let Template { before, claim, after } = self;
        match claim {
            None => vec![before.clone()],
            Some(claim) => said(claims, claim).iter().map(|one| format!("{before}{one}{after}")).collect(),
        }
    }
}

impl FromStr for Template {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}`: at most one claim stands in it, in braces: user:{{sub}}");
        let Some((before, rest)) = text.split_once('{') else {
            let is_literal = !text.contains('}');
            let template = Template { before: text.to_owned(), claim: None, after: String::new() };
            return if is_literal { Ok(template) } else { Err(wrong()) };
        };
        let (claim, after) = rest.split_once('}').ok_or_else(wrong)?;
        if claim.is_empty() || before.contains('}') || claim.contains('{') || after.contains(['{', '}']) {
            return Err(wrong());
        }
        Ok(Template { before: before.to_owned(), claim: Some(claim.to_owned()), after: after.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ISSUER: &str = r#"
        issuer = "https://login.example"
        audience = "caseward"
        actor = "user:{sub}"
        [[allow]]
        when = { "realm_access.roles" = "auditor", scope = "read" }
        parts = ["audit", "{extra}"]
        organizations = ["{tenant}", "default"]
        [[allow]]
        parts = ["check"]
        organizations = ["*"]
        about_self = true
    "#;

    fn issuer(text: &str) -> Result<Issuer, String> {
        let written: WrittenIssuer = toml::from_str(text).map_err(|why| why.to_string())?;
        written.meant(Path::new("")).map_err(|why| why.to_string())
    }

    fn grants(claims: &Value) -> Option<Grants> {
        issuer(ISSUER).expect("it is good").grants(claims.as_object().expect("an object"))
    }

    #[test]
    fn the_first_entry_that_fits_counts_and_nothing_of_the_others() {
        let auditor = json!({"sub": "ana", "realm_access": {"roles": ["x", "auditor"]}, "scope": "open read",
            "tenant": ["north", "*", "no name!"], "extra": ["check", "root"]});
        let given = grants(&auditor).expect("it says who");
        assert_eq!(given.actor.to_string(), "user:ana");
        assert_eq!(given.parts, [Part::Audit, Part::Check]);
        let names: Vec<_> = given.organizations.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["north", "default"], "a claim never says all");
        assert_eq!(given.about, None);
        let other =
            grants(&json!({"sub": "ben", "realm_access": {"roles": ["auditor"]}, "scope": "reader"})).expect("who");
        assert_eq!(
            (other.parts, other.about.map(|one| one.to_string())),
            (vec![Part::Check], Some("user:ben".to_owned()))
        );
    }

    #[test]
    fn who_is_not_named_once_and_as_a_text_is_nobody() {
        for claims in
            [json!({}), json!({"sub": 7}), json!({"sub": ["a", "b"]}), json!({"sub": ""}), json!({"sub": "a\nb"})]
        {
            assert_eq!(grants(&claims), None, "{claims}");
        }
    }

    #[test]
    fn what_could_not_be_meant_is_told() {
        let with = |from: &str, to: &str| issuer(&ISSUER.replace(from, to)).expect_err(to);
        assert!(with("\"user:{sub}\"", "\"user:ana\"").contains("`actor`"));
        assert!(with("\"user:{sub}\"", "\"{sub}\"").contains("`actor`"));
        assert!(with("\"user:{sub}\"", "\"user:{a}{b}\"").contains("at most one claim"));
        assert!(with("\"user:{sub}\"", "\"system:{sub}\"").contains("about_self"));
        assert!(with("[\"check\"]", "[\"chek\"]").contains("chek"));
        assert!(with("\"caseward\"", "[]").contains("at least one"));
        assert!(with("https://login.example", "http://login.example").contains("https"));
        assert!(with("actor =", "leeway_seconds = 301\nactor =").contains("at most 300"));
        assert!(with("actor =", "algorithms = [\"HS256\"]\nactor =").contains("HS256"));
        assert!(with("actor =", "algorithms = [\"none\"]\nactor =").contains("none"));
    }
}
