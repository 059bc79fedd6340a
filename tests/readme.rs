//! What the README shows is what snell prints.

mod support;

use std::process::Command;

use support::repository::{root, text, update};

/// The finding on the README's first screen.
const RULE: &str = "integrity/nullable-unique";

fn printed() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_snell"))
        .args([
            "check",
            "--color",
            "never",
            "--only",
            RULE,
            "examples/openai-chat",
        ])
        .current_dir(root())
        .env("SNELL_NO_CACHE", "1")
        .env("COLUMNS", "100")
        .output()
        .expect("snell runs");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let block = stdout.split("\n\n").next().unwrap_or_default();
    block.trim_end().to_owned()
}

#[test]
fn the_first_screen_shows_a_real_finding() {
    let path = root().join("README.md");
    let readme = text(&path);
    let (before, rest) = readme.split_once("```text\n").expect("a text fence");
    let (shown, after) = rest.split_once("\n```").expect("the fence ends");
    let printed = printed();
    assert!(
        [".prisma", ".ts", ".sql"]
            .iter()
            .all(|file| printed.contains(file)),
        "{printed}"
    );
    if update() {
        let readme = format!("{before}```text\n{printed}\n```{after}");
        std::fs::write(&path, readme).expect("the README can be written");
        return;
    }
    assert_eq!(shown, printed, "SNELL_UPDATE=1 writes it anew");
}
