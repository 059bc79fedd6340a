//! The pages of `docs` tell the truth: each command that they show runs, prints what is shown, and each link leads
//! somewhere.
//!
//! A page runs in a copy of `examples` with a git repository around `examples/openai-chat`, from top to bottom. In a
//! `console` fence lines after `$ ` are commands and the rest is what they print, where `...` stands for lines and `[..]`
//! for a part of one; in a `sh` fence each line is a command. Words of the info string:
//!
//! | word | meaning |
//! |---|---|
//! | `in=FOLDER` | run there, below `examples` |
//! | `exit=N` | the last command exits with this; else each with 0 or 1 |
//! | `sample` | what is printed is not compared |
//! | `fresh` | in a new copy |
//! | `file=PATH` | no commands: the file of a recipe, which `tests/referees` runs |
//! | `elsewhere` | not run: needs a network, a database or a service; at least one command that is not snell's |

mod support;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use snapbox::IntoData as _;
use support::repository::{files, relative, root, text, update};
use tempfile::TempDir;

/// What every machine has that builds snell.
const AT_HAND: [&str; 9] = [
    "snell", "git", "echo", "cat", "ls", "rm", "cd", "head", "grep",
];

/// How pages of projects that have snell installed begin its line.
const RUNNERS: [&str; 4] = [
    "npx --no-install snell",
    "npx snell",
    "pnpm exec snell",
    "cargo run --release --",
];

/// A fence with commands.
struct Fence {
    /// The page and the line, for messages.
    at: String,
    language: String,
    words: Vec<String>,
    text: String,
}

impl Fence {
    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|own| own == word)
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.words
            .iter()
            .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    /// The commands, each with what is shown below it.
    fn commands(&self) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for line in self.text.lines() {
            if self.language == "console" {
                match line.strip_prefix("$ ") {
                    Some(command) => found.push((command.to_owned(), String::new())),
                    None => {
                        let (_, shown) = found.last_mut().expect("a command before its output");
                        shown.push_str(line);
                        shown.push('\n');
                    }
                }
            } else if !line.is_empty() && !line.starts_with('#') {
                found.push((line.to_owned(), String::new()));
            }
        }
        found
    }
}

/// The pages that people read; generated ones have tests of their own.
fn pages() -> Vec<PathBuf> {
    let docs = files(&root().join("docs")).into_iter();
    let written = docs.filter(|path| {
        let path = relative(path);
        path.ends_with(".md") && !path.starts_with("docs/rules/")
    });
    written
        .chain(["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"].map(|name| root().join(name)))
        .collect()
}

fn fences(page: &Path) -> Vec<Fence> {
    let markdown = text(page);
    let mut found: Vec<Fence> = Vec::new();
    let mut open = false;
    for (event, range) in Parser::new(&markdown).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let mut words = info.split_whitespace().map(str::to_owned);
                let language = words.next().unwrap_or_default();
                let line = markdown[..range.start].lines().count() + 1;
                open = true;
                found.push(Fence {
                    at: format!("{}:{line}", relative(page)),
                    language,
                    words: words.collect(),
                    text: String::new(),
                });
            }
            Event::Text(part) if open => {
                found.last_mut().expect("a fence").text.push_str(&part);
            }
            Event::End(TagEnd::CodeBlock) => open = false,
            _ => {}
        }
    }
    found.retain(|fence| matches!(fence.language.as_str(), "console" | "sh"));
    found
}

/// The command as this machine runs it.
fn direct(command: &str) -> String {
    for runner in RUNNERS {
        if let Some(rest) = command.strip_prefix(runner) {
            return format!("snell{rest}");
        }
    }
    command.to_owned()
}

fn is_at_hand(command: &str) -> bool {
    let command = direct(command);
    AT_HAND.contains(&command.split_whitespace().next().unwrap_or_default())
}

/// The examples, the first of them a repository with one commit.
fn examples() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for path in files(&root().join("examples")) {
        let target = folder.path().join(relative(&path));
        fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        fs::copy(&path, target).expect("a copy");
    }
    let place = folder.path().join("examples/openai-chat");
    for line in [
        "git init -q -b main",
        "git add .",
        "git commit -qm 'as it was'",
    ] {
        let (code, said) = run(&place, folder.path(), line);
        assert_eq!(code, Some(0), "{line}: {said}");
    }
    folder
}

/// Runs a line of shell: its exit code, and what it said.
fn run(folder: &Path, home: &Path, line: &str) -> (Option<i32>, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_snell"));
    let own = program.parent().map(Path::to_owned).into_iter();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(own.chain(std::env::split_paths(&path))).expect("a path");
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{line}")])
        .current_dir(folder)
        // Nothing of this machine: no pipeline, agent, colour or repository around the tests.
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "t")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "t@example.com")))
        .output()
        .expect("sh runs");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    (output.status.code(), said)
}

/// What is wrong with a page's commands.
fn faults(page: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let mut folder: Option<TempDir> = None;
    for fence in fences(page) {
        if fence.value("file").is_some() {
            continue;
        }
        let commands = fence.commands();
        let runs_here = commands.iter().all(|(command, _)| is_at_hand(command));
        if fence.has("elsewhere") {
            if runs_here {
                faults.push(format!("{}: runs here: say not `elsewhere`", fence.at));
            }
            continue;
        }
        if !runs_here {
            faults.push(format!(
                "{}: not every command is at hand: say `elsewhere`",
                fence.at
            ));
            continue;
        }
        if fence.has("fresh") {
            folder = None;
        }
        let folder = folder.get_or_insert_with(examples).path();
        let place = match fence.value("in") {
            Some(".") => folder.to_owned(),
            Some(name) => folder.join("examples").join(name),
            None => folder.join("examples/openai-chat"),
        };
        let mut last = None;
        for (command, shown) in &commands {
            let (code, said) = match (&command[..], last) {
                ("echo $?", Some(code)) => (Some(0), format!("{code}\n")),
                _ => run(&place, folder, &direct(command)),
            };
            last = code;
            let wanted = fence.value("exit").is_some();
            if !wanted && !matches!(code, Some(0 | 1)) {
                faults.push(format!("{}: `{command}`: {code:?}\n{said}", fence.at));
            }
            if shown.trim().is_empty() || fence.has("sample") {
                continue;
            }
            // Not to the letter what people do not see: blanks at the ends.
            let said = said.trim().to_owned() + "\n";
            let shown = shown.trim().to_owned() + "\n";
            let compared = snapbox::Assert::new().try_eq(
                Some(&format!("{}: `{command}`", fence.at)),
                said.into_data(),
                shown.into_data(),
            );
            if let Err(difference) = compared {
                faults.push(difference.to_string());
            }
        }
        let expected = fence.value("exit").map(|code| code.parse::<i32>().ok());
        if expected.is_some_and(|expected| expected != last) {
            faults.push(format!("{}: exited with {last:?}", fence.at));
        }
    }
    faults
}

#[test]
fn every_command_runs_and_prints_what_is_shown() {
    let pages = pages();
    let faults: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = pages
            .iter()
            .map(|page| scope.spawn(|| faults(page)))
            .collect();
        runs.into_iter()
            .flat_map(|run| run.join().expect("a page is read to its end"))
            .collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// The id that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c })
        .collect::<String>()
        .to_lowercase()
}

/// Where a page's links lead, and the anchors that it has.
fn links(page: &Path) -> (Vec<String>, BTreeSet<String>) {
    let markdown = text(page);
    let (mut links, mut anchors) = (Vec::new(), BTreeSet::new());
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(&markdown, pulldown_cmark::Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.to_string());
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(part) | Event::Code(part) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                anchors.extend(heading.take().map(|heading| anchor(&heading)));
            }
            _ => {}
        }
    }
    (links, anchors)
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        for link in links(&page).0 {
            if link.contains("://") {
                continue;
            }
            let (path, part) = link.split_once('#').unwrap_or((&link, ""));
            let target = match path {
                "" => page.clone(),
                path => page.parent().expect("a folder").join(path),
            };
            let there = target.exists()
                && (part.is_empty() || links(&target).1.iter().any(|anchor| anchor == part));
            if !there {
                broken.push(format!("{}: {link}", relative(&page)));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_index_names_every_page() {
    let path = root().join("docs/README.md");
    let index = links(&path).0;
    for page in pages() {
        let place = relative(&page);
        let Some(name) = place.strip_prefix("docs/") else {
            continue;
        };
        let named = name == "README.md" || index.iter().any(|link| link == name);
        if !named && update() {
            let title = text(&page).lines().next().unwrap_or_default().to_owned();
            let row = format!("| [{name}]({name}) | {} |\n\nDecisions", &title[2..]);
            let page = text(&path).replacen("\nDecisions", &row, 1);
            fs::write(&path, page).expect("the index can be written");
            continue;
        }
        assert!(named, "docs/README.md names {name}: SNELL_UPDATE=1 adds it");
    }
}
