//! Text that somebody else wrote, made fit to be shown: nothing in it moves a cursor, hides what stands beside it, or ends
//! the element that it stands in.

/// With every control character and every mark that turns the direction of writing escaped: a terminal would obey them.
#[must_use]
pub fn visible(text: &str) -> String {
    let obeyed =
        |letter: char| letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let escaped = |letter: char| if obeyed(letter) { letter.escape_default().to_string() } else { letter.to_string() };
    text.chars().map(escaped).collect()
}

/// As text between tags or in an attribute, of HTML and of XML.
#[must_use]
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            // XML has no way to write these.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            control if control.is_control() => out.push('\u{fffd}'),
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(visible("\u{1b}[31m é \u{202e}\n"), "\\u{1b}[31m é \\u{202e}\\n");
    }

    #[test]
    fn no_text_can_leave_its_element() {
        assert_eq!(markup("<a b=\"c\"> & \u{1b}[31m\u{ffff}"), "&lt;a b=&quot;c&quot;&gt; &amp; \u{fffd}[31m\u{fffd}");
    }
}
