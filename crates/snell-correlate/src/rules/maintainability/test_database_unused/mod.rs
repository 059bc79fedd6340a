//! Tests that name a database of their own, and run on the application's.

use rustc_hash::FxHashSet;
use snell_extract::facts::{Expression, ExpressionKind, ModuleFacts};
use snell_flow::Value;
use snell_project::{
    client::Operation,
    module::{Module, ModuleId},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use crate::{
    rule::{Context, Rule},
    support::queries::operation_at,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/test-database-unused",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Tests read the address of a database of their own, and no client is given it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A helper that empties fewer tables tidies up after itself.
const MANY: usize = 3;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let tests: Vec<(ModuleId, &Module)> = context
        .project
        .modules
        .iter()
        .filter(|(id, _)| context.project.path_facts(*id).test)
        .collect();
    let mut told: FxHashSet<&str> = FxHashSet::default();
    let mut found = Vec::new();
    for (_, module) in &tests {
        for (name, span) in environment(&module.facts) {
            if is_of_tests(name) && !told.contains(name) && !is_used(context, &tests, name) {
                told.insert(name);
                found.push(finding(
                    context,
                    Location::new(module.file, span),
                    name,
                    &tests,
                ));
            }
        }
    }
    found
}

/// The variables of the environment that a module reads, with their places.
fn environment(facts: &ModuleFacts) -> impl Iterator<Item = (&str, Span)> {
    facts.all([ExpressionKind::Member]).filter_map(|(_, node)| {
        let Expression::Member {
            object, property, ..
        } = &node.kind
        else {
            return None;
        };
        let Expression::Member {
            object: process,
            property: env,
            ..
        } = facts.expression(*object)
        else {
            return None;
        };
        let is_process = matches!(
            facts.expression(*process),
            Expression::Identifier { name, .. } if name == "process"
        );
        (is_process && env.text == "env").then_some((property.text.as_str(), node.span))
    })
}

/// `TEST_DATABASE_URL`, `DATABASE_URL_TEST`
fn is_of_tests(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    let has = |word: &str| words.contains(&word);
    has("TEST") && (has("DATABASE") || has("DB") || has("POSTGRES")) && (has("URL") || has("URI"))
}

/// Whether the variable gets to a client: the application or a command names it, or tests set the
/// application's own variable, or make a client with an address.
fn is_used(context: &Context<'_>, tests: &[(ModuleId, &Module)], name: &str) -> bool {
    const GIVES: [&str; 7] = [
        "process.env.DATABASE_URL =",
        "process.env['DATABASE_URL'] =",
        "process.env.DIRECT_URL =",
        "datasourceUrl",
        "datasources",
        "connectionString",
        "vi.stubEnv",
    ];
    let gives = tests.iter().any(|(_, module)| {
        let text = &context.sources.file(module.file).text;
        GIVES.iter().any(|words| text.contains(words))
    });
    let is_test = |file| tests.iter().any(|(_, module)| module.file == file);
    let named = context
        .sources
        .iter()
        .any(|(file, source)| source.text.contains(name) && !is_test(file));
    gives || named
}

fn finding(
    context: &Context<'_>,
    at: Location,
    name: &str,
    tests: &[(ModuleId, &Module)],
) -> Diagnostic {
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{name}` is read and reaches no client: tests run on the database of the application"),
    )
    .label("nothing sets the client's address to it")
    .confidence(Confidence::Likely)
    .help(set(context, name))
    .help("and empty tables only where `SELECT current_database()` names a database of tests: an address that is missing or wrong is refused then, too");
    let emptied = emptied(context, tests);
    match emptied.as_slice() {
        [first, ..] if emptied.len() >= MANY => {
            finding = finding.related(
                *first,
                format!(
                    "empties {} tables of whatever database this is",
                    emptied.len()
                ),
            );
        }
        _ => {
            finding = finding.lowered(Severity::Low, "no helper of the tests empties tables");
        }
    }
    finding.subject(format!("environment:{name}"))
}

/// How the client is given the address: by the variables that the application hands it, where
/// they are known.
fn set(context: &Context<'_>, name: &str) -> String {
    let given = given(context);
    let all: Vec<String> = given
        .iter()
        .map(|one| format!("process.env.{one} = "))
        .collect();
    let all = match all.is_empty() {
        true => "process.env.DATABASE_URL = ".to_owned(),
        false => all.concat(),
    };
    let set = format!("set it before the application is made: `{all}process.env.{name}`");
    match given.len() {
        0 | 1 => set,
        _ => format!("{set}, since the application takes whichever of them it prefers"),
    }
}

/// The variables with addresses of databases that modules read which make a client or a class of
/// one, in the order of the text.
fn given<'a>(context: &Context<'a>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for (id, module) in context.project.modules.iter() {
        if !crate::functions::is_application(context.project, id) {
            continue;
        }
        let text = &context.sources.file(module.file).text;
        if !text.contains("extends PrismaClient") && !text.contains("new PrismaClient(") {
            continue;
        }
        for (name, _) in environment(&module.facts) {
            if is_address(name) && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

/// `DATABASE_URL`, `DIRECT_URL`, `POSTGRES_PRISMA_URL`
fn is_address(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    let has = |word: &str| words.contains(&word);
    let of_database = ["DATABASE", "DB", "POSTGRES", "POSTGRESQL", "DIRECT", "PG"];
    (has("URL") || has("URI")) && of_database.iter().any(|word| has(word)) && !has("TEST")
}

/// Where tests delete all rows of a table.
fn emptied(context: &Context<'_>, tests: &[(ModuleId, &Module)]) -> Vec<Location> {
    let calls = tests
        .iter()
        .flat_map(|(id, _)| context.project.calls.of_module(*id));
    let all = calls.filter(|(id, call)| {
        let run = context.flow.runs(*id).next();
        let filter = run.and_then(|run| {
            let arguments = run.query.arguments.first().and_then(Value::as_object)?;
            arguments.entries.get("where")
        });
        call.operation == Operation::DeleteMany && filter.is_none()
    });
    all.map(|(_, call)| operation_at(context, call)).collect()
}
