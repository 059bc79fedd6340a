//! Functions whose names stand nowhere: nothing calls what they do.
//!
//! A name is looked for in all code but tests, as a name, a member, a part of a pattern or a text,
//! whatever it is a name of there. Code of functions that are not used uses nothing.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Export, Expression, FunctionBody, FunctionId, FunctionKind, MemberKind,
    ModuleFacts, PatternStep,
};
use snell_project::{Project, client::CallId, module::ModuleId};
use snell_source::Span;

/// Methods that the language calls.
const CALLED: [&str; 6] = ["toString", "toJSON", "valueOf", "then", "next", "default"];

/// Folders whose exported functions a framework calls by the names of their files.
const ROUTED: [&str; 6] = ["app", "pages", "routes", "api", "functions", "middleware"];

/// The queries of functions that nothing calls. `said` tells which of some names stand in code that
/// is not among the modules.
#[must_use]
pub fn unused_queries(
    project: &Project,
    asked: impl Iterator<Item = CallId>,
    said: impl Fn(FxHashSet<&str>) -> FxHashSet<SmolStr>,
) -> FxHashSet<CallId> {
    let mut left: FxHashSet<CallId> = asked.collect();
    if left.is_empty() {
        return left;
    }
    let search = Search::of(project);
    let mut uses = search.uses(project);
    let keep = |left: &mut FxHashSet<CallId>, used: &[bool]| {
        left.retain(|call| {
            let call = project.calls.get(*call);
            let around = search.around(call.module, call.name.span);
            around.iter().any(|position| !used[*position])
        });
    };
    keep(&mut left, &uses.used);
    if left.is_empty() {
        return left;
    }
    let unused = search.candidates.iter().zip(&uses.used);
    let names = unused.filter(|(_, used)| !**used);
    let elsewhere = said(names.map(|(one, _)| one.name.as_str()).collect());
    for name in &elsewhere {
        let meant = search.named.get(name).map_or(&[][..], Vec::as_slice);
        uses.open(meant.to_vec());
    }
    keep(&mut left, &uses.used);
    left
}

/// A function that is used by its name alone.
struct Candidate {
    name: SmolStr,
    span: Span,
}

#[derive(Default)]
struct Search {
    candidates: Vec<Candidate>,
    named: FxHashMap<SmolStr, Vec<usize>>,
    of_module: FxHashMap<ModuleId, Vec<usize>>,
}

impl Search {
    fn of(project: &Project) -> Self {
        let mut search = Search::default();
        for (module, _) in project.modules.iter() {
            let facts = project.modules.facts(module);
            for id in named_functions(project, module) {
                let function = facts.function(id);
                let Some(name) = &function.name else { continue };
                let position = search.candidates.len();
                search.candidates.push(Candidate {
                    name: name.text.clone(),
                    span: function.span,
                });
                let alike = search.named.entry(name.text.clone()).or_default();
                alike.push(position);
                search.of_module.entry(module).or_default().push(position);
            }
        }
        search
    }

    /// The candidates around a place, outermost first.
    fn around(&self, module: ModuleId, at: Span) -> Vec<usize> {
        let own = self.of_module.get(&module).into_iter().flatten();
        let holds = |span: Span| span.start <= at.start && at.end <= span.end;
        let around = own.filter(|position| holds(self.candidates[**position].span));
        around.copied().collect()
    }

    /// Which of the candidates something names that is not one of them itself, or is used.
    fn uses(&self, project: &Project) -> Uses<'_> {
        let mut uses = Uses {
            used: vec![false; self.candidates.len()],
            inside: vec![Vec::new(); self.candidates.len()],
        };
        let mut open: Vec<usize> = Vec::new();
        for (module, _) in project.modules.iter() {
            if project.path_facts(module).test {
                continue;
            }
            names(project.modules.facts(module), &mut |name, at| {
                let Some(meant) = self.named.get(name).map(Vec::as_slice) else {
                    return;
                };
                match self.around(module, at).last() {
                    Some(innermost) => uses.inside[*innermost].push(meant),
                    None => open.extend(meant),
                }
            });
        }
        uses.open(open);
        uses
    }
}

/// Which candidates are used, and what each of them names.
struct Uses<'s> {
    used: Vec<bool>,
    inside: Vec<Vec<&'s [usize]>>,
}

impl Uses<'_> {
    /// Notes that these are used, and so is all that they name.
    fn open(&mut self, mut open: Vec<usize>) {
        while let Some(position) = open.pop() {
            if !std::mem::replace(&mut self.used[position], true) {
                let named = self.inside[position].iter();
                open.extend(named.flat_map(|meant| meant.iter()));
            }
        }
    }
}

/// The functions of a module that nobody can call but by their names.
fn named_functions(project: &Project, module: ModuleId) -> Vec<FunctionId> {
    let facts = project.modules.facts(module);
    let mut found = Vec::new();
    for class in &facts.classes {
        // What a base or a promise asks for, others call; so do those that a decorator tells of it.
        let told = class.decorators.iter().any(|one| one.name != "Injectable");
        if told || class.extends.is_some() || !class.implements.is_empty() {
            continue;
        }
        for member in &class.members {
            if let MemberKind::Method(id) = member.kind
                && member.decorators.is_empty()
            {
                found.push(id);
            }
        }
    }
    let routed = is_routed(project, module);
    for binding in &facts.bindings {
        let id = match &binding.kind {
            BindingKind::Function(id) => *id,
            BindingKind::Variable {
                init: Some(init), ..
            } if init.path.is_empty() => match facts.expression(init.value) {
                Expression::Function(id) => *id,
                _ => continue,
            },
            _ => continue,
        };
        let outside = exported(facts, &binding.name);
        let function = facts.function(id);
        let own = function
            .name
            .as_ref()
            .is_some_and(|name| name.text == binding.name);
        let plain = function.parent.is_none() && function.kind != FunctionKind::Method && own;
        // By another name than its own, it is called where nothing is seen of that.
        let same = outside.iter().all(|name| **name == binding.name);
        if plain && same && (outside.is_empty() || !routed) {
            found.push(id);
        }
    }
    found.retain(|id| {
        let function = facts.function(*id);
        let name = function.name.as_ref();
        function.body != FunctionBody::None
            && name.is_some_and(|name| !CALLED.contains(&name.text.as_str()))
    });
    found.sort_unstable_by_key(|id| facts.function(*id).span.start);
    found
}

/// The names under which a module exports one of its own.
fn exported<'f>(facts: &'f ModuleFacts, wanted: &str) -> Vec<&'f SmolStr> {
    let names = facts.exports.iter().filter_map(|export| match export {
        Export::Local {
            exported, local, ..
        } if local == wanted => Some(exported),
        _ => None,
    });
    names.collect()
}

/// Whether a framework may call what a module exports.
fn is_routed(project: &Project, module: ModuleId) -> bool {
    let path = &project.modules.get(module).path;
    let mut folders = path.split('/').collect::<Vec<_>>();
    let file = folders.pop().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    ["middleware", "proxy", "instrumentation"].contains(&stem)
        || folders.iter().any(|folder| ROUTED.contains(folder))
}

/// Shows each name that a module writes, and where, but for those of what it declares.
fn names(facts: &ModuleFacts, each: &mut dyn FnMut(&SmolStr, Span)) {
    for node in &facts.expressions {
        match &node.kind {
            Expression::Identifier { name, .. } | Expression::String(name) => {
                each(name, node.span);
            }
            Expression::Member { property, .. } => each(&property.text, node.span),
            Expression::Jsx { tag, .. } => {
                let parts = tag.split('.');
                parts.for_each(|part| each(&part.into(), node.span));
            }
            _ => {}
        }
    }
    for binding in &facts.bindings {
        let path = match &binding.kind {
            BindingKind::Parameter { path, .. } => path,
            BindingKind::Variable {
                init: Some(init), ..
            } => &init.path,
            _ => continue,
        };
        for step in path {
            if let PatternStep::Property(name) = step {
                each(name, binding.span);
            }
        }
    }
    for export in &facts.exports {
        if let Export::From {
            imported, exported, ..
        } = export
            && imported != exported
        {
            each(imported, Span::default());
        }
    }
    for import in &facts.imports {
        if let snell_extract::facts::ImportedName::Named(name) = &import.imported {
            let local = import.local.map(|local| &facts.binding(local).name);
            if local != Some(name) {
                each(name, import.span);
            }
        }
    }
}
