//! What subjects and messages say apart from the names in them.

/// Names that the message of several findings holds.
const NAMED: usize = 5;

/// A subject's whole and part: `model:User field:name from:title`, `field:User.name`, `class:CreateDto sent:name`,
/// `GET /users User.name`, ``raw:list $queryRaw: `name` may be `null` ``.
pub(super) fn parts(subject: &str) -> Option<(&str, &str)> {
    let word = |rest: &'_ str| rest.find(' ').unwrap_or(rest.len());
    for key in [" field:", " column:", " sent:"] {
        if let Some((whole, rest)) = subject.split_once(key) {
            return Some((whole, &rest[..word(rest)]));
        }
    }
    if subject.starts_with("raw:")
        && let Some((whole, rest)) = subject.split_once(": `")
    {
        return Some((whole, rest.split_once('`')?.0));
    }
    let (whole, name) = subject.rsplit_once('.')?;
    let known = whole.starts_with("field:") || whole.contains(" /");
    (known && !name.contains(' ')).then_some((whole, name))
}

/// A message with its names and numbers taken out.
pub(super) fn without_names(message: &str) -> String {
    let outside = message.split('`').step_by(2);
    let words: Vec<&str> = outside.collect();
    words.join("`").replace(|c: char| c.is_ascii_digit(), "")
}

/// Names as a list in a sentence.
pub(super) fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > NAMED {
        shown.push(format!("{} more", names.len() - NAMED));
    }
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{listed, parts, without_names};

    #[test]
    fn subjects_name_a_part_of_a_whole() {
        let model = parts("model:User field:name from:title");
        assert_eq!(model, Some(("model:User", "name")));
        assert_eq!(parts("field:User.name"), Some(("field:User", "name")));
        let class = parts("class:CreateDto sent:name");
        assert_eq!(class, Some(("class:CreateDto", "name")));
        let endpoint = parts("GET /users User.name");
        assert_eq!(endpoint, Some(("GET /users User", "name")));
        let column = parts("raw:list $queryRaw: `name` may be `null`");
        assert_eq!(column, Some(("raw:list $queryRaw", "name")));
        assert_eq!(parts("model:User"), None);
        assert_eq!(parts("query:UserService.list#1"), None);
    }

    #[test]
    fn messages_differ_by_their_words() {
        let free = "`A.b` is a free `String`, but the code only knows 2 values";
        let other = "`A.c` is a free `String`, but the code only knows 17 values";
        assert_eq!(without_names(free), without_names(other));
        let comment = "`A.c` is a free `String`, but its comment lists 2 values";
        assert_ne!(without_names(free), without_names(comment));
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = ["a", "b", "c", "d", "e", "f", "g"]
            .map(str::to_owned)
            .into();
        assert_eq!(listed(&names[..1]), "`a`");
        assert_eq!(listed(&names[..2]), "`a` and `b`");
        assert_eq!(listed(&names), "`a`, `b`, `c`, `d`, `e` and 2 more");
    }
}
