//! `sarif`: SARIF 2.1.0 as GitHub code scanning shows it best.
//!
//! GitHub shows `locations[0]` alone, links the others only when the message
//! embeds them, and tells alerts apart by `primaryLocationLineHash`
//! (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).

mod model;

use std::collections::BTreeMap;

use snell_source::{Confidence, Label, RuleMetadata, Severity, Sources};

use self::model::{
    ArtifactChange, ArtifactLocation, CodeFlow, Configuration, Content, Descriptor, Driver, Fix,
    Help, Invocation, Location, Log, Message, Notification, PhysicalLocation, Region, Replacement,
    ResultProperties, Rule, RuleProperties, Run, SarifResult, Suppression, ThreadFlow,
    ThreadFlowLocation, Tool,
};
use super::{RenderOptions, place::Place, select};
use crate::{Finding, Notice, NoticeKind, Report};

/// Categories whose rules GitHub is to show as security results.
const SECURITY: [&str; 2] = ["isolation", "security"];

/// The longest description that GitHub takes, in characters.
const DESCRIPTION: usize = 1024;

/// One run with the rules that found something.
pub(super) fn render(report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    let findings = select::by_position(report, sources, options);
    // The surest finding of a rule gives its precision.
    let mut rules: BTreeMap<&str, (&RuleMetadata, Confidence)> = BTreeMap::new();
    for finding in &findings {
        let diagnostic = &finding.diagnostic;
        let entry = rules
            .entry(diagnostic.rule.name)
            .or_insert((diagnostic.rule, diagnostic.confidence));
        entry.1 = entry.1.max(diagnostic.confidence);
    }
    let index: BTreeMap<&str, usize> = rules.keys().copied().zip(0..).collect();
    let failed = report
        .notices
        .iter()
        .any(|notice| notice.kind == NoticeKind::Internal);
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: crate::Tool::NAME,
                semantic_version: &report.tool.version,
                information_uri: &report.tool.rules_url,
                rules: rules
                    .values()
                    .map(|(rule, confidence)| self::rule(rule, *confidence, &report.tool))
                    .collect(),
            },
        },
        invocations: vec![Invocation {
            execution_successful: !failed,
            tool_execution_notifications: report.notices.iter().map(notification).collect(),
        }],
        column_kind: "utf16CodeUnits",
        results: findings
            .into_iter()
            .map(|finding| {
                let index = index[finding.diagnostic.rule.name];
                result(finding, (index, report.baseline.is_some()), sources)
            })
            .collect(),
    };
    super::pretty(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: vec![run],
    })
}

fn rule<'a>(rule: &'a RuleMetadata, confidence: Confidence, tool: &crate::Tool) -> Rule<'a> {
    let security = SECURITY.contains(&rule.category());
    let description = Message {
        text: rule.summary.chars().take(DESCRIPTION).collect(),
    };
    let mut tags = vec![rule.category(), "prisma", "postgresql"];
    if security && rule.category() != "security" {
        tags.push("security");
    }
    let page = rule.readable_page();
    let help = if page.is_empty() {
        rule.summary.to_owned()
    } else {
        page
    };
    Rule {
        id: rule_id(rule.name),
        name: rule.name,
        short_description: description.clone(),
        full_description: description,
        default_configuration: Configuration {
            level: level(rule.severity),
        },
        help_uri: tool.docs_url(rule.name),
        help: Help {
            text: help.clone(),
            markdown: help,
        },
        properties: RuleProperties {
            tags,
            precision: match confidence {
                Confidence::Certain => "very-high",
                Confidence::Likely => "high",
                Confidence::Possible => "medium",
            },
            security_severity: security.then(|| security_severity(rule.severity)).flatten(),
            problem_severity: (!security).then_some(match rule.severity {
                Severity::Critical | Severity::High => "error",
                Severity::Medium => "warning",
                Severity::Low | Severity::Info => "recommendation",
            }),
        },
    }
}

fn rule_id(name: &str) -> String {
    format!("{}/{name}", crate::Tool::NAME)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A number in GitHub's band for the severity: above 9 critical, from 7 high, from 4 medium.
fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.5"),
        Severity::Info => None,
    }
}

fn notification(notice: &Notice) -> Notification {
    Notification {
        level: match notice.kind {
            NoticeKind::Internal => "error",
            NoticeKind::Unreadable => "warning",
            NoticeKind::Limit | NoticeKind::NotJudged => "note",
        },
        descriptor: Descriptor {
            id: notice.kind.as_str(),
        },
        message: Message {
            text: notice.message.clone(),
        },
        locations: notice
            .path
            .iter()
            .map(|path| Location {
                id: None,
                message: None,
                physical_location: PhysicalLocation {
                    artifact_location: artifact(path),
                    region: None,
                },
            })
            .collect(),
    }
}

fn result<'a>(
    finding: &'a Finding,
    (rule_index, compared): (usize, bool),
    sources: &'a Sources,
) -> SarifResult<'a> {
    let diagnostic = &finding.diagnostic;
    let fingerprints = [
        // GitHub reads this key alone, and wants a counter behind it.
        (
            "primaryLocationLineHash",
            format!("{}:1", finding.fingerprint),
        ),
        ("snell/v1", finding.fingerprint.clone()),
    ];
    SarifResult {
        rule_id: rule_id(diagnostic.rule.name),
        rule_index,
        level: level(diagnostic.severity),
        kind: "fail",
        message: message(finding),
        locations: vec![location(diagnostic.primary(), None, sources)],
        related_locations: diagnostic
            .related()
            .iter()
            .zip(1..)
            .map(|(label, id)| location(label, Some(id), sources))
            .collect(),
        code_flows: code_flows(&diagnostic.labels, sources),
        partial_fingerprints: fingerprints.into_iter().collect(),
        fixes: fixes(finding, sources),
        // Without a baseline there is nothing to be new against (SARIF 3.27.24).
        baseline_state: match finding.baselined {
            true => Some("unchanged"),
            false => compared.then_some("new"),
        },
        suppressions: finding
            .suppressed
            .iter()
            .map(|suppression| Suppression {
                kind: "inSource",
                justification: suppression.reason.as_deref(),
            })
            .collect(),
        properties: ResultProperties {
            severity: diagnostic.severity.as_str(),
            confidence: diagnostic.confidence.as_str(),
            category: diagnostic.rule.category(),
            subject: &diagnostic.subject,
        },
    }
}

/// The message, a link to each related location, and the help.
fn message(finding: &Finding) -> Message {
    let diagnostic = &finding.diagnostic;
    let mut text = escape(diagnostic.message.trim_end_matches('.'));
    text.push('.');
    if !diagnostic.primary().text.is_empty() {
        text.push_str(&format!(" Here: {}.", escape(&diagnostic.primary().text)));
    }
    let links: Vec<_> = diagnostic
        .related()
        .iter()
        .zip(1..)
        .map(|(label, id)| match label.text.as_str() {
            "" => format!("[related]({id})"),
            words => format!("[{}]({id})", escape(words)),
        })
        .collect();
    if !links.is_empty() {
        text.push_str(&format!(" See: {}.", links.join("; ")));
    }
    for help in &diagnostic.help {
        text.push_str(&format!("\nHelp: {}", escape(help)));
    }
    Message { text }
}

/// Escapes what would begin a link (SARIF 3.11.6).
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace(']', "\\]")
}

fn location(label: &Label, id: Option<usize>, sources: &Sources) -> Location {
    let place = Place::of(sources, label.at);
    Location {
        id,
        message: (!label.text.is_empty()).then(|| Message {
            text: escape(&label.text),
        }),
        physical_location: PhysicalLocation {
            artifact_location: artifact(place.file),
            region: Some(region(&place)),
        },
    }
}

/// All labels in reading order: the way of the fault through the languages.
fn code_flows(labels: &[Label], sources: &Sources) -> Vec<CodeFlow> {
    if labels.len() < 2 {
        return Vec::new();
    }
    let locations = labels
        .iter()
        .map(|label| ThreadFlowLocation {
            location: location(label, None, sources),
        })
        .collect();
    vec![CodeFlow {
        thread_flows: vec![ThreadFlow { locations }],
    }]
}

fn fixes<'a>(finding: &'a Finding, sources: &'a Sources) -> Vec<Fix<'a>> {
    // A viewer would apply the edits and leave the migration that belongs to them.
    let alone = finding.fixes.iter().filter(|fix| fix.migration.is_none());
    alone
        .map(|fix| {
            let mut files: BTreeMap<&str, Vec<Replacement<'a>>> = BTreeMap::new();
            for edit in &fix.edits {
                let place = Place::of(sources, edit.at);
                files.entry(place.file).or_default().push(Replacement {
                    deleted_region: region(&place),
                    inserted_content: Content {
                        text: &edit.replacement,
                    },
                });
            }
            Fix {
                description: Message {
                    text: fix.title.clone(),
                },
                artifact_changes: files
                    .into_iter()
                    .map(|(file, replacements)| ArtifactChange {
                        artifact_location: artifact(file),
                        replacements,
                    })
                    .collect(),
            }
        })
        .filter(|fix| !fix.artifact_changes.is_empty())
        .collect()
}

fn region(place: &Place<'_>) -> Region {
    Region {
        start_line: place.line,
        start_column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
    }
}

/// A path as a relative URI reference.
fn artifact(path: &str) -> ArtifactLocation {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    ArtifactLocation { uri }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::sample;

    fn log() -> Value {
        let (mut report, texts) = sample::report();
        report.notices.push(Notice {
            kind: NoticeKind::Unreadable,
            path: Some("a b.ts".to_owned()),
            message: "not understood".to_owned(),
        });
        let options = RenderOptions {
            show_suppressed: true,
            ..RenderOptions::default()
        };
        serde_json::from_str(&render(&report, &texts.0, &options)).unwrap()
    }

    #[test]
    fn the_log_has_what_github_requires() {
        let log = log();
        let run = &log["runs"][0];
        assert_eq!(log["version"], "2.1.0");
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            for path in [
                "/shortDescription/text",
                "/fullDescription/text",
                "/help/text",
            ] {
                let text = rule.pointer(path).and_then(Value::as_str).unwrap();
                assert!(!text.is_empty(), "{path}");
            }
            assert!(rule["id"].as_str().unwrap().starts_with("snell/"));
        }
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(
                run["tool"]["driver"]["rules"][index]["id"],
                result["ruleId"]
            );
            assert_eq!(result["locations"].as_array().unwrap().len(), 1);
            let region = &result["locations"][0]["physicalLocation"]["region"];
            for key in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(region[key].as_u64().unwrap() >= 1);
            }
            assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        }
    }

    #[test]
    fn a_result_links_its_other_side() {
        let log = log();
        let result = log["runs"][0]["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|result| result["ruleId"] == "snell/integrity/nullable-unique")
            .unwrap();
        assert_eq!(
            result["message"]["text"],
            "`b` | is, nullable: 100%. Here: NULL repeats. See: [nullable](1); [the code's \\[side\\]](2); [related](3).\nHelp: make it required\nHelp: or use NULLS NOT DISTINCT"
        );
        assert_eq!(
            result["relatedLocations"][1],
            json!({
                "id": 2,
                "message": { "text": "the code's \\[side\\]" },
                "physicalLocation": {
                    "artifactLocation": { "uri": "apps/api/src/b.ts" },
                    "region": { "startLine": 1, "startColumn": 14, "endLine": 1, "endColumn": 15 }
                }
            })
        );
        assert_eq!(
            result["codeFlows"][0]["threadFlows"][0]["locations"]
                .as_array()
                .map(Vec::len),
            Some(4)
        );
    }

    #[test]
    fn only_security_rules_have_a_security_severity() {
        let log = log();
        let rules = log["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .unwrap();
        for rule in rules {
            let security = rule["name"] == "isolation/missing-owner-filter";
            let properties = &rule["properties"];
            assert_eq!(properties.get("security-severity").is_some(), security);
            assert_eq!(properties.get("problem.severity").is_some(), !security);
        }
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(artifact("a b/[id]/é.ts").uri, "a%20b/%5Bid%5D/%C3%A9.ts");
    }
}
