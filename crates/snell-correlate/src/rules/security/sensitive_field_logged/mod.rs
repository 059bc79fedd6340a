//! Secrets in logs.

use snell_extract::facts::{Expression, MemberKind, Pattern};
use snell_flow::{EventKind, Opaque, Root, Step, TextPart, Value};
use snell_project::module::{ExpressionRef, FunctionRef, Symbol};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    projection::{Held, held},
    sensitive::{self, Secret, secret_of},
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/sensitive-field-logged",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A secret is written to a log",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        for event in &summary.events {
            let EventKind::Unfollowed { at, arguments } = &event.kind else {
                continue;
            };
            if !is_log(context, *at) {
                continue;
            }
            let told = arguments.iter().find_map(|value| told(context, value, 4));
            if let Some(told) = told {
                let place = context.project.modules.location(*at);
                if found.iter().all(|known| known.primary().at != place) {
                    found.push(finding(context, summary.function, place, &told));
                }
            }
        }
    }
    found
}

/// `logger.log(...)`, `console.error(...)`
fn is_log(context: &Context<'_>, at: ExpressionRef) -> bool {
    let facts = context.project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return false;
    };
    let Expression::Member {
        object, property, ..
    } = facts.expression(*callee)
    else {
        return false;
    };
    let receiver = match facts.expression(facts.unwrap_casts(*object)) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    let lower = receiver.to_ascii_lowercase();
    (lower.ends_with("logger") || lower == "console" || lower == "log")
        && matches!(
            property.text.as_str(),
            "log" | "info" | "warn" | "error" | "debug" | "verbose" | "trace" | "fatal"
        )
}

/// A secret that is told.
struct Told {
    name: String,
    /// Where it is declared.
    declared: Option<Location>,
    /// Whether it is a part of something that is told as a whole.
    whole: bool,
}

fn told(context: &Context<'_>, value: &Value, depth: u32) -> Option<Told> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::Opaque(opaque) => of_opaque(context, opaque),
        Value::Object(object) => {
            let own = object.entries.values();
            own.map(|entry| &entry.value)
                .chain(&object.spreads)
                .find_map(|inner| told(context, inner, depth))
        }
        // Of a row or an object a text shows nothing.
        Value::Text(parts) => parts.iter().find_map(|part| match part {
            TextPart::Value(inner, _) => told(context, inner, depth).filter(|told| !told.whole),
            TextPart::Constant(_) => None,
        }),
        Value::Array(array) => array
            .elements
            .iter()
            .chain(&array.rest)
            .find_map(|inner| told(context, inner, depth)),
        _ => None,
    }
}

fn of_opaque(context: &Context<'_>, opaque: &Opaque) -> Option<Told> {
    let mut path: Vec<&str> = Vec::new();
    for step in &opaque.path {
        match step {
            Step::Property(name) => path.push(name),
            Step::Each(_) | Step::At(_) => {}
            Step::Converted | Step::Without(_) => return None,
        }
    }
    match &opaque.root {
        Root::Row(row) => {
            let call = context.project.calls.get(row.call);
            let model = call.model().filter(|_| call.operation.gives_rows())?;
            let fields = held(context, model, &row.arguments, &path)?;
            let of =
                |held: &Held<'_>| secret_of(context.project.schemas.model(held.model), held.field);
            let worst = fields
                .into_iter()
                .filter(|held| of(held) >= Some(Secret::Key))
                .max_by_key(of)?;
            let schema = context.project.schemas.get(worst.model.schema);
            let model = context.project.schemas.model(worst.model);
            Some(Told {
                name: format!("{}.{}", model.name, worst.field.name),
                declared: Some(schema.field_name(worst.field)),
                whole: path.last() != Some(&worst.field.name.as_str()),
            })
        }
        Root::Parameter(function, index) => {
            let last = path.last();
            if let Some(last) = last {
                let secret = sensitive::by_name(last, false)?;
                return (secret >= Secret::Key).then(|| Told {
                    name: (*last).to_owned(),
                    declared: None,
                    whole: false,
                });
            }
            of_parameter(context, *function, *index)
        }
        _ => None,
    }
}

/// A parameter whose class has a secret among its properties.
fn of_parameter(context: &Context<'_>, function: FunctionRef, index: u32) -> Option<Told> {
    use snell_extract::facts::TypeExpression;
    let facts = context.project.modules.facts(function.module);
    let parameter = functions::declared(context.project, function)?
        .parameters
        .get(index as usize)?;
    if let Pattern::Binding(binding) = parameter.pattern {
        let name = &facts.binding(binding).name;
        let text = parameter.ty.is_some_and(|ty| {
            matches!(facts.type_expression(ty), TypeExpression::Named { name, .. } if name == "string")
        });
        if text && sensitive::by_name(name, false) >= Some(Secret::Key) {
            return Some(Told {
                name: name.to_string(),
                declared: Some(context.project.modules.at(function.module, parameter.span)),
                whole: false,
            });
        }
    }
    let TypeExpression::Named { name, .. } = facts.type_expression(parameter.ty?) else {
        return None;
    };
    let (module, found) = match context.project.modules.type_name(function.module, name) {
        Symbol::Class(class) => {
            let facts = context.project.modules.facts(class.module);
            let declared = facts.class(class.id);
            let fields = declared
                .members
                .iter()
                .filter(|member| matches!(member.kind, MemberKind::Field { .. }))
                .filter_map(|member| member.key.name());
            (class.module, fields.cloned().collect::<Vec<_>>())
        }
        Symbol::Interface(interface) => {
            let facts = context.project.modules.facts(interface.module);
            let declared = &facts.interfaces[interface.id as usize];
            let names = declared.members.iter().map(|member| member.name.clone());
            (interface.module, names.collect())
        }
        _ => return None,
    };
    let secret = found
        .iter()
        .find(|field| sensitive::by_name(&field.text, false) >= Some(Secret::Key))?;
    Some(Told {
        name: format!("{name}.{}", secret.text),
        declared: Some(context.project.modules.at(module, secret.span)),
        whole: true,
    })
}

fn finding(context: &Context<'_>, function: FunctionRef, at: Location, told: &Told) -> Diagnostic {
    let name = &told.name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{name}` is written to the log"),
    )
    .label(match told.whole {
        true => "everything of it is written, the secret as well",
        false => "the secret itself is written",
    });
    if let Some(declared) = told.declared {
        found = found.related(declared, "the secret");
    }
    let around = functions::name(context.project, function);
    found
        .confidence(Confidence::Likely)
        .help("name what the log needs: the id, not the whole")
        .subject(format!("log:{around} {name}"))
}
