//! Whether a value has a form: those words of JSON Schema that the description uses. A word that is not known fails, so that
//! none is passed over.

use serde_json::Value;

/// The forms of a description.
pub struct Forms<'a>(&'a Value);

const SAY_NOTHING: [&str; 3] = ["description", "format", "examples"];

impl<'a> Forms<'a> {
    pub fn of(document: &'a Value) -> Forms<'a> {
        Forms(&document["components"]["schemas"])
    }

    /// Why a value does not have the form of this name.
    pub fn judge(&self, name: &str, value: &Value) -> Result<(), String> {
        let form = self.0.get(name).ok_or_else(|| format!("there is no form `{name}`"))?;
        self.fits(form, value, name)
    }

    fn fits(&self, form: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (word, said) in form.as_object().expect("a form is an object") {
            match word.as_str() {
                "$ref" => {
                    let name = said.as_str().and_then(|path| path.strip_prefix("#/components/schemas/"));
                    self.judge(name.expect("it names a form"), value).map_err(|why| format!("{at}: {why}"))?;
                }
                "anyOf" => {
                    let tried = said.as_array().expect("a list").iter().map(|one| self.fits(one, value, at));
                    let why: Vec<String> = tried.map(Result::err).collect::<Option<_>>().unwrap_or_default();
                    ensure(why.is_empty(), || format!("{at}: none fits: {}", why.join(" | ")))?;
                }
                "type" => ensure(is_of(said, value), || format!("{at}: {value} is not {said}"))?,
                "enum" => ensure(said.as_array().expect("a list").contains(value), || {
                    format!("{at}: {value} is none of them")
                })?,
                "const" => ensure(said == value, || format!("{at}: {value} is not {said}"))?,
                "minimum" => ensure(value.as_f64() >= said.as_f64(), || format!("{at}: {value} is less than {said}"))?,
                "minProperties" | "maxProperties" => {
                    let count = value.as_object().map_or(0, serde_json::Map::len) as u64;
                    let bound = said.as_u64().expect("a number");
                    let holds = if word == "minProperties" { count >= bound } else { count <= bound };
                    ensure(holds, || format!("{at}: {count} keys"))?;
                }
                "required" => {
                    for name in said.as_array().expect("a list") {
                        let name = name.as_str().expect("a name");
                        ensure(!value.is_object() || value.get(name).is_some(), || format!("{at}: it lacks `{name}`"))?;
                    }
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.fits(said, item, &format!("{at}/{index}"))?;
                    }
                }
                "properties" | "additionalProperties" => {}
                word if SAY_NOTHING.contains(&word) => {}
                word => panic!("{at}: this test does not know `{word}`"),
            }
        }
        self.fields_fit(form, value, at)
    }

    fn fields_fit(&self, form: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (name, field) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{name}");
            match (form["properties"].get(name), &form["additionalProperties"]) {
                (Some(known), _) => self.fits(known, field, &at)?,
                (None, Value::Bool(false)) => return Err(format!("{at} is not described")),
                (None, others) if others.is_object() => self.fits(others, field, &at)?,
                (None, _) => {}
            }
        }
        Ok(())
    }
}

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

fn is_of(kinds: &Value, value: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str().expect("a kind") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        kind => panic!("JSON has no `{kind}`"),
    };
    kinds.as_array().map_or_else(|| is(kinds), |several| several.iter().any(is))
}
