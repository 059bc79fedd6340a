//! Every rule's page and cases are its tests: the fences are small projects,
//! and trailing `// error` and `// related` say where the rule must speak.
//! `SNELL_UPDATE=1` writes the `human` output into the pages.

mod support;

use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};

use pulldown_cmark::{Event, Parser};
use snell_correlate::{Rule, Selection, Wanted, check_options, rules};
use snell_engine::{Analysis, Changes, NewMigrations, analyze_workspace, statistics::Statistics};
use snell_report::{Format, RenderOptions, render};
use snell_source::{Location, Severity};
use snell_workspace::{Config, Memory, Workspace};
use support::page::{Project, projects};

fn folder(rule: &Rule) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../snell-correlate/src/rules")
        .join(rule.metadata.name.replace('-', "_"))
}

/// Rules to look at: all, or those that `SNELL_RULE` names a part of.
fn chosen() -> impl Iterator<Item = &'static Rule> {
    let part = std::env::var("SNELL_RULE").unwrap_or_default();
    rules::all()
        .iter()
        .copied()
        .filter(move |rule| rule.metadata.name.contains(&part))
}

/// A page's configuration, which the command must accept.
fn settings(memory: &Memory, project: &Project) -> Config {
    let config = Config::read(memory, &Workspace::discover(memory).packages)
        .unwrap_or_else(|errors| panic!("{}: {errors:?}", project.title));
    let errors = check_options(&config);
    assert!(errors.is_empty(), "{}: {errors:?}", project.title);
    config
}

fn run(project: &Project) -> (Analysis, Config) {
    let memory: Memory = project.workspace().into_iter().collect();
    let config = settings(&memory, project);
    // Without `migrationsAfter`, each migration of a page is new in its turn.
    let new = match &config.migrations_after.value {
        Some(_) => NewMigrations::Configured,
        None if project.added.is_empty() && project.edited.is_empty() => NewMigrations::All,
        None => NewMigrations::Changed(Changes {
            added: project.added.clone(),
            edited: project.edited.clone(),
            ..Changes::default()
        }),
    };
    let mut analysis = analyze_workspace(&memory, Workspace::discover(&memory), &config, &new);
    analysis.statistics = statistics(project);
    (analysis, config)
}

/// What the database of a page counts of itself: the file that `--stats` would name.
fn statistics(project: &Project) -> Option<Statistics> {
    let text = project.files.get("stats.json")?;
    Some(serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", project.title)))
}

/// A page as a project whose migrations have run.
fn run_settled(project: &Project) -> (Analysis, Config) {
    let memory: Memory = project.workspace().into_iter().collect();
    let workspace = Workspace::discover(&memory);
    let config = settings(&memory, project);
    let mut analysis = analyze_workspace(&memory, workspace, &config, &NewMigrations::Configured);
    analysis.statistics = statistics(project);
    (analysis, config)
}

/// The rule of the page, and those that a suppression in the project names: only
/// a rule that runs can leave its suppression unused.
fn selection(rule: &Rule, project: &Project) -> Selection {
    let named = |other: &&Rule| {
        let comment = format!("snell-ignore {}", other.metadata.name);
        project.files.values().any(|text| text.contains(&comment))
    };
    let others = rules::all().iter().copied().filter(named);
    let names: Vec<&str> = others
        .map(|other| other.metadata.name)
        .chain([rule.metadata.name])
        .collect();
    Selection::of(&names)
}

/// What is wrong with one project, in words.
fn faults(rule: &Rule, project: &Project, analysis: &Analysis) -> String {
    let judgement = analysis.judge(&selection(rule, project));
    let place = |at: Location| {
        let file = analysis.sources.file(at.file);
        (file.path.to_string(), file.position(at.span.start).line)
    };
    let mut out = String::new();
    for (rule, words) in &judgement.failed {
        let _ = writeln!(out, "  {rule} panicked: {words}");
    }
    let mut missing = project.errors.clone();
    let mut unseen = project.related.clone();
    for verdict in judgement.verdicts.iter().filter(|v| v.suppressed.is_none()) {
        let diagnostic = &verdict.diagnostic;
        let at = place(diagnostic.primary().at);
        if !project.errors.contains(&at) {
            let _ = writeln!(
                out,
                "  unmarked at {}:{}: {} [{}]",
                at.0,
                at.1,
                diagnostic.message,
                diagnostic.primary().text
            );
        }
        if let Some(wanted) = project.severities.get(&at)
            && *wanted != diagnostic.severity
        {
            let _ = writeln!(
                out,
                "  {} instead of {} at {}:{}: {}",
                diagnostic.severity.as_str(),
                wanted.as_str(),
                at.0,
                at.1,
                diagnostic.message
            );
        }
        missing.remove(&at);
        for label in diagnostic.related() {
            unseen.remove(&place(label.at));
        }
    }
    for (path, line) in missing {
        let _ = writeln!(out, "  nothing found at {path}:{line}");
    }
    for (path, line) in unseen {
        let _ = writeln!(out, "  no related label at {path}:{line}");
    }
    if !project.broken {
        for (_, module) in analysis.project.modules.iter() {
            for error in &module.facts.errors {
                let _ = writeln!(out, "  {}: syntax error: {}", module.path, error.message);
            }
        }
        if rule.metadata.category() != "schema" {
            for (file, error) in &analysis.schema_errors {
                let path = &analysis.sources.file(*file).path;
                let _ = writeln!(out, "  {path}: schema error: {}", error.message);
            }
        }
    }
    out
}

#[test]
fn pages_and_cases_hold() {
    let mut wrong = String::new();
    for rule in chosen() {
        for (name, inherit) in [("rule.md", true), ("cases.md", false)] {
            let path = folder(rule).join(name);
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            for project in projects(&text, inherit) {
                let (analysis, _) = run(&project);
                let faults = faults(rule, &project, &analysis);
                if !faults.is_empty() {
                    let _ = writeln!(
                        wrong,
                        "{}/{name} «{}»\n{faults}",
                        rule.metadata.name, project.title
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What a help shows in backticks, if it is code: more than a name or a command.
fn shown_code(help: &str) -> Vec<Vec<String>> {
    let asks = !["remove ", "leave ", "or take ", "take "]
        .iter()
        .any(|word| help.starts_with(word));
    let spans = Parser::new(help).filter_map(|event| match event {
        Event::Code(code) if asks => Some(code.into_string()),
        _ => None,
    });
    spans
        .filter(|code| !code.starts_with("prisma ") && code.contains(['(', '{', '@', ':', ' ']))
        .map(|code| tokens(&code))
        .collect()
}

/// Words and signs, in lower case; what stands for something else is left out:
/// `...`, `${value}`, `<reason>`, `n`.
fn tokens(code: &str) -> Vec<String> {
    const PLACEHOLDERS: [&str; 8] = [
        "n", "value", "values", "rows", "limit", "name", "list", "id",
    ];
    let mut tokens = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("...") {
            rest = &rest[3..];
            continue;
        } else if let Some(inner) = rest.strip_prefix("${") {
            rest = inner.split_once('}').map_or("", |(_, after)| after);
            continue;
        } else if c.is_alphanumeric() || c == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len())
        } else {
            c.len_utf8()
        };
        let token = rest[..length].to_lowercase();
        if !c.is_whitespace() && !PLACEHOLDERS.contains(&token.as_str()) {
            tokens.push(token);
        }
        rest = &rest[length..];
    }
    tokens
}

/// Whether the tokens stand in this order, with whatever between them.
fn stands_in(code: &[String], text: &[String]) -> bool {
    let mut rest = text.iter();
    code.iter().all(|token| rest.any(|other| other == token))
}

/// A change of a table in use comes in several migrations, each of which is
/// judged in its turn; PostgreSQL runs what their helps say (`tests/referees/sql`).
fn cures_in_one_step(rule: &Rule) -> bool {
    rule.metadata.category() != "migration"
}

#[test]
fn pages_use_the_code_that_the_help_shows() {
    let mut wrong = String::new();
    for rule in chosen().filter(|rule| cures_in_one_step(rule)) {
        let page = fs::read_to_string(folder(rule).join("rule.md")).expect("a page");
        let found = projects(&page, true);
        let Some(fault) = found.iter().find(|project| !project.errors.is_empty()) else {
            continue;
        };
        let (analysis, _) = run(fault);
        let judgement = analysis.judge(&selection(rule, fault));
        let verdicts = judgement.verdicts.iter();
        let helps = verdicts.flat_map(|verdict| &verdict.diagnostic.help);
        let shown: Vec<Vec<String>> = helps.flat_map(|help| shown_code(help)).collect();
        if shown.is_empty() {
            continue;
        }
        let Some(cure) = found.iter().find(|project| project.title == "Use instead") else {
            let _ = writeln!(wrong, "{}: no section `Use instead`", rule.metadata.name);
            continue;
        };
        let text: Vec<String> = cure.files.values().flat_map(|text| tokens(text)).collect();
        if !shown.iter().any(|code| stands_in(code, &text)) {
            let _ = writeln!(
                wrong,
                "{}: what is used instead is not what the help shows: {shown:?}",
                rule.metadata.name
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The rules of the default preset that speak in a project, the page's own left out.
fn others(rule: &Rule, project: &Project) -> BTreeSet<&'static str> {
    let (analysis, config) = run_settled(project);
    let judgement = analysis.judge(&Selection::new(&config, &Wanted::default()));
    let verdicts = judgement.verdicts.iter().filter(|v| v.suppressed.is_none());
    verdicts
        .filter(|v| v.diagnostic.severity >= Severity::Medium)
        .map(|v| v.diagnostic.rule.name)
        .filter(|name| *name != rule.metadata.name)
        .collect()
}

#[test]
fn a_cure_lets_no_other_rule_speak() {
    let mut wrong = String::new();
    for rule in chosen().filter(|rule| cures_in_one_step(rule)) {
        let page = fs::read_to_string(folder(rule).join("rule.md")).expect("a page");
        let found = projects(&page, true);
        let fault = found.iter().find(|project| !project.errors.is_empty());
        let cure = found.iter().find(|project| project.title == "Use instead");
        if let (Some(fault), Some(cure)) = (fault, cure) {
            let before = others(rule, fault);
            for name in others(rule, cure).difference(&before) {
                let _ = writeln!(wrong, "{}: its cure has {name}", rule.metadata.name);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn pages_show_the_human_output() {
    let mut wrong = String::new();
    for rule in chosen() {
        let path = folder(rule).join("rule.md");
        let mut page = fs::read_to_string(&path).expect("a page");
        let found = projects(&page, true);
        let Some(project) = found.iter().find(|project| !project.errors.is_empty()) else {
            let _ = writeln!(wrong, "{}: no example with an error", rule.metadata.name);
            continue;
        };
        let (analysis, config) = run(project);
        let report = analysis.report(
            analysis.judge(&selection(rule, project)),
            "example",
            &config.ignore,
        );
        let options = RenderOptions {
            unicode: false,
            quiet: true,
            max_findings: Some(1),
            ..RenderOptions::default()
        };
        let drawn = render(&report, &analysis.sources, Format::Human, &options);
        // One finding is enough for a page; what follows it is the fold.
        let drawn = drawn
            .split("\n\n... ")
            .next()
            .unwrap_or_default()
            .trim_end();
        let shown = project.output.as_ref().map(|(text, _)| text.trim_end());
        if shown == Some(drawn) {
            continue;
        }
        if std::env::var_os("SNELL_UPDATE").is_some() {
            let fence = format!("```text\n{drawn}\n```");
            match &project.output {
                Some((_, range)) => page.replace_range(range.clone(), &fence),
                None => page.insert_str(project.end, &format!("\n\n{fence}")),
            }
            fs::write(&path, page).expect("the page can be written");
        } else {
            let _ = writeln!(
                wrong,
                "{}: the page shows another output than\n{drawn}\n(SNELL_UPDATE=1 rewrites it)",
                rule.metadata.name
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
