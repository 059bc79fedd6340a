//! What a user is told when nothing could be judged.

use snell_correlate::rules;
use snell_engine::{Analysis, GitError, trace::NotFound};
use snell_project::schema::Reason;

use crate::session::{Refusal, Session};

/// A reason to exit with 2, with its cure.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    details: Vec<String>,
    help: Option<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "error: {}", printable(&self.message))?;
        for line in &self.details {
            writeln!(f, "  {}", printable(line))?;
        }
        match &self.help {
            Some(help) => writeln!(f, "help: {}", printable(help)),
            None => Ok(()),
        }
    }
}

/// Names of files and words of configurations may hold anything.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

impl Failure {
    fn plain(message: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            details: Vec::new(),
            help: None,
        }
    }

    /// Outputs that nobody could tell apart.
    pub(crate) fn ambiguous_output(message: String) -> Self {
        Failure {
            help: Some("name a file for each: `--format sarif=snell.sarif`".to_owned()),
            ..Failure::plain(message)
        }
    }

    /// No rule of that name, or none that the pattern matches.
    pub(crate) fn unknown_rule(pattern: &str) -> Self {
        let names = rules::all().iter().map(|rule| rule.metadata.name);
        Failure {
            help: Some(match snell_source::closest_rule(pattern, names) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "`snell rules` lists the rules".to_owned(),
            }),
            ..Failure::plain(format!("no rule matches `{pattern}`"))
        }
    }

    /// No endpoint of that name, or none that passes that line.
    pub(crate) fn no_endpoint(asked: &str, missing: &NotFound) -> Self {
        let help = match &missing.nearest {
            _ if !missing.any => "no controller, resolver or other handler was found".to_owned(),
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`snell trace --all` lists the endpoints".to_owned(),
        };
        Failure {
            help: Some(help),
            ..Failure::plain(format!("no endpoint leads to `{asked}`"))
        }
    }

    /// A file of statistics that cannot be used.
    pub(crate) fn statistics(path: &camino::Utf8Path, why: &str) -> Self {
        Failure {
            help: Some(
                "`snell stats-query > stats.sql` prints the SQL, `psql \"$DATABASE_URL\" -XAtq -f stats.sql > stats.json` runs it"
                    .to_owned(),
            ),
            ..Failure::plain(format!("{path} holds no statistics: {why}"))
        }
    }

    /// No model or table of that name.
    pub(crate) fn no_model(asked: &str, names: &[&str]) -> Self {
        Failure {
            help: Some(match snell_source::closest(asked, names.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "`snell facts schema` lists the models".to_owned(),
            }),
            ..Failure::plain(format!("no model or table is called `{asked}`"))
        }
    }

    /// There is no baseline to look at.
    pub(crate) fn no_baseline(path: &camino::Utf8Path) -> Self {
        Failure {
            help: Some("`snell baseline create` accepts the findings of today".to_owned()),
            ..Failure::plain(format!("no baseline: {path} is not there"))
        }
    }

    /// The baseline that the configuration names is not there.
    pub(crate) fn no_baseline_at(
        path: &camino::Utf8Path,
        origin: &snell_workspace::Origin,
    ) -> Self {
        Failure {
            help: Some("mend the name, or write the file: `snell baseline create`".to_owned()),
            ..Failure::plain(format!("{origin}: no baseline is at `{path}`"))
        }
    }

    /// Fixes could not be written.
    pub(crate) fn not_fixed(error: &snell_engine::FixError) -> Self {
        Failure {
            help: Some("run it again".to_owned()),
            ..Failure::plain(error.to_string())
        }
    }

    /// No finding of that name.
    pub(crate) fn no_finding(name: &str) -> Self {
        Failure {
            help: Some(
                "`snell check --format json` tells fingerprints, and an audit names its findings"
                    .to_owned(),
            ),
            ..Failure::plain(format!("no finding `{name}` in this workspace"))
        }
    }

    /// Nothing to judge: where it was looked for, and what was passed over.
    pub(crate) fn no_schema(session: &Session, analysis: &Analysis) -> Self {
        let mut details = vec![
            "looked for: prisma.config.{ts,mts,js,mjs}, package.json#prisma.schema, *.prisma with a datasource"
                .to_owned(),
            format!("in: {} ({} files)", session.decision.root, analysis.files),
        ];
        let passed = analysis.decisions.iter().filter(|d| !d.reason.is_live());
        details.extend(passed.map(|decision| {
            format!(
                "passed over: {} ({})",
                decision.path,
                reason(&decision.reason)
            )
        }));
        Failure {
            details,
            help: Some(
                "name it in snell.jsonc: { \"schemas\": [\"packages/db/prisma\"] }".to_owned(),
            ),
            ..Failure::plain("no Prisma schema found")
        }
    }
}

/// Why a schema is live or not, in words.
pub(crate) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Configured => "named by the configuration".to_owned(),
        Reason::PrismaConfig(path) => format!("named by {path}"),
        Reason::PackageJson(path) => format!("named by {path}"),
        Reason::Script(path) => format!("handed to Prisma by a script of {path}"),
        Reason::Found => "has a datasource".to_owned(),
        Reason::Sample => "its path says sample, test or documentation".to_owned(),
        Reason::Unused => {
            "stands among sources, and has neither migrations nor a client".to_owned()
        }
        Reason::Generated => "lies in what a generator writes".to_owned(),
        Reason::VariantOf(path) => format!("a variant of {path}"),
        Reason::NotNamed => "the configuration names another".to_owned(),
        Reason::NoDatasource => "has no datasource".to_owned(),
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Config(faults) => Failure {
                details: faults
                    .iter()
                    .flat_map(|fault| {
                        let help = fault.help.as_ref().map(|help| format!("    {help}"));
                        std::iter::once(fault.to_string()).chain(help)
                    })
                    .collect(),
                ..Failure::plain("the configuration cannot be used")
            },
            Refusal::Git(error) => Failure {
                help: match error {
                    GitError::NotRun(_) | GitError::Refused(_) => Some(
                        "`--staged`, `--changed` and `--since` need a git repository".to_owned(),
                    ),
                    // These say themselves what to do.
                    GitError::NoRepository(_)
                    | GitError::NoBase(_)
                    | GitError::NoBaseInShallow(_)
                    | GitError::Shallow(_) => None,
                },
                ..Failure::plain(error.to_string())
            },
            Refusal::Command { ref nearest, .. } => Failure {
                help: Some(format!("did you mean `snell {nearest}`?")),
                ..Failure::plain(refusal.to_string())
            },
            Refusal::Missing(_) => Failure {
                help: Some("paths are looked for below the working directory".to_owned()),
                ..Failure::plain(refusal.to_string())
            },
            Refusal::Outside { .. } => Failure {
                help: Some("run it once for each workspace".to_owned()),
                ..Failure::plain(refusal.to_string())
            },
            refusal => Failure::plain(refusal.to_string()),
        }
    }
}

impl From<snell_engine::BaselineError> for Failure {
    fn from(error: snell_engine::BaselineError) -> Self {
        Failure {
            help: Some(
                "mend it, take it away and run `snell baseline create`, or leave it aside with `--no-baseline`"
                    .to_owned(),
            ),
            ..Failure::plain(format!("the baseline cannot be used: {error}"))
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::plain(format!("output cannot be written: {error}"))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::plain(format!("{error:#}"))
    }
}
