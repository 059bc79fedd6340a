//! Binds names across files and languages.
//!
//! Facts of single files go in; a [`Project`] comes out, in which imports lead
//! to modules, receivers to classes and clients, and client calls to models.
//! What cannot be bound is said to be so, never guessed.

pub mod beside;
pub mod client;
pub mod endpoint;
pub mod expected;
pub mod front;
pub mod module;
pub mod names;
pub mod ownership;
pub mod schema;
pub mod types;

use std::collections::BTreeMap;

use camino::Utf8Path;
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_workspace::{Isolation, Json, PathFacts, PrismaVersion, Roles, Workspace};

use beside::Beside;
use client::{CallId, ClientCall, ClientCalls};
use endpoint::{Endpoints, Ranks};
use front::Front;
use module::{ExpressionRef, In, Module, ModuleId, Modules};
use names::Mention;
use ownership::Owners;
use schema::Schemas;

/// The whole of what is bound.
#[derive(Debug)]
pub struct Project {
    /// Files, packages, configuration files.
    pub workspace: Workspace,
    /// The live schemas.
    pub schemas: Schemas,
    /// The modules that were read.
    pub modules: Modules,
    /// The client calls in them.
    pub calls: ClientCalls,
    /// Who owns the rows of each model.
    pub owners: Owners,
    /// What the configuration says of the parts that models play; who reads it fills it.
    pub roles: Roles,
    /// The methods that requests reach.
    pub endpoints: Endpoints,
    /// What front ends ask of them; who reads files fills it.
    pub front: Front,
    /// Commands and SQL files beside them; who reads files fills it.
    pub beside: Beside,
    /// The rules that the configuration turns on or gives options by their full names, with these;
    /// who reads it fills it.
    pub rule_options: BTreeMap<String, Option<Json>>,
    /// What the configuration says that the project has agreed on, by what it is about; who reads
    /// it fills it.
    pub conventions: BTreeMap<String, String>,
    /// Files that are no modules, and what names of the schemas they say; who reads files fills it.
    pub elsewhere: Vec<Mention>,
    /// What names of the schemas each module says, in the order of modules; who reads files fills it.
    pub said: Vec<FxHashSet<SmolStr>>,
    by_expression: FxHashMap<ExpressionRef, CallId>,
    /// What the path of each module says.
    paths: Vec<PathFacts>,
}

impl Project {
    /// Binds client calls over linked modules and live schemas. What
    /// `isolation` says of owners and guards overrules what is inferred.
    #[must_use]
    pub fn bind(
        workspace: Workspace,
        schemas: Schemas,
        modules: Modules,
        isolation: &Isolation,
    ) -> Self {
        let calls = ClientCalls::bind(&modules, &schemas);
        let place = |(id, call): (CallId, &ClientCall)| {
            (
                In {
                    module: call.module,
                    id: call.expression,
                },
                id,
            )
        };
        let by_expression = calls.iter().map(place).collect();
        let owners = Owners::infer(&schemas, isolation);
        let of_path = |module: &Module| {
            let file = workspace.file(Utf8Path::new(module.path.as_str()));
            file.map(|file| file.facts).unwrap_or_default()
        };
        let is_production = |module: &Module| of_path(module).is_production();
        let ranks = Ranks::of(&schemas, &owners);
        let endpoints = Endpoints::find(&modules, (isolation, &ranks), &is_production);
        let paths = modules.iter().map(|(_, module)| of_path(module)).collect();
        Project {
            workspace,
            schemas,
            modules,
            calls,
            owners,
            roles: Roles::default(),
            endpoints,
            front: Front::default(),
            beside: Beside::default(),
            rule_options: BTreeMap::new(),
            conventions: BTreeMap::new(),
            elsewhere: Vec::new(),
            said: Vec::new(),
            by_expression,
            paths,
        }
    }

    /// The client call that an expression is.
    #[must_use]
    pub fn call_at(&self, expression: ExpressionRef) -> Option<CallId> {
        self.by_expression.get(&expression).copied()
    }

    /// The version of Prisma that governs a module.
    #[must_use]
    pub fn prisma_version(&self, module: ModuleId) -> Option<&PrismaVersion> {
        let path = camino::Utf8Path::new(self.modules.get(module).path.as_str());
        self.workspace.prisma_version(path)
    }

    /// What the path of a module says: test, seed, script, ...
    #[must_use]
    pub fn path_facts(&self, module: ModuleId) -> PathFacts {
        self.paths.get(module.index()).copied().unwrap_or_default()
    }
}
