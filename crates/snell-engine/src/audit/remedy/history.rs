//! A history that cannot be replayed: a baseline in its place.

use camino::Utf8Path;
use snell_prisma::{Provider, ast::ExpressionKind};
use snell_project::schema::{History, Schema};
use snell_source::Diagnostic;

use super::{Known, Remedy, platform};

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
    let workspace = &known.analysis.project.workspace;
    let version = workspace.prisma_version(&schema.path);
    let modern = version.is_some_and(|version| version.major >= 7);
    // Prisma runs where its package is installed.
    let home = workspace
        .package_of(&schema.path)
        .filter(|package| package.prisma.is_some())
        .map(|package| package.folder.as_path())
        .filter(|home| !home.as_str().is_empty() && folder.starts_with(home));
    let within = |path: &Utf8Path| {
        let inside = home.and_then(|home| path.strip_prefix(home).ok());
        inside
            .unwrap_or(path)
            .as_str()
            .trim_end_matches('/')
            .to_owned()
    };
    let (path, folder) = (shell(&within(&schema.path)), within(folder));
    let target = match modern {
        true => "--to-schema",
        false => "--to-schema-datamodel",
    };
    let beside = shell(&format!("{folder}-before-baseline"));
    let file = shell(&format!("{folder}/{name}/migration.sql"));
    let fresh = shell(&format!("{folder}/{name}"));
    let folder = shell(&folder);
    let differs = differs(schema, &path, (modern, target));
    let diff = format!("npx prisma migrate diff --from-empty {target} {path} --script");
    let mut commands: Vec<String> = Vec::new();
    commands.extend(home.map(|home| format!("cd {}", shell(home.as_str()))));
    commands.extend([
        "# what each database in use lacks of the schema still: nothing, before the next command"
            .to_owned(),
        differs,
        "# one migration that builds the schema from nothing; the old ones stay readable beside it"
            .to_owned(),
        format!(
            "mv {folder} {beside} && mkdir -p {fresh} && cp {beside}/migration_lock.toml {folder}/"
        ),
    ]);
    let extensions = extensions(schema, history);
    let into = match extensions.is_empty() {
        true => ">",
        false => {
            commands.extend(block(">", &file, &extensions));
            ">>"
        }
    };
    commands.push(format!("{diff} {into} {file}"));
    commands.extend(beside_schema(known, history, &file));
    commands.extend(told(&name, &path, modern));
    Some(Remedy {
        commands,
        ..Remedy::default()
    })
}

/// What adds to a baseline what the schema has no words for, or lacks: types and tables first, then
/// columns, then what hangs on them.
fn beside_schema(known: Known<'_>, history: &History, file: &str) -> Vec<String> {
    let mut made: Vec<String> = known
        .drift
        .iter()
        .flat_map(|drift| drift.made.clone())
        .collect();
    if made.is_empty() {
        return Vec::new();
    }
    let heads = ["CREATE TYPE ", "CREATE TABLE "];
    made.sort_by_key(|statement| {
        let place = heads.iter().position(|head| statement.starts_with(head));
        let column = statement.starts_with("ALTER TABLE ") && statement.contains(" ADD COLUMN ");
        place.unwrap_or(heads.len() + usize::from(!column))
    });
    let mut commands = Vec::new();
    let stand_in = platform::stand_in(history, &made);
    if !stand_in.is_empty() {
        commands.push("# for databases outside of Supabase (development, CI): what the policies ask of it, where it is not there".to_owned());
        commands.extend(block(">>", file, &stand_in));
    }
    commands.push("# what the schema has no words for (part 3.5)".to_owned());
    commands.extend(block(">>", file, &made));
    commands
}

/// The first migration of a schema that `prisma db push` has brought to its databases, as a script:
/// nothing can be added to a history that is not there.
pub(super) fn first(known: Known<'_>) -> Option<Remedy> {
    let schemas = || {
        let all = known.analysis.project.schemas.iter();
        all.map(|(_, schema)| schema)
            .filter(|schema| schema.datamodel.provider() == Provider::PostgreSql)
    };
    let has_some = |schema: &Schema| {
        let history = schema.history.as_ref();
        history.is_some_and(|history| !history.migrations.is_empty())
    };
    // Of several schemas, nobody says which one is pushed.
    let schema = schemas().next().filter(|_| !schemas().any(has_some))?;
    let workspace = &known.analysis.project.workspace;
    let version = workspace.prisma_version(&schema.path);
    let modern = version.is_some_and(|version| version.major >= 7);
    let home = workspace
        .package_of(&schema.path)
        .filter(|package| package.prisma.is_some())
        .map(|package| package.folder.as_path())
        .filter(|home| !home.as_str().is_empty());
    let within = |path: &Utf8Path| {
        let inside = home.and_then(|home| path.strip_prefix(home).ok());
        let path = inside.unwrap_or(path).as_str().trim_end_matches('/');
        match path {
            "" => ".".to_owned(),
            path => path.to_owned(),
        }
    };
    let beside = match schema.path.extension() {
        Some(_) => schema.path.parent().unwrap_or(Utf8Path::new("")),
        None => schema.path.as_path(),
    };
    let folder = match &schema.migrations {
        Some(folder) => within(folder),
        None => within(&beside.join("migrations")),
    };
    let path = shell(&within(&schema.path));
    const NAME: &str = "0_init";
    let fresh = shell(&format!("{folder}/{NAME}"));
    let file = shell(&format!("{folder}/{NAME}/migration.sql"));
    let lock = shell(&format!("{folder}/migration_lock.toml"));
    let target = match modern {
        true => "--to-schema",
        false => "--to-schema-datamodel",
    };
    let chosen = match modern {
        true => String::new(),
        false => format!(" --schema {path}"),
    };
    let mut commands: Vec<String> = Vec::new();
    commands.extend(home.map(|home| format!("cd {}", shell(home.as_str()))));
    commands.extend([
        "# what each database in use lacks of the schema still: nothing, before the next command"
            .to_owned(),
        differs(schema, &path, (modern, target)),
        "# one migration that builds the schema from nothing".to_owned(),
        format!("mkdir -p {fresh} && printf 'provider = \"postgresql\"\\n' > {lock}"),
        format!("npx prisma migrate diff --from-empty {target} {path} --script > {file}"),
        "# each database in use is told that it has run".to_owned(),
        format!("npx prisma migrate resolve --applied {NAME}{chosen}"),
        "# from then on a deployment runs this, and `prisma db push` no more: it would undo what the schema has no words for".to_owned(),
        format!("npx prisma migrate deploy{chosen}"),
    ]);
    Some(Remedy {
        commands,
        ..Remedy::default()
    })
}

/// What shows that a database has all of the schema.
fn differs(schema: &Schema, path: &str, (modern, target): (bool, &str)) -> String {
    match modern {
        true => {
            format!("npx prisma migrate diff --from-config-datasource {target} {path} --script")
        }
        false => format!(
            "npx prisma migrate diff --from-url \"${}\" {target} {path} --script",
            address(schema)
        ),
    }
}

/// How databases that are there come to the new history.
fn told(name: &str, path: &str, modern: bool) -> [String; 6] {
    let chosen = match modern {
        true => String::new(),
        false => format!(" --schema {path}"),
    };
    [
        "# a migration that failed stops every deploy (P3009): where one is recorded so, first".to_owned(),
        format!("# npx prisma migrate resolve --rolled-back <its name>{chosen}"),
        "# each database in use is told that it has run; the rows of the old ones stay".to_owned(),
        format!("npx prisma migrate resolve --applied {name}{chosen}"),
        "# `prisma migrate dev` misses the old files where they are recorded: make databases for development anew".to_owned(),
        format!("# npx prisma migrate reset{chosen}"),
    ]
}

/// The variable with the address for migrations: past a pooler, where the schema names one.
fn address(schema: &Schema) -> &str {
    let variable = |key: &str| {
        let mut settings = schema
            .datamodel
            .datasources()
            .iter()
            .flat_map(|one| &one.settings);
        let setting = settings.find(|setting| setting.key.text == key)?;
        match &setting.value.as_ref()?.kind {
            ExpressionKind::Function { arguments, .. } => match &arguments.first()?.value.kind {
                ExpressionKind::String(name) => Some(name.as_str()),
                _ => None,
            },
            _ => None,
        }
    };
    variable("directUrl")
        .or_else(|| variable("url"))
        .unwrap_or("DATABASE_URL")
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
