//! What was found before a change: what is found now and was not found then is the change's doing, wherever it stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use snell_report::{Finding, NoticeKind, Report};
use snell_source::{Confidence, Severity, Sources};

use crate::fingerprint::{Kind, Site, pair};

/// The findings of a tree, as far as those of another are compared with them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// By the first fingerprint of their kind, in the order of their places.
    findings: BTreeMap<String, Vec<Was>>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Was {
    file: String,
    within: Option<String>,
    title: String,
    severity: Severity,
    confidence: Confidence,
    /// Neither a comment, nor the configuration, nor the baseline silenced it.
    counted: bool,
}

impl Was {
    fn site(&self) -> Site<'_> {
        Site {
            file: &self.file,
            within: self.within.as_deref(),
            title: &self.title,
        }
    }
}

impl Before {
    /// What a report tells; `None` when a part of the tree could not be judged: what is missing there is not new.
    #[must_use]
    pub fn of(report: &Report, sources: &Sources) -> Option<Self> {
        let notices = &mut report.notices.iter();
        if notices.any(|notice| notice.kind == NoticeKind::Internal) {
            return None;
        }
        let mut findings = BTreeMap::new();
        for (kind, numbers) in by_kind(&report.findings, sources) {
            let was = numbers.into_iter().map(|n| {
                let finding = &report.findings[n];
                Was {
                    file: sources
                        .file(finding.diagnostic.primary().at.file)
                        .path
                        .to_string(),
                    within: finding.within.clone(),
                    title: finding.diagnostic.message.clone(),
                    severity: finding.diagnostic.severity,
                    confidence: finding.diagnostic.confidence,
                    counted: finding.is_active(),
                }
            });
            findings.insert(kind.fingerprint(1), was.collect());
        }
        Some(Before { findings })
    }

    /// For each finding whether it is new: it was not there, was silenced, or is worse now. `sure` is how sure
    /// findings must be to be shown.
    #[must_use]
    pub fn news(&self, findings: &[Finding], sources: &Sources, sure: Confidence) -> Vec<bool> {
        let mut new = vec![true; findings.len()];
        for (kind, numbers) in by_kind(findings, sources) {
            let Some(then) = self.findings.get(&kind.fingerprint(1)) else {
                continue;
            };
            let now: Vec<Site<'_>> = numbers
                .iter()
                .map(|n| site(&findings[*n], sources))
                .collect();
            let were: Vec<Site<'_>> = then.iter().map(Was::site).collect();
            for (n, paired) in numbers.into_iter().zip(pair(&now, &were)) {
                let Some(was) = paired.map(|t| &then[t]) else {
                    continue;
                };
                let is = &findings[n].diagnostic;
                let shown = was.counted && (was.confidence >= sure || is.confidence < sure);
                new[n] = !shown || is.severity > was.severity;
            }
        }
        new
    }
}

/// Where a finding stands.
pub(crate) fn site<'a>(finding: &'a Finding, sources: &'a Sources) -> Site<'a> {
    Site {
        file: sources
            .file(finding.diagnostic.primary().at.file)
            .path
            .as_str(),
        within: finding.within.as_deref(),
        title: &finding.diagnostic.message,
    }
}

/// The numbers of the findings of each kind, in the order of their places.
pub(crate) fn by_kind(findings: &[Finding], sources: &Sources) -> BTreeMap<Kind, Vec<usize>> {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|n| {
        let at = findings[*n].diagnostic.primary().at;
        (&sources.file(at.file).path, at.span)
    });
    let mut kinds: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
    for n in order {
        let kind = Kind::of(&findings[n].diagnostic);
        kinds.entry(kind).or_default().push(n);
    }
    kinds
}
