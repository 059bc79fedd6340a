//! A column that may be NULL, read as if it were there.

mod asked;

use rustc_hash::FxHashSet;
use snell_extract::facts::{CastKind, Expression, ExpressionId, ExpressionKind, ModuleFacts};
use snell_flow::{ObjectValue, RowOrigin, Step, Summary, Value};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::{
    client::CallId,
    module::{In, ModuleId},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        field_life::{FieldLives, field_lives},
        queries,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/nullable-unchecked",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Code reads on from a column that may be NULL without asking",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A column, or what a nullable foreign key leads to, in the rows of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Read<'a> {
    call: CallId,
    model: ModelRef,
    name: &'a str,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let mut told: FxHashSet<(ModuleId, Span)> = FxHashSet::default();
    let mut found = Vec::new();
    for summary in context.flow.functions() {
        let function = summary.function;
        if !functions::is_application(context.project, function.module) {
            continue;
        }
        for read in reads(context, &lives, summary) {
            let Some((span, how)) = unchecked(context, summary, read.name) else {
                continue;
            };
            if told.insert((function.module, span)) {
                found.push(finding(context, summary, read, (span, how)));
            }
        }
    }
    found
}

/// The columns of rows that a function reads on from, and that may be NULL there.
fn reads<'a>(context: &Context<'a>, lives: &FieldLives, summary: &Summary) -> Vec<Read<'a>> {
    let mut found: Vec<Read<'a>> = Vec::new();
    summary.visit_rows(|row, path| {
        if let Some(read) = read(context, lives, row, path)
            && !found.contains(&read)
        {
            found.push(read);
        }
    });
    found
}

fn read<'a>(
    context: &Context<'a>,
    lives: &FieldLives,
    row: &RowOrigin,
    path: &[Step],
) -> Option<Read<'a>> {
    let call = context.project.calls.get(row.call);
    let model = call.model()?;
    let reads = call.operation.gives_rows() && !call.operation.is_write();
    if !reads || call.client.extended || call.confidence == Confidence::Possible {
        return None;
    }
    let position = path
        .iter()
        .position(|step| matches!(step, Step::Property(_)))?;
    let Step::Property(name) = &path[position] else {
        return None;
    };
    let declared = context.project.schemas.model(model);
    let field = declared.field(name)?;
    // More follows: a property, or what a method gave.
    path.get(position + 1)?;
    let may_be_null = field.is_optional()
        && is_read_on(field)
        && !is_asked_for(declared, field, &row.arguments)
        && !lives.is_always_set(context, (model, declared), field);
    may_be_null.then_some(Read {
        call: row.call,
        model,
        name: field.name.as_str(),
    })
}

/// Whether it has properties: what a nullable foreign key of the row leads to, a text, a time. What
/// other rows say of this one may be promised by how they are made.
fn is_read_on(field: &Field) -> bool {
    match field.relation() {
        Some(relation) => relation.holds_key,
        None => field.is_visible() && field.scalar() != Some(ScalarType::Json),
    }
}

/// Whether the query only gives rows where it is not NULL.
fn is_asked_for(model: &Model, field: &Field, arguments: &Value) -> bool {
    let Some(filter) = arguments
        .as_object()
        .and_then(|object| object.entries.get("where"))
    else {
        // Without known arguments nothing is known.
        return !matches!(arguments, Value::Undefined | Value::Object(_));
    };
    let mut names = vec![field.name.as_str()];
    if let Some(relation) = field.relation() {
        let columns = model
            .columns()
            .filter(|one| relation.fields.contains(&one.id));
        names.extend(columns.map(|one| one.name.as_str()));
    }
    queries::objects(&filter.value).any(|object| asks(object, &names, 4))
        || filter
            .value
            .as_object()
            .is_none_or(|object| !object.spreads.is_empty())
}

fn asks(object: &ObjectValue, names: &[&str], depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    object.entries.iter().any(|(key, entry)| {
        if names.contains(&key.as_str()) {
            return !matches!(entry.value, Value::Null | Value::Undefined);
        }
        let inner = || match &entry.value {
            Value::Array(array) => array.elements.iter().chain(&array.rest).collect(),
            value => vec![value],
        };
        // `AND: [{ name: { not: null } }]`; of `OR` any arm might hold another.
        matches!(key.as_str(), "AND" | "OR" | "NOT")
            && inner()
                .into_iter()
                .flat_map(queries::objects)
                .any(|object| asks(object, names, depth))
    })
}

/// How a value is taken for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// `row.name!.length`
    Asserted,
    /// `row.name.length`, where the compiler does not tell `null` from a value.
    Plain,
}

/// Where a function reads on from a property of this name; none when it asks anywhere whether it is
/// there.
fn unchecked(context: &Context<'_>, summary: &Summary, name: &str) -> Option<(Span, How)> {
    let module = summary.function.module;
    let facts = context.project.modules.facts(module);
    let function = functions::declared(context.project, summary.function)?;
    let path = camino::Utf8Path::new(context.project.modules.get(module).path.as_str());
    let checks = context.project.workspace.tsconfigs.checks_null(path);
    let mut found = None;
    for (at, node) in facts.all([ExpressionKind::Member, ExpressionKind::Index]) {
        if !function.span.contains(node.span) {
            continue;
        }
        let (Expression::Member {
            object,
            optional: false,
            ..
        }
        | Expression::Index {
            object,
            optional: false,
            ..
        }) = &node.kind
        else {
            continue;
        };
        // `this.prisma.contact.count()`: what queries a model is no row.
        if let Expression::Member { property, .. } = &node.kind
            && let mut calls = context.project.calls.of_module(module)
            && calls.any(|(_, call)| call.name.span == property.span)
        {
            continue;
        }
        let how = match read_of(facts, *object, name) {
            Some(How::Plain) if checks != Some(false) => continue,
            Some(how) => how,
            None => continue,
        };
        if asked::is_asked(facts, function, name) || is_assigned(context, module, at) {
            return None;
        }
        found = found.or(Some((facts.span(*object), how)));
    }
    found
}

/// `x.name`, `x.name!`
fn read_of(facts: &ModuleFacts, value: ExpressionId, name: &str) -> Option<How> {
    match facts.expression(value) {
        Expression::Cast {
            value,
            kind: CastKind::NonNull,
            ..
        } => read_of(facts, *value, name).map(|_| How::Asserted),
        Expression::Member {
            property,
            optional: false,
            ..
        } if property.text == name => Some(How::Plain),
        _ => None,
    }
}

/// Whether what is read on from stands left of an assignment: then it was made here.
fn is_assigned(context: &Context<'_>, module: ModuleId, id: ExpressionId) -> bool {
    let owner = context.project.modules.get(module);
    owner.context.parent(id).is_some_and(|parent| {
        matches!(owner.facts.expression(parent), Expression::Assign { value, .. } if *value != id)
    })
}

fn finding(
    context: &Context<'_>,
    summary: &Summary,
    read: Read<'_>,
    (span, how): (Span, How),
) -> Diagnostic {
    let project = context.project;
    let module = summary.function.module;
    let schema = project.schemas.get(read.model.schema);
    let model = project.schemas.model(read.model);
    let call = project.calls.get(read.call);
    let at = project.modules.at(module, span);
    let text = context.text(at).trim_end_matches('!').to_owned();
    let name = format!("{}.{}", model.name, read.name);
    let label = match how {
        How::Asserted => "`!` silences the compiler, and the row decides",
        How::Plain => "throws for a row that has none",
    };
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{name}` may be NULL, and is read as if it were there"),
    )
    .label(label);
    if let Some(field) = model.field(read.name) {
        finding = finding.related(schema.field_type(field), "may be NULL");
    }
    finding
        .related(
            project.modules.at(call.module, call.name.span),
            "the row is read here, whether it has one or not",
        )
        .confidence(Confidence::Likely)
        .help(format!(
            "`{}?.`, a check before it, or a query for those rows alone that have one",
            functions::short(&text)
        ))
        .subject(format!(
            "field:{name} in:{}",
            functions::name(
                project,
                In {
                    module,
                    id: summary.function.id
                }
            )
        ))
}
