//! The form of a JWT: three parts in base64url, of which the first two are JSON.
//!
//! INVARIANT: what has two readings has none here: names that stand twice, letters that are not of the alphabet, times that
//! are no numbers. Absent on purpose: whether it counts.

use super::key::Algorithm;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use caseward_events::submission::parse_json;
use serde_json::{Map, Value};

/// The longest that is looked at.
const BYTES_MAX: usize = 16 << 10;

/// What it says, of which nothing is verified.
pub(super) struct Presented {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    /// Its type, shortened; empty where it says none.
    pub(super) kind: String,
    pub(super) claims: Map<String, Value>,
}

/// Its parts: what it says, what of it is signed, and the signature.
pub(super) fn read(text: &str) -> Option<(Presented, &str, Vec<u8>)> {
    if text.len() > BYTES_MAX {
        return None;
    }
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let [header, claims] = [header, claims].map(object);
    let (header, claims) = (header?, claims?);
    // What the issuer wants understood that is not understood here.
    if header.contains_key("crit") {
        return None;
    }
    let said = |name: &str| match header.get(name) {
        None => Some(None),
        Some(Value::String(text)) => Some(Some(text.as_str())),
        Some(_) => None,
    };
    let presented = Presented {
        algorithm: said("alg")??.parse().ok()?,
        key_id: said("kid")?.map(str::to_owned),
        kind: said("typ")?.map(short_type).unwrap_or_default(),
        claims,
    };
    Some((presented, signed, URL_SAFE_NO_PAD.decode(signature).ok()?))
}

fn object(part: &str) -> Option<Map<String, Value>> {
    match parse_json(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()? {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// A media type as it is compared: `application/` may be left out, and case does not matter.
pub(in crate::service) fn short_type(kind: &str) -> String {
    let kind = kind.to_ascii_lowercase();
    kind.strip_prefix("application/").map(str::to_owned).unwrap_or(kind)
}

/// A time of a claim, in microseconds since 1970.
pub(super) fn time(value: &Value) -> Option<i64> {
    const MICROS: i64 = 1_000_000;
    if let Some(seconds) = value.as_i64() {
        return seconds.checked_mul(MICROS).filter(|micros| *micros >= 0);
    }
    // A part of a second says nothing that a leeway does not: it is left away.
    let seconds = value.as_f64().filter(|seconds| (0.0..1e12).contains(seconds))?;
    format!("{:.0}", seconds.floor()).parse::<i64>().ok()?.checked_mul(MICROS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(header: &str, claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn what_has_two_readings_has_none() {
        let good = text(r#"{"alg":"ES256","typ":"application/AT+jwt"}"#, r#"{"sub":"ana"}"#);
        let (presented, signed, signature) = read(&good).expect("it is of that form");
        assert_eq!((presented.kind.as_str(), presented.key_id), ("at+jwt", None));
        assert_eq!((format!("{signed}.c2ln"), signature), (good.clone(), b"sig".to_vec()));
        for wrong in [
            text(r#"{"alg":"none"}"#, "{}"),
            text(r#"{"alg":"HS256"}"#, "{}"),
            text(r#"{"alg":"ES256","alg":"EdDSA"}"#, "{}"),
            text(r#"{"alg":"ES256"}"#, r#"{"sub":"ana","sub":"ben"}"#),
            text(r#"{"alg":"ES256","crit":["b64"]}"#, "{}"),
            text(r#"{"alg":"ES256","kid":7}"#, "{}"),
            text(r#"{"alg":"ES256","typ":null}"#, "{}"),
            text(r#"{"kid":"1"}"#, "{}"),
            text(r#"["ES256"]"#, "{}"),
            text(r#"{"alg":"ES256"}"#, "[]"),
            format!("{good}="),
            good.replace('.', ""),
            format!("{good}.c2ln"),
            good.trim_end_matches("c2ln").to_owned() + "c2l",
            text(r#"{"alg":"ES256"}"#, &format!(r#"{{"sub":"{}"}}"#, "a".repeat(BYTES_MAX))),
        ] {
            assert!(read(&wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_time_is_a_number_of_seconds_and_nothing_else() {
        assert_eq!(time(&json!(1_700_000_000)), Some(1_700_000_000_000_000));
        assert_eq!(time(&json!(1_700_000_000.25)), Some(1_700_000_000_000_000));
        for wrong in [
            json!("1700000000"),
            json!(-1),
            json!(-1.5),
            json!(null),
            json!([1]),
            json!(1e300),
            json!(i64::MAX),
            json!(u64::MAX),
        ] {
            assert_eq!(time(&wrong), None, "{wrong}");
        }
    }
}
