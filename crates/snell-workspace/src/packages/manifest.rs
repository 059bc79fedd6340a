//! The facts of a `package.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use snell_source::{Span, SyntaxError};

use crate::json::{Json, Spanned};

/// What a `package.json` says.
/// Source: <https://docs.npmjs.com/cli/configuring-npm/package-json>.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageManifest {
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `version`.
    pub version: Option<String>,
    /// `workspaces`, in either of its forms.
    pub workspaces: Vec<Spanned<String>>,
    /// All dependencies; one that is listed twice has its first kind.
    pub dependencies: BTreeMap<String, Dependency>,
    /// `scripts`, in source order.
    pub scripts: Vec<Script>,
    /// `prisma`: removed in Prisma 7, read by all before it.
    pub prisma: Option<PrismaKey>,
    /// `main`.
    pub main: Option<String>,
    /// `module`.
    pub module: Option<String>,
    /// `types` or `typings`.
    pub types: Option<String>,
    /// `exports`: a tree of conditions.
    pub exports: Option<Json>,
    /// `imports`: a tree of conditions.
    pub imports: Option<Json>,
    /// `snell`: the configuration, when it stands here.
    pub snell: Option<Json>,
}

/// One dependency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// Which list names it.
    pub kind: DependencyKind,
    /// The version range as written: `^5.22.0`, `workspace:*`, `catalog:`.
    pub range: String,
    /// The range's place.
    pub span: Span,
}

/// The lists of dependencies, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DependencyKind {
    /// `dependencies`
    Normal,
    /// `devDependencies`
    Dev,
    /// `peerDependencies`
    Peer,
    /// `optionalDependencies`
    Optional,
}

impl DependencyKind {
    const ALL: [(DependencyKind, &'static str); 4] = [
        (DependencyKind::Normal, "dependencies"),
        (DependencyKind::Dev, "devDependencies"),
        (DependencyKind::Peer, "peerDependencies"),
        (DependencyKind::Optional, "optionalDependencies"),
    ];
}

/// One script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Its name.
    pub name: String,
    /// The command; the span includes the quotes.
    pub command: Spanned<String>,
}

/// `package.json#prisma`.
/// Source: <https://www.prisma.io/docs/orm/reference/prisma-schema-reference>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrismaKey {
    /// `schema`: a file or folder, relative to the `package.json`.
    pub schema: Option<Spanned<String>>,
    /// `seed`: a command.
    pub seed: Option<Spanned<String>>,
    /// The key's value.
    pub span: Span,
}

impl PackageManifest {
    /// Reads a `package.json`; a broken one gives no facts and the error.
    #[must_use]
    pub fn parse(text: &str) -> (PackageManifest, Option<SyntaxError>) {
        let (json, error) = Json::parse(text);
        (PackageManifest::from_json(&json), error)
    }

    fn from_json(json: &Json) -> PackageManifest {
        let string = |key| json.get(key).and_then(Json::as_str).map(str::to_owned);
        PackageManifest {
            name: json.get("name").and_then(Json::spanned_str),
            version: string("version"),
            workspaces: workspaces(json),
            dependencies: dependencies(json),
            scripts: scripts(json),
            prisma: json.get("prisma").map(prisma_key),
            main: string("main"),
            module: string("module"),
            types: string("types").or_else(|| string("typings")),
            exports: json.get("exports").cloned(),
            imports: json.get("imports").cloned(),
            snell: json.get("snell").cloned(),
        }
    }
}

/// An array, or `{ "packages": [...] }` (yarn 1).
fn workspaces(json: &Json) -> Vec<Spanned<String>> {
    let Some(value) = json.get("workspaces") else {
        return Vec::new();
    };
    value.get("packages").unwrap_or(value).spanned_strings()
}

fn dependencies(json: &Json) -> BTreeMap<String, Dependency> {
    let mut all = BTreeMap::new();
    for (kind, key) in DependencyKind::ALL {
        for member in json.get(key).map(Json::members).unwrap_or_default() {
            let Some(range) = member.value.as_str() else {
                continue;
            };
            all.entry(member.name.value.clone()).or_insert(Dependency {
                kind,
                range: range.to_owned(),
                span: member.value.span,
            });
        }
    }
    all
}

fn scripts(json: &Json) -> Vec<Script> {
    let scripts = json.get("scripts").map(Json::members).unwrap_or_default();
    scripts
        .iter()
        .filter_map(|member| {
            Some(Script {
                name: member.name.value.clone(),
                command: member.value.spanned_str()?,
            })
        })
        .collect()
}

fn prisma_key(json: &Json) -> PrismaKey {
    PrismaKey {
        schema: json.get("schema").and_then(Json::spanned_str),
        seed: json.get("seed").and_then(Json::spanned_str),
        span: json.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_a_manifest() {
        let text = r#"{
            "name": "api", "workspaces": { "packages": ["apps/*"] },
            "scripts": { "build": "nest build", "odd": 1 },
            "dependencies": { "prisma": "5" }, "devDependencies": { "prisma": "6", "x": "1" },
            "prisma": { "seed": "tsx prisma/seed.ts" }
        }"#;
        let (manifest, error) = PackageManifest::parse(text);
        assert_eq!(error, None);
        assert_eq!(manifest.workspaces[0].value, "apps/*");
        assert_eq!(manifest.dependencies["prisma"].range, "5");
        assert_eq!(manifest.dependencies["x"].kind, DependencyKind::Dev);
        assert_eq!(manifest.scripts.len(), 1);
        assert_eq!(
            manifest.scripts[0].command.span.text(text),
            "\"nest build\""
        );
        let prisma = manifest.prisma.unwrap();
        assert_eq!(prisma.schema, None);
        assert_eq!(prisma.seed.unwrap().value, "tsx prisma/seed.ts");
    }

    #[test]
    fn a_broken_manifest_costs_its_facts() {
        let (manifest, error) = PackageManifest::parse("{ \"name\": ");
        assert_eq!(manifest, PackageManifest::default());
        assert!(error.is_some());
    }
}
