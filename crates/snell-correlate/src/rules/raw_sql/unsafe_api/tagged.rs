//! The tagged form of a call: the same statement with the same parameters.

use snell_extract::facts::{Expression, ModuleFacts};
use snell_flow::raw::RawQuery;
use snell_source::{Confidence, Edit, Fix, Location, Span};

use crate::rule::Context;

/// Turns ``$queryRawUnsafe('... $1', a)`` into ``$queryRaw`... ${a}` ``. Only where the text is one
/// literal without escapes and each value stands in it once, in order: the server then gets the
/// very same statement.
pub(super) fn fix(context: &Context<'_>, query: &RawQuery) -> Option<Fix> {
    let call = context.project.calls.get(query.call);
    if call.confidence != Confidence::Certain {
        return None;
    }
    let module = call.module;
    let facts = context.project.modules.facts(module);
    let Expression::Call {
        arguments,
        optional: false,
        ..
    } = facts.expression(call.expression)
    else {
        return None;
    };
    if arguments.iter().any(|argument| argument.spread) {
        return None;
    }
    let (first, values) = arguments.split_first()?;
    let text = literal(context, facts, first.value, module)?;
    let values: Option<Vec<&str>> = values
        .iter()
        .map(|value| {
            is_plain(facts, value.value)
                .then(|| context.text(context.project.modules.at(module, facts.span(value.value))))
        })
        .collect();
    let template = template(text, &values?)?;
    let modules = &context.project.modules;
    let whole = modules.at(module, facts.span(call.expression));
    let source = context.text(whole);
    let name_end = call.name.span.end;
    // Between the name and the text stand the type arguments and the parenthesis.
    let opening = modules.at(module, Span::new(name_end, facts.span(first.value).start));
    let between = context.text(opening).trim_end();
    let type_arguments = between.strip_suffix('(')?.trim_end();
    if between.contains("//") || between.contains("/*") || !source.ends_with(')') {
        return None;
    }
    let safe = call.name.text.strip_suffix("Unsafe")?;
    let at = Location::new(whole.file, Span::new(call.name.span.start, whole.span.end));
    // A comment among the values would be lost.
    let inside = context.text(Location::new(
        whole.file,
        Span::new(facts.span(first.value).end, whole.span.end),
    ));
    if inside.contains("//") || inside.contains("/*") {
        return None;
    }
    Some(Fix::safe(
        format!("Use the tagged form, `{safe}`"),
        vec![Edit {
            at,
            replacement: format!("{safe}{type_arguments}`{template}`"),
        }],
    ))
}

/// The text of a literal that says itself: without escapes and values.
fn literal<'a>(
    context: &Context<'a>,
    facts: &ModuleFacts,
    id: snell_extract::facts::ExpressionId,
    module: snell_project::module::ModuleId,
) -> Option<&'a str> {
    match facts.expression(id) {
        Expression::String(_) => {}
        Expression::Template { values, .. } if values.is_empty() => {}
        _ => return None,
    }
    let at = context.project.modules.at(module, facts.span(id));
    let sources = context.sources;
    let source = sources.text(at);
    let quote = source.chars().next()?;
    let inside = source.strip_prefix(quote)?.strip_suffix(quote)?;
    let plain = matches!(quote, '\'' | '"' | '`') && !inside.contains(['\\', '`']);
    (plain && !inside.contains("${")).then_some(inside)
}

/// Whether an argument can stand in `${}` as it is, and is no fragment of SQL.
fn is_plain(facts: &ModuleFacts, id: snell_extract::facts::ExpressionId) -> bool {
    match facts.expression(id) {
        Expression::Identifier { .. }
        | Expression::This
        | Expression::String(_)
        | Expression::Number(_)
        | Expression::Boolean(_)
        | Expression::Null => true,
        Expression::Member { object, .. } => is_plain(facts, *object),
        _ => false,
    }
}

/// The statement with `${value}` for `$1`, `$2`, ...; `None` unless each stands there once, in order,
/// and nothing in the statement could hide one.
fn template(text: &str, values: &[&str]) -> Option<String> {
    if ["--", "/*", "$$"].iter().any(|mark| text.contains(mark)) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut given = values.iter().zip(1..);
    let mut quote = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('$', Some(_)) => return None,
            ('$', None) => {
                let mut number = String::new();
                while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                    number.push(digit);
                }
                let (value, n) = given.next()?;
                if number.parse() != Ok(n) {
                    return None;
                }
                out.push_str(&format!("${{{value}}}"));
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    (given.next().is_none() && quote.is_none()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn values_take_the_place_of_their_numbers() {
        let of = |text: &str, values: &[&str]| template(text, values);
        assert_eq!(
            of("SELECT $1::int, '$' || \"a\"", &["x"]),
            None,
            "a dollar in a string may be meant"
        );
        assert_eq!(
            of("SELECT $1::int, $2", &["x", "this.y"]).as_deref(),
            Some("SELECT ${x}::int, ${this.y}")
        );
        assert_eq!(of("SELECT 1", &[]).as_deref(), Some("SELECT 1"));
    }

    #[test]
    fn what_would_be_another_statement_is_left() {
        for (text, values) in [
            ("SELECT $2, $1", &["x", "y"][..]),
            ("SELECT $1, $1", &["x"]),
            ("SELECT $1", &[]),
            ("SELECT 1", &["x"]),
            ("SELECT $1 -- $2", &["x"]),
            ("SELECT 'it''s", &[]),
        ] {
            assert_eq!(template(text, values), None, "{text}");
        }
    }
}
