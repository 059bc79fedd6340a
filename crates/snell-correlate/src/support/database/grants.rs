//! What migrations let roles do: `GRANT`, `REVOKE`, and the attributes of roles.

use snell_project::schema::{History, Schema};
use snell_source::Location;
use snell_sql::ast::StatementKind;

use crate::{
    rule::Context,
    support::{migrations::histories, statements},
};

/// `GRANT privileges ON object TO roles`, in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// `all`, `select`, `create`; the words before `ON`.
    pub privileges: Vec<String>,
    /// The words between `ON` and `TO`: `schema public`, `notes`.
    pub object: Vec<String>,
    /// The roles.
    pub roles: Vec<String>,
    /// The statement.
    pub at: Location,
    /// Whether it is `REVOKE`.
    pub revokes: bool,
}

/// The grants of one history that no later statement takes back.
pub(crate) fn standing(context: &Context<'_>, history: &History) -> Vec<Grant> {
    let mut found: Vec<Grant> = Vec::new();
    for (words, at) in about_roles(context, history) {
        let Some(grant) = parse(&words, at) else {
            continue;
        };
        if !grant.revokes {
            found.push(grant);
            continue;
        }
        let all = grant.privileges.iter().any(|one| one == "all");
        for standing in &mut found {
            if standing.object == grant.object && (all || standing.privileges == grant.privileges) {
                standing.roles.retain(|role| !grant.roles.contains(role));
            }
        }
    }
    found.retain(|grant| !grant.roles.is_empty());
    found
}

/// The histories of the live schemas.
pub(crate) fn schemas<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a Schema, &'a History)> + use<'a> {
    histories(context)
}

/// The words of statements that are about roles, in lower case, without quotes.
pub(crate) fn about_roles(
    context: &Context<'_>,
    history: &History,
) -> Vec<(Vec<String>, Location)> {
    statements::all(history)
        .filter(|(_, statement)| matches!(statement.kind, StatementKind::Other(_)))
        .filter_map(|(place, _)| {
            let at = history.location(place);
            let text = context.text(at).to_ascii_lowercase();
            let words: Vec<String> = text
                .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')'))
                .map(|word| word.replace('"', ""))
                .filter(|word| !word.is_empty())
                .collect();
            let first = words.first()?;
            matches!(first.as_str(), "grant" | "revoke" | "alter" | "create").then_some((words, at))
        })
        .collect()
}

fn parse(words: &[String], at: Location) -> Option<Grant> {
    let revokes = match words.first()?.as_str() {
        "grant" => false,
        "revoke" => true,
        _ => return None,
    };
    let find = |wanted: &str| words.iter().position(|word| word == wanted);
    let on = find("on")?;
    let to = find(if revokes { "from" } else { "to" })?;
    if to < on {
        return None;
    }
    let ends = ["with", "granted", "cascade", "restrict"];
    let roles = words[to + 1..]
        .iter()
        .take_while(|word| !ends.contains(&word.as_str()));
    Some(Grant {
        privileges: words[1..on].to_vec(),
        object: words[on + 1..to].to_vec(),
        roles: roles.filter(|word| *word != "group").cloned().collect(),
        at,
        revokes,
    })
}
