//! What a client certificate calls its holder, and until when.
//!
//! INVARIANT: the signature and the form were verified in the handshake; what is read here decides only which name it is. What
//! cannot be read is no name, and never another one. Absent on purpose: a whole parser of X.509, of which three fields are
//! wanted.

use super::der::{Der, OCTET_STRING, OID, SEQUENCE, SET, context};
use caseward_events::{CertificateName, Timestamp};
use std::collections::BTreeSet;

/// Names at most of one certificate.
const NAMES_MAX: usize = 64;

/// A certificate that a client has shown to be its own.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::service) struct Certificate {
    /// All that it is called: `dns:…`, `uri:…`, `email:…` and `subject:…`.
    pub(super) names: BTreeSet<CertificateName>,
    /// From then on it does not count.
    pub(super) valid_until: Timestamp,
}

const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

impl Certificate {
    /// Reads one that was verified.
    pub(in crate::service) fn read(der: &[u8]) -> Option<Certificate> {
        let mut certificate = Der(Der(der).take(SEQUENCE)?);
        let mut fields = Der(certificate.take(SEQUENCE)?);
        // Its version, which is left out where it is the first.
        fields.take_if(context(0));
        let (_serial, _algorithm, _issuer) = (fields.any()?, fields.take(SEQUENCE)?, fields.take(SEQUENCE)?);
        let mut validity = Der(fields.take(SEQUENCE)?);
        let (_from, (tag, until)) = (validity.any()?, validity.any()?);
        let valid_until = super::der::time(tag, until)?;
        let subject = fields.take(SEQUENCE)?;
        let _key = fields.take(SEQUENCE)?;
        let mut names = alternative_names(fields)?;
        names.extend(subject_name(subject));
        let names = names.into_iter().take(NAMES_MAX).filter_map(|name| name.parse().ok()).collect();
        Some(Certificate { names, valid_until })
    }
}

/// What stands behind the key: unique ids, which nobody uses, and extensions.
fn alternative_names(mut fields: Der<'_>) -> Option<Vec<String>> {
    fields.take_if(0x81);
    fields.take_if(0x82);
    let Some(extensions) = fields.take_if(context(3)) else { return Some(Vec::new()) };
    let mut extensions = Der(Der(extensions).take(SEQUENCE)?);
    while !extensions.is_empty() {
        let mut extension = Der(extensions.take(SEQUENCE)?);
        if extension.take(OID)? != SUBJECT_ALT_NAME {
            continue;
        }
        extension.take_if(0x01);
        let mut names = Der(Der(extension.take(OCTET_STRING)?).take(SEQUENCE)?);
        let mut found = Vec::new();
        while !names.is_empty() {
            let (tag, bytes) = names.any()?;
            let kind = match tag {
                0x81 => "email",
                0x82 => "dns",
                0x86 => "uri",
                _ => continue,
            };
            let Ok(text) = str::from_utf8(bytes) else { continue };
            // Names of machines are the same in either case.
            let text = if kind == "dns" { text.to_ascii_lowercase() } else { text.to_owned() };
            found.push(format!("{kind}:{text}"));
        }
        return Some(found);
    }
    Some(Vec::new())
}

/// The subject as RFC 4514 writes it, the last part first; none where a part has no usual text.
fn subject_name(subject: &[u8]) -> Option<String> {
    let mut parts = Vec::new();
    let mut sets = Der(subject);
    while !sets.is_empty() {
        let mut set = Der(sets.take(SET)?);
        let mut together = Vec::new();
        while !set.is_empty() {
            let mut pair = Der(set.take(SEQUENCE)?);
            let kind = kind_of(pair.take(OID)?)?;
            let (tag, text) = pair.any()?;
            // UTF8String, PrintableString, IA5String; other forms are not read as these.
            let text = str::from_utf8(text).ok().filter(|_| [0x0c, 0x13, 0x16].contains(&tag))?;
            together.push(format!("{kind}={}", escaped(text)));
        }
        parts.push(together.join("+"));
    }
    parts.reverse();
    (!parts.is_empty()).then(|| format!("subject:{}", parts.join(",")))
}

fn kind_of(oid: &[u8]) -> Option<&'static str> {
    Some(match oid {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "street",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        _ => return None,
    })
}

/// So that no value can be read as the next part.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    let last = text.chars().count().saturating_sub(1);
    for (at, one) in text.chars().enumerate() {
        let is_outer_space = one == ' ' && (at == 0 || at == last);
        if is_outer_space || (one == '#' && at == 0) || "\"+,;<>\\".contains(one) {
            escaped.push('\\');
        }
        escaped.push(one);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    fn read(params: CertificateParams) -> Certificate {
        let key = KeyPair::generate().expect("there is chance");
        let made = params.self_signed(&key).expect("it can be signed");
        Certificate::read(made.der()).expect("it is a certificate")
    }

    fn names(certificate: &Certificate) -> Vec<String> {
        certificate.names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn its_names_are_those_of_both_places_and_its_end_is_told() {
        let mut params = CertificateParams::new(vec!["Desk.Internal".to_owned()]).expect("a name");
        params.subject_alt_names.push(SanType::URI("spiffe://acme/desk".try_into().expect("a text")));
        params.subject_alt_names.push(SanType::Rfc822Name("desk@acme.example".try_into().expect("a text")));
        params.distinguished_name.push(DnType::OrganizationName, "Acme, Inc.");
        params.distinguished_name.push(DnType::CommonName, "desk");
        params.not_after = rcgen::date_time_ymd(2031, 2, 3);
        let read = read(params);
        let subject = names(&read).into_iter().find(|name| name.starts_with("subject:")).expect("it has one");
        assert!(subject.contains("O=Acme\\, Inc."), "{subject}");
        assert!(subject.contains("CN=desk"), "{subject}");
        for name in ["dns:desk.internal", "uri:spiffe://acme/desk", "email:desk@acme.example"] {
            assert!(names(&read).contains(&name.to_owned()), "{name}: {:?}", names(&read));
        }
        assert_eq!(read.valid_until.to_string(), "2031-02-03T00:00:00Z");
    }

    #[test]
    fn times_behind_2049_are_read_too() {
        let mut params = CertificateParams::new(vec!["d".to_owned()]).expect("a name");
        params.not_after = rcgen::date_time_ymd(2126, 1, 1);
        assert_eq!(read(params).valid_until.to_string(), "2126-01-01T00:00:00Z");
    }

    #[test]
    fn no_value_is_read_as_two_parts() {
        assert_eq!(escaped("a,CN=b"), "a\\,CN=b");
        assert_eq!(escaped(" a+b\\ "), "\\ a\\+b\\\\\\ ");
        assert_eq!(escaped("#1"), "\\#1");
    }

    #[test]
    fn no_cut_certificate_is_read_as_a_shorter_one_nor_makes_it_panic() {
        let params = CertificateParams::new(vec!["desk.internal".to_owned()]).expect("a name");
        let key = KeyPair::generate().expect("there is chance");
        let made = params.self_signed(&key).expect("it can be signed");
        let whole = Certificate::read(made.der()).expect("it is a certificate");
        for end in 0..made.der().len() {
            assert_eq!(Certificate::read(&made.der()[..end]), None, "cut to {end}");
        }
        for at in 0..made.der().len() {
            let mut other = made.der().to_vec();
            other[at] ^= 0x55;
            // Any name may come of it, but not a panic.
            drop(Certificate::read(&other));
        }
        assert!(names(&whole).contains(&"dns:desk.internal".to_owned()));
    }
}
