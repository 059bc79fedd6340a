//! Accounts that the application makes whenever it starts, with a password that stands in the code.

use snell_flow::QueryEvent;
use snell_project::client::Operation;
use snell_source::{Confidence, Diagnostic, Severity};

use super::{DEPTH, RULE, constant};
use crate::{
    functions,
    rule::Context,
    rules::security::{self, Secret},
    support::{
        callers::{Callers, Unawaited},
        queries,
    },
};

/// One for each query that makes such an account, where the seeds do not say the same.
pub(super) fn findings(context: &Context<'_>, seeds: &[Diagnostic]) -> Vec<Diagnostic> {
    let callers = Callers::shared(context);
    let mut found: Vec<Diagnostic> = Vec::new();
    for event in context.flow.queries() {
        let call = context.project.calls.get(event.query.call);
        let makes = matches!(call.operation, Operation::Create | Operation::Upsert);
        if !makes || callers.unawaited(event.query.call) != Some(Unawaited::Start) {
            continue;
        }
        let Some(finding) = finding(context, &event) else {
            continue;
        };
        let at = finding.primary().at;
        let mut known = seeds.iter().chain(&found);
        if !known.any(|other| other.secrets.contains(&at)) {
            found.push(finding);
        }
    }
    found
}

fn finding(context: &Context<'_>, event: &QueryEvent<'_>) -> Option<Diagnostic> {
    let project = context.project;
    let call = project.calls.get(event.query.call);
    let reference = call
        .model()
        .filter(|_| functions::is_application(project, call.module))?;
    let model = project.schemas.model(reference);
    let arguments = event.query.arguments.first()?.as_object()?;
    let row = ["data", "create"]
        .iter()
        .find_map(|key| arguments.entries.get(*key)?.value.as_object())?;
    let (field, (at, fallback)) = row.entries.iter().find_map(|(name, entry)| {
        let field = model.field(name)?;
        let is_password = security::secret(field) == Some(Secret::Password)
            && !matches!(name.as_str(), "hash" | "salt" | "secret");
        let written = entry.at.filter(|_| is_password)?;
        Some((field, constant(context, written, DEPTH)?))
    })?;
    let literal = project.modules.location(at);
    let name = format!("{}.{}", model.name, field.name);
    let asks = functions::declared(project, event.function).is_some_and(|function| {
        let at = project.modules.at(event.function.module, function.span);
        [
            "NODE_ENV",
            "process.env",
            "isProduction",
            "config.get",
            "onfigService",
        ]
        .iter()
        .any(|word| context.text(at).contains(word))
    });
    let mut found = Diagnostic::at(
        &RULE.metadata,
        literal,
        match fallback {
            true => format!(
                "when the environment gives none, the start of the application takes the password of `{name}` from the code"
            ),
            false => format!(
                "the start of the application takes the password of `{name}` from the code"
            ),
        },
    )
    .label("whoever can read the code knows it")
    .secret(literal)
    .related(
        queries::operation_at(context, call),
        "made wherever the application starts, in production as well",
    );
    if fallback {
        found = found.lowered(Severity::Medium, "one that is set in the environment wins");
    } else if asks {
        found = found.lowered(
            Severity::Low,
            "the function asks for the environment: it may be for development alone",
        );
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help("read it from the environment and make no account when it is not set, or draw one and print it once")
            .subject(format!("secret:{name} start")),
    )
}
