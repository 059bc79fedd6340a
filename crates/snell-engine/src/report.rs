//! From a judgement to the report that every format renders.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use snell_correlate::Judgement;
use snell_extract::facts::FunctionId;
use snell_project::module::{FunctionRef, ModuleId};
use snell_report::{Finding, Notice, NoticeKind, Report, Schema, Suppression, Tool};
use snell_source::{Diagnostic, FileId, Location};
use snell_workspace::Ignore;

use crate::{Analysis, fingerprints, fixes, unjudged};

impl Analysis {
    /// The report of a judgement. `workspace` is the name that it carries,
    /// `accepted` the entries of the configuration that still hold.
    #[must_use]
    pub fn report(&self, judgement: Judgement, workspace: &str, accepted: &[Ignore]) -> Report {
        let (suppressed, diagnostics): (Vec<Option<String>>, Vec<Diagnostic>) = judgement
            .verdicts
            .into_iter()
            .map(|verdict| (verdict.suppressed, verdict.diagnostic))
            .unzip();
        let fingerprints = fingerprints(&diagnostics, &self.sources);
        let at_rest = self.at_rest();
        let within = self.functions_around(diagnostics.iter().map(|one| one.primary().at));
        let findings = diagnostics
            .into_iter()
            .zip(fingerprints)
            .zip(within)
            .zip(suppressed)
            .map(
                |(((mut diagnostic, fingerprint), within), suppressed)| Finding {
                    within,
                    fixes: {
                        let mut fixes = std::mem::take(&mut diagnostic.fixes);
                        fixes.retain(|fix| {
                            !fix.edits.iter().any(|edit| at_rest.contains(&edit.at.file))
                        });
                        fixes
                    },
                    suppressed: suppressed
                        .map(|reason| Suppression {
                            reason: (!reason.is_empty()).then_some(reason),
                        })
                        .or_else(|| silenced(accepted, &diagnostic)),
                    ..Finding::new(diagnostic, fingerprint)
                },
            )
            .collect();
        let findings: Vec<Finding> = findings;
        let edits = findings
            .iter()
            .flat_map(|one| &one.fixes)
            .flat_map(|fix| &fix.edits);
        let hashes = edits
            .map(|edit| edit.at.file)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|file| (file, fixes::hash(&self.sources.file(file).text)))
            .collect();
        let failed = judgement.failed.into_iter().map(|(rule, words)| Notice {
            kind: NoticeKind::Internal,
            path: None,
            message: format!("rule {rule} failed: {words}"),
        });
        let counts = self.counts();
        Report {
            workspace: workspace.to_owned(),
            tool: Tool::default(),
            schemas: self.schemas(),
            findings,
            notices: self
                .notices
                .iter()
                .cloned()
                .chain(failed)
                .chain(unjudged::notices(&self.project, self.ways(), &counts))
                .collect(),
            counts,
            hidden: Vec::new(),
            baseline: None,
            hashes,
        }
    }

    /// The innermost functions with a name around these places, as `Class.method` or by their own names.
    fn functions_around(&self, places: impl Iterator<Item = Location>) -> Vec<Option<String>> {
        let modules = &self.project.modules;
        let by_file: FxHashMap<FileId, ModuleId> = modules
            .iter()
            .map(|(module, read)| (read.file, module))
            .collect();
        let around = |at: Location| {
            let module = *by_file.get(&at.file)?;
            let functions = (0..).zip(&modules.facts(module).functions);
            let named = functions
                .filter(|(_, function)| function.name.is_some() && function.span.contains(at.span));
            let (number, _) = named.min_by_key(|(_, function)| function.span.len())?;
            Some(modules.function_name(FunctionRef {
                module,
                id: FunctionId(number),
            }))
        };
        places.map(around).collect()
    }

    fn schemas(&self) -> Vec<Schema> {
        let schemas = self.project.schemas.iter();
        schemas
            .map(|(_, schema)| Schema {
                path: schema.path.to_string(),
                provider: schema
                    .datamodel
                    .datasource()
                    .map_or_else(String::new, |datasource| {
                        datasource.provider.as_str().to_owned()
                    }),
            })
            .collect()
    }
}

/// The entry of `ignore` that accepts a finding.
fn silenced(accepted: &[Ignore], diagnostic: &Diagnostic) -> Option<Suppression> {
    let entry = accepted.iter().find(|entry| {
        snell_correlate::matches(&entry.rule.value, diagnostic.rule.name)
            && entry
                .target
                .as_ref()
                .is_none_or(|target| covers(target, &diagnostic.subject))
    })?;
    Some(Suppression {
        reason: entry.reason.clone(),
    })
}

/// `model:User` covers the model and everything in it.
fn covers(target: &str, subject: &str) -> bool {
    subject
        .strip_prefix(target)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '#']))
}
