//! How an endpoint without a guard is told, beside those that have one.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_extract::facts::ImportedName;
use snell_project::{client::Operation, module::ClassRef};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::{Beside, Open, application, weight};
use crate::{rule::Context, rules::isolation::unguarded_endpoint::RULE};

/// So many controllers have to have guards before the one that has none is told,
const ENOUGH: usize = 3;
/// and so many where it is the only one, and changes rows that are there.
const ALONE: usize = 2;

/// One that others of its class show to be without a guard.
pub(super) fn of_method(context: &Context<'_>, open: &Open<'_>, beside: &Beside<'_>) -> Diagnostic {
    let (what, title) = said(context, open);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        open.endpoint.at,
        format!("`{}` {what} without anybody signing in", open.endpoint.name),
    )
    .label("no guard stands before it");
    if let Some(other) = beside.guarded.first() {
        found = found.related(other.at, "one stands before this one of the same class");
    }
    let call = context.project.calls.get(open.reached.query.call);
    found = found.related(
        context.project.modules.at(call.module, call.name.span),
        "what it lets run",
    );
    found = match weight(context, open) {
        2.. => found,
        0 => found.lowered(
            Severity::Low,
            "a new row alone: it may be there for everybody",
        ),
        1 => found.lowered(
            Severity::Medium,
            "nothing says that the rows are kept to some: it may be meant for everybody",
        ),
    };
    found
        .confidence(Confidence::Likely)
        .help("put the guard of the others before it, or mark it as public")
        .subject(format!("endpoint:{} query:{title}", open.endpoint.name))
}

/// A class without any guard, where most others have them.
pub(super) fn of_class(
    context: &Context<'_>,
    classes: &BTreeMap<ClassRef, Beside<'_>>,
    class: ClassRef,
    beside: &Beside<'_>,
) -> Option<Diagnostic> {
    if beside.open.is_empty() || beside.doubtful {
        return None;
    }
    let folder = application(context, class);
    let others = classes
        .iter()
        .filter(|(other, _)| **other != class && application(context, **other) == folder);
    let (mut with, mut without) = (0, 0);
    for (_, other) in others {
        match (other.guarded.is_empty(), other.open.is_empty()) {
            (false, true) => with += 1,
            (true, false) => without += 1,
            _ => {}
        }
    }
    let worst = beside
        .open
        .iter()
        .max_by_key(|open| weight(context, open))?;
    let alone = without == 0 && with >= ALONE && weight(context, worst) > 0;
    let most = with >= ENOUGH && with >= 3 * (without + 1) / 2;
    let forgotten = forgets_guard(context, class).filter(|_| with > without);
    if !alone && !most && forgotten.is_none() {
        return None;
    }
    let (what, title) = said(context, worst);
    let more = match beside.open.len() {
        1 => String::new(),
        n => format!(", and {} more of its class change rows", n - 1),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        worst.endpoint.at,
        format!(
            "`{}` {what} without anybody signing in{more}",
            worst.endpoint.name
        ),
    )
    .label("no guard stands before it, its class or the application");
    for open in beside
        .open
        .iter()
        .filter(|open| !std::ptr::eq(*open, worst))
        .take(3)
    {
        found = found.related(open.endpoint.at, "nor before this one");
    }
    found = match weight(context, worst) {
        2.. => found,
        _ => found.lowered(
            Severity::Medium,
            "nothing says that the rows are kept to some: the class may be meant for everybody",
        ),
    };
    if let Some(at) = forgotten {
        found = found.related(at, "is imported, and put nowhere");
    }
    Some(
        found
            .note(format!(
                "{with} other controllers of the application have a guard before everything that changes rows"
            ))
            .confidence(Confidence::Likely)
            .help("put the guard of the other controllers before the class, or mark what is public")
            .subject(format!("endpoint:{} query:{title}", worst.endpoint.name)),
    )
}

/// Where the module of a class imports what puts guards, and makes no use of it.
fn forgets_guard(context: &Context<'_>, class: ClassRef) -> Option<Location> {
    let modules = &context.project.modules;
    let facts = modules.facts(class.module);
    let import = facts.imports.iter().find(|import| {
        matches!(&import.imported, ImportedName::Named(name) if name == "UseGuards")
            && import
                .local
                .is_some_and(|local| facts.uses(local).is_empty())
    })?;
    Some(modules.at(class.module, facts.binding(import.local?).span))
}

/// What a write does, for messages.
fn said(context: &Context<'_>, open: &Open<'_>) -> (String, SmolStr) {
    let call = context.project.calls.get(open.reached.query.call);
    let declared = context.project.schemas.model(open.model);
    let does = match call.operation {
        operation if operation.is_create() => "makes rows",
        Operation::Delete | Operation::DeleteMany => "removes rows",
        _ => "changes rows",
    };
    (
        format!("{does} of `{}`", declared.name),
        smol_str::format_smolstr!("{}.{}", declared.accessor, call.name.text),
    )
}
