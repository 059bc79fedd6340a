//! Secrets in what is quoted from files: no format shows them in full.

use std::collections::BTreeSet;

use snell_source::{FileId, Location, Sources, telltale};

use crate::Finding;

/// The same files with secrets covered: those that findings name, and those that are known by their form in the files
/// that findings quote. None where there is none.
pub(crate) fn covered(findings: &[Finding], sources: &Sources) -> Option<Sources> {
    let all = || findings.iter().map(|finding| &finding.diagnostic);
    let named = all().flat_map(|one| one.secrets.iter().copied());
    let quoted = all().flat_map(|one| one.labels.iter().map(|label| label.at.file));
    let quoted: BTreeSet<FileId> = quoted.collect();
    let known = quoted.into_iter().flat_map(|file| {
        let spans = telltale(&sources.file(file).text);
        spans.into_iter().map(move |span| Location::new(file, span))
    });
    let mut places: Vec<Location> = named.collect();
    for place in known {
        // What is covered already has no more characters to show.
        let inside = |other: &Location| other.file == place.file && other.span.contains(place.span);
        if !places.iter().any(inside) {
            places.push(place);
        }
    }
    (!places.is_empty()).then(|| sources.covered(&places))
}
