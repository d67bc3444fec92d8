//! Requests as they are sent: subject, action, resource and context.
//!
//! INVARIANT: whatever the standard does not name is ignored, wherever it stands; of the entity that a search looks for the
//! id is, too.

use crate::service::body;
use crate::service::limits::Limits;
use crate::service::problem::Problem;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use caseward_events::submission::parse_json_of_any_length;
use caseward_events::{AsOf, Position, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The members of an object.
pub(super) type Fields = Map<String, Value>;

/// The keys that name what is asked.
const ENTITIES: [&str; 4] = ["subject", "action", "resource", "context"];

/// A subject or a resource.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) properties: Fields,
}

/// An action.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) properties: Fields,
}

/// What is asked beyond the standard, under `context.caseward`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Extension {
    pub(super) as_of: AsOf,
    pub(super) at: Option<Timestamp>,
    pub(super) at_least: Option<Position>,
    pub(super) explain: bool,
}

/// One question.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) subject: Entity,
    pub(super) action: Named,
    pub(super) resource: Entity,
    pub(super) extension: Extension,
}

/// The object that is the body of a request.
pub(super) async fn fields(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Fields, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Problem::invalid("the content type must be application/json"));
    }
    let body = body::whole(body, limits).await?;
    match parse_json_of_any_length(&body)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Problem::invalid("the body must be a JSON object")),
    }
}

impl Asked {
    pub(super) fn of(fields: &Fields) -> Result<Asked, Problem> {
        Ok(Asked {
            subject: entity(fields, "subject")?,
            action: action(fields)?,
            resource: entity(fields, "resource")?,
            extension: extension(fields)?,
        })
    }
}

/// An item of several: each of its entities replaces that of the request as a whole.
pub(super) fn with_defaults(item: &Fields, defaults: &Fields) -> Fields {
    let of =
        |name: &&str| item.get(*name).or_else(|| defaults.get(*name)).map(|value| ((*name).to_owned(), value.clone()));
    ENTITIES.iter().filter_map(of).collect()
}

/// A subject or resource that is named.
pub(super) fn entity(fields: &Fields, which: &str) -> Result<Entity, Problem> {
    let found = object(fields, which)?;
    Ok(Entity { id: text(found, which, "id")?, ..without_id(found, which)? })
}

/// The type that a search looks for.
pub(super) fn target(fields: &Fields, which: &str) -> Result<Entity, Problem> {
    without_id(object(fields, which)?, which)
}

fn without_id(found: &Fields, which: &str) -> Result<Entity, Problem> {
    let (kind, properties) = (text(found, which, "type")?, properties(found, which)?);
    Ok(Entity { kind, id: String::new(), properties })
}

pub(super) fn action(fields: &Fields) -> Result<Named, Problem> {
    let found = object(fields, "action")?;
    Ok(Named { name: text(found, "action", "name")?, properties: properties(found, "action")? })
}

pub(super) fn extension(fields: &Fields) -> Result<Extension, Problem> {
    let Some(context) = optional(fields, "context")? else { return Ok(Extension::default()) };
    match context.get("caseward") {
        None | Some(Value::Null) => Ok(Extension::default()),
        // Only by name: a list would be read as the fields in their order.
        Some(own @ Value::Object(_)) => {
            Extension::deserialize(own).map_err(|why| Problem::invalid(format!("`context.caseward`: {why}")))
        }
        Some(_) => Err(Problem::invalid("`context.caseward` must be an object")),
    }
}

fn properties(of: &Fields, which: &str) -> Result<Fields, Problem> {
    match of.get("properties") {
        None | Some(Value::Null) => Ok(Fields::new()),
        Some(Value::Object(properties)) => Ok(properties.clone()),
        Some(_) => Err(Problem::invalid(format!("`{which}.properties` must be an object"))),
    }
}

/// A member that is an object, where it is there.
pub(super) fn optional<'f>(fields: &'f Fields, which: &str) -> Result<Option<&'f Fields>, Problem> {
    match fields.get(which) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(found)) => Ok(Some(found)),
        Some(_) => Err(Problem::invalid(format!("`{which}` must be an object"))),
    }
}

fn object<'f>(fields: &'f Fields, which: &str) -> Result<&'f Fields, Problem> {
    optional(fields, which)?.ok_or_else(|| Problem::invalid(format!("`{which}` is missing")))
}

fn text(of: &Fields, which: &str, name: &str) -> Result<String, Problem> {
    match of.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        None | Some(Value::Null) => Err(Problem::invalid(format!("`{which}.{name}` is missing"))),
        Some(_) => Err(Problem::invalid(format!("`{which}.{name}` must be a text"))),
    }
}
