//! What may stand in a query's text because it was compared with what is known first.

use snell_flow::{
    Fact, Literal, RowOrigin, SqlPart, Value,
    scope::{Origin, origins},
};

/// Whether what holds leaves only known words of a value: it is one of a list, or matches a pattern of nothing but
/// names.
pub(super) fn is_allowed(value: &Value, held: &[&Fact]) -> bool {
    held.iter().any(|fact| allows(fact, value, held))
}

fn allows(fact: &Fact, value: &Value, held: &[&Fact]) -> bool {
    match fact {
        Fact::Member(member, list) => is_it(member, value) && is_list_of_words(list),
        Fact::Equal(a, b) => {
            (is_it(a, value) && b.is_constant()) || (is_it(b, value) && a.is_constant())
        }
        // `sent && LIST.includes(sent)`: where it holds, the way on which nothing was sent is none.
        Fact::OneOf(groups) => {
            let ruled_out = |fact: &Fact| held.iter().any(|known| known.contradicts(fact));
            let mut open = groups
                .iter()
                .filter(|group| !group.iter().any(ruled_out))
                .peekable();
            open.peek().is_some()
                && open.all(|group| group.iter().any(|fact| allows(fact, value, held)))
        }
        Fact::Differ(..) | Fact::Truthy(_) | Fact::Falsy(_) => false,
    }
}

/// Whether what was compared is the value, or may have been it: `const sort = sent ?? 'id'`.
fn is_it(compared: &Value, value: &Value) -> bool {
    match compared {
        Value::OneOf(choices) => {
            compared == value || choices.iter().any(|choice| choice.value == *value)
        }
        compared => compared == value,
    }
}

/// Names of what PostgreSQL tells of a database itself: nobody but who migrates it writes there.
const CATALOGS: [&str; 2] = ["information_schema", "pg_"];

/// Whether a list holds what the code, or the database itself, names: neither what the client sent nor what somebody
/// may have written into a row before.
fn is_list_of_words(list: &Value) -> bool {
    if let Value::Literal(Literal::Pattern(pattern)) = list {
        return is_of_names(pattern);
    }
    let mut known = true;
    origins(list, &mut |origin| {
        known &= match origin {
            Origin::Constant => true,
            Origin::Row(row, _) => is_of_catalog(row),
            _ => false,
        };
    });
    known
}

fn is_of_catalog(row: &RowOrigin) -> bool {
    let mut found = false;
    let mut look = |text: &str| {
        let lower = text.to_ascii_lowercase();
        found |= CATALOGS.iter().any(|name| lower.contains(name));
    };
    row.arguments.visit(&mut |part| match part {
        Value::Literal(Literal::String(text)) => look(text),
        Value::Sql(parts) => parts.iter().for_each(|part| {
            if let SqlPart::Text { text, .. } = part {
                look(text);
            }
        }),
        _ => {}
    });
    found
}

/// Whether a regular expression matches nothing but names: from beginning to end letters, digits, `_`, `-` and `.`.
fn is_of_names(pattern: &str) -> bool {
    let Some((body, flags)) = pattern
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'))
    else {
        return false;
    };
    let whole = body
        .strip_prefix('^')
        .and_then(|body| body.strip_suffix('$'));
    whole.is_some_and(|body| !flags.contains('m') && is_made_of_names(body))
}

/// Whether what stands between `^` and `$` is of a few plain forms: characters of names, classes of them, groups, and
/// how often each comes.
fn is_made_of_names(body: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut depth = 0u32;
    let (mut in_class, mut in_count) = (false, false);
    let mut characters = body.chars();
    while let Some(c) = characters.next() {
        let fits = match c {
            '\\' => matches!(characters.next(), Some('w' | 'd' | '.' | '-' | '_')),
            ']' if in_class => {
                in_class = false;
                true
            }
            '.' => in_class,
            c if in_class => is_of_name(c),
            '}' => std::mem::take(&mut in_count),
            ',' => in_count,
            '{' => !std::mem::replace(&mut in_count, true),
            '[' => {
                in_class = true;
                true
            }
            '(' => {
                depth += 1;
                true
            }
            ')' => match depth.checked_sub(1) {
                Some(outer) => {
                    depth = outer;
                    true
                }
                None => false,
            },
            // Outside of a group it would part `^a` from `b$`.
            '|' => depth > 0,
            '?' | '*' | '+' | ':' => true,
            c => is_of_name(c),
        };
        if !fits {
            return false;
        }
    }
    !in_class && !in_count && depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_names_match_nothing_else() {
        for pattern in [
            "/^[a-z_][a-z0-9_]*$/",
            "/^[A-Za-z_]+$/i",
            r"/^\w+$/",
            r"/^[\w.-]{1,63}$/",
            "/^(?:asc|desc)$/i",
        ] {
            assert!(is_of_names(pattern), "{pattern}");
        }
        for pattern in [
            "/[a-z]+/",
            "/^[a-z]+/",
            "/^asc|desc$/",
            "/^.*$/",
            "/^[^;]+$/",
            r"/^\S+$/",
            "/^[a-z ]+$/",
            "/^[a-z]+$/m",
            r"/^\w+\s\w+$/",
        ] {
            assert!(!is_of_names(pattern), "{pattern}");
        }
    }
}
