//! Public keys of issuers (RFC 7517), and what each has signed.
//!
//! INVARIANT: a key signs with the algorithms of its kind alone, and where it names one, with that alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// How a JWT is signed. All of them take a public key to verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(in crate::service) enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

impl Algorithm {
    /// Those that count where the file does not say.
    pub(in crate::service) const USUAL: [Algorithm; 4] =
        [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
}

impl std::str::FromStr for Algorithm {
    type Err = ();
    fn from_str(name: &str) -> Result<Self, ()> {
        Algorithm::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name)).map_err(|_| ())
    }
}

/// The most keys of an issuer; more are not looked at.
const KEYS_MAX: usize = 64;

/// A public key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    /// The only one that it signs with, where it says so.
    only: Option<Algorithm>,
    material: Material,
}

#[derive(Debug, PartialEq, Eq)]
enum Material {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// Both as points that are not compressed.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// Why there are no keys in a text.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadKeys {
    #[error("it is not JSON: {0}")]
    NoJson(String),
    #[error("it holds no key that signs with RSA, P-256, P-384 or Ed25519")]
    None,
}

/// The keys in a set, of which those that are for something else are left out.
pub(super) fn keys(text: &[u8]) -> Result<Vec<Arc<Key>>, BadKeys> {
    let set = caseward_events::submission::parse_json(text).map_err(|why| BadKeys::NoJson(why.message))?;
    let all = set.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let keys: Vec<_> = all.iter().filter_map(key).map(Arc::new).take(KEYS_MAX).collect();
    if keys.is_empty() { Err(BadKeys::None) } else { Ok(keys) }
}

fn key(value: &Value) -> Option<Key> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let bytes = |name: &str| text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let of_length = |name: &str, length: usize| bytes(name).filter(|bytes| bytes.len() == length);
    let point = |length| Some([vec![4], of_length("x", length)?, of_length("y", length)?].concat());
    let is_for_signatures = value.get("use").is_none_or(|purpose| purpose == "sig");
    let verifies = |all: &Value| all.as_array().is_some_and(|all| all.iter().any(|one| one == "verify"));
    if !is_for_signatures || !value.get("key_ops").is_none_or(verifies) {
        return None;
    }
    let material = match (text("kty")?, text("crv")) {
        ("RSA", _) => Material::Rsa { modulus: bytes("n")?, exponent: bytes("e")? },
        ("EC", Some("P-256")) => Material::P256(point(32)?),
        ("EC", Some("P-384")) => Material::P384(point(48)?),
        ("OKP", Some("Ed25519")) => Material::Ed25519(of_length("x", 32)?),
        _ => return None,
    };
    // One that signs with what is not known here is not taken for one that may sign with anything.
    let only = match value.get("alg") {
        None => None,
        Some(name) => Some(name.as_str()?.parse().ok()?),
    };
    Some(Key { id: text("kid").map(str::to_owned), only, material })
}

impl Key {
    /// Whether it may sign with an algorithm.
    pub(super) fn signs_with(&self, algorithm: Algorithm) -> bool {
        use Algorithm::{ES256, ES384, EdDSA};
        let fits = match self.material {
            Material::Rsa { .. } => ![ES256, ES384, EdDSA].contains(&algorithm),
            Material::P256(_) => algorithm == ES256,
            Material::P384(_) => algorithm == ES384,
            Material::Ed25519(_) => algorithm == EdDSA,
        };
        fits && self.only.is_none_or(|only| only == algorithm)
    }

    /// Whether it has signed something.
    pub(super) fn has_signed(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        if !self.signs_with(algorithm) {
            return false;
        }
        let verified = match &self.material {
            Material::Rsa { modulus, exponent } => {
                let parameters = match algorithm {
                    Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                    Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                    Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
                    Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
                    Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
                    Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
                    Algorithm::ES256 | Algorithm::ES384 | Algorithm::EdDSA => return false,
                };
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(parameters, signed, signature)
            }
            Material::P256(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(signed, signature)
            }
            Material::P384(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point).verify(signed, signature)
            }
            Material::Ed25519(key) => UnparsedPublicKey::new(&signature::ED25519, key).verify(signed, signature),
        };
        verified.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// RFC 7515, appendix A.3: signed with ES256; RFC 8037, appendix A.4: with EdDSA.
    fn published() -> [(Value, Algorithm, &'static str); 2] {
        [
            (
                json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}),
                Algorithm::ES256,
                "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                 DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            ),
            (
                json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
                Algorithm::EdDSA,
                "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
                 hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            ),
        ]
    }

    /// A key that was drawn for this, and what it has signed: a header and no claims, in both ways.
    const MODULUS: &str = "kB68mKXi3BXPFHCrTcWJTCK7qiymIGvnRpH9DVCLhZkvtwfcamJ6ooLbGHw82mJbSqoj41INmFIvol3UqRfkLbXrOhv1ZM8nxBEl\
        wvwMTcWnHt8J4ONLqfPgdYBrr9Lh2diY3OIEp5bi4CoEMoD5sBFjGXzmnCYlsRg4lGS-Fl8VWUfa52igdZdJ2ktziPQPPz8r-Ct4\
        PqoiiIO330g-15iuWUh5zyntkrYOz1PB8x_qic84a23CKo5BNuny-ZoxOev_icF26ucvo6wn75wxUWoI5PYw4Ue-t1fTvxOD6Z0e\
        ZeJfq55Xh4xwbRVbir-1WU4v7ikG8wPfG1hREivwZQ";
    const SIGNED_RS256: &str = "d3OSQNP5zTDGVD6I0CNF1n9-OXoZyo1XM1ERG331bJvFS4LdAcWd4dk1tDMSg8oGID14dXSTkxJFoce0HYTFSYsZMrN_s4UdoMZ1\
        jSPjgmLUdOVcSzTF6QCWk4hz4zzgGgyh3xJ0ZZvMpjoky7y8ugZE1YiPowarjl74WJoyF6Aklt-qOISm8_tpx88-WBOiSQGNklt7\
        yLz1Rktn9WMzfcdZcIfDxGldCTdv8B46boSvlwq72nGXXOClxw6iL5T2Wx85cGAw6DHMXjmDc7W1WAA-By3MTp35Q1UeJM46pYT0\
        5rr2atgkhWuSXTnXYJvOWC6LYj77NZs710ZA98sxFA";
    const SIGNED_PS256: &str = "LjkB3Ujbbt4Z8T_Tr82a-nHSiEhZFqgBZ2BJUP_50RbTxTgZOx5tCzXQUwvn816G9H--4UgydgVsvOxP6PfBIWRa_xJaIF_fv2tM\
        YUfviVAfd_YsSrYAvGGaph6Ix12qOPABTYuv2rNJYzzpl1MmCyjvGy-r6ZPKh9LNSVTPbTNg1sJeJZNeCTj8VxdMwuvIiSMfEmEm\
        TpipWl_cu589cnGbnOkBJcSDpxx20lJBx00xo2F8Yo1xAtDufRqwqLJlsngVJcU5udXJN1JclykUWZiq4zZ7t4pQ0qEXovWKgXFL\
        39uGcp4prfOHyzjznxZLlYAb2QCgC73LW6_mjSaAgg";

    #[test]
    fn a_key_of_rsa_signs_in_both_ways_and_none_of_them_is_the_other() {
        let key = key(&json!({"kty": "RSA", "n": MODULUS, "e": "AQAB"})).expect("it is a key");
        let has_signed = |algorithm, signature: &str| {
            let signature = URL_SAFE_NO_PAD.decode(signature).expect("it is base64url");
            key.has_signed(algorithm, b"eyJhbGciOiJSUzI1NiJ9.e30", &signature)
        };
        assert!(has_signed(Algorithm::RS256, SIGNED_RS256) && has_signed(Algorithm::PS256, SIGNED_PS256));
        assert!(!has_signed(Algorithm::PS256, SIGNED_RS256) && !has_signed(Algorithm::RS256, SIGNED_PS256));
        for other in [Algorithm::RS384, Algorithm::RS512, Algorithm::ES256, Algorithm::EdDSA] {
            assert!(!has_signed(other, SIGNED_RS256), "{other:?}");
        }
    }

    #[test]
    fn what_the_standards_have_signed_is_verified_and_nothing_that_was_changed() {
        for (jwk, algorithm, text) in published() {
            let (signed, signature) = text.rsplit_once('.').expect("three parts");
            let signature = URL_SAFE_NO_PAD.decode(signature).expect("it is base64url");
            let key = key(&jwk).expect("it is a key");
            assert!(key.has_signed(algorithm, signed.as_bytes(), &signature), "{algorithm:?}");
            let mut other = signature.clone();
            other[7] ^= 1;
            assert!(!key.has_signed(algorithm, signed.as_bytes(), &other));
            assert!(!key.has_signed(algorithm, format!("{signed} ").as_bytes(), &signature));
            for wrong in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES384] {
                assert!(!key.has_signed(wrong, signed.as_bytes(), &signature), "{wrong:?}");
            }
        }
    }

    #[test]
    fn a_key_that_names_an_algorithm_or_another_purpose_serves_no_other() {
        let (jwk, algorithm, _) = &published()[0];
        let with = |name: &str, value: Value| {
            let mut jwk = jwk.clone();
            jwk[name] = value;
            key(&jwk).is_some_and(|key| key.signs_with(*algorithm))
        };
        assert!(with("alg", json!("ES256")) && with("use", json!("sig")) && with("key_ops", json!(["verify"])));
        for (name, value) in [
            ("alg", json!("ES384")),
            ("alg", json!("HS256")),
            ("alg", json!(7)),
            ("use", json!("enc")),
            ("key_ops", json!(["sign"])),
            ("crv", json!("P-384")),
            ("kty", json!("oct")),
            ("x", json!("AA")),
        ] {
            assert!(!with(name, value.clone()), "{name}: {value}");
        }
        assert!(keys(br#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#).is_err(), "a secret is no public key");
        assert!(keys(b"{}").is_err() && keys(b"<html>").is_err());
    }

    #[test]
    fn of_many_keys_the_first_are_taken() {
        let many = vec![published()[0].0.clone(); KEYS_MAX + 1];
        assert_eq!(keys(json!({ "keys": many }).to_string().as_bytes()).expect("there are keys").len(), KEYS_MAX);
    }
}
