//! What is written: the configuration, a hook, a job of a pipeline.

use camino::{Utf8Path, Utf8PathBuf};
use snell_engine::Change;
use snell_workspace::{FileSystem, ReadError, read_text};

use super::{
    Step, edit,
    found::{Found, exists},
};
use crate::{
    Failure,
    args::{Ci, Hook, InitArguments},
};

/// Everything that is to be written, that is there, or that somebody else must do.
pub(super) fn steps(
    fs: &dyn FileSystem,
    found: &Found,
    arguments: &InitArguments,
) -> Result<Vec<Step>, Failure> {
    let mut steps = vec![configuration(found)];
    let hook = chosen(found, arguments);
    // Two steps may change package.json: the second one starts from what the first one made.
    let mut manifest = Manifest::read(fs)?;
    if found.has_manifest {
        manifest.add(&["scripts"], "snell", "\"snell check\"");
    }
    match hook {
        Hook::LintStaged => manifest.add(
            &["lint-staged"],
            "*.{ts,tsx,mts,cts,prisma,sql}",
            "\"snell check --staged\"",
        ),
        Hook::None if arguments.hook.is_none() => steps.push(Step::Advice(
            "no husky, lefthook or pre-commit found: `snell init --hook husky` sets one up"
                .to_owned(),
        )),
        Hook::None => {}
        other => steps.push(self::hook(fs, other, found)?),
    }
    steps.extend(manifest.step());
    match arguments.ci.or(found.pipelines.first().copied()) {
        Some(Ci::Github) => steps.push(github(fs, found)?),
        Some(Ci::Gitlab) => steps.push(gitlab(fs, found)?),
        Some(Ci::None) => {}
        None => steps.push(Step::Advice(
            "no pipeline found: `snell init --ci github` writes one".to_owned(),
        )),
    }
    Ok(steps)
}

/// The hook manager that is to run snell: the one that is named, else the first that is there.
pub(super) fn chosen(found: &Found, arguments: &InitArguments) -> Hook {
    let hook = arguments.hook.or(found.hooks.first().copied());
    hook.unwrap_or(Hook::None)
}

/// package.json while steps change it.
struct Manifest {
    before: Option<String>,
    after: String,
}

const MANIFEST: &str = "package.json";

impl Manifest {
    fn read(fs: &dyn FileSystem) -> Result<Self, Failure> {
        let before = text(fs, MANIFEST)?;
        Ok(Manifest {
            after: before.clone().unwrap_or_default(),
            before,
        })
    }

    fn add(&mut self, path: &[&str], name: &str, value: &str) {
        if let Some(after) = edit::json_member(&self.after, path, name, value) {
            self.after = after;
        }
    }

    fn step(self) -> Option<Step> {
        let before = self.before?;
        Some(if before == self.after {
            Step::There(MANIFEST.to_owned())
        } else {
            write(MANIFEST, Some(before), self.after)
        })
    }
}

fn write(path: &str, before: Option<String>, after: String) -> Step {
    Step::Write(Change {
        path: Utf8PathBuf::from(path),
        before,
        after,
    })
}

/// A file's text; `None` when it is not there.
fn text(fs: &dyn FileSystem, path: &str) -> Result<Option<String>, Failure> {
    match read_text(fs, Utf8Path::new(path)) {
        Ok(text) => Ok(Some(text.text)),
        Err(ReadError::Missing) => Ok(None),
        Err(error) => Err(anyhow::anyhow!("{path} cannot be read: {error}").into()),
    }
}

fn configuration(found: &Found) -> Step {
    if let Some(path) = &found.config {
        return Step::There(path.to_string());
    }
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let schemas: Vec<String> = found
        .schemas
        .iter()
        .map(|schema| quoted(schema.path.as_str()))
        .collect();
    let mut out = String::from("{\n");
    if found.has_manifest {
        out.push_str("  \"$schema\": \"./node_modules/snell/schema.json\",\n");
    }
    out.push_str("  // the safe core of the rules; `strict` and `all` hold more\n");
    out.push_str("  \"preset\": \"recommended\",\n");
    out.push_str("  // without this line they are searched for\n");
    out.push_str(&format!("  \"schemas\": [{}],\n", schemas.join(", ")));
    if let Some(owner) = &found.owner {
        out.push_str("  // whose rows are whose: isolation/* goes by it\n");
        out.push_str(&format!(
            "  \"isolation\": {{ \"userModel\": {} }},\n",
            quoted(owner)
        ));
    }
    out.push_str("  // \"category/rule\": \"off\", a severity, or [severity, options]\n");
    out.push_str("  \"rules\": {}\n}\n");
    write("snell.jsonc", None, out)
}

fn hook(fs: &dyn FileSystem, hook: Hook, found: &Found) -> Result<Step, Failure> {
    let run = found.runner.run;
    let line = format!("{run} snell check --staged\n");
    let path = match hook {
        Hook::Husky => ".husky/pre-commit",
        Hook::Lefthook => ["lefthook.yml", "lefthook.yaml", ".lefthook.yml"]
            .into_iter()
            .find(|path| exists(fs, path))
            .unwrap_or("lefthook.yml"),
        _ => ".pre-commit-config.yaml",
    };
    let before = text(fs, path)?;
    let old = before.clone().unwrap_or_default();
    if old.contains("snell check") {
        return Ok(Step::There(path.to_owned()));
    }
    let after = match hook {
        Hook::Husky => Some(edit::appended(&old, &line)),
        Hook::Lefthook => edit::lefthook(&old, run),
        _ => pre_commit(&old, run),
    };
    Ok(match after {
        Some(after) => write(path, before, after),
        None => Step::Advice(format!(
            "{path} has a form of its own: let it run `{run} snell check --staged` on a commit"
        )),
    })
}

/// The hook as an entry at the end of `repos`; `None` when that list is not the file's end.
fn pre_commit(text: &str, run: &str) -> Option<String> {
    let keys: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        .collect();
    let list = match keys.last() {
        None => "repos:\n",
        Some(last) if last.trim_end() == "repos:" => "",
        Some(_) => return None,
    };
    let mut lines = text.lines();
    let item = lines.find(|line| line.trim_start().starts_with("- repo:"));
    let indent = item.map_or(2, |line| line.len() - line.trim_start().len());
    let hook = [
        "- repo: local".to_owned(),
        "  hooks:".to_owned(),
        "    - id: snell".to_owned(),
        "      name: snell".to_owned(),
        format!("      entry: {run} snell check --staged"),
        "      language: system".to_owned(),
        "      pass_filenames: false".to_owned(),
        // What is of interest snell knows by itself; names alone would leave deletions out.
        "      always_run: true".to_owned(),
        "      require_serial: true".to_owned(),
    ];
    let indent = " ".repeat(indent);
    let hook: String = hook
        .iter()
        .map(|line| format!("{indent}{line}\n"))
        .collect();
    Some(edit::appended(text, &format!("{list}{hook}")))
}

fn github(fs: &dyn FileSystem, found: &Found) -> Result<Step, Failure> {
    const PATH: &str = ".github/workflows/snell.yml";
    if text(fs, PATH)?.is_some() {
        return Ok(Step::There(PATH.to_owned()));
    }
    let runner = &found.runner;
    let install = match runner.install {
        "" => String::new(),
        install => format!("      - run: {install}\n"),
    };
    let after = format!(
        "name: snell
on: pull_request
permissions:
  contents: read
jobs:
  snell:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          # what is new is told against the branch that it goes into
          fetch-depth: 0
{setup}      - uses: actions/setup-node@v4
        with:
          node-version: 22
{install}      - run: {run} snell check --changed
",
        setup = found.setup,
        run = runner.run
    );
    Ok(write(PATH, None, after))
}

fn gitlab(fs: &dyn FileSystem, found: &Found) -> Result<Step, Failure> {
    const PATH: &str = ".gitlab-ci.yml";
    let before = text(fs, PATH)?;
    let old = before.clone().unwrap_or_default();
    if old.contains("snell check") {
        return Ok(Step::There(PATH.to_owned()));
    }
    let runner = &found.runner;
    let install = match runner.install {
        "" => String::new(),
        install => format!("    - {install}\n"),
    };
    let apart = if old.is_empty() { "" } else { "\n" };
    let job = format!(
        "{apart}snell:
  image: node:22
  variables:
    # what is new is told against the branch that it goes into
    GIT_DEPTH: 0
  rules:
    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"
  script:
{prepare}{install}    - git fetch origin \"$CI_MERGE_REQUEST_TARGET_BRANCH_NAME:refs/remotes/origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME\"
    - {run} snell check --changed --format human --format gitlab=gl-code-quality-report.json
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
",
        prepare = runner.prepare,
        run = runner.run
    );
    Ok(write(PATH, before, edit::appended(&old, &job)))
}
