//! Dockerfiles.
//! Source: <https://docs.docker.com/reference/dockerfile>.

use snell_source::Span;

use super::lines::lines;
use super::{CommandContext, ImageContext, Sink};
use crate::json::Json;

pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    let mut stages = Vec::new();
    let mut heredoc: Option<(String, String)> = None;
    for (span, line) in lines(text, 0) {
        if let Some((end, instruction)) = &heredoc {
            if line == *end {
                heredoc = None;
            } else {
                let instruction = instruction.clone();
                sink.command(span, &line, CommandContext::Dockerfile { instruction });
            }
            continue;
        }
        let Some((word, rest)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        let rest = without_flags(rest.trim_start());
        match word.to_ascii_uppercase().as_str() {
            "FROM" => from(span, rest, text, &mut stages, sink),
            instruction @ ("RUN" | "CMD" | "ENTRYPOINT") => {
                let instruction = instruction.to_owned();
                if let Some(end) = heredoc_end(rest) {
                    heredoc = Some((end, instruction));
                } else {
                    let context = CommandContext::Dockerfile { instruction };
                    sink.command(span, &shell_form(rest), context);
                }
            }
            _ => {}
        }
    }
}

/// `--mount=... --platform=... rest`
fn without_flags(mut rest: &str) -> &str {
    while rest.starts_with("--") {
        let Some((_, after)) = rest.split_once(char::is_whitespace) else {
            return "";
        };
        rest = after.trim_start();
    }
    rest
}

/// `image AS stage`; the name of an earlier stage is no image.
fn from(line: Span, rest: &str, text: &str, stages: &mut Vec<String>, sink: &mut Sink<'_>) {
    let mut words = rest.split_whitespace();
    let image = words.next().unwrap_or_default();
    let is_stage = stages.iter().any(|stage| stage.eq_ignore_ascii_case(image));
    if let Some(stage) = words.nth(1) {
        stages.push(stage.to_owned());
    }
    if image.is_empty() || is_stage {
        return;
    }
    if let Some(at) = line.text(text).find(image) {
        let span = Span::from_range(at..at + image.len()).shift(line.start);
        sink.image(span, image, ImageContext::Base);
    }
}

/// The word that ends `<<EOF`, `<<-"EOF"`.
fn heredoc_end(rest: &str) -> Option<String> {
    let word = rest.strip_prefix("<<")?.trim_start_matches('-');
    let end = word.split_whitespace().next()?.trim_matches(['"', '\'']);
    (!end.is_empty()).then(|| end.to_owned())
}

/// `["npm", "start"]` -> `npm start`
fn shell_form(rest: &str) -> String {
    if !rest.starts_with('[') {
        return rest.to_owned();
    }
    let (words, error) = Json::parse(rest);
    let words: Vec<&str> = words.elements().iter().filter_map(Json::as_str).collect();
    if error.is_some() || words.is_empty() {
        return rest.to_owned();
    }
    words.join(" ")
}
