//! The description, to read: one page without a script.

use serde_json::Value;
use std::fmt::{self, Display, Write as _};

const STYLE: &str = include_str!("page.css");

/// Text as HTML writes it; words in backticks are code.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, piece) in self.0.split('`').enumerate() {
            if index > 0 {
                f.write_str(if index % 2 == 1 { "<code>" } else { "</code>" })?;
            }
            for letter in piece.chars() {
                match letter {
                    '&' => f.write_str("&amp;")?,
                    '<' => f.write_str("&lt;")?,
                    '>' => f.write_str("&gt;")?,
                    '"' => f.write_str("&quot;")?,
                    _ => f.write_char(letter)?,
                }
            }
        }
        Ok(())
    }
}

/// All of it.
pub(super) fn page(document: &Value) -> String {
    let mut html = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut html, document);
    html
}

fn write(html: &mut String, document: &Value) -> fmt::Result {
    let info = &document["info"];
    let title = format!("{} {}", text(&info["title"]), text(&info["version"]));
    write!(html, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")?;
    write!(
        html,
        "<meta name=\"viewport\" content=\"width=device-width\"><title>{} over HTTP</title>",
        Escaped(&title)
    )?;
    write!(html, "<style>{STYLE}</style></head><body><header><h1>{} over HTTP</h1>", Escaped(&title))?;
    write!(html, "<p>{}</p>", Escaped(text(&info["description"])))?;
    write!(html, "<p><a href=\"openapi.json\">OpenAPI 3.1</a> · <a href=\"problems\">codes of problems</a> · ")?;
    write!(html, "<a href=\"#forms\">forms</a></p></header><main>")?;
    for (path, methods) in fields(&document["paths"]) {
        for (method, operation) in fields(methods) {
            write_operation(html, document, path, method, operation)?;
        }
    }
    write!(html, "<h2 id=\"forms\">Forms</h2>")?;
    for (name, schema) in fields(&document["components"]["schemas"]) {
        write!(
            html,
            "<section id=\"{0}\"><h3>{0}</h3><p>{1}</p>",
            Escaped(name),
            Escaped(text(&schema["description"]))
        )?;
        write_form(html, schema)?;
        write!(html, "</section>")?;
    }
    write!(html, "</main></body></html>")
}

fn write_operation(html: &mut String, document: &Value, path: &str, method: &str, operation: &Value) -> fmt::Result {
    let id = text(&operation["operationId"]);
    write!(html, "<details id=\"{id}\"><summary><b class=\"{method}\">{}</b> ", method.to_uppercase())?;
    write!(
        html,
        "<span class=\"path\">{}</span> <span>{}</span></summary>",
        Escaped(path),
        Escaped(text(&operation["summary"]))
    )?;
    let parts: Vec<&str> = list(&operation["x-caseward-parts"]).iter().map(text).collect();
    match parts.as_slice() {
        [] => write!(html, "<p>Open to everybody.</p>")?,
        parts => write!(html, "<p>For callers with the part {}.</p>", Escaped(&format!("`{}`", parts.join("`, `"))))?,
    }
    let parameters = list(&operation["parameters"]);
    if !parameters.is_empty() {
        write!(html, "<table><caption>Parameters</caption>")?;
        for parameter in parameters {
            let name = text(&parameter["$ref"]).rsplit('/').next().unwrap_or_default();
            let parameter = &document["components"]["parameters"][name];
            let needed = if parameter["required"] == true { "" } else { ", <i>optional</i>" };
            write!(html, "<tr><th>{}</th>", Escaped(text(&parameter["name"])))?;
            write!(html, "<td>{}{needed}</td><td>", text(&parameter["in"]))?;
            write_type(html, &parameter["schema"])?;
            write!(html, "</td><td>{}</td></tr>", Escaped(text(&parameter["description"])))?;
        }
        write!(html, "</table>")?;
    }
    let content = &operation["requestBody"]["content"];
    if content.is_object() {
        write!(html, "<table><caption>Body</caption>")?;
        for (kind, of) in fields(content) {
            write!(html, "<tr><th>{}</th><td>", Escaped(kind))?;
            write_type(html, &of["schema"])?;
            write!(html, "</td></tr>")?;
        }
        write!(html, "</table>")?;
    }
    write!(html, "<table><caption>Answers</caption>")?;
    for (status, answer) in fields(&operation["responses"]) {
        let problem = text(&answer["$ref"]).rsplit('/').next().unwrap_or_default();
        let answer = if problem.is_empty() { answer } else { &document["components"]["responses"][problem] };
        write!(html, "<tr><th>{status}</th><td>{}</td><td>", Escaped(text(&answer["description"])))?;
        for (kind, of) in fields(&answer["content"]) {
            write!(html, "<div>{} ", Escaped(kind))?;
            write_type(html, &of["schema"])?;
            write!(html, "</div>")?;
        }
        write!(html, "</td></tr>")?;
    }
    write!(html, "</table></details>")
}

/// What a form is made of.
fn write_form(html: &mut String, schema: &Value) -> fmt::Result {
    if !schema["properties"].is_object() {
        write!(html, "<p>")?;
        write_type(html, schema)?;
        return write!(html, "</p>");
    }
    write!(html, "<table>")?;
    let required: Vec<&str> = list(&schema["required"]).iter().map(text).collect();
    for (name, of) in fields(&schema["properties"]) {
        let needed = if required.contains(&name.as_str()) { "" } else { " <i>optional</i>" };
        write!(html, "<tr><th>{}</th><td>", Escaped(name))?;
        write_type(html, of)?;
        write!(html, "{needed}</td><td>{}</td></tr>", Escaped(text(&of["description"])))?;
    }
    write!(html, "</table>")
}

/// A type in a few words, with links.
fn write_type(html: &mut String, schema: &Value) -> fmt::Result {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return write!(html, "<a href=\"#{name}\">{name}</a>");
    }
    if schema["anyOf"].is_array() {
        for (index, one) in list(&schema["anyOf"]).iter().enumerate() {
            write!(html, "{}", if index > 0 { " or " } else { "" })?;
            write_type(html, one)?;
        }
        return Ok(());
    }
    if schema["enum"].is_array() {
        let words: Vec<&str> = list(&schema["enum"]).iter().map(text).collect();
        return write!(html, "{}", Escaped(&format!("`{}`", words.join("`, `"))));
    }
    if schema["const"].is_string() {
        return write!(html, "<code>{}</code>", Escaped(text(&schema["const"])));
    }
    match schema["type"].as_str() {
        Some("array") => {
            write!(html, "list of ")?;
            write_type(html, &schema["items"])
        }
        Some("object") if schema["additionalProperties"].is_object() => {
            write!(html, "by name, ")?;
            write_type(html, &schema["additionalProperties"])
        }
        Some("object") if schema["properties"].is_object() => {
            let names: Vec<&str> = fields(&schema["properties"]).map(|(name, _)| name.as_str()).collect();
            write!(html, "{}", Escaped(&format!("object with `{}`", names.join("`, `"))))
        }
        Some(kind) => write!(html, "{kind}"),
        None if schema["type"].is_array() => {
            let kinds: Vec<&str> = list(&schema["type"]).iter().map(text).collect();
            write!(html, "{}", kinds.join(" or "))
        }
        None => write!(html, "anything"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_text_stays_text_and_backticks_are_code() {
        assert_eq!(Escaped("a < `b\"` & c").to_string(), "a &lt; <code>b&quot;</code> &amp; c");
    }
}
