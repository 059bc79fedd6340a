//! Settings of the pool of connections that cannot be meant.

use snell_extract::facts::{Expression, ExpressionId, ExpressionKind, ModuleFacts, Property};
use snell_project::module::{ModuleId, Symbol};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/pool-config",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The pool of connections is set up so that requests wait or fail",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What PostgreSQL allows when nobody says otherwise (`max_connections`).
const MOST: u32 = 100;

/// What an address may say of the pool.
const SETTINGS: [&str; 2] = ["connection_limit", "pool_timeout"];

/// Classes of packages that take the settings of a pool.
const POOLS: [(&str, &str); 3] = [
    ("pg", "Pool"),
    ("pg-pool", "default"),
    ("@prisma/adapter-pg", "PrismaPg"),
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (module, owner) in context.project.modules.iter() {
        if !functions::is_application(context.project, module) {
            continue;
        }
        found.extend(thrown_away(context, module, &owner.facts));
        for (id, node) in owner.facts.all([
            ExpressionKind::String,
            ExpressionKind::Template,
            ExpressionKind::New,
        ]) {
            match &node.kind {
                Expression::String(_) | Expression::Template { .. } => {
                    let at = context.project.modules.at(module, node.span);
                    let here = Some((module, id));
                    found.extend(of_address(context, at, here));
                }
                Expression::New { .. } => {
                    found.extend(of_pool(context, module, &owner.facts, id));
                }
                _ => {}
            }
        }
    }
    for (_, schema) in context.project.schemas.iter() {
        for source in schema.datamodel.datasources() {
            found.extend(of_address(context, schema.location(source.at), None));
        }
    }
    found
}

/// What is wrong with a setting.
struct Fault {
    message: String,
    label: &'static str,
    help: &'static str,
}

/// The settings in the address of a database: `?connection_limit=1&pool_timeout=0`.
fn of_address(
    context: &Context<'_>,
    at: Location,
    code: Option<(ModuleId, ExpressionId)>,
) -> Option<Diagnostic> {
    let text = context.text(at);
    let settings = [
        (
            "connection_limit",
            limit as fn(&Context<'_>, Option<ModuleId>, u32) -> Option<Fault>,
        ),
        ("pool_timeout", timeout),
    ];
    settings.into_iter().find_map(|(name, judge)| {
        let (start, value, end) = setting(text, name)?;
        let fault = judge(context, code.map(|(module, _)| module), value)?;
        let first = at.span.start + u32::try_from(start).ok()?;
        let behind = at.span.start + u32::try_from(end).ok()?;
        let place = Location::new(at.file, Span::new(first, behind));
        Some(told(place, fault, &format!("setting:{name}")))
    })
}

/// `name=value` of an address: where it begins, the number, where it ends.
fn setting(text: &str, name: &str) -> Option<(usize, u32, usize)> {
    let start = text.find(&format!("{name}="))?;
    let before = text[..start].chars().next_back()?;
    if !matches!(before, '?' | '&') {
        return None;
    }
    let digits = start + name.len() + 1;
    let length = text[digits..]
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len() - digits);
    let value = text[digits..digits + length].parse().ok()?;
    Some((start, value, digits + length))
}

fn limit(context: &Context<'_>, module: Option<ModuleId>, value: u32) -> Option<Fault> {
    if value > MOST {
        return Some(Fault {
            message: format!("the pool opens up to {value} connections"),
            label: "PostgreSQL allows 100 for all clients together when nobody says otherwise",
            help: "let the pool be small, as the default is (two for each processor, and one), or put a pooler in front",
        });
    }
    (value == 1 && is_server(context, module)).then(|| Fault {
        message: "a server that answers many requests at once has one connection".to_owned(),
        label: "every request waits for the one before it",
        help: "leave the limit out: one connection is for functions that answer one request each",
    })
}

fn timeout(_: &Context<'_>, _: Option<ModuleId>, value: u32) -> Option<Fault> {
    (value == 0).then(|| Fault {
        message: "requests wait for a connection without end".to_owned(),
        label: "0 switches the limit off",
        help: "leave `pool_timeout` out: after ten seconds without a connection a request fails, and says why",
    })
}

/// Whether the package that a module belongs to runs as a server of its own.
fn is_server(context: &Context<'_>, module: Option<ModuleId>) -> bool {
    let Some(module) = module else {
        return false;
    };
    let path = camino::Utf8Path::new(context.project.modules.get(module).path.as_str());
    context
        .project
        .workspace
        .package_of(path)
        .is_some_and(|package| {
            let depends = |name: &str| package.manifest.dependencies.contains_key(name);
            depends("@nestjs/core")
                && ![
                    "aws-lambda",
                    "@vendia/serverless-express",
                    "serverless-http",
                    "@codegenie/serverless-express",
                ]
                .iter()
                .any(|name| depends(name))
        })
}

/// `url.searchParams.delete('connection_limit')` in a module that never asks
/// what the address said.
fn thrown_away(context: &Context<'_>, module: ModuleId, facts: &ModuleFacts) -> Option<Diagnostic> {
    let mut deleted: Vec<Location> = Vec::new();
    for (_, node) in facts.all([ExpressionKind::Call]) {
        let Expression::Call {
            callee, arguments, ..
        } = &node.kind
        else {
            continue;
        };
        let Expression::Member { property, .. } = facts.expression(*callee) else {
            continue;
        };
        let named = arguments.first().is_some_and(|first| {
            matches!(facts.expression(first.value),
                Expression::String(name) if SETTINGS.contains(&name.as_str()))
        });
        match property.text.as_str() {
            "delete" if named => deleted.push(context.project.modules.at(module, node.span)),
            "get" | "set" | "append" | "has" if named => return None,
            _ => {}
        }
    }
    let (first, rest) = deleted.split_first()?;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        *first,
        "what the address says of the pool is thrown away",
    )
    .label("whoever sets the address sets it in vain");
    for other in rest {
        found = found.related(*other, "this one, too");
    }
    let found = found
        .confidence(Confidence::Likely)
        .help("leave it in the address, or hand it to the pool");
    Some(found.subject("setting:deleted"))
}

/// `new Pool({ max: 500 })`
fn of_pool(
    context: &Context<'_>,
    module: ModuleId,
    facts: &ModuleFacts,
    at: ExpressionId,
) -> Option<Diagnostic> {
    let Expression::New {
        callee, arguments, ..
    } = facts.expression(at)
    else {
        return None;
    };
    if !is_pool(context, module, facts, *callee) {
        return None;
    }
    let Expression::Object(properties) =
        facts.expression(facts.unwrap_casts(arguments.first()?.value))
    else {
        return None;
    };
    properties.iter().find_map(|property| {
        let Property::Value {
            key, value, span, ..
        } = property
        else {
            return None;
        };
        let Expression::Number(number) = facts.expression(*value) else {
            return None;
        };
        let number: u32 = number.replace('_', "").parse().ok()?;
        let name = key.name()?.text.as_str();
        let fault = match name {
            "max" => limit(context, Some(module), number)?,
            _ => return None,
        };
        let place = context.project.modules.at(module, *span);
        Some(told(place, fault, &format!("setting:{name}")))
    })
}

fn is_pool(
    context: &Context<'_>,
    module: ModuleId,
    facts: &ModuleFacts,
    callee: ExpressionId,
) -> bool {
    let (binding, member) = match facts.expression(callee) {
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => (*binding, None),
        Expression::Member {
            object, property, ..
        } => match facts.expression(*object) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => (*binding, Some(property.text.as_str())),
            _ => return false,
        },
        _ => return false,
    };
    let Symbol::External { specifier, name } = context.project.modules.binding(module, binding)
    else {
        return false;
    };
    POOLS
        .iter()
        .any(|(package, class)| *package == specifier && (name == *class || member == Some(class)))
}

fn told(at: Location, fault: Fault, subject: &str) -> Diagnostic {
    Diagnostic::at(&RULE.metadata, at, fault.message)
        .label(fault.label)
        .confidence(Confidence::Likely)
        .help(fault.help)
        .subject(subject.to_owned())
}
