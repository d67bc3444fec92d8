//! From the words of a request to a question, by the vocabulary that counts where it is asked.

use super::asked::{Asked, Entity, Fields, Named};
use crate::engine::Reader;
use crate::service::callers::Caller;
use crate::service::problem::Problem;
use caseward_events::vocabulary::ActionWord;
use caseward_events::vocabulary::words::{Meant, Said};
use caseward_events::{Asker, Decision, Question, Resource, Vocabulary};
use std::sync::{Arc, LazyLock};

static OWN: LazyLock<Arc<Vocabulary>> = LazyLock::new(|| Arc::new(Vocabulary::own()));

/// A vocabulary, where it counts.
pub(super) struct Words<'r> {
    pub(super) reader: &'r Reader<'r>,
    pub(super) vocabulary: Arc<Vocabulary>,
}

/// What comes of a question.
pub(super) enum Outcome {
    Decided(Decision),
    /// A word that stands for nothing; which.
    NotMapped(String),
}

impl<'r> Words<'r> {
    /// Those that count where a reader asks.
    pub(super) async fn of(reader: &'r Reader<'r>) -> Result<Words<'r>, Problem> {
        let adopted = reader.vocabulary().await?;
        Ok(Words { reader, vocabulary: adopted.map_or_else(|| Arc::clone(&OWN), |(_, vocabulary)| vocabulary) })
    }

    /// What comes of a question that this caller asks.
    pub(super) async fn decide(&self, asked: &Asked, caller: &Caller) -> Result<Outcome, Problem> {
        let Asked { subject, action, resource, .. } = asked;
        let Some(asker) = self.subject(subject) else { return Ok(not_mapped("subject", &subject.kind, &subject.id)) };
        let Some(word) = self.word(subject, action, resource) else {
            return Ok(not_mapped("action", &resource.kind, &action.name));
        };
        let Some(on) = self.meant(word, resource).await? else {
            return Ok(not_mapped("resource", &resource.kind, &resource.id));
        };
        let decision = self.reader.check(&Question::new(asker, word.is, on)).await?;
        if !decision.disclose && !caller.learns_all() && word.on.is_none() && self.is_of_definition(resource) {
            // So is one that is not there: it has no definition.
            return Ok(not_mapped("resource", &resource.kind, &resource.id));
        }
        Ok(Outcome::Decided(caller.told(decision)))
    }

    /// Whether a type stands for the cases of one definition.
    fn is_of_definition(&self, resource: &Entity) -> bool {
        let meant = self.vocabulary.resource(&resource.kind, &resource.id);
        matches!(meant, Some(Meant { resource: Resource::Case(_), of: Some(_) }))
    }

    pub(super) fn subject(&self, subject: &Entity) -> Option<Asker> {
        self.vocabulary.subject(&subject.kind, &subject.id)
    }

    pub(super) fn word(&self, subject: &Entity, action: &Named, resource: &Entity) -> Option<&ActionWord> {
        let said = said(subject, &action.properties, resource);
        self.vocabulary.word(&resource.kind, &action.name, &said)
    }

    /// On what a word asks its right.
    pub(super) async fn meant(&self, word: &ActionWord, resource: &Entity) -> Result<Option<Resource>, Problem> {
        match &word.on {
            Some(on) => Ok(Some(on.clone())),
            None => self.resource(resource).await,
        }
    }

    /// The resource that is named. A case of another definition than that of the type is not.
    pub(super) async fn resource(&self, resource: &Entity) -> Result<Option<Resource>, Problem> {
        let Some(Meant { resource, of }) = self.vocabulary.resource(&resource.kind, &resource.id) else {
            return Ok(None);
        };
        let is_of_type = match (&resource, of) {
            (Resource::Case(case), Some(definition)) => {
                self.reader.definition_of(case).await?.as_ref() == Some(definition)
            }
            _ => true,
        };
        Ok(is_of_type.then_some(resource))
    }
}

/// The properties that choose among entries.
pub(super) fn said(subject: &Entity, action: &Fields, resource: &Entity) -> Said {
    Said { subject: subject.properties.clone(), resource: resource.properties.clone(), action: action.clone() }
}

fn not_mapped(what: &str, kind: &str, id: &str) -> Outcome {
    Outcome::NotMapped(format!("{what} `{}` of type `{}`", id.escape_debug(), kind.escape_debug()))
}
