//! One run: from a tree of files to findings.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use snell_correlate::{Context, Idle, Judgement, Selection, Shared, judge_with};
use snell_flow::{
    Flow, Follower, ModuleFlow,
    raw::{Databases, RawQueries, Readings},
    scope::{
        EndpointPaths, Walked, groups, owner_columns, query_paths, rooms, signs_in, stored,
        strangers, walked, ways_of,
    },
};
use snell_prisma::SchemaError;
use snell_project::{
    Project,
    client::{ClientCall, Operation},
    endpoint::Endpoint,
    front::Front,
    module::ModuleId,
    names::Names,
    ownership::Ownership,
    schema::Decision,
};
use snell_report::{Counts, Notice, NoticeKind, erd::Erd};
use snell_source::{FileId, Sources};
use snell_sql::statistics::Statistics;
use snell_workspace::{Config, FileSystem, Isolation, RuleLevel, Workspace};

use crate::{
    beside, clock::Clock, guard::guarded, histories, memory::Memory, mirrors::Values, modules,
    queries, schemas, scope::NewMigrations,
};

/// What one run understood.
#[derive(Debug)]
pub struct Analysis {
    /// The texts that were read.
    pub sources: Sources,
    /// What they mean.
    pub project: Project,
    /// What its functions do.
    pub flow: Flow,
    /// The texts of raw queries.
    pub raw: RawQueries,
    /// The databases that they run on.
    pub databases: Databases,
    /// What the databases make of those texts.
    pub readings: Readings,
    /// Which schemas are live, and why.
    pub decisions: Vec<Decision>,
    /// Faults of the live schemas.
    pub schema_errors: Vec<(FileId, SchemaError)>,
    /// What could not be read or judged.
    pub notices: Vec<Notice>,
    /// What every endpoint runs, once somebody has asked or judged.
    ways: OnceLock<Vec<EndpointPaths>>,
    /// What nothing calls, once somebody has asked.
    idle: OnceLock<Idle>,
    /// How many files were listed.
    pub files: usize,
    /// How long each phase took.
    pub spent: Vec<(&'static str, Duration)>,
    /// What the live database counts of itself: the caller's to add.
    pub statistics: Option<Statistics>,
}

/// Reads and binds a whole workspace. Nothing of it is run. The configuration says which
/// migrations are new.
#[must_use]
pub fn analyze(fs: &dyn FileSystem, config: &Config) -> Analysis {
    analyze_workspace(
        fs,
        Workspace::discover(fs),
        config,
        &NewMigrations::Configured,
    )
}

/// The same for a workspace that was discovered already; `new` says which migrations are new.
#[must_use]
pub fn analyze_workspace(
    fs: &dyn FileSystem,
    workspace: Workspace,
    config: &Config,
    new: &NewMigrations,
) -> Analysis {
    analyze_with(fs, workspace, config, new, &Memory::none())
}

/// The same with what is remembered of texts that were read before; what is read now is remembered
/// in turn. The result does not depend on it.
#[must_use]
pub fn analyze_with(
    fs: &dyn FileSystem,
    workspace: Workspace,
    config: &Config,
    new: &NewMigrations,
    memory: &Memory,
) -> Analysis {
    let mut run = Run::of(fs, memory, &workspace);
    let found = run.schemas(&workspace, config, new);
    let models = found.schemas.models();
    let known = modules::Known {
        delegates: models.map(|(.., model)| model.accessor.clone()).collect(),
        values: Values::of(&found.schemas),
        names: Names::of(&found.schemas),
    };
    let (sources, notices) = (&mut run.sources, &mut run.notices);
    let linked = modules::link(fs, &workspace, &known, memory, sources, notices);
    run.clock.lap("modules");
    let files = workspace.files.len();
    let mut project = Project::bind(workspace, found.schemas, linked.modules, &config.isolation);
    configure(&mut project, config);
    run.clock.lap("bind");
    let asks = |path: &str| linked.asking.contains(Utf8Path::new(path));
    project.front = Front::bind(linked.front, &project.modules, &project.endpoints, asks);
    run.clock.lap("front ends");
    project.beside = beside::read(fs, &project, memory, &mut run.sources, &mut run.notices);
    memory.settle();
    project.beside.named = linked.named;
    project.elsewhere = linked.elsewhere;
    project.said = linked.said;
    let texts = beside::names(fs, &project, &known.names, &mut run.notices);
    project.elsewhere.extend(texts);
    run.clock.lap("beside");
    let flow = follow(&project, &mut run.notices);
    run.clock.lap("follow");
    learn_owners(&mut project, &flow, &config.isolation);
    run.clock.lap("owners");
    let raw = RawQueries::of(&project, &flow);
    let others = queries::other_scripts(fs, &project, &mut run.notices);
    let databases = Databases::of(&project, &raw, &others);
    let readings = queries::read(&project, &databases, &raw, &mut run.notices);
    run.clock.lap("raw queries");
    Analysis {
        sources: run.sources,
        project,
        flow,
        raw,
        databases,
        readings,
        ways: OnceLock::new(),
        idle: OnceLock::new(),
        files,
        decisions: found.decisions,
        schema_errors: found.errors,
        notices: run.notices,
        spent: run.clock.laps,
        statistics: None,
    }
}

/// What a run gathers as it goes.
struct Run<'a> {
    fs: &'a dyn FileSystem,
    memory: &'a Memory,
    sources: Sources,
    notices: Vec<Notice>,
    clock: Clock,
}

impl<'a> Run<'a> {
    fn of(fs: &'a dyn FileSystem, memory: &'a Memory, workspace: &Workspace) -> Self {
        let problems = workspace.problems.iter();
        let notices = problems.map(|problem| Notice {
            kind: NoticeKind::Unreadable,
            path: Some(problem.path.clone()),
            message: problem.kind.to_string(),
        });
        Run {
            fs,
            memory,
            sources: Sources::new(),
            notices: notices.collect(),
            clock: Clock::start(),
        }
    }

    /// The live schemas with what their migrations build.
    fn schemas(
        &mut self,
        workspace: &Workspace,
        config: &Config,
        new: &NewMigrations,
    ) -> schemas::Found {
        let configured: Vec<Utf8PathBuf> = config
            .schemas
            .iter()
            .map(|path| Utf8PathBuf::from(&path.value))
            .collect();
        let migrations = config
            .migrations
            .first()
            .map(|path| Utf8Path::new(path.value.as_str()));
        let mut found = schemas::find(
            self.fs,
            workspace,
            &configured,
            migrations,
            self.memory,
            &mut self.sources,
            &mut self.notices,
        );
        self.clock.lap("schemas");
        let judged = histories::Judged {
            new,
            after: config.migrations_after.value.as_deref(),
        };
        histories::replay(
            self.fs,
            workspace,
            judged,
            &mut found.schemas,
            self.memory,
            &mut self.sources,
            &mut self.notices,
        );
        self.clock.lap("migrations");
        found
    }
}

/// Whose rows are by what the code does, where the schema does not say.
fn learn_owners(project: &mut Project, flow: &Flow, settings: &Isolation) {
    let signs_in = signs_in(project, flow);
    project
        .owners
        .learn_people(&project.schemas, &signs_in, settings);
    let groups = groups(project, flow);
    project
        .owners
        .learn_groups(&project.schemas, &groups, settings);
    let rooms = rooms(project, flow);
    project
        .owners
        .learn_rooms(&project.schemas, &rooms, settings);
    let strangers = strangers(project, flow);
    project
        .owners
        .learn_strangers(&project.schemas, &strangers, settings);
    let columns = owner_columns(project, flow);
    project.owners.learn(&project.schemas, columns, settings);
}

/// What the configuration says that rules ask the project for.
fn configure(project: &mut Project, config: &Config) {
    project.roles = config.roles.clone();
    let named = config
        .rules
        .iter()
        .filter(|setting| setting.level != RuleLevel::Off || setting.options.is_some());
    project.rule_options = named
        .map(|setting| (setting.name.value.clone(), setting.options.clone()))
        .collect();
    let agreed = config.conventions.iter();
    project.conventions = agreed
        .map(|(about, said)| (about.clone(), said.value.clone()))
        .collect();
}

/// What the functions of the modules with queries or endpoints do.
fn follow(project: &Project, notices: &mut Vec<Notice>) -> Flow {
    let flows: Mutex<BTreeMap<ModuleId, ModuleFlow>> = Mutex::default();
    let mut run = |follower: &Follower<'_>, modules: Vec<ModuleId>| {
        // Those that take long stand beside each other in one folder: each is handed out alone.
        let modules = modules.into_par_iter().with_max_len(1);
        let failed = modules.map(|module| {
            let path = project.modules.get(module).path.as_str();
            let flow = guarded(path, || follower.follow(module))?;
            let known = lock(&flows).insert(module, flow);
            drop(known);
            Ok(())
        });
        let failed: Vec<Result<(), Notice>> = failed.collect();
        notices.extend(failed.into_iter().filter_map(Result::err));
    };
    let worth = snell_flow::worth_following(project);
    run(&Follower::new(project), worth.clone());
    let flow = Flow::of(lock(&flows).values().cloned());
    let stored = stored(project, &flow);
    if stored.reads.is_empty() {
        return flow;
    }
    drop(flow);
    // What is read there is known by now: those that read are followed again. What was found before is given
    // back as each is done.
    let again = worth
        .into_iter()
        .filter(|module| stored.modules.contains(module));
    let follower = Follower::knowing(project, stored.reads.clone());
    run(&follower, again.collect());
    let flows = flows.into_inner().unwrap_or_else(PoisonError::into_inner);
    Flow::of(flows.into_values())
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Walks through what every endpoint does, in the order of endpoints.
fn walks<'f>(project: &Project, flow: &'f Flow) -> Vec<Walked<'f>> {
    let entered: Vec<_> = flow.endpoints().collect();
    // Those that take long stand beside each other: each is handed out alone.
    let entered = entered.into_par_iter().with_max_len(1);
    entered.map(|entered| walked(project, entered)).collect()
}

/// What every endpoint runs, and whose rows each of its queries reaches.
fn ways(project: &Project, walks: &[Walked<'_>]) -> Vec<EndpointPaths> {
    let walks = walks.par_iter().with_max_len(1);
    walks.map(|walked| ways_of(project, walked)).collect()
}

/// What was read, without what tests do.
fn counts(analysis: &Analysis) -> Counts {
    let project = &analysis.project;
    let owned = owned_queries(analysis);
    let of_calls = |wanted: fn(Operation) -> bool| {
        let calls = project.calls.iter();
        calls
            .filter(|(_, call)| wanted(call.operation) && !project.path_facts(call.module).test)
            .count()
    };
    Counts {
        models: project.schemas.models().count(),
        migrations: histories::count(&project.schemas),
        client_calls: of_calls(|operation| !operation.is_of_client()),
        raw_queries: of_calls(Operation::is_raw),
        owned_queries: owned.len(),
        undecided_queries: owned.iter().filter(|decided| !**decided).count(),
        blind: is_blind(analysis),
        files: analysis.files,
    }
}

/// Whether no endpoint of the application comes to a query, though there are some of both.
fn is_blind(analysis: &Analysis) -> bool {
    let project = &analysis.project;
    let asks = |endpoint: &Endpoint| {
        endpoint.kind.is_request() && project.path_facts(endpoint.module).is_production()
    };
    let mut calls = project.calls.iter();
    let queries = calls.any(|(_, call)| {
        !call.operation.is_of_client() && project.path_facts(call.module).is_production()
    });
    queries
        && project.endpoints.iter().any(asks)
        && analysis.ways().iter().all(|way| way.queries.is_empty())
}

/// Of each query on rows that somebody owns, whether it is decided whose it reaches.
fn owned_queries(analysis: &Analysis) -> Vec<bool> {
    let project = &analysis.project;
    let paths = query_paths(project, analysis.ways());
    let calls = project.calls.with_opened(paths.keys().copied());
    calls
        .filter(|(_, call)| {
            let model = call.model();
            !project.path_facts(call.module).test
                && model
                    .is_some_and(|model| matches!(project.owners.of(model), Ownership::Owned(_)))
        })
        .map(|(id, call)| match paths.get(&id) {
            Some(ways) => ways.iter().all(|way| way.scope.is_decided()),
            None => !project.path_facts(call.module).is_production() || analysis.is_idle(call),
        })
        .collect()
}

impl Analysis {
    /// What every endpoint runs, in the order of endpoints.
    #[must_use]
    pub fn ways(&self) -> &[EndpointPaths] {
        self.ways
            .get_or_init(|| ways(&self.project, &walks(&self.project, &self.flow)))
    }

    /// How much was read.
    #[must_use]
    pub fn counts(&self) -> Counts {
        counts(self)
    }

    /// Whether a call stands in a method that nothing calls.
    pub(crate) fn is_idle(&self, call: &ClientCall) -> bool {
        let at = self.project.modules.at(call.module, call.name.span);
        self.idle.get_or_init(|| Idle::of(&self.project)).holds(at)
    }

    /// Runs the selected rules over what was understood.
    #[must_use]
    pub fn judge(&self, selection: &Selection) -> Judgement {
        self.within(|context| {
            judge_with(context, selection, |rules, check| {
                // Some rules take far longer than others: each is handed out alone.
                let rules = rules.par_iter().with_max_len(1);
                rules.map(|rule| check(rule)).collect()
            })
        })
    }

    /// The diagram of the live schemas.
    #[must_use]
    pub fn erd(&self) -> Erd {
        crate::erd::erd(&self.project)
    }

    /// Asks something of what was understood, as a rule would.
    pub(crate) fn within<T>(&self, ask: impl FnOnce(&Context<'_>) -> T) -> T {
        let shared = Shared::default();
        let walks = walks(&self.project, &self.flow);
        // The same walks say what somebody asks for afterwards.
        self.ways.get_or_init(|| ways(&self.project, &walks));
        ask(&Context {
            sources: &self.sources,
            project: &self.project,
            flow: &self.flow,
            walks: &walks,
            raw: &self.raw,
            databases: &self.databases,
            readings: &self.readings,
            shared: &shared,
            idle: &self.idle,
            statistics: self.statistics.as_ref(),
            schema_errors: &self.schema_errors,
        })
    }
}
