//! `tree-head` and `prove` of a service: what it signs and proves, handed out as it came.

use super::client::{Call, Client};
use super::problem::not_understood;
use super::when::{self, when};
use crate::cli::args::{ProveArgs, TreeHeadArgs};
use crate::cli::ask::proof::{self, Wanted};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::integrity::signed_note::SignedNote;
use crate::proof::bundle::Bundle;
use crate::show::decision;
use caseward_events::Question;
use caseward_events::answer::RightsAnswer;
use serde::de::Error;

/// `tree-head`.
///
/// # Errors
/// The service does not answer, or the file cannot be written.
pub async fn tree_head(context: &mut Context, client: &Client, args: TreeHeadArgs) -> Result<Exit, Failure> {
    proof::may_hand_out_head(context, &args)?;
    let note = asked(client, Client::of_organization(context, "tree-head", &[])).await?;
    let note: SignedNote = note.parse().map_err(|why| not_understood(&serde_json::Error::custom(why)))?;
    proof::hand_out_head(context, args, &note)
}

/// `prove`.
///
/// # Errors
/// As for [`tree_head`], or nothing is there to be proved.
pub async fn prove(context: &mut Context, client: &Client, args: ProveArgs) -> Result<Exit, Failure> {
    proof::may_hand_out(context, &args)?;
    let path = match proof::wanted(context, &args)? {
        Wanted::Event(position) => Client::of_organization(context, &format!("proofs/{position}"), &[]),
        Wanted::Consistency(older) => {
            Client::of_organization(context, "proofs/consistency", &[("from", Some(older.to_string()))])
        }
        Wanted::Decision(Question { subject, action, resource, .. }) => {
            when::tell_of_the_day(context, client).await?;
            let holder = [("subject", Some(subject.to_string())), ("resource", Some(resource.to_string()))];
            let place = when(context);
            if place.iter().any(|(_, given)| given.is_some()) {
                // A proof does not say whether it is asked about what is still to come; an answer about the same does.
                let path = Client::of_organization(context, "rights", &[&holder[..], &place].concat());
                let answer: RightsAnswer = client.call(&Call::get(path)).await?.read()?;
                if answer.settled == Some(false) {
                    context.printer.note(decision::MAY_CHANGE);
                }
            }
            let asked = [&holder[..], &[("action", Some(action.to_string()))], &place].concat();
            Client::of_organization(context, "proofs/decision", &asked)
        }
    };
    let bundle = asked(client, path).await?;
    Bundle::parse(bundle.as_bytes()).map_err(|why| not_understood(&serde_json::Error::custom(why)))?;
    proof::hand_out(context, &args, &bundle)
}

/// The text that stands there.
async fn asked(client: &Client, path: String) -> Result<String, Failure> {
    let body = client.call(&Call::get(path)).await?.body;
    String::from_utf8(body.into()).map_err(|why| not_understood(&serde_json::Error::custom(why)))
}
