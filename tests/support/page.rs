//! Rule pages as projects: the fences of a page's section are the files of a
//! small workspace, and trailing comments say where the rule must speak.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};
use snell_source::Severity;

/// A section of a page, as a workspace with what is to be found in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Project {
    /// The section's heading.
    pub(crate) title: String,
    /// Paths and texts, markers taken out.
    pub(crate) files: BTreeMap<String, String>,
    /// Where primary labels must start.
    pub(crate) errors: BTreeSet<(String, u32)>,
    /// How severe the finding at a place must be, where the marker says so (`// error low`).
    pub(crate) severities: BTreeMap<(String, u32), Severity>,
    /// Where related labels must start, at least.
    pub(crate) related: BTreeSet<(String, u32)>,
    /// The files that a change adds (`new` in the info string).
    pub(crate) added: BTreeSet<Utf8PathBuf>,
    /// The files that a change edits (`edited` in the info string).
    pub(crate) edited: BTreeSet<Utf8PathBuf>,
    /// Whether a file is broken on purpose (`broken` in its info string).
    pub(crate) broken: bool,
    /// The human output that the page shows, with its place in the page.
    pub(crate) output: Option<(String, std::ops::Range<usize>)>,
    /// Where in the page the section's last file ends.
    pub(crate) end: usize,
}

/// The sections of a page that hold files. With `inherit`, a later section
/// starts from the files of the first, as a page's cure starts from its fault.
pub(crate) fn projects(markdown: &str, inherit: bool) -> Vec<Project> {
    let mut projects: Vec<Project> = Vec::new();
    let mut current = Project::default();
    let mut heading: Option<String> = None;
    let mut fence: Option<(String, String)> = None;
    let mut migrations = 0;
    let mut finish = |project: &mut Project| {
        if !project.files.is_empty() {
            projects.push(std::mem::take(project));
        }
        match projects.first() {
            Some(first) if inherit => Project {
                files: first.files.clone(),
                ..Project::default()
            },
            _ => Project::default(),
        }
    };
    let mut own = false;
    for (event, range) in Parser::new(markdown).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading {
                level: HeadingLevel::H2,
                ..
            }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => {
                current = if own { finish(&mut current) } else { current };
                own = false;
                migrations = 0;
                current.title = heading.take().unwrap_or_default();
            }
            Event::Text(text) | Event::Code(text) if heading.is_some() => {
                heading.as_mut().expect("inside a heading").push_str(&text);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                fence = Some((info.to_string(), String::new()));
            }
            Event::Text(text) => {
                if let Some((_, body)) = &mut fence {
                    body.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                let Some((info, body)) = fence.take() else {
                    continue;
                };
                if info.trim() == "text" {
                    current.output = Some((body, range));
                } else if let Some(path) = path(&info, &mut migrations) {
                    own = true;
                    current.end = range.end;
                    let says = |wanted: &str| info.split_whitespace().any(|word| word == wanted);
                    current.broken |= says("broken");
                    if says("new") {
                        current.added.insert(path.clone().into());
                    }
                    if says("edited") {
                        current.edited.insert(path.clone().into());
                    }
                    current.add(path, &body);
                }
            }
            _ => {}
        }
    }
    if own {
        finish(&mut current);
    }
    projects
}

/// The path of a fence's file; `None` for fences that are no files.
fn path(info: &str, migrations: &mut u32) -> Option<String> {
    let mut words = info.split_whitespace();
    let language = words.next()?;
    if let Some(path) = words.find_map(|word| word.strip_prefix("file=")) {
        return Some(path.to_owned());
    }
    match language {
        "prisma" => Some("schema.prisma".to_owned()),
        "ts" => Some("src/main.ts".to_owned()),
        "tsx" => Some("src/main.tsx".to_owned()),
        "jsonc" => Some("snell.jsonc".to_owned()),
        "sql" => {
            *migrations += 1;
            Some(format!("migrations/{migrations}_init/migration.sql"))
        }
        _ => None,
    }
}

impl Project {
    fn add(&mut self, path: String, body: &str) {
        let mut text = String::new();
        let mut line = 0;
        let mut next_line: Vec<&str> = Vec::new();
        for raw in body.lines() {
            let (code, words) = markers(raw);
            if code.trim().is_empty()
                && !words.is_empty()
                && words.iter().all(|w| w.ends_with("-next-line"))
            {
                next_line = words;
                continue;
            }
            line += 1;
            for word in words.iter().chain(&next_line) {
                let at = (path.clone(), line);
                let (kind, severity) = word.split_once(' ').unwrap_or((word, ""));
                if let Some(severity) = severity_of(severity) {
                    self.severities.insert(at.clone(), severity);
                }
                match kind.trim_end_matches("-next-line") {
                    "error" => self.errors.insert(at),
                    _ => self.related.insert(at),
                };
            }
            next_line.clear();
            text.push_str(code);
            text.push('\n');
        }
        self.files.insert(path, text);
    }

    /// The files with what every page takes for granted: a PostgreSQL
    /// datasource after the schema, and NestJS's usual service for the client.
    pub(crate) fn workspace(&self) -> BTreeMap<String, String> {
        let mut files = self.files.clone();
        let declared = files
            .iter()
            .any(|(path, text)| path.ends_with(".prisma") && text.contains("datasource "));
        if !declared && let Some(schema) = files.get_mut("schema.prisma") {
            schema.push_str(
                "\ndatasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n}\n",
            );
        }
        files.entry("src/prisma.service.ts".to_owned()).or_insert_with(|| {
            "import { Injectable } from '@nestjs/common';\nimport { PrismaClient } from '@prisma/client';\n\n@Injectable()\nexport class PrismaService extends PrismaClient {}\n"
                .to_owned()
        });
        files
    }
}

fn severity_of(word: &str) -> Option<Severity> {
    match word {
        "low" => Some(Severity::Low),
        "medium" => Some(Severity::Medium),
        "high" => Some(Severity::High),
        "critical" => Some(Severity::Critical),
        _ => None,
    }
}

/// A line without its trailing markers, and the markers.
fn markers(line: &str) -> (&str, Vec<&str>) {
    let mut code = line;
    let mut words = Vec::new();
    while let Some((rest, word)) = last_marker(code) {
        words.push(word);
        code = rest;
    }
    if words.is_empty() {
        (line, words)
    } else {
        (code.trim_end(), words)
    }
}

fn last_marker(line: &str) -> Option<(&str, &str)> {
    let trimmed = line.trim_end();
    let trimmed = trimmed.strip_suffix("*/").map_or(trimmed, str::trim_end);
    const WORDS: [&str; 8] = [
        "error-next-line",
        "related-next-line",
        "error",
        "related",
        "error low",
        "error medium",
        "error high",
        "error critical",
    ];
    for word in WORDS {
        let Some(rest) = trimmed.strip_suffix(word) else {
            continue;
        };
        let rest = rest.trim_end();
        for opening in ["//", "--", "/*", "#"] {
            if let Some(code) = rest.strip_suffix(opening) {
                return Some((code, word));
            }
        }
    }
    None
}
