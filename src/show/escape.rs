//! Text that somebody else wrote, made fit to be shown: nothing in it moves a cursor, hides what stands beside it, or ends
//! the element that it stands in.

/// With everything escaped that a terminal would obey or that nobody would see: what is hidden makes two ids look alike.
#[must_use]
pub fn visible(text: &str) -> String {
    let escaped =
        |letter: char| if is_hidden(letter) { letter.escape_default().to_string() } else { letter.to_string() };
    text.chars().map(escaped).collect()
}

/// The same line by line, of a text whose line ends are ours.
#[must_use]
pub fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// Unicode Cc, Cf, Zl and Zp, and whatever is ignorable by default (Unicode 17).
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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
            hidden if is_hidden(hidden) => out.extend(hidden.escape_default()),
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
    fn what_nobody_would_see_is_escaped_wherever_people_read() {
        for hidden in
            ['\u{ad}', '\u{200b}', '\u{200d}', '\u{2028}', '\u{2060}', '\u{feff}', '\u{3164}', '\u{fe0f}', '\u{e0041}']
        {
            let (text, escaped) = (format!("an{hidden}a"), format!("an{}a", hidden.escape_default()));
            assert_eq!([visible(&text), markup(&text)], [escaped.clone(), escaped]);
        }
        assert_eq!(visible_lines("a\nb\u{200b}"), "a\nb\\u{200b}");
        assert_eq!(visible("é 漢 ñ"), "é 漢 ñ");
    }

    #[test]
    fn no_text_can_leave_its_element() {
        assert_eq!(markup("<a b=\"c\"> & \u{1b}[31m\u{ffff}"), "&lt;a b=&quot;c&quot;&gt; &amp; \u{fffd}[31m\u{fffd}");
    }
}
