//! The file of callers whom somebody vouches for.
//!
//! ```toml
//! [[certificate]]
//! dns = "desk.internal"        # or uri, email, subject
//! name = "desk"                # system:desk
//! parts = ["check"]
//! organizations = ["default"]
//!
//! [[issuer]]
//! issuer = "https://login.example/realms/acme"
//! audience = "caseward"
//! actor = "user:{sub}"
//!
//! [[issuer.allow]]
//! when = { "realm_access.roles" = "auditor" }
//! parts = ["audit"]
//! organizations = ["{tenant}"]
//! ```
//! INVARIANT: a key that is not known here is an error, so that a word that is misspelt gives nothing. One certificate, or one
//! issuer, is named once.

use super::bad_callers::BadCallers;
use super::certificate::Certificate;
use super::grants::{Grants, wrong};
#[cfg(feature = "jwt")]
use super::issuer::{Issuer, WrittenIssuer};
use crate::service::reread::{Contents, Reread};
use crate::show::phrasing;
use caseward_events::token::{ForOrganizations, MayName, Part, TokenLimits};
use caseward_events::{Actor, Asker, CertificateName, SystemId};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All of them.
#[derive(Debug, Default)]
pub(in crate::service) struct KnownCallers {
    certificates: BTreeMap<CertificateName, Grants>,
    #[cfg(feature = "jwt")]
    issuers: Vec<Issuer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    certificate: Vec<WrittenCertificate>,
    #[cfg(feature = "jwt")]
    #[serde(default)]
    issuer: Vec<WrittenIssuer>,
    #[cfg(not(feature = "jwt"))]
    #[serde(default)]
    issuer: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCertificate {
    dns: Option<String>,
    uri: Option<String>,
    email: Option<String>,
    subject: Option<String>,
    name: SystemId,
    parts: Vec<Part>,
    organizations: Vec<ForOrganizations>,
    about: Option<Asker>,
    #[serde(default)]
    may_name: Vec<MayName>,
    #[serde(default)]
    limits: TokenLimits,
}

impl WrittenCertificate {
    fn meant(self) -> Result<(CertificateName, Grants), BadCallers> {
        let WrittenCertificate { dns, uri, email, subject, name, parts, organizations, about, may_name, limits } = self;
        let entry = format!("certificate of {name}");
        let dns = dns.map(|dns| dns.to_ascii_lowercase());
        let named = [("dns", dns), ("uri", uri), ("email", email), ("subject", subject)];
        let mut named = named.into_iter().filter_map(|(kind, text)| Some(format!("{kind}:{}", text?)));
        let (Some(one), None) = (named.next(), named.next()) else {
            return Err(BadCallers::entry(entry, "give one of `dns`, `uri`, `email` and `subject`"));
        };
        let one = one.parse().map_err(|why: caseward_events::BadVia| BadCallers::entry(&entry, why.to_string()))?;
        let grants = Grants { actor: Actor::System(name), parts, organizations, about, may_name, limits };
        match wrong(&grants) {
            None => Ok((one, grants)),
            Some(why) => Err(BadCallers::entry(entry, why)),
        }
    }
}

impl KnownCallers {
    /// As whom the holder of a certificate counts, by which of its names.
    pub(super) fn of_certificate(&self, certificate: &Certificate) -> Option<(&Grants, &CertificateName)> {
        let known = certificate.names.iter().filter_map(|name| self.certificates.get_key_value(name));
        known.map(|(name, grants)| (grants, name)).next()
    }

    /// Whether it names nobody.
    pub(in crate::service) fn is_empty(&self) -> bool {
        #[cfg(feature = "jwt")]
        if !self.issuers.is_empty() {
            return false;
        }
        self.certificates.is_empty()
    }

    /// One who issues JWTs.
    #[cfg(feature = "jwt")]
    pub(in crate::service) fn issuer(&self, issuer: &str) -> Option<&Issuer> {
        self.issuers.iter().find(|one| one.issuer == issuer)
    }

    /// All who do.
    #[cfg(feature = "jwt")]
    pub(in crate::service) fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }
}

/// Reads the file for the first time.
pub(in crate::service) fn read(path: &Path) -> Result<Reread<KnownCallers>, BadCallers> {
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    Reread::first(vec![path.to_owned()], move |contents: Contents| parse(&contents.concat(), &folder))
}

/// Paths in it are beside it.
#[cfg_attr(not(feature = "jwt"), expect(unused_variables, reason = "no path is in it without issuers"))]
fn parse(bytes: &[u8], folder: &Path) -> Result<KnownCallers, BadCallers> {
    let text = str::from_utf8(bytes).map_err(|why| BadCallers::Form(why.to_string()))?;
    let written: Written = toml::from_str(text)
        .map_err(|why| BadCallers::Form(phrasing::at_line(text, why.span().map(|span| span.start), why.message())))?;
    let mut known = KnownCallers::default();
    for one in written.certificate {
        let (name, grants) = one.meant()?;
        if known.certificates.insert(name.clone(), grants).is_some() {
            return Err(BadCallers::entry(name.to_string(), "it is there twice"));
        }
    }
    #[cfg(feature = "jwt")]
    for one in written.issuer {
        let issuer = one.meant(folder)?;
        if known.issuer(&issuer.issuer).is_some() {
            return Err(BadCallers::entry(issuer.issuer, "it is there twice"));
        }
        known.issuers.push(issuer);
    }
    #[cfg(not(feature = "jwt"))]
    if !written.issuer.is_empty() {
        return Err(BadCallers::entry("issuer", "this build takes no JWT: build it with `--features jwt`, or `full`"));
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        parse(text.as_bytes(), Path::new("")).expect_err(text).to_string()
    }

    #[test]
    fn an_entry_that_could_not_be_used_is_told_with_its_name() {
        let desk = "[[certificate]]\nname = \"desk\"\norganizations = [\"default\"]\n";
        assert!(wrong(&format!("{desk}parts = [\"check\"]")).contains("`dns`, `uri`, `email` and `subject`"));
        assert!(wrong(&format!("{desk}parts = [\"check\"]\ndns = \"a\"\nuri = \"b\"")).contains("give one of"));
        assert!(wrong(&format!("{desk}parts = []\ndns = \"a\"")).contains("could do nothing"));
        assert!(wrong(&format!("{desk}parts = [\"chek\"]\ndns = \"a\"")).contains("chek"));
        assert!(
            wrong(&format!("{desk}parts = [\"audit\"]\ndns = \"a\"\nabout = \"user:ana\""))
                .contains("`check` and no other")
        );
        assert!(
            wrong(&format!("{desk}parts = [\"check\"]\ndns = \"a\"\nlimits = {{ requests = 0 }}"))
                .contains("limit of 0")
        );
        assert!(wrong(&format!("{desk}parts = [\"check\"]\ndns = \"a\"\nend = 1")).contains("end"));
        let one = format!("{desk}parts = [\"check\"]\ndns = \"a\"\n");
        assert!(wrong(&one.repeat(2)).contains("there twice"));
        assert!(parse(one.as_bytes(), Path::new("")).is_ok_and(|known| !known.is_empty()));
        assert!(parse(b"", Path::new("")).is_ok_and(|known| known.is_empty()));
    }
}
