//! Tokens that programs call the service with: made, issued, recognized, withdrawn.
//!
//! ```text
//! cw_3kTq09xZaB7d_8f0c…(64 hexadecimal digits)…e1_5d2a90c4
//!    id           secret, 256 random bits          CRC-32 of all before its `_`
//! ```
//! INVARIANT: the secret leaves this process once, when the token is issued; the log has its digest alone, and nothing prints
//! it or logs it. Absent on purpose: what a token may do, which the service decides.

pub use super::tenant::tokens::Token;
use super::write::{By, CommandError, RegisterCommand};
use super::{Answer, Engine};
use crate::seams::StoreError;
use caseward_events::event::TokenIssued;
use caseward_events::token::{ForOrganizations, MayName, Part, TokenDigest, TokenId, TokenLimits, TokenState};
use caseward_events::{Asker, Code, Refusal, SystemId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::str::FromStr;
use std::sync::{Arc, PoisonError};
use tokio::sync::watch;

/// How long a token counts where nobody says: a year.
const USUAL_MICROS: i64 = 365 * 24 * 60 * 60 * 1_000_000;

/// Organizations, and actors, that one token may name.
const NAMED_MAX: usize = 256;

/// What stands before every token, so that a scanner of files finds one that was left in them.
const PREFIX: &str = "cw_";

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What is to be issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What its holder is called: commands that name no actor are those of `system:NAME`.
    pub name: SystemId,
    /// What it may do.
    pub parts: Vec<Part>,
    /// For which organizations.
    pub organizations: Vec<ForOrganizations>,
    /// Whom alone it may ask about.
    #[serde(default)]
    pub about: Option<Asker>,
    /// Actors that its commands may name, beside `system:NAME`.
    #[serde(default)]
    pub may_name: Vec<MayName>,
    /// Until when it counts; a year where nobody says.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
    /// What it may have under way at once.
    #[serde(default)]
    pub limits: TokenLimits,
}

/// A whole token. It has no `Debug` and no `Display`, so that none gets into a log.
pub struct Secret(String);

/// A text that is no token: it is cut, or has a wrong letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a whole token")]
pub struct NoToken;

impl Secret {
    /// Draws one.
    fn draw() -> Result<Secret, getrandom::Error> {
        let (mut id, mut secret) = ([0; TokenId::BYTES], [0; 32]);
        for place in &mut id {
            *place = letter()?;
        }
        getrandom::fill(&mut secret)?;
        let id = str::from_utf8(&id).expect("letters and digits are a text");
        let begun = format!("{PREFIX}{id}_{}", TokenDigest(secret));
        let sum = crc32(begun.as_bytes());
        Ok(Secret(format!("{begun}_{sum:08x}")))
    }

    /// The text, for whoever it is issued to.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Which token it is, if it is one at all.
    #[must_use]
    pub fn id(&self) -> TokenId {
        let id = self.0.get(PREFIX.len()..PREFIX.len() + TokenId::BYTES).and_then(|id| id.parse().ok());
        id.expect("a token holds its id")
    }

    fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0.as_bytes()).into())
    }
}

/// A letter or digit, each as likely.
fn letter() -> Result<u8, getrandom::Error> {
    loop {
        let mut byte = [0];
        getrandom::fill(&mut byte)?;
        // The largest multiple of 62 that a byte reaches.
        if byte[0] < 248 {
            return Ok(ALPHABET[usize::from(byte[0] % 62)]);
        }
    }
}

impl FromStr for Secret {
    type Err = NoToken;
    fn from_str(text: &str) -> Result<Self, NoToken> {
        let (begun, sum) = text.rsplit_once('_').ok_or(NoToken)?;
        let (id, secret) = begun.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')).ok_or(NoToken)?;
        let is_whole = id.parse::<TokenId>().is_ok() && secret.parse::<TokenDigest>().is_ok();
        if is_whole && sum == format!("{:08x}", crc32(begun.as_bytes())) {
            return Ok(Secret(text.to_owned()));
        }
        Err(NoToken)
    }
}

/// CRC-32 of IEEE 802.3, bit for bit: it is over 80 bytes, now and then.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

impl NewToken {
    /// What the log is to hold.
    fn issued(self, secret: &Secret, now: Timestamp) -> Result<TokenIssued, Refusal> {
        let NewToken { name, mut parts, organizations, about, may_name, valid_until, limits } = self;
        parts.sort_unstable();
        parts.dedup();
        let valid_until = valid_until.unwrap_or_else(|| Timestamp::from_micros(now.as_micros() + USUAL_MICROS));
        if parts.is_empty() || organizations.is_empty() {
            return Err(Refusal::invalid("a token without a part, or for no organization, could do nothing")
                .hint("name at least one of each; `*` stands for all organizations"));
        }
        if organizations.len() > NAMED_MAX || may_name.len() > NAMED_MAX {
            return Err(Refusal::invalid(format!(
                "a token names at most {NAMED_MAX} organizations and as many actors"
            ))
            .hint("issue several, or write `*`, `user:*` or `system:*`"));
        }
        if limits.requests == Some(0) || limits.streams == Some(0) {
            return Err(Refusal::invalid("a limit of 0 would let nothing through; leave it out, or give at least 1"));
        }
        match &about {
            Some(Asker::Link(_)) => return Err(Refusal::invalid("`about` names a user, as user:ana")),
            Some(Asker::User(_)) if parts != [Part::Check] => {
                return Err(Refusal::invalid("a token about one user has the part `check` and no other")
                    .hint("every other part tells of others too: issue a second token"));
            }
            _ => {}
        }
        if valid_until <= now {
            let message = format!("the token would end at {valid_until}, before it begins");
            return Err(Refusal::new(Code::InvalidWindow, message));
        }
        let (token, digest) = (secret.id(), secret.digest());
        Ok(TokenIssued { token, digest, name, parts, organizations, about, may_name, valid_until, limits })
    }
}

/// Tokens.
impl Engine {
    /// Issues a token, durably, by an event of the register. What is given back is all that there will ever be of it.
    ///
    /// # Errors
    /// `invalid` or `invalid_window`, where it could never be used; a fault of the store, or of what draws random bytes.
    pub async fn issue_token(&self, new: NewToken, by: By) -> Result<(Secret, Arc<Token>), CommandError> {
        let failed = |error| StoreError::Fault { doing: "draw a token".to_owned(), source: Box::new(error) };
        let secret = Secret::draw().map_err(|error| CommandError::Store(Arc::new(failed(error))))?;
        let issued = Box::new(new.issued(&secret, self.now())?);
        match self.register(RegisterCommand::IssueToken(issued), by).await? {
            Answer::Refused(refusal) => Err(refusal.into()),
            Answer::Accepted(_) => {
                let token = self.token(&secret.id()).expect("what is durable is in the register");
                Ok((secret, token))
            }
        }
    }

    /// Withdraws one, durably: it lets nobody in from then on. One that was withdrawn before stays so, and nothing is
    /// recorded.
    ///
    /// # Errors
    /// A fault of the store. That there is no such token is a refusal in the answer.
    pub async fn withdraw_token(&self, token: TokenId, by: By) -> Result<Answer, CommandError> {
        self.register(RegisterCommand::WithdrawToken(token), by).await
    }

    /// One of them.
    #[must_use]
    pub fn token(&self, token: &TokenId) -> Option<Arc<Token>> {
        let register = self.0.register.read().unwrap_or_else(PoisonError::into_inner);
        register.tokens.get(token).cloned()
    }

    /// All that were ever issued, by id.
    #[must_use]
    pub fn tokens(&self) -> Vec<Arc<Token>> {
        let register = self.0.register.read().unwrap_or_else(PoisonError::into_inner);
        register.tokens.all().cloned().collect()
    }

    /// Whether one was ever issued.
    #[must_use]
    pub fn has_tokens(&self) -> bool {
        !self.0.register.read().unwrap_or_else(PoisonError::into_inner).tokens.is_empty()
    }

    /// Tells whenever one is issued or withdrawn.
    #[must_use]
    pub fn token_changes(&self) -> watch::Receiver<()> {
        self.0.register.read().unwrap_or_else(PoisonError::into_inner).tokens.changes()
    }

    /// Who presents this text as a token: the token, where it is one that counts. The work is the same whether it is
    /// unknown, ended or withdrawn.
    #[must_use]
    pub fn recognize(&self, presented: &str) -> Option<Arc<Token>> {
        const NOBODY: TokenDigest = TokenDigest([0; 32]);
        let secret: Secret = presented.parse().ok()?;
        let known = self.token(&secret.id());
        let is_it = secret.digest().is(known.as_ref().map_or(&NOBODY, |token| &token.grants.digest));
        let now = self.now();
        let known = known.filter(|token| is_it && token.state(now) == TokenState::Valid);
        known.inspect(|token| token.used(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_whole_or_none() {
        let secret = Secret::draw().expect("there is chance");
        let text = secret.reveal();
        let again: Secret = text.parse().expect("it is whole");
        assert_eq!((again.id(), again.digest()), (secret.id(), secret.digest()));
        for at in 0..text.len() {
            let mut other = text.as_bytes().to_vec();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            let other = String::from_utf8(other).expect("it is text");
            assert!(other.parse::<Secret>().is_err(), "{at}");
            assert!(text[..at].parse::<Secret>().is_err(), "cut to {at}");
        }
    }

    #[test]
    fn the_check_sum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn no_two_tokens_are_alike() {
        let drawn: Vec<_> = (0..100).map(|_| Secret::draw().expect("there is chance")).collect();
        let ids: std::collections::BTreeSet<_> = drawn.iter().map(Secret::id).collect();
        assert_eq!(ids.len(), drawn.len());
    }
}
