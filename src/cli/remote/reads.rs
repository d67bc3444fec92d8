//! The log of reads of a service: what is in it, and its head.
//!
//! Absent on purpose: erasing and verifying it, which care for its files.

use super::client::{Call, Client};
use super::not_there::not_there;
use crate::cli::args::ReadsVerb;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::operate::reads::{self as own, Entries};
use crate::service::ReadsWanted;
use caseward_events::reads::ReadsPage;

/// `reads`.
///
/// # Errors
/// The service does not answer, or turns the caller away; or the verb needs the files of the log.
pub async fn reads(context: &mut Context, client: &Client, verb: ReadsVerb) -> Result<Exit, Failure> {
    context.only_now("reads")?;
    let log = Log { client, path: Client::of_organization(context, "reads", &[]) };
    match verb {
        ReadsVerb::List(args) => own::list(context, &log, args).await,
        ReadsVerb::About(args) => own::about(context, &log, args).await,
        ReadsVerb::Head => {
            let ReadsPage { size, root, .. } = log.page(0, 1, &ReadsWanted::default()).await?;
            own::print_head(&mut context.printer, size, &root)
        }
        ReadsVerb::Erase(_) => Err(not_there("reads erase")),
        ReadsVerb::Verify { .. } => Err(not_there("reads verify")),
    }
}

/// Entries of a service.
struct Log<'a> {
    client: &'a Client,
    path: String,
}

impl Entries for Log<'_> {
    async fn page(&self, after: u64, most: usize, wanted: &ReadsWanted) -> Result<ReadsPage, Failure> {
        let ReadsWanted { about, from, to, .. } = wanted;
        let parameters = [
            ("after", Some(after.to_string())),
            ("limit", Some(most.to_string())),
            ("about", about.clone()),
            ("from", from.map(|from| from.to_string())),
            ("to", to.map(|to| to.to_string())),
        ];
        let path = super::client::with_parameters(&self.path, &parameters);
        self.client.call(&Call::get(path)).await?.read()
    }
}
