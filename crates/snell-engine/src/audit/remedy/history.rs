//! A history that cannot be replayed: a baseline in its place.

use snell_project::schema::{History, Schema};
use snell_source::Diagnostic;

use super::{Known, Remedy};

/// The baseline that is made from the schema, as a script. What Prisma's schema has no words for
/// is added by hand: the audit lists it.
pub(super) fn baseline(known: Known<'_>, diagnostic: &Diagnostic) -> Option<Remedy> {
    let file = diagnostic.primary().at.file;
    let mut schemas = known.analysis.project.schemas.iter();
    let (_, schema) = schemas.find(|(_, schema)| {
        let history = schema.history.as_ref();
        history.is_some_and(|history| history.migrations.iter().any(|one| one.file == file))
    })?;
    let history = schema.history.as_ref()?;
    let last = history.migrations.last()?;
    let folder = schema.migrations.as_ref()?;
    let name = format!("{}_baseline", after(&last.name));
    let (path, version) = (
        shell(schema.path.as_str()),
        known
            .analysis
            .project
            .workspace
            .prisma_version(&schema.path),
    );
    let modern = version.is_some_and(|version| version.major >= 7);
    let target = match modern {
        true => "--to-schema",
        false => "--to-schema-datamodel",
    };
    let folder = folder.as_str().trim_end_matches('/');
    let beside = shell(&format!("{folder}-before-baseline"));
    let file = shell(&format!("{folder}/{name}/migration.sql"));
    let fresh = shell(&format!("{folder}/{name}"));
    let folder = shell(folder);
    let differs = match modern {
        true => {
            format!("npx prisma migrate diff --from-config-datasource {target} {path} --script")
        }
        false => {
            format!("npx prisma migrate diff --from-url \"$DATABASE_URL\" {target} {path} --script")
        }
    };
    let diff = format!("npx prisma migrate diff --from-empty {target} {path} --script");
    let mut commands = vec![
        "# what each database in use lacks of the schema still: nothing, before the next command"
            .to_owned(),
        differs,
        "# one migration that builds the schema from nothing; the old ones stay readable beside it"
            .to_owned(),
        format!(
            "mv {folder} {beside} && mkdir -p {fresh} && cp {beside}/migration_lock.toml {folder}/"
        ),
    ];
    let extensions = extensions(schema, history);
    let into = match extensions.is_empty() {
        true => ">",
        false => {
            commands.extend(block(">", &file, &extensions));
            ">>"
        }
    };
    commands.push(format!("{diff} {into} {file}"));
    let made: Vec<String> = known
        .drift
        .iter()
        .filter_map(|drift| drift.made.clone())
        .collect();
    if !made.is_empty() {
        commands.push("# what the schema has no words for (part 3.5)".to_owned());
        commands.extend(block(">>", &file, &made));
    }
    commands.push("# each database in use is told that it has run".to_owned());
    commands.push(format!("npx prisma migrate resolve --applied {name}"));
    Some(Remedy {
        commands,
        ..Remedy::default()
    })
}

/// Statements that a shell writes to a file as they stand.
fn block(into: &str, file: &str, statements: &[String]) -> Vec<String> {
    const END: &str = "END_OF_STATEMENTS";
    let mut lines = vec![format!("cat {into} {file} <<'{END}'")];
    lines.extend(statements.iter().cloned());
    lines.push(END.to_owned());
    lines
}

/// The extensions that the migrations install and the schema does not name.
fn extensions(schema: &Schema, history: &History) -> Vec<String> {
    let named = |name: &str| {
        let mut sources = schema.datamodel.datasources().iter();
        sources.any(|source| source.extensions.iter().any(|one| one.text == name))
    };
    let installed = history.replay.catalog.extensions.keys();
    // Every database has this one.
    let installed = installed.filter(|name| *name != "plpgsql" && !named(name));
    let made = installed.map(|name| format!("CREATE EXTENSION IF NOT EXISTS \"{name}\";"));
    made.collect()
}

/// A path or a name as a shell takes it.
fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    match text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// The time of a migration one second later: a folder that comes after it.
fn after(name: &str) -> String {
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    match digits.parse::<u64>() {
        Ok(time) if digits.len() == 14 => format!("{:014}", time + 1),
        _ => "00000000000001".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_comes_after_the_last_migration() {
        assert_eq!(after("20251208000000_add"), "20251208000001");
        assert_eq!(after("0_init"), "00000000000001");
    }

    #[test]
    fn a_shell_takes_names_as_they_are() {
        assert_eq!(shell("apps/api/prisma"), "apps/api/prisma");
        assert_eq!(shell("a b/$(c)'"), "'a b/$(c)'\\'''");
    }
}
