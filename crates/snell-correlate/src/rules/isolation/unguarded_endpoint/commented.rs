//! Guards that are commented out: `// @UseGuards(SessionGuard)` at a controller.

use rustc_hash::FxHashSet;
use snell_extract::facts::{Class, ClassId};
use snell_flow::scope::{Origin, Verdict, Walked, origins, verdict};
use snell_project::{
    endpoint::Endpoint,
    module::{ClassRef, In, ModuleId},
    ownership::Ownership,
};
use snell_source::{Confidence, Diagnostic, Severity, Span};

use super::RULE;
use crate::{functions, rule::Context};

/// The decorator.
const GUARDS: &str = "@UseGuards(";

/// One finding for each controller with a guard that is commented out, whose endpoints reach the rows of
/// people with nobody signed in, and of which nothing else is told.
pub(super) fn findings(context: &Context<'_>, told: &FxHashSet<usize>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (module, owner) in context.project.modules.iter() {
        if !functions::is_application(context.project, module) {
            continue;
        }
        for (class, n) in owner.facts.classes.iter().zip(0u32..) {
            let id = In {
                module,
                id: ClassId(n),
            };
            let Some((comment, guard)) = commented(context, module, class) else {
                continue;
            };
            if class.decorators.iter().any(|one| one.name == "UseGuards")
                || !is_there(context, module, &guard)
            {
                continue;
            }
            found.extend(finding(context, id, (comment, &guard), told));
        }
    }
    found
}

fn finding(
    context: &Context<'_>,
    class: ClassRef,
    (comment, guard): (Span, &str),
    told: &FxHashSet<usize>,
) -> Option<Diagnostic> {
    let project = context.project;
    let own = context.walks.iter().filter(|walked| {
        let endpoint = project.endpoints.get(walked.endpoint);
        endpoint.class == Some(class) && endpoint.kind.is_request()
    });
    let own: Vec<&Walked<'_>> = own.collect();
    if own.iter().any(|walked| told.contains(&walked.endpoint)) {
        return None;
    }
    let open: Vec<(&Endpoint, snell_project::client::CallId)> = own
        .iter()
        .filter_map(|walked| {
            let endpoint = project.endpoints.get(walked.endpoint);
            let query = reaches_people(context, walked)?;
            is_open(endpoint).then_some((endpoint, query))
        })
        .collect();
    let (first, query) = *open.first()?;
    let declared = project.modules.facts(class.module).class(class.id);
    let name = &declared.name.as_ref()?.text;
    let endpoints = match open.len() {
        1 => format!("`{}` reaches", first.name),
        count => format!("{count} of its endpoints reach"),
    };
    let call = project.calls.get(query);
    let at = project.modules.at(class.module, comment);
    let mut told = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("the guard of `{name}` is commented out: {endpoints} rows of people, and nobody signs in"),
    )
    .label(format!("`{guard}` does not stand before it"));
    told = told.related(first.at, "everybody gets here");
    let place = project.modules.at(call.module, call.name.span);
    told = told.related(place, "reaches rows of people");
    Some(
        told.lowered(
            Severity::High,
            "something before the application may ask who is there",
        )
        .confidence(Confidence::Likely)
        .help("put the guard back, and take whose rows are meant from who signed in")
        .subject(format!("class:{name} guard:{guard}")),
    )
}

/// Whether nothing before an endpoint asks who is there.
fn is_open(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    !access.authenticated
        && access.public.is_none()
        && !access.verified
        && access.restricted.is_empty()
        && access.unknown.is_empty()
}

/// A query of an endpoint on rows that somebody owns, and that does not go by who asks: where nobody is
/// there, such a query fails.
fn reaches_people(
    context: &Context<'_>,
    walked: &Walked<'_>,
) -> Option<snell_project::client::CallId> {
    walked.walk.queries.iter().find_map(|reached| {
        let call = reached.query.call;
        let model = context.project.calls.get(call).model()?;
        let owned = matches!(context.project.owners.of(model), Ownership::Owned(_));
        let own = matches!(
            verdict(context.project, reached, reached.trust()),
            Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore
        );
        // A new row is tied to who asks by what is written.
        let mut who = false;
        for argument in &reached.query.arguments {
            argument.visit(&mut |value| {
                origins(value, &mut |origin| {
                    who |= matches!(origin, Origin::Identity(_))
                });
            });
        }
        let made = context.project.calls.get(call).operation.is_create() && who;
        (owned && !own && !made).then_some(call)
    })
}

/// The comment at a class that names a guard in the place of its decorator, and the guard.
fn commented(context: &Context<'_>, module: ModuleId, class: &Class) -> Option<(Span, String)> {
    let facts = context.project.modules.facts(module);
    let name = class.name.as_ref()?;
    let begins = class.decorators.iter().map(|one| one.span.start);
    let begins = begins.min().unwrap_or(class.span.start);
    let text = |span: Span| context.text(context.project.modules.at(module, span));
    let guards = facts
        .comments
        .iter()
        .filter(|comment| comment.end <= name.span.start && text(**comment).contains(GUARDS));
    guards
        .filter(|comment| {
            // Between the comment and the class stand other comments alone.
            comment.end >= begins || {
                let between = text(Span::new(comment.end, begins));
                let mut lines = between.lines().map(str::trim);
                lines.all(|line| line.is_empty() || line.starts_with("//"))
            }
        })
        .find_map(|comment| {
            let (_, rest) = text(*comment).split_once(GUARDS)?;
            let guard: String = rest
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect();
            (!guard.is_empty()).then_some((*comment, guard))
        })
}

/// Whether a class has a guard that is commented out: what it reads of who asks is told with that.
pub(super) fn has_guard(context: &Context<'_>, class: ClassRef) -> bool {
    let declared = context.project.modules.facts(class.module).class(class.id);
    commented(context, class.module, declared).is_some()
}

/// Whether there still is such a guard: the module imports one of this name, or some class has it.
fn is_there(context: &Context<'_>, module: ModuleId, guard: &str) -> bool {
    let modules = &context.project.modules;
    let mut imported = modules.facts(module).bindings.iter();
    imported.any(|binding| binding.name == guard)
        || modules.iter().any(|(_, owner)| {
            let mut named = owner
                .facts
                .classes
                .iter()
                .filter_map(|one| one.name.as_ref());
            named.any(|name| name.text == guard)
        })
}
