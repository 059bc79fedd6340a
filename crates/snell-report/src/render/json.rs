//! `json`: everything that a report holds; `jsonl`: its findings, one on each line.
//!
//! `schema/output-v1.json` describes the document. Within version 1 keys are
//! only added.

use serde::Serialize;
use snell_source::{Confidence, Role, Severity, Sources};

use super::{RenderOptions, place::Place, select};
use crate::{Applicability, Finding, Report, Summary, Tool};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    version: u32,
    tool: ToolDocument<'a>,
    workspace: &'a str,
    schemas: Vec<SchemaDocument<'a>>,
    summary: SummaryDocument<'a>,
    findings: Vec<FindingDocument<'a>>,
}

#[derive(Serialize)]
struct ToolDocument<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct SchemaDocument<'a> {
    path: &'a str,
    provider: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryDocument<'a> {
    findings: usize,
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
    fixable: usize,
    suppressed: usize,
    baselined: usize,
    /// Entries of the baseline whose finding is there no more.
    gone: usize,
    /// Entries whose finding became more severe.
    reopened: usize,
    hidden: Vec<HiddenDocument>,
    models: usize,
    migrations: usize,
    client_calls: usize,
    raw_queries: usize,
    owned_queries: usize,
    undecided_queries: usize,
    files: usize,
    notices: Vec<NoticeDocument<'a>>,
}

#[derive(Serialize)]
struct HiddenDocument {
    count: usize,
    why: &'static str,
}

#[derive(Serialize)]
struct NoticeDocument<'a> {
    kind: &'static str,
    file: Option<&'a str>,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingDocument<'a> {
    rule: &'a str,
    severity: Severity,
    confidence: Confidence,
    category: &'a str,
    /// The rule's fault in one sentence.
    title: &'a str,
    message: &'a str,
    /// Several helps stand on lines of their own.
    help: Option<String>,
    subject: &'a str,
    fingerprint: &'a str,
    baselined: bool,
    suppressed: Option<SuppressionDocument<'a>>,
    fixes: Vec<FixDocument<'a>>,
    docs_url: String,
    locations: Vec<LocationDocument<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct SuppressionDocument<'a> {
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct FixDocument<'a> {
    title: &'a str,
    applicability: &'static str,
    edits: Vec<EditDocument<'a>>,
    /// Written together with the edits, or not at all.
    migration: Option<MigrationDocument<'a>>,
}

#[derive(Serialize)]
struct MigrationDocument<'a> {
    folder: &'a str,
    name: &'a str,
    sql: &'a str,
}

#[derive(Serialize)]
struct EditDocument<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    replacement: &'a str,
    /// Of the whole file as it was judged: an edit of another text is to be refused.
    hash: Option<&'a str>,
}

#[derive(Serialize)]
struct LocationDocument<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    role: Role,
    label: &'a str,
}

/// The whole report as one indented document.
pub(super) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let findings = select::by_position(report, sources, options);
    let document = Document {
        version: 1,
        tool: ToolDocument {
            name: Tool::NAME,
            version: &report.tool.version,
        },
        workspace: &report.workspace,
        schemas: report
            .schemas
            .iter()
            .map(|schema| SchemaDocument {
                path: &schema.path,
                provider: &schema.provider,
            })
            .collect(),
        summary: summary(report),
        findings: findings
            .into_iter()
            .map(|finding| FindingDocument::new(finding, report, sources))
            .collect(),
    };
    super::pretty(&document)
}

/// The findings of the document, one on each line.
pub(super) fn render_lines(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let mut out = String::new();
    for finding in select::by_position(report, sources, options) {
        let document = FindingDocument::new(finding, report, sources);
        out.push_str(&super::compact(&document));
        out.push('\n');
    }
    out
}

fn summary(report: &Report) -> SummaryDocument<'_> {
    let summary = Summary::of(report);
    let counts = &report.counts;
    SummaryDocument {
        findings: summary.total(),
        critical: summary.count(Severity::Critical),
        high: summary.count(Severity::High),
        medium: summary.count(Severity::Medium),
        low: summary.count(Severity::Low),
        info: summary.count(Severity::Info),
        fixable: summary.fixable,
        suppressed: summary.suppressed,
        baselined: summary.baselined,
        gone: report.baseline.map_or(0, |compared| compared.gone),
        reopened: report.baseline.map_or(0, |compared| compared.reopened),
        hidden: report
            .hidden
            .iter()
            .map(|hidden| HiddenDocument {
                count: hidden.count,
                why: hidden.why.as_str(),
            })
            .collect(),
        models: counts.models,
        migrations: counts.migrations,
        client_calls: counts.client_calls,
        raw_queries: counts.raw_queries,
        owned_queries: counts.owned_queries,
        undecided_queries: counts.undecided_queries,
        files: counts.files,
        notices: report
            .notices
            .iter()
            .map(|notice| NoticeDocument {
                kind: notice.kind.as_str(),
                file: notice.path.as_deref(),
                message: &notice.message,
            })
            .collect(),
    }
}

impl<'a> FindingDocument<'a> {
    fn new(finding: &'a Finding, report: &'a Report, sources: &'a Sources) -> Self {
        let diagnostic = &finding.diagnostic;
        FindingDocument {
            rule: diagnostic.rule.name,
            severity: diagnostic.severity,
            confidence: diagnostic.confidence,
            category: diagnostic.rule.category(),
            title: diagnostic.rule.summary,
            message: &diagnostic.message,
            help: (!diagnostic.help.is_empty()).then(|| diagnostic.help.join("\n")),
            subject: &diagnostic.subject,
            fingerprint: &finding.fingerprint,
            baselined: finding.baselined,
            suppressed: finding
                .suppressed
                .as_ref()
                .map(|suppression| SuppressionDocument {
                    reason: suppression.reason.as_deref(),
                }),
            fixes: fixes(finding, report, sources),
            docs_url: report.tool.docs_url(diagnostic.rule.name),
            locations: diagnostic
                .labels
                .iter()
                .map(|label| LocationDocument {
                    place: Place::of(sources, label.at),
                    role: label.role,
                    label: &label.text,
                })
                .collect(),
            notes: &diagnostic.notes,
        }
    }
}

fn fixes<'a>(
    finding: &'a Finding,
    report: &'a Report,
    sources: &'a Sources,
) -> Vec<FixDocument<'a>> {
    finding
        .fixes
        .iter()
        .map(|fix| FixDocument {
            title: &fix.title,
            applicability: match fix.applicability {
                Applicability::Safe => "safe",
                Applicability::Unsafe => "unsafe",
            },
            edits: fix
                .edits
                .iter()
                .map(|edit| EditDocument {
                    place: Place::of(sources, edit.at),
                    replacement: &edit.replacement,
                    hash: report.hashes.get(&edit.at.file).map(String::as_str),
                })
                .collect(),
            migration: fix.migration.as_ref().map(|migration| MigrationDocument {
                folder: &migration.folder,
                name: &migration.name,
                sql: &migration.sql,
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::sample;

    fn all() -> RenderOptions {
        RenderOptions {
            show_suppressed: true,
            ..RenderOptions::default()
        }
    }

    fn schema() -> Value {
        serde_json::from_str(include_str!("../../schema/output-v1.json")).unwrap()
    }

    #[test]
    fn output_is_what_its_schema_says() {
        let schema = schema();
        assert!(jsonschema::meta::is_valid(&schema));
        let validator = jsonschema::validator_for(&schema).unwrap();
        let (report, texts) = sample::report();
        let mut document: Value = serde_json::from_str(&render(&report, &texts.0, &all())).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&document)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        // The schema says no to what is wrong, too.
        document["findings"][0]["locations"][0]["role"] = "related".into();
        assert!(!validator.is_valid(&document));
    }

    #[test]
    fn every_key_is_in_the_schema() {
        let schema = schema();
        let (report, texts) = sample::report();
        let document: Value = serde_json::from_str(&render(&report, &texts.0, &all())).unwrap();
        let keys =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        assert_eq!(keys(&document), keys(&schema["properties"]));
        let defined = &schema["$defs"];
        assert_eq!(
            keys(&document["summary"]),
            keys(&defined["summary"]["properties"])
        );
        assert_eq!(
            keys(&document["findings"][0]),
            keys(&defined["finding"]["properties"])
        );
    }

    #[test]
    fn findings_are_sorted_by_position_and_silent_ones_left_out() {
        let (report, texts) = sample::report();
        let messages = |options: &RenderOptions| -> Vec<String> {
            render_lines(&report, &texts.0, options)
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap()["message"].to_string())
                .collect()
        };
        assert_eq!(
            messages(&RenderOptions::default()),
            [
                "\"`b` | is, nullable: 100%\"",
                "\"a remark\"",
                "\"`list` sees all rows\""
            ]
        );
        assert_eq!(messages(&all()).len(), 5);
    }

    #[test]
    fn columns_count_utf16_units_and_end_after_the_last() {
        let (report, texts) = sample::report();
        let document: Value = serde_json::from_str(&render(&report, &texts.0, &all())).unwrap();
        let location = document["findings"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|finding| finding["locations"].as_array().unwrap())
            .find(|location| location["label"] == "the code's [side]")
            .unwrap();
        // `find({ '🐌': 1`: the snail counts two.
        assert_eq!(
            location,
            &serde_json::json!({
                "file": "apps/api/src/b.ts", "line": 1, "column": 14, "endLine": 1, "endColumn": 15,
                "role": "related", "label": "the code's [side]"
            })
        );
    }
}
