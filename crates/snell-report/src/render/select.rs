//! Which findings a format shows, and in which order.

use std::cmp::Reverse;

use snell_source::Sources;

use super::RenderOptions;
use crate::{Finding, Report};

/// The findings to show, in the order of machine formats: (path, offset, rule).
pub(crate) fn by_position<'a>(
    report: &'a Report,
    sources: &Sources,
    options: &RenderOptions,
) -> Vec<&'a Finding> {
    let mut findings: Vec<_> = shown(report, options).collect();
    findings.sort_by_cached_key(|finding| position_key(finding, sources));
    findings
}

/// The findings to show, in the order of `human`: severity, confidence, path,
/// offset, rule.
pub(crate) fn by_weight<'a>(
    report: &'a Report,
    sources: &Sources,
    options: &RenderOptions,
) -> Vec<&'a Finding> {
    let mut findings: Vec<_> = shown(report, options).collect();
    findings.sort_by_cached_key(|finding| {
        let diagnostic = &finding.diagnostic;
        (
            Reverse((diagnostic.severity, diagnostic.confidence)),
            position_key(finding, sources),
        )
    });
    findings
}

fn shown<'a>(
    report: &'a Report,
    options: &RenderOptions,
) -> impl Iterator<Item = &'a Finding> + use<'a> {
    let all = options.show_suppressed;
    report
        .findings
        .iter()
        .filter(move |finding| all || finding.is_active())
}

/// Path, offset, rule; then what tells apart two findings of one rule in one place.
fn position_key(
    finding: &Finding,
    sources: &Sources,
) -> (String, u32, &'static str, String, String) {
    let diagnostic = &finding.diagnostic;
    let at = diagnostic.primary().at;
    (
        sources.file(at.file).path.as_str().to_owned(),
        at.span.start,
        diagnostic.rule.name,
        diagnostic.message.clone(),
        finding.fingerprint.clone(),
    )
}
