//! The program, run in a small workspace of its own.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with these files.
pub(crate) fn workspace(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// What `snell` does with these arguments in a folder, whatever the tests' own
/// surroundings say of colours and of git.
pub(crate) fn snell(folder: &Path, arguments: &[&str]) -> Output {
    snell_with(folder, arguments, &[])
}

/// The same with these variables.
pub(crate) fn snell_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_snell"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("FORCE_COLOR")
        .env_remove("CLICOLOR_FORCE")
        // Nothing is left in the caches of whoever runs the tests.
        .env("SNELL_NO_CACHE", "1")
        // A pipeline or an agent that runs these tests would be written for.
        .env_remove("GITHUB_ACTIONS")
        .env_remove("AI_AGENT")
        .env_remove("CLAUDECODE")
        .env_remove("CURSOR_AGENT")
        .env_remove("CODEX_SANDBOX")
        .env_remove("GEMINI_CLI")
        .env_remove("OPENCODE")
        .env_remove("AUGMENT_AGENT")
        .env_remove("CLINE_ACTIVE")
        // A hook that runs these tests would hand its own repository down.
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GITHUB_BASE_REF")
        .env_remove("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
        .envs(variables.iter().copied())
        .output()
        .expect("snell runs")
}

/// What a check of a folder reports, with these arguments beside.
pub(crate) fn report(folder: &TempDir, more: &[&str]) -> Value {
    let arguments = [&["check", "--exit-zero", "-f", "json"], more].concat();
    serde_json::from_str(&stdout(&snell(folder.path(), &arguments))).expect("JSON")
}

/// What git does with these arguments in a folder; its hooks find this `snell`.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_snell"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = binary.parent().map(Path::to_owned);
    let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&path)));
    Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path.expect("a path"))
        // A hook that runs these tests would hand its own repository down.
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE")
        .output()
        .expect("git runs")
}

/// The same, where git must not refuse.
pub(crate) fn git_done(folder: &Path, arguments: &[&str]) -> Output {
    let output = git(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output
}

/// Its standard output.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Its standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Copies a folder, without what git and audits keep in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("a file");
        }
    }
}
