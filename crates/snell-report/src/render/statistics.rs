//! How many findings each rule has.

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _};

use snell_source::Severity;

use crate::Report;

/// One line for each rule with active findings: their number, the worst
/// severity, the rule. Most findings first.
#[must_use]
pub fn statistics(report: &Report) -> String {
    let mut counts: BTreeMap<&str, (usize, Severity)> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.is_active()) {
        let diagnostic = &finding.diagnostic;
        let entry = counts
            .entry(diagnostic.rule.name)
            .or_insert((0, diagnostic.severity));
        entry.0 += 1;
        entry.1 = entry.1.max(diagnostic.severity);
    }
    let mut rows: Vec<(&str, usize, Severity)> = counts
        .into_iter()
        .map(|(rule, (count, severity))| (rule, count, severity))
        .collect();
    rows.sort_by_key(|(rule, count, _)| (Reverse(*count), *rule));
    let digits = rows.first().map_or(1, |row| row.1.to_string().len());
    let mut out = String::new();
    for (rule, count, severity) in rows {
        let _ = writeln!(out, "{count:>digits$}  {:<8}  {rule}", severity.as_str());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::statistics;
    use crate::sample;

    #[test]
    fn rules_are_counted_the_most_frequent_first() {
        let (report, _) = sample::report();
        let text = statistics(&report);
        let counts: Vec<usize> = text
            .lines()
            .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
            .collect();
        assert!(counts.is_sorted_by(|a, b| a >= b), "{text}");
        let active = report.findings.iter().filter(|f| f.is_active()).count();
        assert_eq!(counts.iter().sum::<usize>(), active);
    }
}
