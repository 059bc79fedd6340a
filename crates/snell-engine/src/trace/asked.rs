//! Which endpoints a question means.

use std::ops::RangeInclusive;

use camino::Utf8PathBuf;
use snell_report::trace::{Step, StepKind, Trace};

use crate::Analysis;

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// `GET /agents/:id`, `AgentController.findOne`, or a part of these.
    Endpoint(String),
    /// A file from the root, and a line of it.
    Line(Utf8PathBuf, u32),
}

impl Question {
    /// `FILE:LINE` is a line, anything else names an endpoint. A path that ends
    /// in `:id` is no line.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let line = text
            .rsplit_once(':')
            .and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?)));
        match line {
            Some((file, line)) if !file.contains(' ') && !file.starts_with('/') => {
                Question::Line(file.into(), line)
            }
            _ => Question::Endpoint(text.to_owned()),
        }
    }
}

/// Nothing answers to the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// What was meant, perhaps.
    pub nearest: Option<String>,
    /// Whether the project has any endpoint.
    pub any: bool,
}

/// The traces that a question means: those of that very name, or else those
/// that contain it; for a line those that pass it, cut down to the ways that do.
pub(super) fn answer(
    analysis: &Analysis,
    question: &Question,
    all: Vec<Trace>,
) -> Result<Vec<Trace>, NotFound> {
    let any = !all.is_empty();
    let found = match question {
        Question::Endpoint(name) => by_name(&all, name),
        Question::Line(file, line) => by_line(analysis, &all, file.as_str(), *line),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let nearest = match question {
        Question::Endpoint(name) => {
            let names = all
                .iter()
                .flat_map(|trace| [trace.name.as_str(), trace.handler.as_str()]);
            snell_source::closest(name, names).map(str::to_owned)
        }
        Question::Line(..) => None,
    };
    Err(NotFound { nearest, any })
}

fn by_name(all: &[Trace], name: &str) -> Vec<Trace> {
    let wanted = name.to_lowercase();
    let select = |accepts: &dyn Fn(&str) -> bool| -> Vec<Trace> {
        all.iter()
            .filter(|trace| {
                accepts(&trace.name.to_lowercase()) || accepts(&trace.handler.to_lowercase())
            })
            .cloned()
            .collect()
    };
    let exact = select(&|candidate| candidate == wanted);
    if exact.is_empty() {
        select(&|candidate| candidate.contains(&wanted))
    } else {
        exact
    }
}

fn by_line(analysis: &Analysis, all: &[Trace], file: &str, line: u32) -> Vec<Trace> {
    let entered = all
        .iter()
        .filter(|trace| trace.spot.file == file && handler_lines(analysis, trace).contains(&line));
    let entered: Vec<Trace> = entered.cloned().collect();
    if !entered.is_empty() {
        return entered;
    }
    let here = passing(all, file, &(line..=line));
    if !here.is_empty() {
        return here;
    }
    function_lines(analysis, file, line).map_or_else(Vec::new, |lines| passing(all, file, &lines))
}

/// The traces with a step on these lines, cut down to the ways there.
fn passing(all: &[Trace], file: &str, lines: &RangeInclusive<u32>) -> Vec<Trace> {
    all.iter()
        .filter_map(|trace| {
            let steps = passing_steps(&trace.steps, file, lines);
            (!steps.is_empty()).then(|| Trace {
                steps,
                ..trace.clone()
            })
        })
        .collect()
}

/// The innermost function around a line.
fn function_lines(analysis: &Analysis, file: &str, line: u32) -> Option<RangeInclusive<u32>> {
    let modules = &analysis.project.modules;
    let (_, module) = modules.iter().find(|(_, module)| module.path == file)?;
    let source = analysis.sources.file(module.file);
    let functions = module.facts.functions.iter().map(|function| {
        source.position(function.span.start).line..=source.position(function.span.end).line
    });
    functions
        .filter(|lines| lines.contains(&line))
        .min_by_key(|lines| lines.end() - lines.start())
}

/// The lines from the endpoint's decorator to the end of its method.
fn handler_lines(analysis: &Analysis, trace: &Trace) -> RangeInclusive<u32> {
    let project = &analysis.project;
    let endpoint = project
        .endpoints
        .iter()
        .find(|endpoint| super::spot(analysis, endpoint.at) == trace.spot);
    let end = endpoint.and_then(|endpoint| {
        let module = project.modules.get(endpoint.handler.module);
        let function = module.facts.functions.get(endpoint.handler.id.index())?;
        let file = analysis.sources.file(module.file);
        (file.path.as_str() == trace.spot.file).then(|| file.position(function.span.end).line)
    });
    trace.spot.line..=end.unwrap_or(trace.spot.line)
}

/// The steps on these lines, and what leads to them.
fn passing_steps(steps: &[Step], file: &str, lines: &RangeInclusive<u32>) -> Vec<Step> {
    steps
        .iter()
        .filter_map(|step| {
            if step.spot.file == file && lines.contains(&step.spot.line) {
                return Some(step.clone());
            }
            let inner = passing_steps(&step.steps, file, lines);
            (!inner.is_empty() && !matches!(step.kind, StepKind::Query { .. })).then(|| Step {
                steps: inner,
                ..step.clone()
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Question;

    #[test]
    fn a_line_is_a_file_and_a_number() {
        assert_eq!(
            Question::parse("src/a.service.ts:12"),
            Question::Line("src/a.service.ts".into(), 12)
        );
        for name in [
            "GET /agents/:id",
            "/agents/:id",
            "GET /v/:1",
            "AgentController.findOne",
        ] {
            assert_eq!(Question::parse(name), Question::Endpoint(name.to_owned()));
        }
    }
}
