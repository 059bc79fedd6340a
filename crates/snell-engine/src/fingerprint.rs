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
    let subjects: Vec<String> = diagnostics.iter().map(|one| moved(&one.subject)).collect();
    let mut seen: FxHashMap<(&str, &str), u32> = FxHashMap::default();
    let mut found = vec![String::new(); diagnostics.len()];
    for n in order {
        let diagnostic = &diagnostics[n];
        let count = seen
            .entry((diagnostic.rule.name, &subjects[n]))
            .or_insert(0);
        *count += 1;
        let text = match count {
            1 => format!("{}\n{}", diagnostic.rule.name, subjects[n]),
            count => format!("{}\n{}#{count}", diagnostic.rule.name, subjects[n]),
        };
        found[n] = blake3::hash(text.as_bytes()).to_hex()[..32].to_owned();
    }
    found
}

/// A subject without the path that tells schemas apart: a schema that moves stays the same, and those
/// of one workspace are numbered.
fn moved(subject: &str) -> String {
    let words = subject
        .split(' ')
        .map(|word| match word.strip_prefix("schema:") {
            Some(path) if path.contains('/') || path.ends_with(".prisma") => "schema:",
            _ => word,
        });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::moved;

    #[test]
    fn paths_of_schemas_do_not_count() {
        assert_eq!(
            moved("schema:apps/api/prisma/schema.prisma migration:1_init"),
            "schema: migration:1_init"
        );
        assert_eq!(moved("schema:schema.prisma"), "schema:");
        assert_eq!(moved("model:A field:b"), "model:A field:b");
    }
}
