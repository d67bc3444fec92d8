//! Somebody who issues JWTs, and serves their keys on this machine.

use super::Authority;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

/// A key that signs, with its id.
pub struct Signer {
    id: String,
    key: SigningKey,
}

enum SigningKey {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

impl Signer {
    pub fn ed25519(id: &str) -> Signer {
        let drawn = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("there is chance");
        let key = SigningKey::Ed25519(Ed25519KeyPair::from_pkcs8(drawn.as_ref()).expect("it is a key"));
        Signer { id: id.to_owned(), key }
    }

    pub fn p256(id: &str) -> Signer {
        let (chance, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let drawn = EcdsaKeyPair::generate_pkcs8(kind, &chance).expect("there is chance");
        let key = SigningKey::P256(EcdsaKeyPair::from_pkcs8(kind, drawn.as_ref(), &chance).expect("it is a key"));
        Signer { id: id.to_owned(), key }
    }

    /// Its public key, as issuers publish it.
    pub fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.key {
            SigningKey::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": self.id, "x": text(pair.public_key().as_ref())})
            }
            SigningKey::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": self.id, "x": text(&point[1..33]), "y": text(&point[33..])})
            }
        }
    }

    fn algorithm(&self) -> &'static str {
        if matches!(self.key, SigningKey::Ed25519(_)) { "EdDSA" } else { "ES256" }
    }

    /// A header that is as it should be.
    pub fn header(&self) -> Value {
        json!({"alg": self.algorithm(), "kid": self.id, "typ": "at+jwt"})
    }

    pub fn signature(&self, signed: &str) -> Vec<u8> {
        match &self.key {
            SigningKey::Ed25519(pair) => pair.sign(signed.as_bytes()).as_ref().to_vec(),
            SigningKey::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), signed.as_bytes());
                signature.expect("there is chance").as_ref().to_vec()
            }
        }
    }

    /// A JWT with this header and these claims.
    pub fn signs(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = URL_SAFE_NO_PAD.encode(self.signature(&signed));
        format!("{signed}.{signature}")
    }
}

/// The first two parts of a JWT.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// One that is asked over HTTP.
pub struct FakeIssuer {
    address: SocketAddr,
    scheme: &'static str,
    pages: Arc<Mutex<HashMap<String, String>>>,
    asked: Arc<Mutex<HashMap<String, u32>>>,
}

impl FakeIssuer {
    /// In clear.
    pub fn new() -> FakeIssuer {
        FakeIssuer::speaking(None)
    }

    /// Over TLS, with a certificate that the authority has signed.
    pub fn over_tls(authority: &Authority) -> FakeIssuer {
        let own = authority.signs("localhost");
        let chain = CertificateDer::pem_slice_iter(own.certificate.as_bytes()).collect::<Result<Vec<_>, _>>();
        let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("it is a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("they are built in").with_no_client_auth();
        let config = config.with_single_cert(chain.expect("it is a certificate"), key).expect("they belong together");
        FakeIssuer::speaking(Some(Arc::new(config)))
    }

    fn speaking(tls: Option<Arc<ServerConfig>>) -> FakeIssuer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let issuer = FakeIssuer {
            address: listener.local_addr().expect("it listens"),
            scheme: if tls.is_some() { "https" } else { "http" },
            pages: Arc::default(),
            asked: Arc::default(),
        };
        let (pages, asked) = (Arc::clone(&issuer.pages), Arc::clone(&issuer.asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                match &tls {
                    None => answer(stream, &pages, &asked),
                    Some(config) => {
                        let server = ServerConnection::new(Arc::clone(config)).expect("the settings are good");
                        answer(StreamOwned::new(server, stream), &pages, &asked);
                    }
                }
            }
        });
        issuer
    }

    /// What it calls itself.
    pub fn name(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.address.port())
    }

    /// From now on it serves these keys.
    pub fn publishes(&self, signers: &[&Signer]) {
        let keys: Vec<_> = signers.iter().map(|signer| signer.jwk()).collect();
        self.serves("/keys", &json!({ "keys": keys }).to_string());
    }

    /// From now on it describes itself, under some name.
    pub fn describes_itself_as(&self, name: &str) {
        let described = json!({"issuer": name, "jwks_uri": format!("{}/keys", self.name())});
        self.serves("/.well-known/openid-configuration", &described.to_string());
    }

    pub fn serves(&self, path: &str, text: &str) {
        self.pages.lock().expect("nobody panics").insert(path.to_owned(), text.to_owned());
    }

    /// From now on it answers nothing good.
    pub fn fails(&self) {
        self.pages.lock().expect("nobody panics").clear();
    }

    /// How often a page was asked for.
    pub fn asked(&self, path: &str) -> u32 {
        self.asked.lock().expect("nobody panics").get(path).copied().unwrap_or_default()
    }
}

/// One request of a connection. A client that does not trust it has gone away before.
fn answer(stream: impl Read + Write, pages: &Mutex<HashMap<String, String>>, asked: &Mutex<HashMap<String, u32>>) {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    let read = stream.read_line(&mut first);
    let Some(path) = first.split(' ').nth(1).filter(|_| read.is_ok()) else { return };
    let mut line = String::new();
    while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
        line.clear();
    }
    *asked.lock().expect("nobody panics").entry(path.to_owned()).or_default() += 1;
    let page = pages.lock().expect("nobody panics").get(path).cloned();
    let (status, body) = page.map_or(("503 Service Unavailable", String::new()), |page| ("200 OK", page));
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let stream = stream.get_mut();
    // Whoever asked may have gone.
    let _ = stream.write_all(answer.as_bytes()).and_then(|()| stream.flush());
}
