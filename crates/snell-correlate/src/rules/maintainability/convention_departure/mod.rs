//! Parts of a schema that are unlike most others in what is no name of theirs alone.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::conventions::{About, Pattern, conventions},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/convention-departure",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A key, an owner column or a time is unlike those of most models",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Departures that are shown.
const SHOWN: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = conventions(context);
    let mut found = Vec::new();
    for own in all.iter() {
        let path = context.project.schemas.get(own.schema).path.as_str();
        let mut tell = |about: About, words: &str| {
            let pattern = own.about(about);
            found.extend(pattern.and_then(|pattern| finding(pattern, words, path)));
        };
        tell(About::Keys, "primary keys");
        tell(About::OwnerColumn, "columns that name the owner");
        tell(
            About::CreatedAt,
            "columns with the time at which a row was made",
        );
        tell(
            About::UpdatedAt,
            "columns with the time at which a row was changed",
        );
    }
    found
}

fn finding(pattern: &Pattern, words: &str, path: &str) -> Option<Diagnostic> {
    let (first, others) = pattern.departures.split_first()?;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        first.at,
        format!(
            "{} of {} {words} are `{}`; that of `{}` is `{}`",
            pattern.holds, pattern.of, pattern.is, first.name, first.is
        ),
    )
    .label(format!("`{}`", first.is));
    for other in others.iter().take(SHOWN) {
        finding = finding.related(other.at, format!("`{}`, too", other.is));
    }
    if let Some(shown) = pattern.shown.first() {
        finding = finding.related(*shown, "as most are");
    }
    if pattern.declared {
        finding = finding.note("the configuration declares it");
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .help("make it as the others, or declare the convention in the configuration (`conventions`) and say at this one why it differs")
            .subject(format!("schema:{path} convention:{}", pattern.about)),
    )
}
