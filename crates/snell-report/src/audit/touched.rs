//! What a finding touches in this project: the endpoints that come to its place, and what happens
//! there to rows of others.

use std::collections::{BTreeMap, BTreeSet};

use snell_source::Sources;

use super::{Audit, Query, standing::Standing};
use crate::{Finding, render::place::Place};

/// Endpoints that are named; more are counted.
const SHOWN: usize = 2;

/// The queries of an audit, by file and line.
pub(super) struct Touched<'a> {
    queries: BTreeMap<(&'a str, u32), Vec<&'a Query>>,
}

impl<'a> Touched<'a> {
    pub(super) fn of(audit: &'a Audit) -> Self {
        let mut touched = Touched {
            queries: BTreeMap::new(),
        };
        for query in &audit.queries {
            let at = (query.spot.file.as_str(), query.spot.line);
            touched.queries.entry(at).or_default().push(query);
        }
        touched
    }

    /// What stands before it, and the words: for a fault of isolation the harm, else who comes there.
    ///
    /// The first place alone counts: the others show why it is a finding.
    pub(super) fn words(
        &self,
        finding: &Finding,
        sources: &Sources,
    ) -> Option<(&'static str, String)> {
        let place = Place::of(sources, finding.diagnostic.primary().at);
        let queries = self.queries.get(&(place.file, place.line))?;
        if finding.diagnostic.rule.name.starts_with("isolation/")
            && let Some(words) = queries.iter().find_map(|query| harm(query))
        {
            return Some(("Impact", words));
        }
        let ways = queries.iter().flat_map(|query| &query.ways);
        let endpoints: BTreeSet<&str> = ways.map(|way| way.endpoint.as_str()).collect();
        (!endpoints.is_empty()).then(|| ("Reached by", named(&endpoints)))
    }
}

/// Endpoints by their names, as many as are read.
fn named(endpoints: &BTreeSet<&str>) -> String {
    let shown: Vec<String> = endpoints
        .iter()
        .take(SHOWN)
        .map(|endpoint| format!("`{endpoint}`"))
        .collect();
    match endpoints.len() {
        n if n <= SHOWN => shown.join(" and "),
        n if n == SHOWN + 1 => format!("{} and 1 more endpoint", shown.join(", ")),
        n => format!("{} and {} more endpoints", shown.join(", "), n - SHOWN),
    }
}

/// What is done to rows of others on the ways that nothing ties to who asks, and that the others are
/// tied.
fn harm(query: &Query) -> Option<String> {
    let (open, rest): (Vec<_>, Vec<_>) = query
        .ways
        .iter()
        .partition(|way| Standing::of(&way.verdict) == Standing::Open);
    let of = |ways: &[&super::Way]| -> BTreeSet<String> {
        ways.iter().map(|way| way.endpoint.clone()).collect()
    };
    let (open, rest) = (of(&open), of(&rest));
    let open: BTreeSet<&str> = open.iter().map(String::as_str).collect();
    let rest: BTreeSet<&str> = rest
        .iter()
        .map(String::as_str)
        .filter(|name| !open.contains(name))
        .collect();
    if open.is_empty() {
        return None;
    }
    let rows = match &query.model {
        Some(model) => format!("rows of `{model}`"),
        None => "rows".to_owned(),
    };
    let operation = query.operation.as_str();
    let (one, many, what) = if operation.starts_with("delete") {
        (
            "removes",
            "remove",
            format!("{rows} of anybody whose key is sent"),
        )
    } else if operation.starts_with("create") {
        (
            "stores",
            "store",
            format!(
                "{rows} that lead to rows of others: what is read back through them is not one's own"
            ),
        )
    } else if ["update", "upsert", "$execute"]
        .iter()
        .any(|head| operation.starts_with(head))
    {
        (
            "changes",
            "change",
            format!("{rows} of anybody whose key is sent: the owner's values are overwritten"),
        )
    } else {
        (
            "gives back",
            "give back",
            format!("{rows} of others to whoever asks"),
        )
    };
    let verb = if open.len() == 1 { one } else { many };
    let beside = match rest.len() {
        0 => String::new(),
        1 => "; 1 other endpoint that comes here is tied to who asks".to_owned(),
        n => format!("; {n} other endpoints that come here are tied to who asks"),
    };
    Some(format!("{} {verb} {what}{beside}", named(&open)))
}

#[cfg(test)]
mod tests {
    use super::{super::Way, *};
    use crate::trace::Spot;

    fn query(operation: &str, ways: &[(&str, &str)]) -> Query {
        Query {
            spot: Spot {
                file: "a.ts".to_owned(),
                line: 1,
            },
            model: Some("Note".to_owned()),
            operation: operation.to_owned(),
            owned: true,
            ways: ways
                .iter()
                .map(|(endpoint, verdict)| Way {
                    endpoint: (*endpoint).to_owned(),
                    verdict: (*verdict).to_owned(),
                    reason: String::new(),
                })
                .collect(),
            verdict: String::new(),
        }
    }

    #[test]
    fn harm_is_that_of_the_ways_which_nothing_ties() {
        let ways = [
            ("POST /notes/:id/clear", "ClientKeyOnly"),
            ("PUT /notes/:id", "CheckedBefore"),
            ("DELETE /notes/:id", "CheckedBefore"),
        ];
        assert_eq!(
            harm(&query("update", &ways)).as_deref(),
            Some(
                "`POST /notes/:id/clear` changes rows of `Note` of anybody whose key is sent: the owner's values are overwritten; 2 other endpoints that come here are tied to who asks"
            )
        );
        assert_eq!(harm(&query("update", &ways[1..])), None);
    }
}
