//! Where tables and lines stand: groups that are linked are laid out by layers,
//! and put beside each other in rows.

use std::panic::catch_unwind;

/// A place, or a size.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Boxes to be placed, and pairs of them to be joined: the left one first.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    pub(super) sizes: Vec<Point>,
    pub(super) lines: Vec<(usize, usize)>,
    /// Boxes that stand before all groups where no line joins them to others.
    pub(super) first: Vec<usize>,
}

/// What a plan came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Placed {
    /// The upper left corner of each box.
    pub(super) corners: Vec<Point>,
    /// The places that each line passes between its ends.
    pub(super) ways: Vec<Vec<Point>>,
    pub(super) size: Point,
}

/// A way of placing one linked group. A stranger's program may fail at it.
pub(super) trait Layout {
    fn place(&self, plan: &Plan) -> Option<Placed>;
}

/// Layers from left to right, as dagre makes them.
pub(super) struct Layers;

impl Layout for Layers {
    fn place(&self, plan: &Plan) -> Option<Placed> {
        // A panic of the package costs the beauty of the picture, not the picture.
        catch_unwind(|| by_dagre(plan)).ok()?
    }
}

fn by_dagre(plan: &Plan) -> Option<Placed> {
    use dagre::{
        EdgeLabel, LayoutOptions, NodeLabel, RankDir,
        graph::{Graph, GraphOptions},
    };
    let mut graph: Graph<NodeLabel, EdgeLabel> = Graph::with_options(GraphOptions {
        directed: true,
        multigraph: true,
        compound: false,
    });
    for (at, size) in plan.sizes.iter().enumerate() {
        let label = NodeLabel {
            width: size.x,
            height: size.y,
            ..NodeLabel::default()
        };
        graph.set_node(at.to_string(), Some(label));
    }
    let (names, loops) = (0..plan.lines.len()).partition::<Vec<_>, _>(|line| {
        let (from, to) = plan.lines[*line];
        from != to
    });
    for line in &names {
        let (from, to) = plan.lines[*line];
        let name = line.to_string();
        let label = Some(EdgeLabel::default());
        graph.set_edge(from.to_string(), to.to_string(), label, Some(&name));
    }
    dagre::layout(
        &mut graph,
        Some(LayoutOptions {
            rankdir: RankDir::LR,
            nodesep: 28.0,
            edgesep: 14.0,
            ranksep: 90.0,
            ..LayoutOptions::default()
        }),
    );
    let mut corners = Vec::with_capacity(plan.sizes.len());
    let mut size = Point::default();
    for (at, of) in plan.sizes.iter().enumerate() {
        let node = graph.node(&at.to_string())?;
        let corner = Point {
            x: node.x? - of.x / 2.0,
            y: node.y? - of.y / 2.0,
        };
        size.x = size.x.max(corner.x + of.x);
        size.y = size.y.max(corner.y + of.y);
        corners.push(corner);
    }
    let mut ways = vec![Vec::new(); plan.lines.len()];
    for line in &names {
        let (from, to) = plan.lines[*line];
        let edge = graph.edge(&from.to_string(), &to.to_string(), Some(&line.to_string()))?;
        // The first and the last place are on the boxes' edges, wherever that is.
        let inner = edge.points.iter().skip(1);
        let count = edge.points.len().saturating_sub(2);
        let inner = inner.take(count).map(|point| Point {
            x: point.x,
            y: point.y,
        });
        ways[*line] = inner.collect();
        for point in &ways[*line] {
            size.x = size.x.max(point.x);
            size.y = size.y.max(point.y);
        }
    }
    debug_assert!(loops.iter().all(|line| ways[*line].is_empty()));
    Some(Placed {
        corners,
        ways,
        size,
    })
}

/// Boxes in rows, left to right; lines go straight.
pub(super) struct Rows;

/// The room between groups.
const GAP: f64 = 40.0;

impl Layout for Rows {
    fn place(&self, plan: &Plan) -> Option<Placed> {
        let area: f64 = plan
            .sizes
            .iter()
            .map(|size| (size.x + GAP) * (size.y + GAP))
            .sum();
        let widest = plan.sizes.iter().map(|size| size.x).fold(0.0, f64::max);
        // Screens are wider than high.
        let width = (area * 1.8).sqrt().max(widest);
        let mut corners = Vec::with_capacity(plan.sizes.len());
        let (mut at, mut row) = (Point::default(), 0.0_f64);
        let mut size = Point::default();
        for of in &plan.sizes {
            if at.x > 0.0 && at.x + of.x > width {
                at = Point {
                    x: 0.0,
                    y: at.y + row + GAP,
                };
                row = 0.0;
            }
            corners.push(at);
            row = row.max(of.y);
            size.x = size.x.max(at.x + of.x);
            size.y = size.y.max(at.y + of.y);
            at.x += of.x + GAP;
        }
        Some(Placed {
            corners,
            ways: vec![Vec::new(); plan.lines.len()],
            size,
        })
    }
}

/// Places a whole plan: each linked group by `layout`, the groups in rows, the
/// greatest first.
pub(super) fn place(plan: &Plan, layout: &dyn Layout) -> Placed {
    let groups = groups(plan);
    let placed: Vec<Placed> = groups
        .iter()
        .map(|group| {
            let part = part(plan, group);
            let by_layers = (group.boxes.len() > 1)
                .then(|| layout.place(&part))
                .flatten();
            by_layers.or_else(|| Rows.place(&part)).unwrap_or_default()
        })
        .collect();
    let outer = Rows
        .place(&Plan {
            sizes: placed.iter().map(|group| group.size).collect(),
            ..Plan::default()
        })
        .unwrap_or_default();
    let mut whole = Placed {
        corners: vec![Point::default(); plan.sizes.len()],
        ways: vec![Vec::new(); plan.lines.len()],
        size: outer.size,
    };
    for ((group, inner), corner) in groups.iter().zip(placed).zip(outer.corners) {
        let moved = |point: Point| Point {
            x: point.x + corner.x,
            y: point.y + corner.y,
        };
        for (at, place) in group.boxes.iter().zip(inner.corners) {
            whole.corners[*at] = moved(place);
        }
        for (line, way) in group.lines.iter().zip(inner.ways) {
            whole.ways[*line] = way.into_iter().map(moved).collect();
        }
    }
    whole
}

#[derive(Debug, Default)]
struct Group {
    boxes: Vec<usize>,
    lines: Vec<usize>,
}

/// The boxes that lines join: those that come first, then the greatest group, then in their order.
fn groups(plan: &Plan) -> Vec<Group> {
    let mut leader: Vec<usize> = (0..plan.sizes.len()).collect();
    fn find(leader: &mut [usize], mut at: usize) -> usize {
        while leader[at] != at {
            leader[at] = leader[leader[at]];
            at = leader[at];
        }
        at
    }
    for (from, to) in &plan.lines {
        let (a, b) = (find(&mut leader, *from), find(&mut leader, *to));
        // The first box leads: the order of groups does not depend on that of lines.
        leader[a.max(b)] = a.min(b);
    }
    let mut of_leader: Vec<Group> = Vec::new();
    of_leader.resize_with(plan.sizes.len(), Group::default);
    for at in 0..plan.sizes.len() {
        let first = find(&mut leader, at);
        of_leader[first].boxes.push(at);
    }
    for (line, (from, _)) in plan.lines.iter().enumerate() {
        let first = find(&mut leader, *from);
        of_leader[first].lines.push(line);
    }
    of_leader.retain(|group| !group.boxes.is_empty());
    let leads =
        |group: &Group| matches!(group.boxes.as_slice(), [only] if plan.first.contains(only));
    of_leader.sort_by_key(|group| (!leads(group), std::cmp::Reverse(group.boxes.len())));
    of_leader
}

fn part(plan: &Plan, group: &Group) -> Plan {
    let place = |at: &usize| group.boxes.binary_search(at).unwrap_or_default();
    Plan {
        sizes: group.boxes.iter().map(|at| plan.sizes[*at]).collect(),
        lines: group
            .lines
            .iter()
            .map(|line| {
                let (from, to) = &plan.lines[*line];
                (place(from), place(to))
            })
            .collect(),
        first: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken;

    impl Layout for Broken {
        fn place(&self, _: &Plan) -> Option<Placed> {
            None
        }
    }

    fn plan(lines: &[(usize, usize)], boxes: usize) -> Plan {
        Plan {
            sizes: vec![Point { x: 100.0, y: 60.0 }; boxes],
            lines: lines.to_vec(),
            first: Vec::new(),
        }
    }

    #[test]
    fn what_comes_first_stands_before_the_greatest_group() {
        let mut alone = plan(&[(0, 1), (1, 2)], 4);
        alone.first = vec![3];
        assert_eq!(place(&alone, &Layers).corners[3], Point::default());
        // Lines say where a box belongs.
        alone.lines.push((2, 3));
        assert_ne!(place(&alone, &Layers).corners[3], Point::default());
    }

    fn overlap(placed: &Placed, plan: &Plan) -> bool {
        let boxes = || placed.corners.iter().zip(&plan.sizes).enumerate();
        boxes().any(|(a, (at, size))| {
            boxes().any(|(b, (other, its))| {
                a != b
                    && at.x < other.x + its.x
                    && other.x < at.x + size.x
                    && at.y < other.y + its.y
                    && other.y < at.y + size.y
            })
        })
    }

    #[test]
    fn boxes_stand_apart_whoever_places_them() {
        let plan = plan(&[(0, 1), (1, 2), (2, 0), (0, 3), (4, 5), (4, 4)], 9);
        for layout in [&Layers as &dyn Layout, &Rows, &Broken] {
            let placed = place(&plan, layout);
            assert!(!overlap(&placed, &plan), "{:?}", placed.corners);
            assert_eq!(placed.ways.len(), plan.lines.len());
        }
    }

    #[test]
    fn layers_run_from_left_to_right() {
        let plan = plan(&[(0, 1), (1, 2)], 3);
        let placed = place(&plan, &Layers);
        assert!(placed.corners[0].x < placed.corners[1].x);
        assert!(placed.corners[1].x < placed.corners[2].x);
    }

    #[test]
    fn the_same_plan_is_placed_the_same() {
        let lines: Vec<(usize, usize)> = (1..40).map(|n| (n / 3, n)).collect();
        let plan = plan(&lines, 40);
        let first = place(&plan, &Layers);
        let again = place(&plan, &Layers);
        assert_eq!(first.corners, again.corners);
        assert_eq!(first.ways, again.ways);
    }
}
