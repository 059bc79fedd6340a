//! What a path says about the code behind it: tests, seeds, samples, ...
//!
//! Judged from the root downwards only: a project that happens to be checked out
//! below a folder called `examples` is no example.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

/// What the path of a file says. Several may hold (a seed of the tests).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PathFacts {
    /// A test, or what only tests use.
    pub test: bool,
    /// Fills a database with first data.
    pub seed: bool,
    /// Run by hand or by a pipeline, not by the application.
    pub script: bool,
    /// An example, a template, documentation or a fixture.
    pub sample: bool,
    /// Below `src`, in a folder or file whose name may mean a sample (`templates`,
    /// `fixtures`, ...): code there is usually live, a schema there usually is not.
    pub perhaps_sample: bool,
    /// Somebody else's code, copied in.
    pub vendored: bool,
    /// A component's story (Storybook).
    pub story: bool,
    /// A tool's configuration (`vite.config.ts`).
    pub tool_config: bool,
    /// Code that runs once: a migration of data, a backfill.
    pub one_off: bool,
}

impl PathFacts {
    /// Whether nothing says that the file is anything but the application's code.
    #[must_use]
    pub fn is_production(self) -> bool {
        !(self.test
            || self.seed
            || self.script
            || self.sample
            || self.vendored
            || self.story
            || self.tool_config)
    }
}

/// Folders that hold tests.
const TESTS: [&str; 17] = [
    "__tests__",
    "__test__",
    "__mocks__",
    "test",
    "tests",
    "testing",
    "e2e",
    "cypress",
    "playwright",
    "test-utils",
    "test-helpers",
    "integration-test",
    "integration-tests",
    "e2e-tests",
    "unit-tests",
    "load-tests",
    "spec",
];

/// Of these, the names that a route may well have (`POST /api/testing/rewards`).
const PERHAPS_ROUTES: [&str; 6] = [
    "testing",
    "test-utils",
    "test-helpers",
    "integration-tests",
    "e2e-tests",
    "load-tests",
];

/// Parts of a file's name, between its dots, that mark a test.
const TEST_PARTS: [&str; 10] = [
    "spec",
    "test",
    "e2e",
    "e2e-spec",
    "e2e-test",
    "int-spec",
    "int-test",
    "integration-spec",
    "cy",
    "mock",
];

/// Folders that hold samples wherever they stand.
const SAMPLES: [&str; 9] = [
    "example",
    "examples",
    "sample",
    "samples",
    "fixture",
    "fixtures",
    "__fixtures__",
    "demos",
    "playground",
];

/// Folders that hold samples outside `src`; below it they are often features
/// (mail templates, a documents service).
const SAMPLES_OUTSIDE_SRC: [&str; 18] = [
    "spike",
    "spikes",
    "poc",
    "pocs",
    "proof-of-concept",
    "prototype",
    "prototypes",
    "playgrounds",
    "experiments",
    "template",
    "templates",
    "doc",
    "docs",
    "demo",
    "boilerplate",
    "boilerplates",
    "starter",
    "starters",
];

const SEEDS: [&str; 5] = ["seed", "seeds", "seeder", "seeders", "seed-data"];
const SCRIPTS: [&str; 2] = ["script", "scripts"];
/// As [`SCRIPTS`], but below `src` they are features or commands of the application.
const SCRIPTS_OUTSIDE_SRC: [&str; 5] = ["tools", "bin", "hack", "archive", "archived"];
const VENDORS: [&str; 3] = ["third_party", "third-party", "thirdparty"];

/// Classifies the paths of one workspace.
#[derive(Debug, Default)]
pub struct Classifier {
    /// Folders named after the NestJS feature that they hold.
    features: FxHashSet<Utf8PathBuf>,
}

impl Classifier {
    /// Looks through all paths for folders that hold the feature that they are
    /// named after: `templates/templates.module.ts` makes `templates` a feature
    /// of the application (what `nest generate resource` writes), not a folder of samples.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a Utf8Path>) -> Self {
        Classifier {
            features: paths.into_iter().filter_map(feature_folder).collect(),
        }
    }

    /// What this path, relative to the root, says.
    #[must_use]
    pub fn facts(&self, path: &Utf8Path) -> PathFacts {
        let mut facts = PathFacts::default();
        let mut in_source = false;
        // `pages/api`, `app/.../api`: what follows are the words of a route.
        let (mut in_pages, mut in_route) = (false, false);
        for folder in folders(path) {
            let name = folder.file_name().unwrap_or_default();
            in_route |= in_pages && name == "api";
            in_pages |= matches!(name, "pages" | "app");
            if name == "src" {
                in_source = true;
                continue;
            }
            // Outside `src`, `test/test.module.ts` is what tests share.
            let feature = self.features.contains(folder);
            let route = in_route && PERHAPS_ROUTES.contains(&name);
            facts.test |= is_test_folder(name) && !(feature && in_source) && !route;
            if !feature {
                judge_folder(name, in_source, &mut facts);
            }
        }
        judge_file(path.file_name().unwrap_or_default(), in_source, &mut facts);
        let mut parts = path.components().map(|part| part.as_str());
        facts.one_off = parts.any(|part| {
            part.contains("backfill") || part.contains("migration") && !part.contains('.')
        });
        facts
    }
}

/// The folders above a file, outermost first.
fn folders(path: &Utf8Path) -> impl Iterator<Item = &Utf8Path> {
    let mut folders: Vec<_> = path
        .ancestors()
        .skip(1)
        .filter(|folder| !folder.as_str().is_empty())
        .collect();
    folders.reverse();
    folders.into_iter()
}

/// The folder of a file like `tests/tests.controller.ts` or `vendors/vendor.service.ts`.
fn feature_folder(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let (stem, suffix) = path.file_name()?.split_once('.')?;
    let part = suffix.strip_suffix(".ts")?;
    if !matches!(part, "module" | "controller" | "service" | "resolver") {
        return None;
    }
    let folder = path.parent()?;
    let name = folder.file_name()?;
    let same = stem == name || name.strip_suffix('s') == Some(stem);
    same.then(|| folder.to_owned())
}

fn is_test_folder(name: &str) -> bool {
    TESTS.contains(&name) || name.ends_with("-e2e")
}

fn judge_folder(name: &str, in_source: bool, facts: &mut PathFacts) {
    facts.seed |= SEEDS.contains(&name);
    facts.script |= is_script_folder(name) || (!in_source && SCRIPTS_OUTSIDE_SRC.contains(&name));
    let sample = SAMPLES.contains(&name);
    let sample_outside = SAMPLES_OUTSIDE_SRC.contains(&name);
    facts.sample |= sample || (!in_source && sample_outside);
    facts.perhaps_sample |= in_source && (sample || sample_outside);
    facts.vendored |= VENDORS.contains(&name) || (!in_source && name == "vendor");
    facts.story |= name == ".storybook";
}

/// `scripts`, `migration-scripts`, `backfill_scripts`
fn is_script_folder(name: &str) -> bool {
    let last = name.rsplit(['-', '_']).next();
    SCRIPTS.contains(&name) || last == Some("scripts")
}

fn judge_file(name: &str, in_source: bool, facts: &mut PathFacts) {
    let mut parts = name.split('.');
    let stem = parts.next().unwrap_or_default();
    for part in parts {
        facts.test |= TEST_PARTS.contains(&part);
        facts.seed |= matches!(part, "seed" | "seeder");
        facts.story |= matches!(part, "stories" | "story");
        facts.sample |= matches!(part, "example" | "sample" | "template");
        facts.tool_config |= part == "config" && !in_source;
    }
    facts.test |= stem.ends_with("-spec") || stem.ends_with("_test");
    facts.seed |= is_seed(stem);
    facts.perhaps_sample |= matches!(stem, "template" | "example" | "sample");
}

/// `seed`, `seed-users`, `seedUsers`, `users-seed`; not `seedling`.
fn is_seed(stem: &str) -> bool {
    let starts = ["seeder", "seeds", "seed"].iter().any(|word| {
        stem.strip_prefix(word).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(|c: char| !c.is_ascii_lowercase())
        })
    });
    starts
        || ["-seed", "_seed", "-seeder", "_seeder", "Seeder"]
            .iter()
            .any(|word| stem.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(path: &str) -> PathFacts {
        Classifier::default().facts(path.into())
    }

    #[test]
    fn tests_are_told_by_folder_and_by_name() {
        for path in [
            "apps/api/test/app.e2e-spec.ts",
            "apps/api/src/user.service.spec.ts",
            "apps/api-e2e/src/a.ts",
            "src/__mocks__/prisma.ts",
            "cypress/support/index.ts",
        ] {
            assert!(facts(path).test, "{path}");
        }
        for path in ["src/latest/a.ts", "src/contest.service.ts", "src/test.ts"] {
            assert!(!facts(path).test, "{path}");
        }
    }

    #[test]
    fn words_of_a_route_are_no_tests() {
        for path in [
            "src/pages/api/testing/rewards.ts",
            "apps/web/app/(ee)/api/cron/e2e-tests/route.ts",
        ] {
            assert!(!facts(path).test, "{path}");
        }
        for path in [
            "apps/api/test/app.ts",
            "apps/web/app/tests/setup.ts",
            "src/pages/api/testing/rewards.test.ts",
            "src/pages/api/__tests__/rewards.ts",
            "apps/web/app/api/e2e/route.ts",
        ] {
            assert!(facts(path).test, "{path}");
        }
    }

    #[test]
    fn seeds_and_scripts() {
        for path in [
            "prisma/seed.ts",
            "prisma/seed/users.ts",
            "scripts/seed-users.ts",
            "prisma/seedUsers.ts",
            "src/users.seeder.ts",
        ] {
            assert!(facts(path).seed, "{path}");
        }
        assert!(!facts("src/seedling.ts").seed);
        assert!(facts("tools/a.ts").script);
        assert!(facts("packages/server/migration-scripts/fill.ts").script);
        assert!(facts("prisma/archive/wipe.ts").script);
        assert!(!facts("src/tools/a.ts").script);
        assert!(!facts("src/archive/a.ts").script);
    }

    #[test]
    fn backfills_run_once() {
        assert!(facts("src/data-migration/fill.ts").one_off);
        assert!(facts("src/backfill-owners.ts").one_off);
        assert!(!facts("src/migration.service.ts").one_off);
    }

    #[test]
    fn samples_below_src_are_doubtful_when_their_name_is() {
        assert!(facts("examples/a/schema.prisma").sample);
        assert!(facts("packages/x/templates/schema.prisma").sample);
        assert!(facts("spikes/policies/prisma/schema.prisma").sample);
        assert!(facts("poc/queue/prisma/schema.prisma").sample);
        assert!(!facts("apps/api/src/prototypes/prototypes.service.ts").sample);
        assert!(!facts("apps/api/src/spikes/spikes.service.ts").sample);
        let mail = facts("apps/api/src/mail/templates/welcome.ts");
        assert!(!mail.sample && mail.perhaps_sample && mail.is_production());
        assert!(facts("prisma/template.prisma").perhaps_sample);
    }

    #[test]
    fn a_folder_that_holds_its_feature_is_no_test_and_no_sample() {
        let paths = [
            "src/tests/tests.module.ts",
            "src/tests/dto/create-test.dto.ts",
            "src/vendors/vendor.service.ts",
            "examples/examples.controller.ts",
        ];
        let shared_by_tests = "test/test.module.ts";
        let classifier = Classifier::new(
            paths
                .into_iter()
                .chain([shared_by_tests])
                .map(Utf8Path::new),
        );
        for path in paths {
            assert!(classifier.facts(path.into()).is_production(), "{path}");
        }
        assert!(classifier.facts(shared_by_tests.into()).test);
    }
}
