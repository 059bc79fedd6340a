//! What the rules about names share: one finding for a schema, with what most names have in common.

use snell_source::{Confidence, Diagnostic, RuleMetadata};

use crate::{
    rule::Context,
    support::conventions::{About, Case, Departure, Pattern, conventions},
};

/// Departures that are shown.
const SHOWN: usize = 5;

/// One finding for each schema in which some names are not written as most are.
pub(super) fn departures(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    about: About,
    words: &Words,
) -> Vec<Diagnostic> {
    of(context, rule, about, words, |_| true)
}

/// The same for the conventions that `wanted` chooses.
pub(super) fn of(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    about: About,
    words: &Words,
    wanted: fn(&Pattern) -> bool,
) -> Vec<Diagnostic> {
    let conventions = conventions(context);
    let patterns = conventions.iter().filter_map(|own| {
        let pattern = own.about(about).filter(|pattern| wanted(pattern))?;
        let path = &context.project.schemas.get(own.schema).path;
        finding(rule, pattern, words, path.as_str())
    });
    patterns.collect()
}

/// How a rule calls what it is about.
pub(super) struct Words {
    /// `model`
    pub(super) one: &'static str,
    /// `models`
    pub(super) many: &'static str,
    /// Where a new name goes, of the name that is proposed: `rename it to`.
    pub(super) cure: fn(&Departure, &str) -> String,
}

fn finding(
    rule: &'static RuleMetadata,
    pattern: &Pattern,
    words: &Words,
    path: &str,
) -> Option<Diagnostic> {
    let (first, others) = pattern.departures.split_first()?;
    let count = pattern.departures.len();
    let message = match count {
        1 => format!(
            "the name of {} `{}` is not {}, as {} of {} are",
            words.one, first.name, pattern.is, pattern.holds, pattern.of
        ),
        count => format!(
            "{count} of {} names of {} are not {}, as the others are",
            pattern.of, words.many, pattern.is
        ),
    };
    let mut finding =
        Diagnostic::at(rule, first.at, message).label(format!("`{}` is {}", first.name, first.is));
    for other in others.iter().take(SHOWN) {
        finding = finding.related(other.at, format!("`{}` is {}", other.name, other.is));
    }
    if let Some(shown) = pattern.shown.first() {
        finding = finding.related(*shown, format!("as most are: {}", pattern.is));
    }
    let proposed = Case::named(&pattern.is).map(|case| case.write(&first.name));
    if let Some(proposed) = proposed {
        finding = finding.help((words.cure)(first, &proposed));
    }
    if pattern.declared {
        finding = finding.note("the configuration declares it");
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .subject(format!("schema:{path} names:{}", pattern.about)),
    )
}
