//! An event as CloudEvents 1.0 in JSON, for whoever takes events from many systems: `export --format cloudevents`, and the
//! two feeds of a service.

use super::{AccessChanges, HistoryEntry};
use crate::recorded::Recorded;
use crate::reference::{OrganizationName, Stream};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A CloudEvent. Source and id together are unique, as the specification wants it; the data is the event as `history`
/// writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudEvent<E = HistoryEntry> {
    /// `1.0`.
    pub specversion: Cow<'static, str>,
    /// The organization and the position, or the `id` of a message of changes.
    pub id: String,
    /// The organization, as a service names it.
    pub source: String,
    /// The type of the event behind `caseward.`.
    pub r#type: String,
    /// The stream; none of changes of access, which are of many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Stream>,
    /// When it was recorded.
    pub time: Timestamp,
    /// `application/json`.
    pub datacontenttype: Cow<'static, str>,
    /// The event.
    pub data: E,
}

impl CloudEvent<&Recorded> {
    /// Of an event of an organization.
    #[must_use]
    pub fn of<'a>(organization: &OrganizationName, recorded: &'a Recorded) -> CloudEvent<&'a Recorded> {
        CloudEvent {
            specversion: "1.0".into(),
            id: format!("{organization}/{}", recorded.position),
            source: format!("/v1/orgs/{organization}"),
            r#type: format!("caseward.{}", recorded.event.name()),
            subject: Some(recorded.stream()),
            time: recorded.time,
            datacontenttype: "application/json".into(),
            data: recorded,
        }
    }
}

impl CloudEvent<&AccessChanges> {
    /// Of what changed in an organization.
    #[must_use]
    pub fn of_changes<'a>(
        organization: &OrganizationName,
        changes: &'a AccessChanges,
    ) -> CloudEvent<&'a AccessChanges> {
        CloudEvent {
            specversion: "1.0".into(),
            id: format!("{organization}/{}", changes.id),
            source: format!("/v1/orgs/{organization}"),
            r#type: "caseward.access_changed".to_owned(),
            subject: None,
            time: changes.to.at,
            datacontenttype: "application/json".into(),
            data: changes,
        }
    }
}
