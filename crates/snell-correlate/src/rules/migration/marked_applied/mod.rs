//! A script runs a migration's file by itself and has it recorded as applied.

use snell_project::{beside::Command, schema::History};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_workspace::CommandContext;

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/marked-applied",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A script has migrations recorded as applied that Prisma did not run",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// So many migrations that fail are shown.
const SHOWN: usize = 3;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let commands = &context.project.beside.commands;
    let marks: Vec<&Command> = commands
        .iter()
        .filter(|command| is_script(command) && marks_any(&command.fact.text))
        .collect();
    // What a script of a package runs says more than one that nobody names.
    let started = |command: &Command| {
        let file = command.fact.path.file_name()?;
        let is_start = |one: &&Command| {
            matches!(one.fact.context, CommandContext::PackageScript { .. })
                && one.fact.text.contains(file)
        };
        commands.iter().find(is_start)
    };
    let first = marks.iter().find(|one| started(one).is_some());
    let Some(first) = first.or(marks.first()).copied() else {
        return Vec::new();
    };
    let beside = || commands.iter().filter(|one| one.file == first.file);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        first.at(),
        "a script has whatever migration it is given recorded as applied: what has run, and whether it ran to its end, is not known any more",
    )
    .label("recorded, whether or not its statements ran");
    if let Some(newest) = beside().find(|one| one.fact.text.contains("ls -t")) {
        found = found.related(
            newest.at(),
            "takes the file that was changed last, which need not be the next one",
        );
    }
    let run = beside().find_map(|one| Some((one, runs_file(&one.fact.text)?)));
    if let Some((run, says)) = run {
        found = found.related(run.at(), says);
    }
    if let Some(start) = started(first) {
        found = found.related(start.at(), "runs the script");
    }
    for other in marks.iter().filter(|one| one.file != first.file) {
        found = found.related(other.at(), "so does this one");
    }
    let failing = failing(context);
    for at in failing.iter().take(SHOWN) {
        found = found.related(*at, "cannot be replayed: nobody saw it stop");
    }
    found = match (run.is_some(), failing.is_empty()) {
        (true, false) => found.confidence(Confidence::Likely),
        (true, true) => found.confidence(Confidence::Likely).lowered(
            Severity::Medium,
            "all migrations that are here can be replayed",
        ),
        (false, _) => found
            .confidence(Confidence::Possible)
            .lowered(Severity::Low, "what runs the statements was not seen"),
    };
    vec![
        found
            .help("let `prisma migrate deploy` run them, which knows what is next and records how it ended; where a pooler is in the way, give it the address past the pooler (`directUrl`)")
            .help("call no such script any more, and look what databases have recorded: `SELECT migration_name, finished_at, applied_steps_count FROM _prisma_migrations`; 0 steps were marked by hand")
            .subject("script:migrate-resolve".to_owned()),
    ]
}

/// Whether somebody runs the command by hand or by a script.
fn is_script(command: &Command) -> bool {
    matches!(
        command.fact.context,
        CommandContext::Shell | CommandContext::PackageScript { .. } | CommandContext::Make { .. }
    )
}

/// `prisma migrate resolve --applied "$NAME"`: one that is written out is the baseline of a
/// database that was there before, and is recorded once.
fn marks_any(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("migrate resolve") else {
        return false;
    };
    let Some((_, name)) = rest.split_once("--applied") else {
        return false;
    };
    let name = name.trim_start_matches(['=', ' ', '"', '\'']);
    name.starts_with(['$', '`'])
}

/// What runs the statements of a file, with what it leaves open.
fn runs_file(text: &str) -> Option<&'static str> {
    if text.contains("db execute") && text.contains("--file") {
        return Some("runs its statements past the record of migrations");
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_psql = words.contains(&"psql") && words.iter().any(|word| word.starts_with("-f"));
    is_psql.then_some(match text.contains("ON_ERROR_STOP") {
        true => "runs its statements past the record of migrations",
        false => "goes on after a statement that fails, and ends well all the same",
    })
}

/// The statements at which migrations stop when they are replayed, one of each file.
fn failing(context: &Context<'_>) -> Vec<Location> {
    let schemas = context.project.schemas.iter();
    let histories = schemas.filter_map(|(_, schema)| schema.history.as_ref());
    histories.flat_map(first_failures).collect()
}

fn first_failures(history: &History) -> Vec<Location> {
    let failures = history.replay.failures.iter().filter(|one| one.certain);
    let mut files = Vec::new();
    let mut found = Vec::new();
    for failure in failures {
        if !files.contains(&failure.statement.migration) {
            files.push(failure.statement.migration);
            found.push(history.within(failure.statement, failure.span));
        }
    }
    found
}
