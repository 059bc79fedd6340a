//! The commands that a deployment runs, through the scripts that they call.

use snell_project::{Project, beside::Command};
use snell_source::{Confidence, Diagnostic, DiagnosticBuilder, RuleMetadata};
use snell_workspace::CommandContext;

/// A command that a deployment runs.
pub(crate) struct Deployed<'a> {
    /// The command.
    pub(crate) command: &'a Command,
    /// What the deployment starts, when that is another one.
    pub(crate) started: Option<&'a Command>,
}

impl Deployed<'_> {
    /// A finding at the command, with what starts it.
    pub(crate) fn finding(
        &self,
        rule: &'static RuleMetadata,
        message: &str,
        label: &str,
    ) -> DiagnosticBuilder {
        let finding = Diagnostic::at(rule, self.command.at(), message)
            .label(label)
            .confidence(Confidence::Likely);
        match self.started {
            Some(start) => finding.related(start.at(), "a deployment runs it from here"),
            None => finding,
        }
    }

    /// What a finding at the command is about.
    pub(crate) fn subject(&self) -> String {
        format!("deploy:{}", self.command.fact.path)
    }
}

/// Scripts that call scripts are followed this deep.
const DEPTH: u32 = 5;

/// The commands of deployments that `wanted` chooses, each once.
pub(crate) fn commands(project: &Project, wanted: fn(&str) -> bool) -> Vec<Deployed<'_>> {
    let mut found: Vec<Deployed<'_>> = Vec::new();
    let is_script =
        |command: &&Command| matches!(command.fact.context, CommandContext::PackageScript { .. });
    let starts = || {
        project
            .beside
            .commands
            .iter()
            .filter(|one| is_deployment(project, one))
    };
    // What a container or a host starts says more than a script's name.
    for start in starts()
        .filter(|one| !is_script(one))
        .chain(starts().filter(is_script))
    {
        follow(project, start, start, wanted, DEPTH, &mut found);
    }
    found
}

fn follow<'a>(
    project: &'a Project,
    start: &'a Command,
    command: &'a Command,
    wanted: fn(&str) -> bool,
    depth: u32,
    found: &mut Vec<Deployed<'a>>,
) {
    if wanted(&command.fact.text) {
        let known = found.iter().any(|one| std::ptr::eq(one.command, command));
        if !known {
            let started = (!std::ptr::eq(start, command)).then_some(start);
            found.push(Deployed { command, started });
        }
        return;
    }
    if depth == 0 {
        return;
    }
    for name in scripts_called(&command.fact.text) {
        if let Some(script) = script(project, command, name) {
            follow(project, start, script, wanted, depth - 1, found);
        }
    }
}

/// The script of a name: that of the same file, else the only one that any package has.
fn script<'a>(project: &'a Project, from: &Command, name: &str) -> Option<&'a Command> {
    let named = |command: &&Command| matches!(&command.fact.context, CommandContext::PackageScript { name: own } if own == name);
    let mut all = project.beside.commands.iter().filter(named);
    let own = all.clone().find(|command| command.file == from.file);
    own.or_else(|| {
        let first = all.next()?;
        all.next().is_none().then_some(first)
    })
}

/// The names of scripts that a command line calls: `npm run x`, `pnpm x`, `yarn run x`.
pub(crate) fn scripts_called(text: &str) -> Vec<&str> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '|' | '(' | ')'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut names = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if !matches!(*word, "npm" | "pnpm" | "yarn" | "bun") {
            continue;
        }
        let mut rest = words[index + 1..]
            .iter()
            .filter(|word| !word.starts_with('-'));
        let name = match rest.next() {
            Some(&"run") => rest.next(),
            other => other,
        };
        names.extend(name);
    }
    names
}

/// The commands that start the application where it is deployed: in a container, by a `Procfile`, on a
/// host.
pub(crate) fn starts(project: &Project) -> impl Iterator<Item = &Command> {
    project.beside.commands.iter().filter(|command| {
        let is_start = match &command.fact.context {
            CommandContext::Dockerfile { instruction } => instruction != "RUN",
            CommandContext::Procfile { process } => process == "web",
            CommandContext::Host { .. } => true,
            _ => false,
        };
        is_start && is_deployment(project, command)
    })
}

/// Whether a command is what a deployment starts. Pipelines that only test make databases of
/// their own, and files for development are nobody's deployment.
fn is_deployment(project: &Project, command: &Command) -> bool {
    let path = command.fact.path.as_str().to_ascii_lowercase();
    let file = path.rsplit('/').next().unwrap_or(&path);
    let is_for_work = ["dev", "test", "local", "e2e", "example"]
        .iter()
        .any(|word| file.split(['.', '-', '_']).any(|part| part == *word))
        || path.contains(".devcontainer");
    if is_for_work {
        return false;
    }
    let deploys = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["deploy", "release", "production"]
            .iter()
            .any(|word| name.contains(word))
    };
    match &command.fact.context {
        CommandContext::Dockerfile { .. }
        | CommandContext::Procfile { .. }
        | CommandContext::Host { .. } => true,
        CommandContext::PackageScript { name } => matches!(
            name.as_str(),
            "postinstall"
                | "vercel-build"
                | "heroku-postbuild"
                | "render-build"
                | "start:prod"
                | "start:production"
                | "deploy"
                | "release"
        ),
        CommandContext::Pipeline { job } => job.as_deref().is_some_and(deploys),
        CommandContext::Shell => {
            (deploys(file) || file.contains("entrypoint")) && !starts_for_work(project, command)
        }
        CommandContext::Compose { .. } => deploys(file) || file.contains("prod"),
        _ => false,
    }
}

/// Whether a pipeline's job is there to migrate a database: those that test migrate one of their own.
fn is_of_migrations(job: &str) -> bool {
    let job = job.to_ascii_lowercase();
    job.contains("migrat") && !job.contains("test") && !job.contains("check")
}

/// Whether the script that a command stands in starts the application for those who work on it.
fn starts_for_work(project: &Project, command: &Command) -> bool {
    const WATCHES: [&str; 6] = [
        "run dev",
        "start:dev",
        "next dev",
        "--watch",
        "nodemon",
        "ts-node-dev",
    ];
    let mut commands = project.beside.commands.iter();
    commands.any(|other| {
        other.file == command.file && WATCHES.iter().any(|word| other.fact.text.contains(word))
    })
}

/// Whether deployments make the database what the schema says, and run no migration.
pub(crate) fn pushes_only(project: &Project) -> bool {
    !commands(project, is_push).is_empty() && !migrates(project)
}

/// Whether a deployment runs the migrations.
pub(crate) fn migrates(project: &Project) -> bool {
    let deploys = |text: &str| text.contains("prisma") && text.contains("migrate deploy");
    let in_own_job = |command: &Command| {
        let context = &command.fact.context;
        matches!(context, CommandContext::Pipeline { job: Some(job) } if is_of_migrations(job))
            && deploys(&command.fact.text)
    };
    !commands(project, deploys).is_empty() || project.beside.commands.iter().any(in_own_job)
}

/// `prisma db push`
pub(crate) fn is_push(text: &str) -> bool {
    text.contains("prisma") && text.contains("db push")
}

#[cfg(test)]
mod tests {
    use super::is_of_migrations;

    #[test]
    fn a_job_says_which_database_it_migrates() {
        assert!(is_of_migrations("database_migrations"));
        assert!(is_of_migrations("migrate"));
        assert!(!is_of_migrations("test-migrations"));
        assert!(!is_of_migrations("build"));
    }
}
