//! What raw SQL tells the database about who asks, and which tables ask for it.
//!
//! Row security of PostgreSQL compares rows with settings of the session
//! (`current_setting('app.user')`). A query is kept to its owner by it when the
//! setting was made before, in the same transaction, from who asks.

use smol_str::SmolStr;
use snell_project::{
    Project,
    schema::{History, ModelRef},
};
use snell_sql::{
    ast::{Expr, ExprKind, Part, StatementKind, walk_expression},
    catalog::{Relation, Table},
};

use super::{Reached, Trust, Verdict};
use crate::{
    event::Query,
    value::{SqlPart, Value},
};

/// A table whose policies ask for settings.
#[derive(Debug)]
pub struct RowSecurity<'p> {
    /// Its name and place.
    pub relation: &'p Relation,
    /// Its policies.
    pub table: &'p Table,
    /// The settings that they ask for, in lower case.
    pub settings: Vec<SmolStr>,
}

/// The row security of a model's table, when migrations turned it on and its
/// policies ask for settings.
#[must_use]
pub fn row_security(project: &Project, model: ModelRef) -> Option<RowSecurity<'_>> {
    let schema = project.schemas.get(model.schema);
    let history = schema.history.as_ref()?;
    let declared = project.schemas.model(model);
    let (relation, table) = history.table(&declared.db_name)?;
    if !table.row_security || relation.uncertain {
        return None;
    }
    let policies = table.policies.iter();
    let conditions = policies.flat_map(|policy| policy.using.iter().chain(&policy.check));
    let mut settings: Vec<SmolStr> = conditions
        .flat_map(|condition| settings_of(history, condition))
        .collect();
    settings.sort_unstable();
    settings.dedup();
    (!settings.is_empty()).then_some(RowSecurity {
        relation,
        table,
        settings,
    })
}

/// The settings that a condition reads, in lower case, those of functions that it calls included.
#[must_use]
pub fn settings_of(history: &History, condition: &Expr) -> Vec<SmolStr> {
    let mut settings: Vec<SmolStr> = Vec::new();
    walk_expression(condition, &mut |part| {
        let Part::Expr(inner) = part else { return };
        let ExprKind::Call(call) = &inner.kind else {
            return;
        };
        match call.arguments.first().map(|first| &first.value.kind) {
            Some(ExprKind::String(name)) if call.name.name.text == "current_setting" => {
                settings.push(name.to_ascii_lowercase().into());
            }
            _ => settings.extend(of_function(history, &call.name.name.text)),
        }
    });
    settings
}

/// The settings that a function of the migrations reads.
fn of_function(history: &History, name: &str) -> Vec<SmolStr> {
    const READS: &str = "current_setting('";
    let mut found = Vec::new();
    let files = history.migrations.iter();
    for statement in files.flat_map(|file| &file.parse.statements) {
        let StatementKind::CreateFunction(create) = &statement.kind else {
            continue;
        };
        let Some(body) = create
            .body
            .as_ref()
            .filter(|_| create.name.name.text == name)
        else {
            continue;
        };
        let lower = body.text.to_ascii_lowercase();
        for (at, _) in lower.match_indices(READS) {
            let rest = &lower[at + READS.len()..];
            found.extend(rest.split('\'').next().map(SmolStr::from));
        }
    }
    found
}

/// Whether a raw query tells the database something that policies may ask for.
#[must_use]
pub fn sets_context(query: &Query) -> bool {
    // A setting that is the same for every request says nothing of who asks.
    let constant = query.arguments.iter().all(|argument| {
        let mut constant = true;
        argument.visit(&mut |value| {
            constant &= !matches!(value, Value::Unknown | Value::Opaque(_));
        });
        constant
    });
    let text = text(query);
    text.contains("set_config")
        || text.contains("set local role")
        || text.contains("set local") && !constant
}

/// The text of a raw query in lower case, with a space for what is not known.
#[must_use]
pub fn text(query: &Query) -> String {
    let mut text = String::new();
    for argument in &query.arguments {
        written(argument, &mut text);
        text.push(' ');
    }
    text.to_ascii_lowercase()
}

fn written(value: &Value, text: &mut String) {
    match value {
        Value::Sql(parts) => {
            for part in parts.iter() {
                match part {
                    SqlPart::Text { text: own, .. } => text.push_str(own),
                    SqlPart::Value(inner, _) | SqlPart::Raw(inner, _) => written(inner, text),
                    SqlPart::Join(_) => text.push(' '),
                }
            }
        }
        Value::Text(parts) => {
            for part in parts.iter() {
                match part {
                    crate::value::TextPart::Constant(own) => text.push_str(own),
                    crate::value::TextPart::Value(inner, _) => written(inner, text),
                }
            }
        }
        Value::OneOf(choices) => {
            for choice in choices.iter() {
                written(&choice.value, text);
                text.push(' ');
            }
        }
        Value::Array(array) => {
            for element in &array.elements {
                written(element, text);
                text.push(' ');
            }
        }
        other => match other.constant_text() {
            Some(constant) => text.push_str(&constant),
            None => text.push(' '),
        },
    }
}

/// The verdict of a query on rows of a table whose policies ask for what was
/// set before it in the same transaction.
pub(super) fn verdict(
    project: &Project,
    model: ModelRef,
    reached: &Reached<'_>,
    trust: &Trust,
) -> Option<Verdict> {
    if reached.settings.is_empty() {
        return None;
    }
    let Some(secured) = row_security(project, model) else {
        // Policies may be made elsewhere, or ask by a function.
        return Some(Verdict::Unknown);
    };
    let asked = |query: &&&Query| {
        let text = text(query);
        secured
            .settings
            .iter()
            .any(|name| text.contains(name.as_str()))
    };
    let mut own = reached.settings.iter().filter(asked).peekable();
    own.peek()?;
    let trusted = own.any(|query| {
        query
            .arguments
            .iter()
            .any(|argument| holds_trusted(argument, trust))
    });
    Some(if trusted {
        Verdict::Scoped
    } else {
        Verdict::Unknown
    })
}

/// Whether a value of raw SQL is tied to who asks.
fn holds_trusted(argument: &Value, trust: &Trust) -> bool {
    match argument {
        Value::Sql(parts) => parts.iter().any(|part| match part {
            SqlPart::Value(value, _) | SqlPart::Raw(value, _) => trust.is_trusted(value),
            SqlPart::Text { .. } | SqlPart::Join(_) => false,
        }),
        value => trust.is_trusted(value),
    }
}
