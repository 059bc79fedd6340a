//! What the surroundings say of who reads: a pipeline, a program, a person.

use std::ffi::OsString;

/// Variables that coding agents set for the commands that they run.
pub(crate) const AGENTS: [&str; 8] = [
    "AI_AGENT",
    "CLAUDECODE",
    "CURSOR_AGENT",
    "CODEX_SANDBOX",
    "GEMINI_CLI",
    "OPENCODE",
    "AUGMENT_AGENT",
    "CLINE_ACTIVE",
];

/// Who reads what is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    /// A coding agent runs the command.
    pub(crate) agent: bool,
    /// It runs in GitHub Actions.
    pub(crate) github: bool,
    /// Where GitHub Actions takes a job's summary from.
    pub(crate) github_summary: Option<OsString>,
    /// It runs in some pipeline.
    pub(crate) pipeline: bool,
}

impl Environment {
    /// Of this process.
    pub(crate) fn of_process() -> Self {
        Environment::of(|name| std::env::var_os(name))
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| {
            variable(name).filter(|value| !matches!(value.to_str(), Some("" | "0" | "false")))
        };
        let github = set("GITHUB_ACTIONS").is_some();
        Environment {
            agent: AGENTS.iter().any(|name| set(name).is_some()),
            github,
            github_summary: set("GITHUB_STEP_SUMMARY").filter(|_| github),
            pipeline: github || set("CI").is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Environment {
        Environment::of(|name| {
            let mut all = variables.iter();
            let found = all.find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn variables_tell_who_reads() {
        assert!(!of(&[]).agent && !of(&[]).pipeline);
        assert!(of(&[("CLAUDECODE", "1")]).agent);
        assert!(!of(&[("AI_AGENT", "")]).agent && !of(&[("AI_AGENT", "0")]).agent);
        assert!(of(&[("CI", "true")]).pipeline && !of(&[("CI", "true")]).github);
        let github = of(&[("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "s.md")]);
        assert!(github.github && github.pipeline);
        assert_eq!(github.github_summary, Some("s.md".into()));
        assert_eq!(of(&[("GITHUB_STEP_SUMMARY", "s.md")]).github_summary, None);
    }
}
