//! How a list of events becomes a type for each, the enum of all, and their forms as JSON and as stored bytes.
//!
//! INVARIANT: numbers, names and fields stand in one place, the list in [`super`]; what follows from them is made here.

use serde_json::Value;

/// Declares all events, each by its number, its name and its fields.
macro_rules! events {
    ($($(#[$doc:meta])* $number:literal $name:literal $variant:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            pub struct $variant { $($(#[$field_doc])* pub $field: $type),+ }

            impl From<$variant> for Event {
                fn from(event: $variant) -> Event {
                    Event::$variant(event)
                }
            }
        )+

        /// What happened.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event { $($(#[$doc])* $variant($variant)),+ }

        impl Event {
            /// Number and name of every type.
            pub const TYPES: &[(u16, &str)] = &[$(($number, $name)),+];

            /// Number and schema version of all that any release ever stored: `decode_fields` has a way for each, and
            /// `tests/stored` bytes of each.
            pub const STORED: &[(u16, u8)] = &[$(($number, 1)),+];

            /// The number it is stored under.
            #[must_use]
            pub const fn number(&self) -> u16 {
                match self { $(Event::$variant(_) => $number),+ }
            }

            /// As answers write it.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Event::$variant(_) => $name),+ }
            }

            /// Its fields as JSON, those without a value left out.
            #[must_use]
            pub fn fields(&self) -> Value {
                let mut fields = match self { $(Event::$variant(event) => serde_json::to_value(event)),+ }
                    .expect("every field of an event has a JSON form");
                crate::event::declare::without_nulls(&mut fields);
                fields
            }

            /// The event of that name with those fields, as [`Event::fields`] gives them.
            ///
            /// # Errors
            /// No event has that name, or the fields are not its fields.
            pub fn from_fields(name: &str, fields: Value) -> Result<Event, BadEvent> {
                match name {
                    $($name => serde_json::from_value::<$variant>(fields).map(Event::$variant).map_err(BadEvent::Fields),)+
                    _ => Err(BadEvent::UnknownType(name.escape_debug().to_string())),
                }
            }

            pub(crate) fn encode_fields(&self, to: Vec<u8>) -> Result<Vec<u8>, postcard::Error> {
                match self { $(Event::$variant(event) => postcard::to_extend(event, to)),+ }
            }

            /// `None`: no type has that number, or the type never had that schema version.
            pub(crate) fn decode_fields(number: u16, schema: u8, bytes: &[u8]) -> Option<postcard::Result<Event>> {
                match (number, schema) {
                    $(($number, 1) => Some(postcard::from_bytes::<$variant>(bytes).map(Event::$variant)),)+
                    _ => None,
                }
            }
        }
    };
}

pub(super) use events;

/// Why JSON is no event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadEvent {
    /// A later release may know it.
    #[error("`{0}` is not a type of event that is known here")]
    UnknownType(String),
    /// A field is missing or does not fit.
    #[error(transparent)]
    Fields(serde_json::Error),
}

/// Fields without a value are left out of the JSON form.
pub(super) fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
