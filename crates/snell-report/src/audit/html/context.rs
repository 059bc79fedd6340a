//! What the parts of the page share: which finding is about which model and endpoint, and what
//! everything is called on the page.

use std::collections::{BTreeMap, BTreeSet};

use snell_source::{Severity, Sources};

use super::super::{Audit, AuditFinding, Model, Owned, health};
use crate::{ErdColumns, ErdOptions};
use crate::{
    Finding,
    erd::Table,
    render::{
        erd,
        html::{Entry, More, severity, tags::Html},
    },
    trace::Spot,
};

/// A model with its page.
pub(super) struct ModelPage<'a> {
    /// The page's id.
    pub(super) id: String,
    pub(super) table: &'a Table,
    /// What the audit says of it.
    pub(super) model: Option<&'a Model>,
    /// The findings about it, by number.
    pub(super) findings: Vec<usize>,
}

/// Everything that the page shows.
pub(super) struct Context<'a> {
    pub(super) audit: &'a Audit,
    pub(super) sources: &'a Sources,
    pub(super) models: Vec<ModelPage<'a>>,
    /// The ids of the endpoints, in the order of the audit.
    pub(super) endpoints: Vec<String>,
    /// The diagram.
    pub(super) picture: String,
    numbers: BTreeMap<&'a str, usize>,
    by_model: BTreeMap<&'a str, usize>,
    /// What the client and the database call them.
    aliases: BTreeMap<String, usize>,
    by_endpoint: BTreeMap<&'a str, usize>,
}

/// `agentMemory` of `AgentMemory`
fn in_client(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

impl<'a> Context<'a> {
    pub(super) fn new(audit: &'a Audit, sources: &'a Sources) -> Self {
        let erd = &audit.erd;
        let options = ErdOptions {
            columns: ErdColumns::Auto,
            hub_edges: false,
        };
        let (picture, names) = erd::part(erd, &options);
        let mut models: Vec<ModelPage<'a>> = Vec::new();
        let mut by_model = BTreeMap::new();
        let mut aliases: BTreeMap<String, usize> = BTreeMap::new();
        let mut taken: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (n, (table, name)) in erd.tables.iter().zip(names).enumerate() {
            // Two schemas may have models of one name: the first page is the first one's.
            let key = (table.name.as_str(), table.database_name.as_str());
            let nth = taken.entry(key).or_default();
            let same = audit
                .models
                .iter()
                .filter(|model| (model.name.as_str(), model.table.as_str()) == key);
            models.push(ModelPage {
                id: name.replacen("table-", "model-", 1),
                table,
                model: same.clone().nth(*nth).or_else(|| same.clone().next()),
                findings: Vec::new(),
            });
            *nth += 1;
            by_model.entry(table.name.as_str()).or_insert(n);
            let client = in_client(&table.name);
            for name in [client, table.database_name.clone()] {
                aliases.entry(name).or_insert(n);
            }
        }
        let mut by_endpoint = BTreeMap::new();
        for (n, trace) in audit.endpoints.iter().enumerate() {
            by_endpoint.entry(trace.name.as_str()).or_insert(n);
        }
        let mut context = Context {
            audit,
            sources,
            models,
            endpoints: endpoint_ids(audit),
            picture,
            numbers: audit
                .findings
                .iter()
                .enumerate()
                .map(|(n, more)| (more.id.as_str(), n))
                .collect(),
            by_model,
            aliases,
            by_endpoint,
        };
        for (n, finding) in audit.report.findings.iter().enumerate() {
            if context.counts(n) {
                for model in context.models_of(finding) {
                    context.models[model].findings.push(n);
                }
            }
        }
        context
    }

    /// Whether a finding counts: nothing silences it, and it is not over.
    pub(super) fn counts(&self, n: usize) -> bool {
        self.audit.report.findings[n].is_active() && !self.audit.findings[n].past
    }

    /// The findings that count.
    pub(super) fn active(&self) -> impl Iterator<Item = (usize, &'a Finding, &'a AuditFinding)> {
        let audit = self.audit;
        health::active(audit).map(|(n, finding)| (n, finding, &audit.findings[n]))
    }

    /// The findings as the page lists them.
    pub(super) fn entries(&self) -> Vec<Entry<'a>> {
        self.active()
            .map(|(_, finding, more)| {
                let mut about: Vec<(String, String)> = self
                    .models_of(finding)
                    .into_iter()
                    .map(|model| (self.models[model].id.clone(), self.models[model].table.name.clone()))
                    .collect();
                about.extend(self.endpoints_of(finding).into_iter().map(|endpoint| {
                    (self.endpoints[endpoint].clone(), self.audit.endpoints[endpoint].name.clone())
                }));
                Entry {
                    finding,
                    id: more.id.clone(),
                    more: More {
                        area: Some((more.area as usize + 1, more.area.title())),
                        phase: Some(more.phase.number()),
                        effort: Some(format!("{} ({})", more.effort.letter(), more.basis)),
                        help: Some(&more.advice),
                        advice: vec![
                            ("Impact", more.impact.clone()),
                            ("How", more.change.how().to_owned()),
                            ("Risk", more.risk.clone()),
                            ("Test", more.test.clone()),
                        ],
                        remarks: match more.applied_migration {
                            true => vec!["where a database has recorded this migration, do not edit it: correct what it did with a new one"],
                            false => Vec::new(),
                        },
                        about,
                    },
                }
            })
            .collect()
    }

    /// The models that a finding names, as its subject or in its message.
    fn models_of(&self, finding: &Finding) -> BTreeSet<usize> {
        let parts = finding.parts().iter();
        let subjects = parts.flat_map(|part| part.subject.split_whitespace());
        let subjects = subjects.filter_map(|word| word.strip_prefix("model:"));
        let spans = spans(finding);
        let heads = spans.map(|span| {
            let end = span.find(|c: char| !c.is_alphanumeric() && c != '_');
            &span[..end.unwrap_or(span.len())]
        });
        subjects
            .chain(heads)
            .filter_map(|name| {
                let model = self.by_model.get(name);
                model.or_else(|| self.aliases.get(name)).copied()
            })
            .collect()
    }

    /// The endpoints that a finding's message names.
    fn endpoints_of(&self, finding: &Finding) -> BTreeSet<usize> {
        spans(finding)
            .filter_map(|span| self.by_endpoint.get(span).copied())
            .collect()
    }

    /// The page of a model.
    pub(super) fn model(&self, name: &str) -> Option<&ModelPage<'a>> {
        self.by_model.get(name).map(|n| &self.models[*n])
    }

    /// A link to a model's page; its name alone when there is none.
    pub(super) fn link_model(&self, out: &mut Html, name: &str) {
        match self.model(name) {
            Some(page) => out.link(&page.id, name),
            None => out.leaf("code", &[], name),
        }
    }

    /// A link to an endpoint; its name alone when it is none (a job, a script).
    pub(super) fn link_endpoint(&self, out: &mut Html, name: &str) {
        match self.by_endpoint.get(name) {
            Some(n) => out.link(&self.endpoints[*n], name),
            None => out.text(name),
        }
    }

    /// A link to a finding; its number alone when it is silenced.
    pub(super) fn link_finding(&self, out: &mut Html, id: &str) {
        match self.numbers.get(id) {
            Some(n) if self.audit.report.findings[*n].is_active() => out.link(id, id),
            _ => out.text(id),
        }
    }

    /// The place of a finding in the audit.
    pub(super) fn number(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// Where a finding is.
    pub(super) fn spot(&self, finding: &Finding) -> Spot {
        health::spot(self.sources, finding)
    }

    /// Findings as a list of links, worst first; mild ones of a long list are folded away.
    pub(super) fn short_list(&self, out: &mut Html, numbers: &[usize]) {
        const SCREEN: usize = 10;
        let severity = |n: usize| self.audit.report.findings[n].diagnostic.severity;
        let mut numbers = numbers.to_vec();
        numbers.sort_by_key(|n| std::cmp::Reverse(severity(*n)));
        let grave = numbers
            .iter()
            .filter(|n| severity(**n) >= Severity::Medium)
            .count();
        let shown = match numbers.len() <= SCREEN {
            true => numbers.len(),
            false => grave.clamp(SCREEN / 2, SCREEN),
        };
        let (shown, folded) = numbers.split_at(shown);
        self.links(out, shown);
        if !folded.is_empty() {
            out.open("details", &[("class", "why")]);
            out.leaf("summary", &[], &format!("{} more", folded.len()));
            self.links(out, folded);
            out.close();
        }
    }

    fn links(&self, out: &mut Html, numbers: &[usize]) {
        out.open("ul", &[("class", "short")]);
        for n in numbers {
            let finding = &self.audit.report.findings[*n];
            let id = &self.audit.findings[*n].id;
            out.open("li", &[]);
            severity(out, finding.diagnostic.severity);
            out.text(" ");
            out.link(id, id);
            out.text(" ");
            out.words("span", &[], &finding.diagnostic.message);
            out.close();
        }
        out.close();
    }
}

/// The names that a finding's messages hold.
fn spans(finding: &Finding) -> impl Iterator<Item = &str> {
    let parts = finding.parts().iter();
    parts.flat_map(|part| part.message.split('`').skip(1).step_by(2))
}

/// `endpoint-get-agents-id`
fn endpoint_ids(audit: &Audit) -> Vec<String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut ids = Vec::new();
    for trace in &audit.endpoints {
        let words: Vec<String> = trace
            .name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let base = format!("endpoint-{}", words.join("-"));
        let mut id = base.clone();
        let mut number = 2;
        while !taken.insert(id.clone()) {
            id = format!("{base}-{number}");
            number += 1;
        }
        ids.push(id);
    }
    ids
}

/// Whose rows, in words.
pub(super) fn owned(ownership: &Owned) -> String {
    match ownership {
        Owned::Owner => "owners themselves".to_owned(),
        Owned::Directly(column) => format!("by {column}"),
        Owned::Through(way) => format!("through {way}"),
        Owned::Global => "no owner found".to_owned(),
        Owned::NotAnalysed => "not analysed".to_owned(),
    }
}
