//! Which of the Prisma schemas in a repository are the live ones.
//!
//! In this order: the configuration names them; a `prisma.config.*` does;
//! `package.json#prisma.schema` does; every other file or folder with a
//! `datasource` that is not documentation, a sample, a test's or a generator's
//! copy. Of copies of one schema (another provider, a template, a stale
//! sibling) one is live.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use snell_prisma::{Datamodel, Provider};

/// Why a schema is taken for live, or is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// `schemas` of the configuration names it.
    Configured,
    /// This `prisma.config.*` names it.
    PrismaConfig(Utf8PathBuf),
    /// This `package.json` names it.
    PackageJson(Utf8PathBuf),
    /// It has a `datasource` and stands where nothing speaks against it.
    Found,
    /// Not live: the path says sample, test, template or documentation.
    Sample,
    /// Not live: it lies in what a generator writes.
    Generated,
    /// Not live: it is a variant of this live one.
    VariantOf(Utf8PathBuf),
    /// Not live: the configuration, or its package, names another.
    NotNamed,
    /// Not live: no `datasource`, and no schema of several files around it.
    NoDatasource,
}

impl Reason {
    /// Whether a schema with this reason is live.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(
            self,
            Reason::Configured | Reason::PrismaConfig(_) | Reason::PackageJson(_) | Reason::Found
        )
    }
}

/// A file or folder that may be a schema.
#[derive(Debug)]
pub struct Candidate {
    /// The file or folder, relative to the root.
    pub path: Utf8PathBuf,
    /// What it says, its files lowered together.
    pub datamodel: Datamodel,
    /// Its path says sample, test, template or documentation.
    pub sample: bool,
    /// Its path may say so (`template`, `example` in a file's name).
    pub perhaps_sample: bool,
    /// The configuration or manifest that names it.
    pub named: Option<Reason>,
}

/// A candidate's number and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The candidate's file or folder.
    pub path: Utf8PathBuf,
    /// Live or not, and why.
    pub reason: Reason,
}

/// Decides for each candidate, in their order. `configured` says that the
/// configuration names the schemas: then no other is live.
#[must_use]
pub fn decide(candidates: &[Candidate], configured: bool) -> Vec<Decision> {
    let outputs: Vec<Utf8PathBuf> = candidates
        .iter()
        .flat_map(|c| outputs(&c.path, &c.datamodel))
        .collect();
    let mut reasons: Vec<Reason> = candidates
        .iter()
        .map(|candidate| alone(candidate, configured, &outputs))
        .collect();
    for n in 0..candidates.len() {
        if reasons[n] != Reason::Found {
            continue;
        }
        let rival = (0..candidates.len()).find(|other| {
            *other != n
                && reasons[*other].is_live()
                && is_variant(&candidates[n], &candidates[*other])
                && rank(&candidates[*other], *other) > rank(&candidates[n], n)
        });
        if let Some(rival) = rival {
            reasons[n] = Reason::VariantOf(candidates[rival].path.clone());
        }
    }
    let paths = candidates.iter().map(|candidate| candidate.path.clone());
    paths
        .zip(reasons)
        .map(|(path, reason)| Decision { path, reason })
        .collect()
}

fn alone(candidate: &Candidate, configured: bool, outputs: &[Utf8PathBuf]) -> Reason {
    match &candidate.named {
        Some(reason @ Reason::Configured) => reason.clone(),
        _ if configured => Reason::NotNamed,
        Some(reason) => reason.clone(),
        None if candidate.datamodel.datasource().is_none() => Reason::NoDatasource,
        None if candidate.sample => Reason::Sample,
        None if outputs
            .iter()
            .any(|output| candidate.path.starts_with(output)) =>
        {
            Reason::Generated
        }
        None => Reason::Found,
    }
}

/// Whether two schemas stand for one: siblings of one folder, or near each
/// other with nearly the same models.
fn is_variant(a: &Candidate, b: &Candidate) -> bool {
    if a.path.parent() == b.path.parent() {
        return true;
    }
    let names = |c: &Candidate| -> BTreeSet<String> {
        c.datamodel
            .models()
            .iter()
            .map(|model| model.name.to_string())
            .collect()
    };
    let (a, b) = (names(a), names(b));
    let shared = a.intersection(&b).count();
    !a.is_empty() && !b.is_empty() && shared * 10 >= a.len().max(b.len()) * 9
}

/// The better of two variants has the higher rank.
fn rank(candidate: &Candidate, n: usize) -> impl Ord + use<> {
    let postgres = matches!(
        candidate.datamodel.provider(),
        Provider::PostgreSql | Provider::CockroachDb
    );
    let plain =
        candidate.path.file_name() == Some("schema.prisma") || candidate.path.extension().is_none();
    (
        candidate.named.is_some(),
        !candidate.perhaps_sample,
        postgres,
        plain,
        std::cmp::Reverse(candidate.path.components().count()),
        std::cmp::Reverse(n),
    )
}

/// Where the generators of a schema write clients, relative to the root.
#[must_use]
pub fn outputs(path: &Utf8Path, datamodel: &Datamodel) -> Vec<Utf8PathBuf> {
    let folder = if path.extension() == Some("prisma") {
        path.parent().unwrap_or(Utf8Path::new(""))
    } else {
        path
    };
    datamodel
        .generators()
        .iter()
        .filter_map(|generator| generator.output.as_deref())
        .filter_map(|output| snell_workspace::join(folder, output))
        // A generator that writes into the schema's own folder hides nothing.
        .filter(|output| !folder.starts_with(output))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(path: &str, text: &str) -> Candidate {
        let parse = snell_prisma::parse(text);
        Candidate {
            path: path.into(),
            datamodel: snell_prisma::lower(&[(0, &parse)]).0,
            sample: path.contains("docs/"),
            perhaps_sample: path.contains("template"),
            named: None,
        }
    }

    fn live(candidates: &[Candidate]) -> Vec<&str> {
        let decisions = decide(candidates, false);
        let live = decisions
            .iter()
            .enumerate()
            .filter(|(_, decision)| decision.reason.is_live());
        live.map(|(n, _)| candidates[n].path.as_str()).collect()
    }

    const POSTGRES: &str = "datasource db {\n provider = \"postgresql\"\n}\n";
    const SQLITE: &str = "datasource db {\n provider = \"sqlite\"\n}\n";
    const MODELS: &str = "model User {\n id Int @id\n}\nmodel Post {\n id Int @id\n}\n";

    #[test]
    fn of_variants_the_one_for_postgresql_lives() {
        let variants = [
            candidate(
                "packages/db/prisma/sqlite/schema.prisma",
                &format!("{SQLITE}{MODELS}"),
            ),
            candidate(
                "packages/db/prisma/postgres/schema.prisma",
                &format!("{POSTGRES}{MODELS}"),
            ),
            candidate(
                "packages/db/prisma/template.prisma",
                &format!("{POSTGRES}{MODELS}"),
            ),
        ];
        assert_eq!(
            live(&variants),
            ["packages/db/prisma/postgres/schema.prisma"]
        );
    }

    #[test]
    fn different_databases_both_live() {
        let both = [
            candidate(
                "apps/a/prisma/schema.prisma",
                &format!("{POSTGRES}{MODELS}"),
            ),
            candidate(
                "apps/b/prisma/schema.prisma",
                &format!("{POSTGRES}model Event {{\n id Int @id\n}}\n"),
            ),
        ];
        assert_eq!(live(&both).len(), 2);
    }

    #[test]
    fn documentation_and_fragments_do_not_live() {
        let none = [
            candidate("docs/schema.prisma", &format!("{POSTGRES}{MODELS}")),
            candidate("src/part.prisma", MODELS),
        ];
        assert!(live(&none).is_empty());
    }

    #[test]
    fn a_configured_schema_excludes_all_others() {
        let mut both = [
            candidate("a/schema.prisma", &format!("{POSTGRES}{MODELS}")),
            candidate(
                "b/schema.prisma",
                &format!("{POSTGRES}model Event {{\n id Int @id\n}}\n"),
            ),
        ];
        both[1].named = Some(Reason::Configured);
        let decisions = decide(&both, true);
        assert_eq!(decisions[0].reason, Reason::NotNamed);
        assert_eq!(decisions[1].reason, Reason::Configured);
    }
}
