//! A table that neither the schema nor any migration makes.

mod meant;

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::reading::{self, Findings};
use crate::{
    rule::{Context, Rule},
    support::renames::renamed_to,
};
use snell_flow::raw::Reading;

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/unknown-table",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A raw query names a table that does not exist",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        for found in reading::errors(context, reading) {
            let error = &found.error;
            let Some(name) = error.name.as_ref().filter(|_| error.sqlstate == "42P01") else {
                continue;
            };
            if super::unmapped_name::table(context, reading, name).is_some() {
                continue;
            }
            if error.message.starts_with("missing FROM") {
                if is_elsewhere(context, reading, name) {
                    continue;
                }
                let message = format!("no table or alias `{name}` is in `FROM`");
                findings.tell(reading, error.span, message, |one| {
                    one.label("PostgreSQL: 42P01").help(
                        "an alias hides the name of its table: use the alias, or join the table",
                    )
                });
                continue;
            }
            let catalog = reading::catalog(context, reading);
            let schema = reading::schema(context, reading);
            let message = format!("table `{name}` does not exist");
            let gone = reading::dropped(schema, name, None);
            let near = meant::table(reading, catalog, name);
            // What a migration took, and what has another name, is known to be not there.
            let sure = gone.is_some() || near.as_ref().is_some_and(|near| near.by_columns);
            let doubt = match sure {
                true => None,
                false => reading::doubt(context, reading),
            };
            if doubt.is_some() && findings.is_told(reading, error.span, &message) {
                continue;
            }
            findings.tell(reading, error.span, message, |mut one| {
                one = one.label("in no migration and not in the schema (42P01)");
                if let Some((migration, at)) = gone {
                    one = one.related(at, format!("`{migration}` dropped or renamed it"));
                    one = one.help(match renamed_to(schema, |table| table == name) {
                        Some((_, now)) => {
                            format!("it became `{now}`: name that, with its columns of today")
                        }
                        None => "take the statement out, with what asks for its answer".to_owned(),
                    });
                } else if let Some(near) = near {
                    if let Some(at) = reading::origin(context, reading, near.table.id, None) {
                        let words = match near.by_columns {
                            true => "it has all these columns",
                            false => "the nearest name",
                        };
                        one = one.related(at, words);
                    }
                    let name = reading::quoted(&near.table.name);
                    one = one.help(format!("did you mean `{name}`?"));
                } else {
                    one = one.help("name a table that there is; where something else than migrations makes this one, put that into a migration");
                }
                reading::weighed(found, doubt, one)
            });
        }
    }
    findings.done()
}

/// Whether another text of the same query has the alias: then it is joined under a
/// condition, and what names it stands under the same one.
fn is_elsewhere(context: &Context<'_>, reading: &Reading, name: &str) -> bool {
    let others = reading::all(context)
        .filter(|other| other.call.is_some() && other.call == reading.call)
        .filter(|other| other.text.text != reading.text.text);
    others
        .into_iter()
        .any(|other| declares(&other.text.text, name))
}

/// `"Post" p`, `posts AS p`: the name as a word that nothing is read of.
fn declares(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(start, _)| {
        let before = text[..start].trim_end_matches('"');
        let after = text[start + name.len()..].trim_start_matches('"');
        before.ends_with(char::is_whitespace)
            && before
                .trim_end()
                .ends_with(|c: char| is_word(c) || matches!(c, '"' | ')'))
            && !after.starts_with(|c: char| is_word(c) || c == '.')
    })
}
