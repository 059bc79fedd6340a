//! `snell trace`, for people: one endpoint as a tree, or all as a table.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use termtree::{GlyphPalette, Tree};

use super::RenderOptions;
use crate::{
    trace::{Spot, Standing, Step, StepKind, Trace},
    visible::{line, width},
};

/// The columns that one level of the tree takes.
const INDENT: usize = 4;

/// One endpoint's way to its queries.
#[must_use]
pub fn tree(trace: &Trace, options: &RenderOptions) -> String {
    let paint = Paint(options.color);
    let mut out = String::new();
    let head = paint.with(Style::new().bold(), &line(&trace.name));
    let _ = writeln!(
        out,
        "{head}  {}:{}",
        line(&trace.spot.file),
        trace.spot.line
    );
    let mut row = |name: &str, text: &str| {
        let _ = writeln!(out, "  {name:<10}{}", line(text));
    };
    row("access", &trace.access);
    row("identity", &or_else(&trace.identity, "not asked for"));
    row("client", &or_else(&trace.client, "nothing"));
    row("queries", &trace.budget.to_string());
    out.push('\n');

    let columns = Columns::of(&trace.steps);
    let mut root = Tree::new(line(&trace.handler).into_owned());
    for step in &trace.steps {
        root.push(branch(step, 1, &columns, paint));
    }
    set_glyphs(&mut root, options.unicode);
    let _ = writeln!(out, "{}", root.to_string().trim_end());
    if trace.steps.is_empty() {
        out.push_str("  no query was found\n");
    }
    if !trace.followed {
        out.push_str("  not followed to its end: there may be more\n");
    }
    out
}

/// All endpoints with their budgets, worst first.
#[must_use]
pub fn table(traces: &[Trace], options: &RenderOptions) -> String {
    let paint = Paint(options.color);
    let mut rows: Vec<&Trace> = traces.iter().collect();
    rows.sort_by(|a, b| {
        let worst = b.budget.weight().cmp(&a.budget.weight());
        worst.then_with(|| (&a.name, &a.spot).cmp(&(&b.name, &b.spot)))
    });
    let names = rows.iter().map(|trace| width(&line(&trace.name)));
    let names = names.max().unwrap_or(0).min(60);
    let budgets = rows
        .iter()
        .map(|trace| width(&line(&trace.budget.to_string())));
    let budgets = budgets.max().unwrap_or(0).clamp("queries".len(), 40);
    let mut out = format!(
        "{}  {}  {}  at\n",
        padded("queries", budgets),
        padded("rows", Standing::WIDTH),
        padded("endpoint", names)
    );
    for trace in rows {
        let standing = worst(&trace.steps);
        let mut budget = trace.budget.to_string();
        if !trace.followed {
            budget.push_str(" or more");
        }
        let _ = writeln!(
            out,
            "{}  {}  {}  {}:{}",
            padded(&line(&budget), budgets),
            standing.map_or_else(
                || padded("-", Standing::WIDTH),
                |standing| paint.with(standing.style(), &padded(standing.word(), Standing::WIDTH))
            ),
            padded(&line(&trace.name), names),
            line(&trace.spot.file),
            trace.spot.line
        );
    }
    out
}

impl Standing {
    /// The columns of the longest word.
    const WIDTH: usize = 7;

    fn word(self) -> &'static str {
        match self {
            Standing::Sound => "sound",
            Standing::Unknown => "unknown",
            Standing::Open => "open",
        }
    }

    fn style(self) -> Style {
        let color = match self {
            Standing::Sound => AnsiColor::Green,
            Standing::Unknown => AnsiColor::Yellow,
            Standing::Open => AnsiColor::Red,
        };
        color.on_default()
    }

    fn rank(self) -> u8 {
        match self {
            Standing::Sound => 0,
            Standing::Unknown => 1,
            Standing::Open => 2,
        }
    }
}

/// The worst of all queries.
fn worst(steps: &[Step]) -> Option<Standing> {
    let standings = steps.iter().filter_map(|step| match step.kind {
        StepKind::Query { standing, .. } => Some(standing),
        _ => worst(&step.steps),
    });
    standings.max_by_key(|standing| standing.rank())
}

/// Where the columns right of the queries begin: lines that only lead there
/// may be wider.
struct Columns {
    labels: usize,
    verdicts: usize,
}

impl Columns {
    fn of(steps: &[Step]) -> Self {
        let mut columns = Columns {
            labels: 0,
            verdicts: 0,
        };
        columns.fit(steps, 1);
        columns
    }

    fn fit(&mut self, steps: &[Step], depth: usize) {
        for step in steps {
            if matches!(step.kind, StepKind::Query { .. }) {
                self.labels = self.labels.max(INDENT * depth + width(&label(step)));
                self.verdicts = self.verdicts.max(width(&verdict(step)));
            }
            self.fit(&step.steps, depth + 1);
        }
    }
}

fn branch(step: &Step, depth: usize, columns: &Columns, paint: Paint) -> Tree<String> {
    let place = paint.with(Style::new().dimmed(), &place(&step.spot));
    let label = label(step);
    let text = match &step.kind {
        StepKind::Query { standing, .. } => format!(
            "{}  {}  {place}",
            padded(&label, columns.labels.saturating_sub(INDENT * depth)),
            paint.with(standing.style(), &padded(&verdict(step), columns.verdicts))
        ),
        _ => format!("{label}  {place}"),
    };
    let mut tree = Tree::new(text);
    for inner in &step.steps {
        tree.push(branch(inner, depth + 1, columns, paint));
    }
    tree
}

fn label(step: &Step) -> String {
    let text = match &step.kind {
        StepKind::Query { query, .. } => query.clone(),
        StepKind::Call { calls } => calls.join(" > "),
        StepKind::Loop { over } => format!("for each of {over}"),
        StepKind::Transaction => "in one transaction".to_owned(),
        StepKind::Remote { system } => format!("asks {system}"),
    };
    line(&text).into_owned()
}

fn verdict(step: &Step) -> String {
    match &step.kind {
        StepKind::Query {
            verdict, reason, ..
        } => line(&format!("{verdict}: {reason}")).into_owned(),
        _ => String::new(),
    }
}

/// The file's name and the line: the whole path stands in the machine's form.
fn place(spot: &Spot) -> String {
    let name = spot.file.rsplit('/').next().unwrap_or(&spot.file);
    format!("{}:{}", line(name), spot.line)
}

fn or_else(words: &[String], none: &str) -> String {
    if words.is_empty() {
        none.to_owned()
    } else {
        words.join(", ")
    }
}

fn padded(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

fn set_glyphs(tree: &mut Tree<String>, unicode: bool) {
    tree.set_glyphs(if unicode {
        GlyphPalette::new()
    } else {
        GlyphPalette {
            middle_item: "|",
            last_item: "`",
            item_indent: "-- ",
            middle_skip: "|",
            last_skip: " ",
            skip_indent: "   ",
        }
    });
    for leaf in &mut tree.leaves {
        set_glyphs(leaf, unicode);
    }
}

/// Colours, or none.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, style: Style, text: &str) -> String {
        if self.0 && !text.trim().is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{table, tree};
    use crate::{
        RenderOptions,
        trace::{Budget, Spot, Standing, Step, StepKind, Trace},
    };

    fn spot(line: u32) -> Spot {
        Spot {
            file: "src/note.ts".to_owned(),
            line,
        }
    }

    fn query(query: &str, standing: Standing) -> Step {
        Step {
            kind: StepKind::Query {
                query: query.to_owned(),
                verdict: "Scoped",
                reason: "who asks is a part of the condition".to_owned(),
                standing,
                executions: "1".to_owned(),
            },
            spot: spot(9),
            steps: Vec::new(),
        }
    }

    fn trace() -> Trace {
        Trace {
            name: "GET /notes\u{1b}[31m".to_owned(),
            handler: "NoteController.list".to_owned(),
            spot: spot(3),
            access: "signed in".to_owned(),
            roles: Vec::new(),
            role_in_code: None,
            identity: vec!["user: User".to_owned()],
            client: Vec::new(),
            budget: Budget {
                repeated: vec![(vec!["notes".to_owned()], 2)],
                once: 1,
            },
            steps: vec![
                query("Note.findMany", Standing::Sound),
                Step {
                    kind: StepKind::Loop {
                        over: "notes".to_owned(),
                    },
                    spot: spot(8),
                    steps: vec![query("Tag.count", Standing::Open)],
                },
            ],
            followed: true,
        }
    }

    #[test]
    fn a_tree_is_aligned_and_inert() {
        let options = RenderOptions {
            unicode: false,
            ..RenderOptions::default()
        };
        let text = tree(&trace(), &options);
        assert!(!text.contains('\u{1b}'), "{text}");
        let places: Vec<usize> = text
            .lines()
            .filter(|line| line.contains("note.ts:") && !line.contains("src/"))
            .map(|line| line.find("note.ts:").unwrap())
            .collect();
        assert_eq!(places.len(), 3, "{text}");
        assert_eq!(places[0], places[2], "{text}");
        assert!(text.contains("1 + 2 x notes"), "{text}");
    }

    #[test]
    fn the_worst_endpoint_is_the_first_row() {
        let mut light = trace();
        light.name = "GET /light".to_owned();
        light.budget = Budget {
            repeated: Vec::new(),
            once: 40,
        };
        let text = table(&[light, trace()], &RenderOptions::default());
        let rows: Vec<&str> = text.lines().skip(1).collect();
        assert!(
            rows[0].contains("/notes") && rows[1].contains("/light"),
            "{text}"
        );
        assert!(rows[0].contains("open"), "{text}");
    }
}
