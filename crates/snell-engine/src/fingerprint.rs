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
    let kinds: Vec<Kind> = diagnostics.iter().map(Kind::of).collect();
    let mut seen: FxHashMap<&Kind, usize> = FxHashMap::default();
    let mut found = vec![String::new(); diagnostics.len()];
    for n in order {
        let count = seen.entry(&kinds[n]).or_insert(0);
        *count += 1;
        found[n] = kinds[n].fingerprint(*count);
    }
    found
}

/// What findings have in common that only a number tells apart: their rule and their subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Kind {
    rule: &'static str,
    subject: String,
}

impl Kind {
    pub(crate) fn of(diagnostic: &Diagnostic) -> Self {
        Kind {
            rule: diagnostic.rule.name,
            subject: moved(&diagnostic.subject),
        }
    }

    /// The rule's name.
    pub(crate) fn rule(&self) -> &'static str {
        self.rule
    }

    /// The fingerprint of the `number`th finding of this kind, counted from one.
    pub(crate) fn fingerprint(&self, number: usize) -> String {
        let text = match number {
            1 => format!("{}\n{}", self.rule, self.subject),
            number => format!("{}\n{}#{number}", self.rule, self.subject),
        };
        blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
    }
}

/// Where a finding stands, and what it says: tells those of one kind apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Site<'a> {
    pub(crate) file: &'a str,
    pub(crate) within: Option<&'a str>,
    pub(crate) title: &'a str,
}

impl Site<'_> {
    /// How likely it is that both are the same fault: a function counts for more than a file, which may be renamed.
    fn likeness(&self, other: &Site<'_>) -> u8 {
        4 * u8::from(self.within == other.within)
            + 2 * u8::from(self.file == other.file)
            + u8::from(self.title == other.title)
    }
}

/// Which finding of `then` each one of `now` is, all of one kind and in the order of their places: those that are most
/// alike first. `None` is the surplus: what was not there then.
pub(crate) fn pair(now: &[Site<'_>], then: &[Site<'_>]) -> Vec<Option<usize>> {
    let mut pairs: Vec<(std::cmp::Reverse<u8>, usize, usize)> = Vec::new();
    for (n, one) in now.iter().enumerate() {
        for (t, other) in then.iter().enumerate() {
            pairs.push((std::cmp::Reverse(one.likeness(other)), n, t));
        }
    }
    pairs.sort_unstable();
    let mut paired = vec![None; now.len()];
    let mut taken = vec![false; then.len()];
    for (_, n, t) in pairs {
        if paired[n].is_none() && !taken[t] {
            paired[n] = Some(t);
            taken[t] = true;
        }
    }
    paired
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
    use super::{Site, moved, pair};

    #[test]
    fn paths_of_schemas_do_not_count() {
        assert_eq!(
            moved("schema:apps/api/prisma/schema.prisma migration:1_init"),
            "schema: migration:1_init"
        );
        assert_eq!(moved("schema:schema.prisma"), "schema:");
        assert_eq!(moved("model:A field:b"), "model:A field:b");
    }

    fn at<'a>(file: &'a str, within: &'a str) -> Site<'a> {
        Site {
            file,
            within: Some(within),
            title: "said",
        }
    }

    #[test]
    fn the_surplus_is_the_one_that_was_not_there() {
        let then = [at("a.ts", "A.list"), at("b.ts", "B.list")];
        let now = [at("a.ts", "A.drivers"), then[0], then[1]];
        assert_eq!(pair(&now, &then), [None, Some(0), Some(1)]);
    }

    #[test]
    fn what_moved_is_the_same() {
        let then = [at("a.ts", "A.list"), at("b.ts", "B.list")];
        let now = [at("c.ts", "A.list"), at("b.ts", "B.all")];
        assert_eq!(pair(&now, &then), [Some(0), Some(1)]);
        assert_eq!(pair(&now[..1], &[]), [None]);
    }
}
