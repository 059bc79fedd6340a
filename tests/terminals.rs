//! How output looks, by who reads it: the matrix of colours, frames, links and widths, in pipes and
//! on real (pseudo) terminals.

mod support;

use std::{path::Path, process::Command};

use support::door::{snell, stderr, stdout, workspace};
use tempfile::TempDir;

const SCHEMA: &str = "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Plan {\n  id Int @id\n  price Decimal @db.Money // a comment that is long enough to reach beyond the edge of a narrow terminal, and of a wide one\n}\n";

fn shop() -> TempDir {
    workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("snell.jsonc", "{}"),
        ("prisma/schema.prisma", SCHEMA),
    ])
}

/// The variables that decide, with a value each.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// All variables that snell looks at.
const KNOWN: [&str; 18] = [
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "TERM",
    "CI",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "AI_AGENT",
    "CLAUDECODE",
    "CURSOR_AGENT",
    "CODEX_SANDBOX",
    "GEMINI_CLI",
    "OPENCODE",
    "AUGMENT_AGENT",
    "CLINE_ACTIVE",
    "LC_ALL",
    "LC_CTYPE",
    "LANG",
];

const CHECK: [&str; 3] = ["check", "--only", "schema/money-type"];

/// What a reader of a pipe gets on standard output and standard error.
fn piped(folder: &Path, variables: Variables<'_>, more: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snell"));
    command.args(CHECK).args(more).current_dir(folder);
    for name in KNOWN {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    let output = command.output().expect("snell runs");
    (stdout(&output), stderr(&output))
}

/// What a terminal of this width gets: `script` of util-linux makes one.
#[cfg(target_os = "linux")]
fn on_terminal(folder: &Path, width: u16, variables: Variables<'_>, more: &[&str]) -> String {
    let arguments = [&CHECK[..], more].concat().join(" ");
    // A slow machine would draw the progress.
    let line = format!(
        "stty cols {width} rows 40; {} {arguments} --no-progress",
        env!("CARGO_BIN_EXE_snell")
    );
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .current_dir(folder);
    for name in KNOWN {
        command.env_remove(name);
    }
    command
        .envs([("TERM", "xterm-256color"), ("LANG", "C.UTF-8")])
        .envs(variables.iter().copied())
        .stdin(std::process::Stdio::null());
    stdout(&command.output().expect("`script` of util-linux"))
}

fn is_colored(text: &str) -> bool {
    text.contains("\u{1b}[")
}

fn is_linked(text: &str) -> bool {
    text.contains("\u{1b}]8;;")
}

fn has_frames(text: &str) -> bool {
    text.contains('│')
}

#[test]
fn a_pipe_gets_plain_text_unless_it_is_forced() {
    let folder = shop();
    let colored = |variables: Variables<'_>, more: &[&str]| {
        is_colored(&piped(folder.path(), variables, more).0)
    };
    let rows: [(Variables<'_>, &[&str], bool); 11] = [
        (&[], &[], false),
        (&[("NO_COLOR", "1")], &[], false),
        (&[("FORCE_COLOR", "1")], &[], true),
        (&[("CLICOLOR_FORCE", "1")], &[], true),
        (&[("FORCE_COLOR", "0")], &[], false),
        (&[("CLICOLOR_FORCE", "0")], &[], false),
        (&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], &[], false),
        (&[("NO_COLOR", ""), ("FORCE_COLOR", "1")], &[], true),
        (&[("NO_COLOR", "1")], &["--color", "always"], true),
        (&[("FORCE_COLOR", "1")], &["--color", "never"], false),
        (&[("CI", "true")], &[], false),
    ];
    for (variables, more, wanted) in rows {
        assert_eq!(colored(variables, more), wanted, "{variables:?} {more:?}");
    }
    let (plain, chatter) = piped(folder.path(), &[("LANG", "C.UTF-8")], &[]);
    assert!(!has_frames(&plain) && !is_linked(&plain), "{plain}");
    assert!(plain.is_ascii(), "{plain}");
    assert!(!is_colored(&chatter), "no progress in a pipe: {chatter:?}");
    assert!(is_linked(
        &piped(folder.path(), &[], &["--links", "always"]).0
    ));
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colours_and_frames() {
    let folder = shop();
    let shown = on_terminal(folder.path(), 100, &[], &[]);
    assert!(is_colored(&shown) && has_frames(&shown), "{shown}");
    let rows: [(Variables<'_>, &[&str], bool, bool); 7] = [
        (&[("NO_COLOR", "1")], &[], false, true),
        (&[("TERM", "dumb")], &[], false, true),
        (&[("TERM", "dumb"), ("FORCE_COLOR", "1")], &[], true, true),
        (&[], &["--color", "never"], false, true),
        (&[("LANG", "C")], &[], true, false),
        (
            &[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")],
            &[],
            true,
            false,
        ),
        (&[("LC_ALL", "de_DE.utf8"), ("LANG", "C")], &[], true, true),
    ];
    for (variables, more, color, frames) in rows {
        let shown = on_terminal(folder.path(), 100, variables, more);
        assert_eq!(
            is_colored(&shown),
            color,
            "{variables:?} {more:?} {shown:?}"
        );
        assert_eq!(
            has_frames(&shown),
            frames,
            "{variables:?} {more:?} {shown:?}"
        );
    }
}

/// The longest line of frames and help, escapes taken out. Headers are left to the terminal, so that
/// they can be searched for.
#[cfg(target_os = "linux")]
fn longest(text: &str) -> usize {
    let mut widest = 0;
    for line in text
        .lines()
        .filter(|line| !line.contains("`Plan.price` is"))
    {
        let mut width = 0;
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            match c {
                '\u{1b}' => while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {},
                c if c.is_control() => {}
                _ => width += 1,
            }
        }
        widest = widest.max(width);
    }
    widest
}

#[cfg(target_os = "linux")]
#[test]
fn frames_fit_the_terminal() {
    let folder = shop();
    for width in [40, 60, 80, 120, 200] {
        let shown = on_terminal(folder.path(), width, &[], &["--links", "never", "--quiet"]);
        assert!(
            longest(&shown) <= usize::from(width),
            "{width}: {}\n{shown}",
            longest(&shown)
        );
    }
    let narrow = on_terminal(folder.path(), 40, &[], &["--quiet"]);
    let wide = on_terminal(folder.path(), 200, &[], &["--quiet"]);
    assert!(
        narrow.lines().count() > wide.lines().count(),
        "{narrow}\n{wide}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn links_follow_the_terminal_and_the_flag() {
    let folder = shop();
    let linked = |variables: Variables<'_>, more: &[&str]| {
        is_linked(&on_terminal(folder.path(), 100, variables, more))
    };
    assert!(linked(&[("FORCE_HYPERLINK", "1")], &[]));
    assert!(!linked(&[("FORCE_HYPERLINK", "1"), ("NO_COLOR", "1")], &[]));
    assert!(!linked(&[("FORCE_HYPERLINK", "1")], &["--links", "never"]));
    assert!(linked(&[("NO_COLOR", "1")], &["--links", "always"]));
}

#[test]
fn agents_get_lines_and_pipelines_annotations_as_well() {
    let folder = shop();
    let out = |variables: Variables<'_>, more: &[&str]| piped(folder.path(), variables, more).0;
    let agent = out(&[("AI_AGENT", "1")], &[]);
    assert!(
        agent.starts_with("prisma/schema.prisma:7:") && agent.lines().count() == 1,
        "{agent}"
    );
    let human = out(&[], &[]);
    assert!(human.starts_with("warning[schema/money-type]"), "{human}");
    assert_eq!(out(&[("AI_AGENT", "1")], &["--format", "human"]), human);
    assert_eq!(out(&[("CI", "true")], &[]), human);
    let summary = folder.path().join("summary.md");
    let summary = summary.to_str().expect("UTF-8");
    let github = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary)];
    let both = out(&github, &[]);
    assert!(
        both.starts_with(&human) && both.contains("::warning file="),
        "{both}"
    );
    let table = std::fs::read_to_string(summary).expect("a summary");
    assert!(
        table.contains("| medium | certain | [schema/money-type]"),
        "{table}"
    );
    let explicit = out(&github, &["--format", "concise"]);
    assert!(!explicit.contains("::warning"), "{explicit}");
}

#[test]
fn the_word_of_other_linters_is_understood_with_a_hint() {
    let folder = shop();
    let run = |most: &str| {
        snell(
            folder.path(),
            &[&CHECK[..], &["--max-warnings", most]].concat(),
        )
    };
    let strict = run("0");
    assert_eq!(strict.status.code(), Some(1));
    assert!(
        stderr(&strict).contains("hint: `--fail-on medium`"),
        "{}",
        stderr(&strict)
    );
    assert_eq!(run("1").status.code(), Some(0));
    let help = stdout(&snell(folder.path(), &["check", "--help"]));
    assert!(!help.contains("max-warnings"), "{help}");
}

#[test]
fn shells_get_their_completions() {
    let folder = shop();
    for (shell, word) in [
        ("bash", "complete -F _snell"),
        ("zsh", "#compdef snell"),
        ("fish", "complete -c snell"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let script = stdout(&snell(folder.path(), &["completions", shell]));
        assert!(
            script.contains(word) && script.contains("baseline"),
            "{shell}"
        );
    }
}

#[test]
fn a_finding_is_explained_by_its_fingerprint() {
    let folder = shop();
    let json = stdout(&snell(
        folder.path(),
        &[&CHECK[..], &["-f", "json"]].concat(),
    ));
    let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let fingerprint = report["findings"][0]["fingerprint"]
        .as_str()
        .expect("a text");
    for name in [
        fingerprint,
        &fingerprint[..8],
        &format!("SCH-{}", &fingerprint[..6]),
    ] {
        let output = snell(folder.path(), &["explain", name]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        let said = stdout(&output);
        assert!(
            said.starts_with("warning[schema/money-type]")
                && said.contains(fingerprint)
                && said.contains("subject      model:Plan field:price"),
            "{said}"
        );
    }
    let none = snell(folder.path(), &["explain", "ffffffffffff"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("no finding"), "{}", stderr(&none));
    let rule = snell(folder.path(), &["explain", "schema/money-typ"]);
    assert!(stderr(&rule).contains("did you mean `schema/money-type`?"));
}

#[test]
fn a_page_ends_with_what_silences_the_rule_and_what_it_finds_here() {
    let folder = shop();
    let page = |folder: &std::path::Path| stdout(&snell(folder, &["explain", "schema/money-type"]));
    let said = page(folder.path());
    assert!(
        said.contains("IGNORE  // snell-ignore schema/money-type: <reason>")
            && said.contains("CONFIG  \"rules\": { \"schema/money-type\": \"off\" }"),
        "{said}"
    );
    let (_, found) = said
        .split_once("finding in this workspace:\n")
        .expect("a finding");
    let name = found.split_whitespace().next().expect("a name");
    let finding = stdout(&snell(folder.path(), &["explain", name]));
    assert!(
        finding.starts_with("warning[schema/money-type]"),
        "{finding}"
    );
    // A page is a page where nothing can be judged.
    let nowhere = tempfile::tempdir().expect("a folder");
    assert!(page(nowhere.path()).contains("CONFIG") && !page(nowhere.path()).contains("workspace"));
}

#[test]
fn rules_are_listed_for_people_documents_and_programs() {
    let folder = shop();
    let list = |format: &str| {
        stdout(&snell(
            folder.path(),
            &["rules", "schema/money-type", "--format", format],
        ))
    };
    let json: serde_json::Value = serde_json::from_str(&list("json")).expect("JSON");
    assert_eq!(json[0]["rule"], "schema/money-type");
    assert_eq!(json[0]["severity"], "medium");
    assert!(
        list("markdown").contains("| [`schema/money-type`](https://"),
        "{}",
        list("markdown")
    );
    assert_eq!(list("human").lines().count(), 1);
}

#[test]
fn a_watched_workspace_is_checked_again_when_a_file_changes() {
    use std::io::{BufRead as _, BufReader};

    let folder = shop();
    let mut command = Command::new(env!("CARGO_BIN_EXE_snell"));
    command.args(CHECK).args(["--watch", "--format", "concise"]);
    for name in KNOWN {
        command.env_remove(name);
    }
    let mut child = command
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("snell runs");
    let said = BufReader::new(child.stderr.take().expect("standard error"));
    let (send, waits) = std::sync::mpsc::channel();
    let listener = std::thread::spawn(move || {
        for line in said.lines().map_while(Result::ok) {
            if line.starts_with("Watching") && send.send(()).is_err() {
                break;
            }
        }
    });
    let patience = std::time::Duration::from_secs(120);
    let first = waits.recv_timeout(patience);
    let two = SCHEMA.replace("  price", "  tax Decimal @db.Money\n  price");
    std::fs::write(folder.path().join("prisma/schema.prisma"), two).expect("a file");
    let second = waits.recv_timeout(patience);
    child.kill().expect("it runs until it is stopped");
    let output = child.wait_with_output().expect("it ends");
    listener.join().expect("it listens");
    assert!(first.is_ok() && second.is_ok(), "it waits for changes");
    let text = stdout(&output);
    assert!(
        text.contains("`Plan.price`") && text.contains("`Plan.tax`"),
        "{text}"
    );
}
