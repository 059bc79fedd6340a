//! The examples are checked as a user checks them, with the default preset and the milder rules
//! that marker comments name: what they name must be found there, and nothing else.

use std::{collections::BTreeSet, fmt::Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use snell_correlate::{Selection, Wanted, rules};
use snell_engine::{Changes, NewMigrations, analyze_workspace};
use snell_source::Preset;
use snell_workspace::{Config, Disk, FileSystem, Workspace};

/// A path, a line from 1, and a rule.
type Place = (String, usize, String);

fn folder(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
}

/// The rules that a line's marker names, and how many lines below it they speak.
fn marker(line: &str) -> Option<(usize, &str)> {
    for opening in ["// error", "-- error", "# error"] {
        if let Some((_, rest)) = line.rsplit_once(opening) {
            return match rest.strip_prefix("-next-line: ") {
                Some(names) => Some((1, names)),
                None => rest.strip_prefix(": ").map(|names| (0, names)),
            };
        }
    }
    None
}

/// Every marker below `disk`'s root.
fn marked(disk: &Disk) -> BTreeSet<Place> {
    let mut places = BTreeSet::new();
    let files = Workspace::discover(disk).files;
    // What snell wrote of the examples shows their markers.
    let own = |path: &str| path.starts_with("_prompts/");
    for file in files.iter().filter(|file| !own(file.path.as_str())) {
        let Ok(text) = disk.read(&file.path, u64::MAX) else {
            continue;
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        for (index, line) in text.lines().enumerate() {
            let Some((below, names)) = marker(line) else {
                continue;
            };
            for name in names.split(',').map(str::trim) {
                places.insert((file.path.to_string(), index + 1 + below, name.to_owned()));
            }
        }
    }
    places
}

/// Which migrations are new: those that the configuration names; else those that say so in
/// their first line, in place of git.
fn new_migrations(disk: &Disk, workspace: &Workspace, config: &Config) -> NewMigrations {
    if config.migrations_after.value.is_some() {
        return NewMigrations::Configured;
    }
    let opens_with = |words: &str| {
        let files = workspace.files.iter().filter(|file| {
            let text = disk.read(&file.path, u64::MAX).unwrap_or_default();
            String::from_utf8_lossy(&text).lines().next() == Some(words)
        });
        files.map(|file| file.path.clone()).collect::<BTreeSet<_>>()
    };
    let changes = Changes {
        added: opens_with("-- change: added"),
        edited: opens_with("-- change: edited"),
        ..Changes::default()
    };
    if changes == Changes::default() {
        NewMigrations::Configured
    } else {
        NewMigrations::Changed(changes)
    }
}

/// The first label of every finding that is not silenced. Rules that markers name run as well.
fn found(disk: &Disk, marked: &BTreeSet<Place>) -> BTreeSet<Place> {
    let workspace = Workspace::discover(disk);
    let config = Config::read(disk, &workspace.packages).expect("no configuration to be wrong");
    let new = new_migrations(disk, &workspace, &config);
    let analysis = analyze_workspace(disk, workspace, &config, &new);
    let named = marked.iter().filter_map(|(.., rule)| rules::named(rule));
    let wanted = Wanted {
        also: named.map(|rule| rule.metadata.name).collect(),
        ..Wanted::default()
    };
    let judgement = analysis.judge(&Selection::new(&config, &wanted));
    assert!(judgement.failed.is_empty(), "{:?}", judgement.failed);
    let open = judgement.verdicts.iter().filter(|v| v.suppressed.is_none());
    open.map(|verdict| {
        let at = verdict.diagnostic.primary().at;
        let file = analysis.sources.file(at.file);
        (
            file.path.to_string(),
            file.position(at.span.start).line as usize,
            verdict.diagnostic.rule.name.to_owned(),
        )
    })
    .collect()
}

fn compare(name: &str) {
    let disk = Disk::new(&folder(name)).expect("the example");
    let marked = marked(&disk);
    let found = found(&disk, &marked);
    let mut wrong = String::new();
    for (path, line, rule) in marked.difference(&found) {
        let why = match rules::named(rule) {
            Some(_) => "is not found",
            None => "is no rule",
        };
        let _ = writeln!(wrong, "  {path}:{line}: {rule} {why}");
    }
    for (path, line, rule) in found.difference(&marked) {
        let _ = writeln!(wrong, "  {path}:{line}: {rule} is not marked");
    }
    assert!(wrong.is_empty(), "examples/{name}\n{wrong}");
}

#[test]
fn nothing_fires_in_clean() {
    compare("clean");
}

#[test]
fn openai_chat_holds_what_its_markers_say() {
    compare("openai-chat");
}

/// The small projects under `examples/more`.
fn more() -> Vec<String> {
    let folder = folder("more");
    let entries = folder.read_dir_utf8().expect("examples/more");
    let names = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir());
    names
        .map(|entry| format!("more/{}", entry.file_name()))
        .collect()
}

#[test]
fn small_projects_hold_what_their_markers_say() {
    for project in more() {
        compare(&project);
    }
}

#[test]
fn every_rule_of_the_default_preset_speaks_in_an_example() {
    let shown: BTreeSet<String> = more()
        .into_iter()
        .chain(["openai-chat".to_owned()])
        .flat_map(|name| marked(&Disk::new(&folder(&name)).expect("the example")))
        .map(|(.., rule)| rule)
        .collect();
    let silent: Vec<&str> = rules::all()
        .iter()
        .filter(|rule| rule.metadata.preset == Preset::Recommended)
        .map(|rule| rule.metadata.name)
        .filter(|name| !shown.contains(*name))
        .collect();
    assert!(silent.is_empty(), "no example shows {silent:?}");
}
