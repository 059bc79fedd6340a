//! Which of the Prisma schemas in a repository are the live ones.
//!
//! In this order: the configuration names them; a `prisma.config.*` does;
//! `package.json#prisma.schema` does; every other file or folder with a
//! `datasource` that is not documentation, a sample, a test's or a generator's
//! copy. Of copies of one schema (another provider, a template, a stale
//! sibling) one is live. A schema among the sources that nothing is made from
//! (no migrations, no client, no script) is data of the application when
//! another schema is in use.

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
    /// A script of this `package.json` hands it to Prisma.
    Script(Utf8PathBuf),
    /// It has a `datasource` and stands where nothing speaks against it.
    Found,
    /// Not live: the path says sample, test, template or documentation.
    Sample,
    /// Not live: it stands among sources, and nothing is made from it.
    Unused,
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
            Reason::Configured
                | Reason::PrismaConfig(_)
                | Reason::PackageJson(_)
                | Reason::Script(_)
                | Reason::Found
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
    /// Something is made from it: there are migrations beside it, or a client
    /// is written to a place that it names.
    pub used: bool,
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
        // Scripts may well name a schema for each provider.
        if !matches!(reasons[n], Reason::Found | Reason::Script(_)) {
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
    let in_use = |n: usize| reasons[n].is_live() && !may_be_data(&candidates[n], &reasons[n]);
    if (0..candidates.len()).any(in_use) {
        for (candidate, reason) in candidates.iter().zip(&mut reasons) {
            if may_be_data(candidate, reason) {
                *reason = Reason::Unused;
            }
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
        // A script that prepares the tests names their schema.
        Some(Reason::Script(_)) if candidate.sample => Reason::Sample,
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

/// Whether a schema is found among the sources, away from where Prisma looks
/// for one, and nothing is made from it.
fn may_be_data(candidate: &Candidate, reason: &Reason) -> bool {
    let folder = match candidate.path.extension() {
        Some("prisma") => candidate.path.parent().unwrap_or(Utf8Path::new("")),
        _ => &candidate.path,
    };
    let in_source = folder.components().any(|part| part.as_str() == "src");
    let plain =
        candidate.path.file_name() == Some("schema.prisma") || candidate.path.extension().is_none();
    let usual = plain
        && matches!(
            folder.file_name(),
            Some("prisma" | "schema" | "db" | "database")
        );
    *reason == Reason::Found && in_source && !candidate.used && (!usual || candidate.perhaps_sample)
}

/// Whether two schemas stand for one: siblings of one folder, near each other with nearly the same
/// models, or an old copy that nothing is made from beside the one that has migrations. Siblings
/// with other models, of which clients are written to other places, are two databases.
fn is_variant(a: &Candidate, b: &Candidate) -> bool {
    let names = |c: &Candidate| -> BTreeSet<String> {
        c.datamodel
            .models()
            .iter()
            .map(|model| model.name.to_string())
            .collect()
    };
    let (own, other) = (names(a), names(b));
    let shared = own.intersection(&other).count();
    let filled = !own.is_empty() && !other.is_empty();
    if a.path.parent() == b.path.parent() {
        return !filled || shared > 0 || !have_clients_apart(a, b);
    }
    filled
        && (shared * 10 >= own.len().max(other.len()) * 9
            || is_left_behind(a, b) && shared * 2 >= own.len())
}

/// Whether nothing is made from the first of two schemas of one package and one database, and
/// something is from the second.
fn is_left_behind(a: &Candidate, b: &Candidate) -> bool {
    let idle = !a.used && a.named.is_none() && outputs(&a.path, &a.datamodel).is_empty();
    idle && b.used
        && package(&a.path) == package(&b.path)
        && a.datamodel.provider() == b.datamodel.provider()
}

/// The folder of the package that a schema stands in: what is before `src`, or before where Prisma
/// looks for schemas.
fn package(path: &Utf8Path) -> Utf8PathBuf {
    let inner = ["src", "prisma", "schema", "db", "database"];
    let mut parts = path.components();
    if path.extension().is_some() {
        parts.next_back();
    }
    parts
        .take_while(|part| !inner.contains(&part.as_str()))
        .collect()
}

/// Whether a client is made of each of two schemas, at another place.
fn have_clients_apart(a: &Candidate, b: &Candidate) -> bool {
    let outputs = |one: &Candidate| outputs(&one.path, &one.datamodel);
    let (own, other) = (outputs(a), outputs(b));
    !own.is_empty() && !other.is_empty() && own.iter().all(|output| !other.contains(output))
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
        candidate.used,
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
            used: false,
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
    fn siblings_with_clients_of_their_own_are_two_databases() {
        let schema = |model: &str, output: &str| {
            format!(
                "{POSTGRES}generator client {{\n provider = \"prisma-client-js\"\n output = \"{output}\"\n}}\n\
                 model {model} {{\n id Int @id\n}}\n"
            )
        };
        let both = |output: &str| {
            [
                candidate("prisma/people.prisma", &schema("User", "../clients/people")),
                candidate("prisma/chat.prisma", &schema("Chat", output)),
            ]
        };
        assert_eq!(live(&both("../clients/chat")).len(), 2);
        assert_eq!(live(&both("../clients/people")).len(), 1, "one client");
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

    const OTHER: &str = "model Event {\n id Int @id\n}\n";

    #[test]
    fn what_names_a_schema_keeps_it() {
        for reason in [
            Reason::PrismaConfig("prisma.config.ts".into()),
            Reason::PackageJson("package.json".into()),
            Reason::Script("package.json".into()),
        ] {
            let mut both = [
                candidate("prisma/schema.prisma", &format!("{POSTGRES}{MODELS}")),
                candidate("src/data/shop.prisma", &format!("{POSTGRES}{OTHER}")),
            ];
            both[1].named = Some(reason.clone());
            assert_eq!(decide(&both, false)[1].reason, reason);
        }
    }

    #[test]
    fn a_named_schema_outranks_its_copies() {
        let mut both = [
            candidate("db/schema.prisma", &format!("{POSTGRES}{MODELS}")),
            candidate("db/schema.full.prisma", &format!("{POSTGRES}{MODELS}")),
        ];
        both[1].named = Some(Reason::PackageJson("package.json".into()));
        assert_eq!(live(&both), ["db/schema.full.prisma"]);
    }

    #[test]
    fn scripts_for_each_provider_leave_one() {
        let mut both = [
            candidate("prisma/lite/schema.prisma", &format!("{SQLITE}{MODELS}")),
            candidate("prisma/pg/schema.prisma", &format!("{POSTGRES}{MODELS}")),
        ];
        for one in &mut both {
            one.named = Some(Reason::Script("package.json".into()));
        }
        assert_eq!(live(&both), ["prisma/pg/schema.prisma"]);
    }

    #[test]
    fn a_script_does_not_make_a_sample_live() {
        let mut both = [
            candidate("prisma/schema.prisma", &format!("{POSTGRES}{MODELS}")),
            candidate("docs/schema.prisma", &format!("{POSTGRES}{OTHER}")),
        ];
        both[1].named = Some(Reason::Script("package.json".into()));
        assert_eq!(decide(&both, false)[1].reason, Reason::Sample);
    }

    #[test]
    fn schemas_among_sources_are_data_when_another_is_in_use() {
        let mut all = [
            candidate("prisma/schema.prisma", &format!("{POSTGRES}{MODELS}")),
            candidate(
                "src/import/known/shop.prisma",
                &format!("{POSTGRES}{OTHER}"),
            ),
            candidate(
                "src/audit/database/schema.prisma",
                &format!("{POSTGRES}model Trail {{\n  id Int @id\n}}\n"),
            ),
        ];
        assert_eq!(decide(&all, false)[1].reason, Reason::Unused);
        assert!(
            decide(&all, false)[2].reason.is_live(),
            "where Prisma looks"
        );
        all[1].used = true;
        assert!(decide(&all, false)[1].reason.is_live(), "it has migrations");
    }

    #[test]
    fn a_copy_left_behind_beside_the_one_with_migrations_does_not_live() {
        let old = "model User {\n id Int @id\n}\nmodel Draft {\n id Int @id\n}\n";
        let mut both = [
            candidate(
                "apps/api/prisma/schema.prisma",
                &format!("{POSTGRES}{MODELS}"),
            ),
            candidate(
                "apps/api/src/prisma/schema.prisma",
                &format!("{POSTGRES}{old}"),
            ),
        ];
        assert_eq!(live(&both).len(), 2, "nothing says which");
        both[0].used = true;
        assert_eq!(live(&both), ["apps/api/prisma/schema.prisma"]);
        both[1].path = "apps/jobs/prisma/schema.prisma".into();
        assert_eq!(live(&both).len(), 2, "another package");
    }

    #[test]
    fn the_only_schema_lives_wherever_it_stands() {
        let one = [candidate(
            "src/data/shop.prisma",
            &format!("{POSTGRES}{MODELS}"),
        )];
        assert_eq!(live(&one), ["src/data/shop.prisma"]);
    }

    #[test]
    fn a_folder_of_files_is_one_schema() {
        let folder = [candidate(
            "apps/web/prisma/schema",
            &format!("{POSTGRES}{MODELS}"),
        )];
        assert_eq!(live(&folder), ["apps/web/prisma/schema"]);
        let outputs = outputs(
            Utf8Path::new("apps/web/prisma/schema"),
            &snell_prisma::lower(&[(
                0,
                &snell_prisma::parse(
                    "generator client {\n provider = \"prisma-client\"\n output = \"../../src/generated\"\n}\n",
                ),
            )])
            .0,
        );
        assert_eq!(outputs, ["apps/web/src/generated"]);
    }
}
