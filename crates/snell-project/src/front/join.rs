//! Which route serves a request.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionKind};

use super::{Request, Segment};
use crate::{
    endpoint::{EndpointKind, Endpoints},
    module::Modules,
};

/// How a request's path leads to a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// They are the same, prefix and version included.
    Path,
    /// They are the same below what the base of the front end holds.
    Base,
    /// A first segment has to be taken off on the way.
    Proxy,
}

/// The route that serves a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The endpoint's position.
    pub endpoint: usize,
    /// How the path leads there.
    pub how: How,
}

/// An endpoint's position, and its path in segments.
type Segmented = (usize, Vec<SmolStr>);

/// The routes of controllers by method and number of segments.
pub(super) struct Routes {
    by_length: FxHashMap<(SmolStr, usize), Vec<Segmented>>,
    prefixes: Vec<Vec<SmolStr>>,
}

impl Routes {
    pub(super) fn of(modules: &Modules, endpoints: &Endpoints) -> Self {
        let mut by_length: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for (position, endpoint) in endpoints.iter().enumerate() {
            if endpoint.kind != EndpointKind::Http {
                continue;
            }
            let Some((verb, path)) = endpoint.name.split_once(' ') else {
                continue;
            };
            let segments = parts(path);
            by_length
                .entry((SmolStr::from(verb), segments.len()))
                .or_default()
                .push((position, segments));
        }
        Routes {
            by_length,
            prefixes: prefixes(modules),
        }
    }

    /// The one route that serves a request; nothing when there is none, or several are alike.
    pub(super) fn serving(&self, request: &Request) -> Option<Route> {
        let path = request.path.as_slice();
        let below: Vec<&[Segment]> = self
            .prefixes
            .iter()
            .filter_map(|prefix| after(path, prefix))
            .collect();
        let mut ways: Vec<(How, &[Segment])> = Vec::new();
        if self.prefixes.is_empty() && !request.based {
            ways.push((How::Path, path));
        }
        ways.extend(below.iter().map(|rest| (How::Path, *rest)));
        ways.push((How::Base, path));
        if let Some((Segment::Text(_), rest)) = path.split_first() {
            ways.push((How::Proxy, rest));
        }
        for (how, rest) in ways {
            let versioned = match rest.split_first() {
                Some((Segment::Text(first), rest)) if is_version(first) => Some(rest),
                _ => None,
            };
            for rest in [Some(rest), versioned].into_iter().flatten() {
                // What an unknown segment may be says nothing.
                if !rest.iter().any(|part| matches!(part, Segment::Text(_))) {
                    continue;
                }
                if let Some(endpoint) = self.exact(&request.method, rest) {
                    return Some(Route { endpoint, how });
                }
            }
        }
        None
    }

    fn exact(&self, method: &SmolStr, path: &[Segment]) -> Option<usize> {
        let routes = self.by_length.get(&(method.clone(), path.len()))?;
        let mut best: Option<(usize, usize)> = None;
        let mut alike = false;
        for (position, route) in routes {
            let Some(same) = matching(route, path) else {
                continue;
            };
            match best {
                Some((most, _)) if same < most => {}
                Some((most, _)) if same == most => alike = true,
                _ => {
                    best = Some((same, *position));
                    alike = false;
                }
            }
        }
        best.filter(|_| !alike).map(|(_, position)| position)
    }
}

/// How many segments are the same words, when the path leads to the route.
fn matching(route: &[SmolStr], path: &[Segment]) -> Option<usize> {
    let mut same = 0;
    for (part, segment) in route.iter().zip(path) {
        match segment {
            _ if part.starts_with(':') => {}
            Segment::Text(text) if text == part => same += 1,
            _ => return None,
        }
    }
    Some(same)
}

fn parts(path: &str) -> Vec<SmolStr> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(SmolStr::from)
        .collect()
}

fn after<'p>(path: &'p [Segment], prefix: &[SmolStr]) -> Option<&'p [Segment]> {
    let (start, rest) = path.split_at_checked(prefix.len())?;
    let same = start
        .iter()
        .zip(prefix)
        .all(|(a, b)| matches!(a, Segment::Text(text) if text == b));
    same.then_some(rest)
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// `app.setGlobalPrefix('api')`
fn prefixes(modules: &Modules) -> Vec<Vec<SmolStr>> {
    let folder = super::fold::Folder { modules };
    let mut found = Vec::new();
    for (module, owner) in modules.iter() {
        for (_, node) in owner.facts.all([ExpressionKind::Call]) {
            let Expression::Call {
                callee, arguments, ..
            } = &node.kind
            else {
                continue;
            };
            let Expression::Member { property, .. } = owner.facts.expression(*callee) else {
                continue;
            };
            let (true, Some(first)) = (property.text == "setGlobalPrefix", arguments.first())
            else {
                continue;
            };
            let at = crate::module::In {
                module,
                id: first.value,
            };
            let text: Option<String> = folder
                .fold(at)
                .iter()
                .map(|piece| match piece {
                    super::path::Piece::Text(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect();
            if let Some(text) = text {
                let prefix = parts(&text);
                if !prefix.is_empty() && !found.contains(&prefix) {
                    found.push(prefix);
                }
            }
        }
    }
    found
}
