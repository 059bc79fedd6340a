//! Findings that rest on indirect evidence, as the questions that would settle them: one for each rule.

use std::collections::BTreeMap;

use snell_source::{Confidence, Diagnostic, Sources};

use super::super::{Audit, digest::Question, health::spot};
use crate::{Finding, visible};

/// So many names stand in a question.
const SHOWN: usize = 6;

/// What a rule asks: of each finding the names in its message that are listed, and the question around the list.
struct Form {
    rule: &'static str,
    /// `{0}` is the first name of the message.
    item: &'static str,
    /// `{}` is the list.
    question: &'static str,
}

const FORMS: [Form; 23] = [
    Form {
        rule: "consistency/nullable-unchecked",
        item: "`{0}`",
        question: "Are there rows without a value, which these places do not expect: {}?",
    },
    Form {
        rule: "domain/translation-unique",
        item: "`{0}`",
        question: "May one row have several translations into one language: {}?",
    },
    Form {
        rule: "index/foreign-key-without-index",
        item: "`{1}.{0}` (`{2}`)",
        question: "Does anything but this code delete the rows that these keys refer to, or find rows by them? Each of which that is so needs an index: {}",
    },
    Form {
        rule: "index/order-by-without-index",
        item: "`{0}` by `{1}`",
        question: "How many rows does each of these lists sort? From some thousands on it needs an index in its order: {}",
    },
    Form {
        rule: "integrity/missing-foreign-key",
        item: "`{0}` (`{1}`)",
        question: "May these columns name rows that are gone, as a record does, or were foreign keys forgotten: {}?",
    },
    Form {
        rule: "integrity/nullable-unique",
        item: "`{1}` without `{2}`",
        question: "Does a row without the value stand for something of which there may be one only: {}?",
    },
    Form {
        rule: "maintainability/business-rule-undocumented",
        item: "`{0}`",
        question: "Do the limits that validators keep hold for rows of other writers as well, of {} for one? What holds for all belongs into a check.",
    },
    Form {
        rule: "maintainability/stale-doc",
        item: "`{0}` and `{1}`",
        question: "Which is right, the comment or the call below it: {}?",
    },
    Form {
        rule: "migration/deploy-missing",
        item: "",
        question: "What runs the migrations before a new version of the application starts?",
    },
    Form {
        rule: "migration/marked-applied",
        item: "`{0}`",
        question: "Which migrations were only recorded as applied, and who made sure that their statements ran?",
    },
    Form {
        rule: "migration/script-unwired",
        item: "`{0}`",
        question: "Who runs {}, and which databases have had it?",
    },
    Form {
        rule: "query/in-controller",
        item: "`{0}`",
        question: "May controllers ask the database themselves, or should services do it: {}?",
    },
    Form {
        rule: "query/isolation-level",
        item: "",
        question: "May two requests at once both go on with what a transaction has read, or must one of them wait or fail?",
    },
    Form {
        rule: "query/long-transaction",
        item: "",
        question: "How long does the transaction take under load, from its first query to its last?",
    },
    Form {
        rule: "schema/attribute-kept-twice",
        item: "`{0}` and `{1}`",
        question: "Which of the two is right where they differ: {}?",
    },
    Form {
        rule: "schema/blob-in-table",
        item: "`{0}`",
        question: "Are whole files stored here, or addresses of files: {}? The longest value tells.",
    },
    Form {
        rule: "schema/composite-key-unused",
        item: "`{0}`",
        question: "Does anything find rows by these keys, or are they there only to refuse a second row: {}?",
    },
    Form {
        rule: "schema/duplicated-column",
        item: "`{0}` of `{1}`",
        question: "Is each copy meant to keep the value of its time, or to follow the original: {}?",
    },
    Form {
        rule: "schema/polymorphic-reference",
        item: "`{0}`",
        question: "To rows of which tables may these columns refer, and what becomes of them when such a row is deleted: {}?",
    },
    Form {
        rule: "schema/transitive-dependency",
        item: "`{0}` and `{1}`",
        question: "May the two ever differ: {}? If not, what keeps them equal when one of them changes?",
    },
    Form {
        rule: "security/credential-key-version",
        item: "`{0}.{1}`",
        question: "How is the key changed under which these are encrypted, and can old rows be read meanwhile: {}?",
    },
    Form {
        rule: "seed-data/edge-case-missing",
        item: "",
        question: "Are pages and searches tried with the seed alone, or with data that looks like that of users as well?",
    },
    Form {
        rule: "seed-data/unrealistic",
        item: "",
        question: "Are layouts tried with the seed alone, or with data that looks like that of users as well?",
    },
];

/// One question for each rule whose findings are not sure, in the order of their first places.
pub(super) fn questions(audit: &Audit, sources: &Sources) -> Vec<Question> {
    let mut rules: BTreeMap<&str, Vec<(&str, &Finding)>> = BTreeMap::new();
    for (finding, more) in audit.report.findings.iter().zip(&audit.findings) {
        let diagnostic = &finding.diagnostic;
        if finding.is_active() && diagnostic.confidence == Confidence::Possible {
            let own = rules.entry(diagnostic.rule.name).or_default();
            own.push((&more.id, finding));
        }
    }
    let rules = rules.into_iter();
    rules
        .filter_map(|(rule, found)| {
            let (_, first) = found.first()?;
            let place = spot(sources, first);
            let form = FORMS.iter().find(|form| form.rule == rule);
            let text = match (rule, form) {
                ("maintainability/missing-field-doc", _) => fields(&first.diagnostic),
                (_, Some(form)) => asked(form, &found),
                (_, None) => of_any(&found),
            };
            Some(Question {
                question: visible::line(&text).into_owned(),
                evidence: visible::line(&evidence(&found)).into_owned(),
                file: place.file,
                line: place.line,
                ask: None,
            })
        })
        .collect()
}

/// The names in a message, in order.
fn names(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

fn asked(form: &Form, found: &[(&str, &Finding)]) -> String {
    let parts = found.iter().flat_map(|(_, finding)| finding.parts());
    let mut items: Vec<String> = Vec::new();
    for part in parts {
        let mut item = form.item.to_owned();
        for (n, name) in names(&part.message).into_iter().enumerate() {
            item = item.replace(&format!("{{{n}}}"), name);
        }
        if !item.is_empty() && !item.contains('{') && !items.contains(&item) {
            items.push(item);
        }
    }
    form.question.replace("{}", &listed(items))
}

/// What a comment at each field would say.
fn fields(diagnostic: &Diagnostic) -> String {
    let mut keys = Vec::new();
    let mut units = Vec::new();
    let texts = diagnostic.labels.iter().skip(1).map(|label| &label.text);
    for text in std::iter::once(&diagnostic.message).chain(texts) {
        let Some(name) = names(text).first().map(|name| format!("`{name}`")) else {
            continue;
        };
        match text.ends_with("in which unit?") {
            true => units.push(name),
            false => keys.push(name),
        }
    }
    let mut asked = Vec::new();
    if !keys.is_empty() {
        asked.push(format!("Which keys may be in {}?", listed(keys)));
    }
    if !units.is_empty() {
        asked.push(format!("In which unit is each of {}?", listed(units)));
    }
    asked.join(" ")
}

/// The question of a rule that has no form of its own.
fn of_any(found: &[(&str, &Finding)]) -> String {
    let messages = found.iter().map(|(_, finding)| {
        let message = &finding.diagnostic.message;
        message.trim_end_matches(['?', '.']).to_owned()
    });
    format!(
        "Is this meant, or does something that the code does not show see to it: {}?",
        listed(messages.collect())
    )
}

/// The first of some texts, and how many more there are.
fn listed(mut items: Vec<String>) -> String {
    let more = items.len().saturating_sub(SHOWN);
    items.truncate(SHOWN);
    let list = items.join(", ");
    match more {
        0 => list,
        more => format!("{list} and {more} more"),
    }
}

/// The findings, and why the first is not sure where it says so.
fn evidence(found: &[(&str, &Finding)]) -> String {
    let ids = listed(found.iter().map(|(id, _)| (*id).to_owned()).collect());
    let mut notes = found
        .iter()
        .flat_map(|(_, finding)| &finding.diagnostic.notes);
    match notes.next() {
        Some(note) if found.len() == 1 => format!("{ids}: {note}"),
        _ => format!("{ids}: the code does not tell"),
    }
}
