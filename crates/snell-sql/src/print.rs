//! Expressions back into SQL: for messages and facts, and to compare two of them.

use smol_str::SmolStr;

use crate::ast::{Call, Expr, ExprKind, Name, OrderItem, TypeName};

/// What PostgreSQL reserves: no name of a table or a column without quotes
/// (`pg_get_keywords()`, `R` and `T`).
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// Words that `quote_ident` quotes beside them, though a column may have them as its name (`C`).
const NO_FUNCTION: &[&str] = &[
    "between",
    "bigint",
    "bit",
    "boolean",
    "char",
    "character",
    "coalesce",
    "dec",
    "decimal",
    "exists",
    "extract",
    "float",
    "greatest",
    "grouping",
    "inout",
    "int",
    "integer",
    "interval",
    "least",
    "national",
    "nchar",
    "none",
    "nullif",
    "numeric",
    "out",
    "overlay",
    "position",
    "precision",
    "real",
    "row",
    "setof",
    "smallint",
    "substring",
    "time",
    "timestamp",
    "treat",
    "trim",
    "values",
    "varchar",
];

/// Whether PostgreSQL reserves a word, as names of tables and columns go.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.binary_search(&name).is_ok()
}

/// An identifier as `quote_ident` spells it.
#[must_use]
pub fn identifier(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !is_reserved(name)
        && NO_FUNCTION.binary_search(&name).is_err();
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A string literal.
#[must_use]
pub fn string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An expression as one line of SQL. Every operator's operands that hold operators
/// themselves are put in parentheses, so that the text does not depend on precedence.
#[must_use]
pub fn expression(expr: &Expr) -> String {
    print(expr, 0)
}

/// How deep an expression is followed before the rest is left out.
const DEPTH: u32 = 200;

#[allow(clippy::too_many_lines, reason = "one arm for each kind")]
fn print(expr: &Expr, depth: u32) -> String {
    if depth > DEPTH {
        return "...".into();
    }
    let inner = |expr: &Expr| operand(expr, depth + 1);
    let plain = |expr: &Expr| print(expr, depth + 1);
    let list = |items: &[Expr]| {
        let items: Vec<_> = items.iter().map(plain).collect();
        items.join(", ")
    };
    match &expr.kind {
        ExprKind::Null => "NULL".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Integer(text) | ExprKind::Decimal(text) | ExprKind::Bits(text) => {
            text.to_string()
        }
        ExprKind::String(text) => string(text),
        ExprKind::Parameter(number) => format!("${number}"),
        ExprKind::Default => "DEFAULT".into(),
        ExprKind::Column(parts) => dotted(parts),
        ExprKind::Star(parts) if parts.is_empty() => "*".into(),
        ExprKind::Star(parts) => format!("{}.*", dotted(parts)),
        ExprKind::Binary(operator, left, right) => {
            format!("{} {} {}", inner(left), operator.symbol, inner(right))
        }
        ExprKind::Unary(operator, operand) => format!("{}{}", operator.symbol, inner(operand)),
        ExprKind::Logical(and, operands) => {
            let operands: Vec<_> = operands.iter().map(inner).collect();
            operands.join(if *and { " AND " } else { " OR " })
        }
        ExprKind::Not(operand) => format!("NOT {}", inner(operand)),
        ExprKind::IsNull(operand, true) => format!("{} IS NULL", inner(operand)),
        ExprKind::IsNull(operand, false) => format!("{} IS NOT NULL", inner(operand)),
        ExprKind::Is(operand, test) => format!("{} IS {}", inner(operand), test.to_uppercase()),
        ExprKind::Distinct(left, right, positive) => format!(
            "{} IS {}DISTINCT FROM {}",
            inner(left),
            not(*positive),
            inner(right)
        ),
        ExprKind::Between(value, low, high, positive) => format!(
            "{} {}BETWEEN {} AND {}",
            inner(value),
            not(*positive),
            inner(low),
            inner(high)
        ),
        ExprKind::InList(value, items, positive) => {
            format!("{} {}IN ({})", inner(value), not(*positive), list(items))
        }
        ExprKind::InQuery(value, _, positive) => {
            format!("{} {}IN (SELECT ...)", inner(value), not(*positive))
        }
        ExprKind::AnyArray(operator, left, right, any) => format!(
            "{} {} {} ({})",
            inner(left),
            operator.symbol,
            if *any { "ANY" } else { "ALL" },
            plain(right)
        ),
        ExprKind::AnyQuery(operator, left, _, any) => format!(
            "{} {} {} (SELECT ...)",
            inner(left),
            operator.symbol,
            if *any { "ANY" } else { "ALL" }
        ),
        ExprKind::Cast(value, type_name) => {
            format!("{}::{}", inner(value), written_type(type_name))
        }
        ExprKind::Call(call) => print_call(call, depth),
        ExprKind::Keyword(word) => word.to_uppercase(),
        ExprKind::Case(case) => {
            let mut text = String::from("CASE");
            if let Some(operand) = &case.operand {
                text.push_str(&format!(" {}", plain(operand)));
            }
            for (condition, result) in &case.branches {
                text.push_str(&format!(
                    " WHEN {} THEN {}",
                    plain(condition),
                    plain(result)
                ));
            }
            if let Some(otherwise) = &case.otherwise {
                text.push_str(&format!(" ELSE {}", plain(otherwise)));
            }
            text.push_str(" END");
            text
        }
        ExprKind::Array(items) => format!("ARRAY[{}]", list(items)),
        ExprKind::ArrayQuery(_) => "ARRAY(SELECT ...)".into(),
        ExprKind::Row(items) => format!("ROW({})", list(items)),
        ExprKind::Subquery(_) => "(SELECT ...)".into(),
        ExprKind::Exists(_) => "EXISTS (SELECT ...)".into(),
        ExprKind::Subscript(value, items, slice) => {
            let items: Vec<_> = items.iter().map(plain).collect();
            format!(
                "{}[{}]",
                inner(value),
                items.join(if *slice { ":" } else { "" })
            )
        }
        ExprKind::Field(value, name) => format!("({}).{}", plain(value), identifier(&name.text)),
        ExprKind::FieldStar(value) => format!("({}).*", plain(value)),
        ExprKind::Collate(value, name) => format!("{} COLLATE {name}", inner(value)),
        ExprKind::Unknown => "?".into(),
    }
}

fn not(positive: bool) -> &'static str {
    if positive { "" } else { "NOT " }
}

fn operand(expr: &Expr, depth: u32) -> String {
    let text = print(expr, depth);
    let composed = matches!(
        expr.kind,
        ExprKind::Binary(..)
            | ExprKind::Logical(..)
            | ExprKind::Not(_)
            | ExprKind::IsNull(..)
            | ExprKind::Is(..)
            | ExprKind::Distinct(..)
            | ExprKind::Between(..)
            | ExprKind::InList(..)
            | ExprKind::InQuery(..)
            | ExprKind::AnyArray(..)
            | ExprKind::AnyQuery(..)
    );
    if composed { format!("({text})") } else { text }
}

fn print_call(call: &Call, depth: u32) -> String {
    let mut text = String::new();
    if let Some(schema) = &call.name.schema {
        text.push_str(&format!("{}.", identifier(&schema.text)));
    }
    text.push_str(&call.name.name.text);
    text.push('(');
    if call.distinct {
        text.push_str("DISTINCT ");
    }
    if call.star {
        text.push('*');
    }
    let arguments: Vec<_> = call
        .arguments
        .iter()
        .map(|argument| print(&argument.value, depth + 1))
        .collect();
    text.push_str(&arguments.join(", "));
    if !call.order_by.is_empty() {
        text.push_str(" ORDER BY ");
        text.push_str(&order(&call.order_by, depth));
    }
    text.push(')');
    text
}

fn order(items: &[OrderItem], depth: u32) -> String {
    let items: Vec<_> = items
        .iter()
        .map(|item| {
            let mut text = print(&item.expr, depth + 1);
            if item.descending {
                text.push_str(" DESC");
            }
            text
        })
        .collect();
    items.join(", ")
}

fn dotted(parts: &[Name]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| identifier(&part.text)).collect();
    parts.join(".")
}

/// A type as it was written, under the names that `format_type` gives.
#[must_use]
pub fn written_type(type_name: &TypeName) -> String {
    let modifiers: Vec<&str> = type_name.modifiers.iter().map(SmolStr::as_str).collect();
    let modifiers = if modifiers.is_empty() {
        String::new()
    } else {
        format!("({})", modifiers.join(","))
    };
    let name = type_name.name.name.text.as_str();
    let (name, rest) = match (&type_name.name.schema, name) {
        (Some(schema), _) => (
            format!("{}.{}", identifier(&schema.text), identifier(name)),
            "",
        ),
        (None, "timestamp") => ("timestamp".into(), " without time zone"),
        (None, "timestamptz") => ("timestamp".into(), " with time zone"),
        (None, "time") => ("time".into(), " without time zone"),
        (None, "timetz") => ("time".into(), " with time zone"),
        (None, name) => (sql_name(name), ""),
    };
    let brackets = if type_name.array { "[]" } else { "" };
    format!("{name}{modifiers}{rest}{brackets}")
}

/// The name that the SQL standard has for a built-in type.
fn sql_name(name: &str) -> String {
    match name {
        "bool" => "boolean",
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "varchar" => "character varying",
        "bpchar" => "character",
        "varbit" => "bit varying",
        "numeric" | "interval" => name,
        other => return identifier(other),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::StatementKind;

    #[test]
    fn reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
        assert!(NO_FUNCTION.is_sorted());
    }

    fn round(text: &str) -> String {
        let parse = crate::parse(&format!("SELECT {text}"));
        let StatementKind::Query(query) = &parse.statements[0].kind else {
            panic!("not a query: {parse:?}");
        };
        let crate::ast::QueryBody::Select(select) = &query.body else {
            panic!("not a select");
        };
        expression(&select.targets[0].expr)
    }

    #[test]
    fn precedence_becomes_visible() {
        assert_eq!(
            round("a + b * c = 1 or not d"),
            "((a + (b * c)) = 1) OR (NOT d)"
        );
        assert_eq!(
            round("\"A\".b::varchar(3)[] is not null"),
            "\"A\".b::character varying(3)[] IS NOT NULL"
        );
    }

    #[test]
    fn grammar_functions_are_calls() {
        assert_eq!(
            round("extract(epoch from now())"),
            "extract('epoch', now())"
        );
        assert_eq!(round("trim(both 'x' from y)"), "btrim(y, 'x')");
        assert_eq!(round("substring(a from 2 for 3)"), "substring(a, 2, 3)");
    }
}
