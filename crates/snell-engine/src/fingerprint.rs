//! Fingerprints: what a finding is, whatever moves around it.

use rustc_hash::FxHashMap;
use snell_source::{Diagnostic, Sources};

/// One for each finding, in their order: the first 32 hexadecimal digits of
/// blake3 over the rule's name and the subject. Findings of one subject are
/// numbered in the order of their places.
#[must_use]
pub fn fingerprints(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<String> {
    let mut order: Vec<usize> = (0..diagnostics.len()).collect();
    order.sort_by_key(|n| {
        let at = diagnostics[*n].primary().at;
        (&sources.file(at.file).path, at.span)
    });
    let mut seen: FxHashMap<(&str, &str), u32> = FxHashMap::default();
    let mut found = vec![String::new(); diagnostics.len()];
    for n in order {
        let diagnostic = &diagnostics[n];
        let count = seen
            .entry((diagnostic.rule.name, &diagnostic.subject))
            .or_insert(0);
        *count += 1;
        let text = match count {
            1 => format!("{}\n{}", diagnostic.rule.name, diagnostic.subject),
            count => format!("{}\n{}#{count}", diagnostic.rule.name, diagnostic.subject),
        };
        found[n] = blake3::hash(text.as_bytes()).to_hex()[..32].to_owned();
    }
    found
}
