//! Steps that change what a column is, or take one away: the code that knows the old form, and how
//! the change reaches an application that runs.

use std::collections::BTreeSet;

use snell_prisma::{Field, Model};
use snell_project::schema::{FieldRef, ModelRef};
use snell_report::audit::{
    Effort, RawQuery,
    plan::{CodeOf, Statement},
};
use snell_source::Location;

use super::{
    quoted,
    remedy::{Known, Later},
    spot,
};

/// How the change of a step reaches an application that runs.
#[derive(Debug, Default)]
pub(super) struct Rollout {
    /// What has to change with it.
    pub(super) code: Vec<CodeOf>,
    /// The order in which it all goes out.
    pub(super) words: Option<&'static str>,
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// Its values move to another one, and it goes later.
    Moves,
    /// It goes, or has another name, at once.
    Goes,
    /// It becomes an enum.
    Enum,
    /// Its type has another name.
    Renamed,
    /// It becomes a decimal number.
    Decimal,
    /// It becomes anything else.
    Other,
}

impl Form {
    fn words(self) -> &'static str {
        match self {
            Form::Moves => {
                "expand, then contract: this release adds the new column and fills it, and its code writes both; the next one reads the new one alone; then the `UPDATE` runs once more, and the old column goes with the last step of this plan"
            }
            Form::Goes => {
                "the release before the migration must neither read nor write the old name: Prisma names every column of a model in its queries, and each that runs fails from then on"
            }
            Form::Enum => {
                "PostgreSQL refuses text for an enum, so a version that sends text fails on every write once the type is changed, and the new one before: stop the application for this migration; or expand first, with a column of the new type beside the old one, a release that writes both, one that reads the new one, and the old one dropped after that"
            }
            Form::Renamed => {
                "Prisma names the type in the casts of its statements, so each version that runs fails on the name that is not there: stop the application for this migration, and start the version whose schema has the `@@map` after it"
            }
            Form::Decimal => {
                "Prisma gives `Decimal` objects from the new version on, which JSON sends as texts: what adds, rounds or formats these values (`toFixed`, sums, charts) changes with it, in front ends too, before the migration runs"
            }
            Form::Other => {
                "the type that the client gives changes with the migration: deploy the code that knows it together with it, or expand first with a column beside the old one"
            }
        }
    }
}

/// What the statements of a step ask of code, now and for a release later.
pub(super) fn of(known: Known<'_>, sql: &[Statement], later: &Later) -> Rollout {
    let now = sql.iter().flat_map(|one| changed(&one.text));
    let then = later.sql.iter().flat_map(|text| changed(text));
    let then = then.map(|(table, column, _)| (table, column, Form::Moves));
    let mut columns: Vec<(String, String, Form)> = now.chain(then).collect();
    columns.sort();
    columns.dedup();
    let renamed: Vec<String> = sql
        .iter()
        .filter_map(|one| renamed_type(&one.text))
        .collect();
    let forms = columns.iter().map(|(_, _, form)| *form);
    let words = forms
        .chain((!renamed.is_empty()).then_some(Form::Renamed))
        .min();
    let code = columns
        .iter()
        .filter_map(|(table, column, _)| code_of(known, table, column));
    let code = code.chain(renamed.iter().map(|name| casts(known.raw, name)));
    Rollout {
        code: code.filter(|one| !one.is_empty()).collect(),
        words: words.map(Form::words),
    }
}

/// The type that a statement gives another name.
fn renamed_type(sql: &str) -> Option<String> {
    let (name, rest) = name(sql.strip_prefix("ALTER TYPE ")?)?;
    rest.starts_with("RENAME TO ").then_some(name)
}

/// The raw queries that name a type, in casts above all: no client writes those anew.
fn casts(raw: &[RawQuery], name: &str) -> CodeOf {
    let named = quoted(name);
    let own = raw.iter().filter(|query| query.sql.contains(&named));
    let spots: BTreeSet<_> = own.map(|query| query.spot.clone()).collect();
    CodeOf {
        column: name.to_owned(),
        written: Vec::new(),
        read: spots.into_iter().collect(),
        front_ends: 0,
    }
}

/// The columns that a statement changes: `ALTER TABLE "t" ALTER COLUMN "c" TYPE ...`.
fn changed(sql: &str) -> Vec<(String, String, Form)> {
    let Some(rest) = sql.strip_prefix("ALTER TABLE ") else {
        return Vec::new();
    };
    let Some((table, rest)) = name(rest) else {
        return Vec::new();
    };
    let actions = rest.split(", ").filter_map(|action| {
        for head in ["DROP COLUMN ", "RENAME COLUMN "] {
            if let Some(rest) = action.strip_prefix(head) {
                return Some((name(rest)?.0, Form::Goes));
            }
        }
        let (column, rest) = name(action.strip_prefix("ALTER COLUMN ")?)?;
        let kind = rest.strip_prefix("TYPE ")?;
        let form = match kind.trim_end_matches(';') {
            kind if kind.starts_with('"') => Form::Enum,
            kind if kind.starts_with("numeric") => Form::Decimal,
            // The client gives the same values as before.
            kind if is_alike(kind) => return None,
            _ => Form::Other,
        };
        Some((column, form))
    });
    actions
        .map(|(column, form)| (table.clone(), column, form))
        .collect()
}

/// Types whose values the client gives as it did before.
fn is_alike(kind: &str) -> bool {
    let heads = ["timestamp", "varchar", "text", "jsonb", "integer", "uuid"];
    heads.iter().any(|head| kind.starts_with(head))
}

/// The name at the beginning, and what comes after it.
fn name(text: &str) -> Option<(String, &str)> {
    match text.strip_prefix('"') {
        Some(rest) => {
            let (first, rest) = rest.split_once('"')?;
            match rest.strip_prefix(".\"") {
                // A table with its schema.
                Some(own) => {
                    let (own, rest) = own.split_once('"')?;
                    Some((own.to_owned(), rest.trim_start()))
                }
                None => Some((first.to_owned(), rest.trim_start())),
            }
        }
        None => {
            let end = text.find([' ', ';']).unwrap_or(text.len());
            Some((text[..end].to_owned(), text[end..].trim_start()))
        }
    }
}

/// The lines of code that write and ask for a column, and how many front ends' files name it.
fn code_of(known: Known<'_>, table: &str, column: &str) -> Option<CodeOf> {
    let mut models = known.analysis.project.schemas.models();
    let (id, _, model) = models.find(|(_, _, model)| model.db_name == table)?;
    let field = model.columns().find(|field| field.db_name == column)?;
    Some(places(known, id, model, field))
}

fn places(known: Known<'_>, id: ModelRef, model: &Model, field: &Field) -> CodeOf {
    let life = known.lives.field(FieldRef {
        schema: id.schema,
        field: field.id,
    });
    let project = &known.analysis.project;
    let is_code = |at: &&Location| {
        let mut modules = project.modules.iter();
        modules
            .find(|(_, module)| module.file == at.file)
            .is_some_and(|(module, _)| project.path_facts(module).is_production())
    };
    let spots = |lists: &[&Vec<Location>]| {
        let all = lists.iter().flat_map(|list| list.iter()).filter(is_code);
        let all: BTreeSet<_> = all.map(|at| spot(known.analysis, *at)).collect();
        all.into_iter().collect()
    };
    let named = known.lives.named(field);
    let shown = named.front_ends.iter().filter(|path| {
        let file = project.workspace.file(camino::Utf8Path::new(path));
        file.is_some_and(|file| file.facts.is_production())
    });
    CodeOf {
        column: format!("{}.{}", model.name, field.name),
        written: spots(&[&life.written]),
        read: spots(&[&life.filtered, &life.sorted, &life.selected]),
        front_ends: shown.count(),
    }
}

/// How much work the code is.
pub(super) fn effort(code: &[CodeOf]) -> Effort {
    const MANY: usize = 10;
    let places: usize = code.iter().map(CodeOf::places).sum();
    let front_ends: usize = code.iter().map(|one| one.front_ends).sum();
    match places + front_ends {
        0 => Effort::Small,
        n if n < MANY => Effort::Medium,
        _ => Effort::Large,
    }
}

/// `14 lines of code and 3 files of front ends know what changes`
pub(super) fn basis(code: &[CodeOf]) -> Option<String> {
    let lines: BTreeSet<_> = code.iter().flat_map(CodeOf::spots).collect();
    let front_ends: usize = code.iter().map(|one| one.front_ends).max().unwrap_or(0);
    let lines = match lines.len() {
        0 => None,
        1 => Some("1 line of code".to_owned()),
        n => Some(format!("{n} lines of code")),
    };
    let files = match front_ends {
        0 => None,
        1 => Some("1 file of front ends".to_owned()),
        n => Some(format!("{n} files of front ends")),
    };
    let parts: Vec<String> = lines.into_iter().chain(files).collect();
    (!parts.is_empty()).then(|| format!("with the code, {}", parts.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_say_which_columns_change() {
        let of = |sql: &str| changed(sql);
        let one = |column: &str, form| vec![("t".to_owned(), column.to_owned(), form)];
        assert_eq!(
            of(
                "ALTER TABLE \"t\" ALTER COLUMN \"c\" DROP DEFAULT, ALTER COLUMN \"c\" TYPE \"mood\" USING \"c\"::\"mood\";"
            ),
            one("c", Form::Enum)
        );
        assert_eq!(
            of(
                "ALTER TABLE \"t\" ALTER COLUMN \"c\" TYPE numeric(12, 2) USING round(\"c\"::numeric, 2);"
            ),
            one("c", Form::Decimal)
        );
        assert_eq!(of("ALTER TABLE t DROP COLUMN c;"), one("c", Form::Goes));
        assert_eq!(
            of("ALTER TABLE \"s\".\"t\" DROP COLUMN \"c\";"),
            one("c", Form::Goes)
        );
        assert!(of("ALTER TABLE \"t\" ALTER COLUMN \"c\" TYPE timestamptz(3);").is_empty());
        assert!(of("ALTER TABLE \"t\" ALTER COLUMN \"c\" SET NOT NULL;").is_empty());
        assert_eq!(
            renamed_type("ALTER TYPE \"Mood\" RENAME TO \"mood\";").as_deref(),
            Some("Mood")
        );
        assert_eq!(renamed_type("ALTER TYPE \"Mood\" ADD VALUE 'x';"), None);
    }
}
