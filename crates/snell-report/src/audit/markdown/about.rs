//! Parts that point to findings: by their numbers, or with what they say.

use std::{cmp::Reverse, collections::BTreeMap};

use snell_source::Severity;

use super::{
    super::{Audit, Change, health::active},
    summary::link,
    text::{Document, prose},
};
use crate::Finding;

/// The findings of some rules with what they say, or a line that there are none: for parts that are
/// made of nothing else.
pub(super) fn told(out: &mut Document, audit: &Audit, what: &str, rules: &[&str]) {
    told_those(out, audit, what, |_, name| {
        rules.iter().any(|rule| name.starts_with(rule))
    });
}

/// The same, where the finding's number counts, too.
pub(super) fn told_those(
    out: &mut Document,
    audit: &Audit,
    what: &str,
    wanted: impl Fn(usize, &str) -> bool,
) {
    let mut found: Vec<(usize, &Finding)> = active(audit)
        .filter(|(n, finding)| wanted(*n, finding.diagnostic.rule.name))
        .collect();
    if found.is_empty() {
        out.paragraph(&format!("{what}: nothing was found."));
        return;
    }
    found.sort_by_key(|(n, finding)| {
        let diagnostic = &finding.diagnostic;
        (Reverse(diagnostic.severity), diagnostic.rule.name, *n)
    });
    if found.len() > WHOLE {
        out.paragraph(&format!("{what}, by kind; part 2 has each:"));
        kinds(out, audit, &found);
        return;
    }
    let rows: Vec<Vec<String>> = found
        .into_iter()
        .map(|(n, finding)| {
            let more = &audit.findings[n];
            vec![
                link(&more.id),
                finding.diagnostic.severity.as_str().to_owned(),
                prose(&finding.diagnostic.message),
                match more.change {
                    Change::Keep => "C".to_owned(),
                    _ => more.phase.number().to_string(),
                },
            ]
        })
        .collect();
    out.paragraph(&format!("{what}:"));
    out.long_table("findings", &["Finding", "Severity", "What", "Phase"], &rows);
}

/// Findings that are told one by one where they are pointed to; of more, their kinds are.
const WHOLE: usize = 4;

/// One row for each rule: what its one finding says, or what it is about, how many there are of each severity, and the worst of them.
fn kinds(out: &mut Document, audit: &Audit, found: &[(usize, &Finding)]) {
    const SHOWN: usize = 6;
    // The worst stand first, and so do their rules.
    let mut order: Vec<&str> = Vec::new();
    let mut by_rule: BTreeMap<&str, Vec<(usize, &Finding)>> = BTreeMap::new();
    for (n, finding) in found {
        let rule = finding.diagnostic.rule.name;
        if !order.contains(&rule) {
            order.push(rule);
        }
        by_rule.entry(rule).or_default().push((*n, *finding));
    }
    let rows: Vec<Vec<String>> = order
        .iter()
        .map(|rule| {
            let own = &by_rule[rule];
            let severities = own.iter().map(|(_, finding)| finding.diagnostic.severity);
            let mut links: Vec<String> = own
                .iter()
                .take(SHOWN)
                .map(|(n, _)| link(&audit.findings[*n].id))
                .collect();
            if own.len() > SHOWN {
                links.push(format!("{} more", own.len() - SHOWN));
            }
            vec![
                match own.as_slice() {
                    [(_, only)] => prose(&only.diagnostic.message),
                    all => prose(all[0].1.diagnostic.rule.summary),
                },
                own.len().to_string(),
                by_severity_words(severities),
                links.join(" "),
            ]
        })
        .collect();
    out.long_table("kinds", &["What", "# Findings", "Severity", "Which"], &rows);
}

/// `1 high, 3 low`; a severity that all have stands alone.
fn by_severity_words(severities: impl Iterator<Item = Severity>) -> String {
    let mut counts: BTreeMap<Reverse<Severity>, usize> = BTreeMap::new();
    for severity in severities {
        *counts.entry(Reverse(severity)).or_default() += 1;
    }
    let alone = counts.len() == 1;
    let parts: Vec<String> = counts
        .into_iter()
        .map(|(Reverse(severity), count)| match alone {
            true => severity.as_str().to_owned(),
            false => format!("{count} {}", severity.as_str()),
        })
        .collect();
    parts.join(", ")
}

/// The findings of some rules, a line for each rule, or a line that there are none.
pub(super) fn about(out: &mut Document, audit: &Audit, what: &str, rules: &[&str]) {
    about_those(out, audit, what, |_, name| {
        rules.iter().any(|rule| name.starts_with(rule))
    });
}

/// The same, where the finding's number counts, too.
pub(super) fn about_those(
    out: &mut Document,
    audit: &Audit,
    what: &str,
    wanted: impl Fn(usize, &str) -> bool,
) {
    let mut found: BTreeMap<&str, Vec<(usize, &Finding)>> = BTreeMap::new();
    for (n, finding) in active(audit) {
        let name = finding.diagnostic.rule.name;
        if wanted(n, name) {
            found.entry(name).or_default().push((n, finding));
        }
    }
    if found.is_empty() {
        out.paragraph(&format!("{what}: nothing was found."));
        return;
    }
    let mut by_severity: BTreeMap<Severity, Vec<String>> = BTreeMap::new();
    for (n, finding) in found.into_values().flatten() {
        let own = by_severity.entry(finding.diagnostic.severity);
        own.or_default().push(link(&audit.findings[n].id));
    }
    let parts: Vec<String> = by_severity
        .into_iter()
        .rev()
        .map(|(severity, mut links)| {
            const SHOWN: usize = 8;
            let more = links.len().saturating_sub(SHOWN);
            links.truncate(SHOWN);
            if more > 0 {
                links.push(format!("{more} more"));
            }
            format!("{} {}", severity.as_str(), links.join(" "))
        })
        .collect();
    let part = if what.contains("[appendix C]") {
        ""
    } else {
        ", in part 2"
    };
    out.paragraph(&format!("{what}{part}: {}.", parts.join("; ")));
}
