//! Lines of commands, continued lines joined.

use snell_source::Span;

use crate::yaml::{Yaml, YamlValue};

/// A command and its bytes in the file.
pub(super) type Line = (Span, String);

/// The lines of `text`, which starts at `offset` of its file. A backslash at the
/// end continues a line; blank lines and comments (also between continued lines)
/// are left out.
pub(super) fn lines(text: &str, offset: u32) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    let mut open = false;
    for (start, raw) in numbered(text) {
        let line = raw.trim();
        if line.is_empty() || line.starts_with('#') {
            open &= !line.is_empty();
            continue;
        }
        let indent = raw.len() - raw.trim_start().len();
        let span = Span::from_range(start + indent..start + indent + line.len()).shift(offset);
        let (words, continued) = match line.strip_suffix('\\') {
            Some(words) => (words.trim_end(), true),
            None => (line, false),
        };
        match found.last_mut().filter(|_| open) {
            Some((whole, text)) => {
                *whole = whole.cover(span);
                if !words.is_empty() {
                    text.push(' ');
                    text.push_str(words);
                }
            }
            None => found.push((span, words.to_owned())),
        }
        open = continued;
    }
    found.retain(|(_, text)| !text.is_empty());
    found
}

/// Lines with the offset of their start.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

/// The commands of a YAML value: each line of a `|` block, a scalar of another
/// style as one command, each element of a sequence.
pub(super) fn yaml_commands(value: &Yaml, text: &str) -> Vec<Line> {
    match &value.value {
        YamlValue::Scalar(command) => {
            if is_literal_block(value, text) {
                lines(value.span.text(text), value.span.start)
            } else {
                let words: Vec<&str> = command.split_whitespace().collect();
                vec![(value.span, words.join(" "))]
            }
        }
        YamlValue::Sequence(elements) => elements
            .iter()
            .flat_map(|element| yaml_commands(element, text))
            .collect(),
        YamlValue::Null | YamlValue::Mapping(_) => Vec::new(),
    }
}

/// Whether a scalar is a `|` block: its span begins below the line of the `|`.
fn is_literal_block(value: &Yaml, text: &str) -> bool {
    let before = text.get(..value.span.start as usize).unwrap_or_default();
    let head = before.trim_end();
    before[head.len()..].contains('\n')
        && head
            .trim_end_matches(['-', '+', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
            .ends_with('|')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continued_lines_are_one_command() {
        let text = "# c\r\nset -e\r\n\r\nnpx prisma \\\r\n  # why\r\n  migrate dev\nx \\\n\ny";
        let found = lines(text, 0);
        let commands: Vec<_> = found.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(commands, ["set -e", "npx prisma migrate dev", "x", "y"]);
        assert!(found[1].0.text(text).ends_with("migrate dev"));
    }
}
