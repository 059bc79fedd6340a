//! A rule's page as people read it: without the marks that make it a test.

/// The page without the words after a fence's language and without markers.
#[must_use]
pub(crate) fn readable(page: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in page.lines() {
        if let Some(info) = line.strip_prefix("```") {
            inside = !inside;
            let language = info.split_whitespace().next().unwrap_or_default();
            out.push_str("```");
            out.push_str(language);
        } else if inside {
            let Some(code) = without_markers(line) else {
                continue;
            };
            out.push_str(code);
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

/// The line without trailing markers; `None` when it is nothing else.
fn without_markers(line: &str) -> Option<&str> {
    let mut code = line;
    while let Some(rest) = strip_marker(code) {
        code = rest;
    }
    if code.len() == line.len() {
        return Some(line);
    }
    let code = code.trim_end();
    (!code.trim().is_empty()).then_some(code)
}

fn strip_marker(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let line = line.strip_suffix("*/").map_or(line, str::trim_end);
    ["error-next-line", "related-next-line", "error", "related"]
        .into_iter()
        .filter_map(|word| line.strip_suffix(word))
        .find_map(|rest| {
            let rest = rest.trim_end();
            ["//", "--", "/*", "#"]
                .into_iter()
                .find_map(|opening| rest.strip_suffix(opening))
        })
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn markers_and_paths_of_fences_are_left_out() {
        let page = "Say `// error`.\n\n```ts file=a.ts\na(); // error // related\n// error-next-line\nb();\n```\n";
        assert_eq!(
            readable(page),
            "Say `// error`.\n\n```ts\na();\nb();\n```\n"
        );
    }
}
