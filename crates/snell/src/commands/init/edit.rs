//! Insertions into files of people: a few lines more, everything else byte for byte as it was.

use snell_workspace::{Json, JsonValue};

/// Adds a member to the object at the end of `path`; the object itself is added when it is missing.
/// `None` when the text is no JSON object, or has the member already.
pub(super) fn json_member(text: &str, path: &[&str], name: &str, value: &str) -> Option<String> {
    let (json, error) = Json::parse(text);
    if error.is_some() {
        return None;
    }
    let mut object = &json;
    let mut depth = 0;
    while let Some(inside) = path.get(depth).and_then(|key| object.get(key)) {
        object = inside;
        depth += 1;
    }
    if !matches!(object.value, JsonValue::Object(_))
        || depth == path.len() && object.get(name).is_some()
    {
        return None;
    }
    let unit = unit(text);
    let indent = unit.repeat(depth + 1);
    let mut member = format!("\"{name}\": {value}");
    for (n, key) in path[depth..].iter().enumerate().rev() {
        let outer = unit.repeat(depth + n + 1);
        member = format!("\"{key}\": {{\n{outer}{unit}{member}\n{outer}}}");
    }
    // Behind the last member, so that the first ones keep their place.
    Some(match object.members().last() {
        Some(last) => insert(text, last.value.span.end, &format!(",\n{indent}{member}")),
        None => {
            let outer = unit.repeat(depth);
            insert(
                text,
                object.span.start + 1,
                &format!("\n{indent}{member}\n{outer}"),
            )
        }
    })
}

/// One step of a text's indentation.
fn unit(text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.find(|line| line.starts_with([' ', '\t']));
    first.map_or_else(
        || "  ".to_owned(),
        |line| line[..line.len() - line.trim_start().len()].to_owned(),
    )
}

fn insert(text: &str, at: u32, what: &str) -> String {
    let at = at as usize;
    format!("{}{what}{}", &text[..at], &text[at..])
}

/// The text with these lines at its end.
pub(super) fn appended(text: &str, lines: &str) -> String {
    let apart = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{text}{apart}{lines}")
}

/// A job for lefthook, where its configuration lists jobs or commands of `pre-commit`; `None` when
/// it does so in another form. No `glob`: lefthook would not start for a commit that only deletes.
pub(super) fn lefthook(text: &str, run: &str) -> Option<String> {
    let Some(head) = text
        .lines()
        .position(|line| line.trim_end() == "pre-commit:")
    else {
        let other = text.lines().any(|line| line.starts_with("pre-commit"));
        let job = format!(
            "pre-commit:\n  jobs:\n    - name: snell\n      run: {run} snell check --staged\n"
        );
        return (!other).then(|| appended(text, &job));
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let inside = lines.iter().enumerate().skip(head + 1);
    for (n, line) in inside {
        let word = line.trim();
        let indent = &line[..line.len() - line.trim_start().len()];
        if !word.is_empty() && indent.is_empty() && !word.starts_with('#') {
            break;
        }
        let job = match word {
            "jobs:" => {
                let next = lines.get(n + 1)?;
                let item = &next[..next.len() - next.trim_start().len()];
                format!("{item}- name: snell\n{item}  run: {run} snell check --staged\n")
            }
            "commands:" => format!(
                "{indent}{indent}snell:\n{indent}{indent}{indent}run: {run} snell check --staged\n"
            ),
            _ => continue,
        };
        let (before, after) = lines.split_at(n + 1);
        return Some(format!("{}{job}{}", before.concat(), after.concat()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_added_where_they_belong() {
        let text = "{\n    \"name\": \"a\",\n    \"scripts\": {\n        \"test\": \"x\" // why\n    }\n}\n";
        assert_eq!(
            json_member(text, &["scripts"], "snell", "\"snell check\"").as_deref(),
            Some(
                "{\n    \"name\": \"a\",\n    \"scripts\": {\n        \"test\": \"x\",\n        \"snell\": \"snell check\" // why\n    }\n}\n"
            )
        );
        assert_eq!(
            json_member("{\n  \"name\": \"a\"\n}\n", &["scripts"], "snell", "1").as_deref(),
            Some("{\n  \"name\": \"a\",\n  \"scripts\": {\n    \"snell\": 1\n  }\n}\n")
        );
        assert_eq!(
            json_member("{}", &[], "a", "1").as_deref(),
            Some("{\n  \"a\": 1\n}")
        );
        let there = "{ \"scripts\": { \"snell\": \"x\" } }";
        assert_eq!(json_member(there, &["scripts"], "snell", "1"), None);
        assert_eq!(json_member("[1]", &["scripts"], "snell", "1"), None);
        assert_eq!(json_member("{ broken", &["scripts"], "snell", "1"), None);
    }

    #[test]
    fn lefthook_gets_its_job_in_its_own_form() {
        let jobs = "pre-commit:\n  parallel: true\n  jobs:\n    - run: a\npre-push:\n  jobs:\n    - run: b\n";
        let text = lefthook(jobs, "npx").expect("a job");
        assert!(
            text.starts_with(
                "pre-commit:\n  parallel: true\n  jobs:\n    - name: snell\n      run: "
            ),
            "{text}"
        );
        assert!(
            text.ends_with("    - run: a\npre-push:\n  jobs:\n    - run: b\n"),
            "{text}"
        );
        let commands = "pre-commit:\n  commands:\n    lint:\n      run: a\n";
        let text = lefthook(commands, "npx").expect("a command");
        assert!(
            text.contains("\n  commands:\n    snell:\n      run: "),
            "{text}"
        );
        assert!(
            lefthook("a: 1\n", "npx")
                .expect("both")
                .starts_with("a: 1\npre-commit:\n")
        );
        assert_eq!(lefthook("pre-commit: { jobs: [] }\n", "npx"), None);
        assert_eq!(
            lefthook("pre-commit:\n  scripts:\n    a: {}\n", "npx"),
            None
        );
    }
}
