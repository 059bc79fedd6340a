//! The schema describes one database, and the migrations build another.

mod apart;
mod weight;
mod words;

use snell_prisma::Field;
use snell_source::{Confidence, Diagnostic, Joined, Location, Preset, RuleMetadata, Severity};
use snell_sql::drift::{self, Difference, DriftKind};

use crate::{
    rule::{Context, Rule},
    support::{
        deployed,
        drift::{MOSTLY_UNMADE, Sides, compared},
        remade::Remade,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/schema-migration-drift",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "The migrations build another database than the schema describes",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

/// Why tables that are missing weigh less where they are many and no deployment runs the migrations.
const MADE_OTHERWISE: &str =
    "with so many tables missing, the database is probably made another way (`prisma db push`)";

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    compared(context)
        .flat_map(|sides| of_schema(context, sides))
        .collect()
}

fn of_schema(context: &Context<'_>, sides: Sides<'_>) -> Vec<Diagnostic> {
    let remade = Remade::shared(context);
    // What the application makes anew, no migration can be held to.
    let is_remade = |difference: &Difference| {
        let table = difference.table.as_deref();
        table.is_some_and(|table| remade.holds(table))
    };
    let differences: Vec<&Difference> = sides
        .differences()
        .filter(|difference| is_told(sides, difference) && !is_remade(difference))
        .collect();
    let mut missing = sides.unmade().unwrap_or_default();
    missing.retain(|difference| !is_remade(difference));
    let whole = incomplete(context, sides, &missing);
    let mut findings: Vec<Diagnostic> = whole.into_iter().collect();
    let (following, causes): (Vec<_>, Vec<_>) =
        differences.iter().copied().partition(|difference| {
            differences
                .iter()
                .any(|cause| sides.follows(difference, cause))
        });
    let left = causes
        .into_iter()
        .filter(|difference| findings.is_empty() || !is_missing(difference))
        .collect::<Vec<_>>();
    let minor = (!findings.is_empty()).then_some(MOSTLY_UNMADE);
    let groups = objects(&left);
    let found = groups.filter_map(|group| finding(context, sides, group, &following, minor));
    let found: Vec<Diagnostic> = found.collect();
    if findings.is_empty() {
        let lead = apart::lead(sides, &left, &found);
        findings.extend(lead.or_else(|| apart::stopped(sides, &left, &found)));
    }
    findings.extend(found);
    apart::led(&mut findings);
    findings
}

/// What this rule tells: actions have a rule of their own, and what Prisma cannot say is
/// nothing that the schema could follow.
fn is_told(sides: Sides<'_>, difference: &Difference) -> bool {
    match difference.kind {
        DriftKind::FkAction => false,
        DriftKind::IndexExtraInDb | DriftKind::IndexShape => {
            let name = difference.object.as_deref();
            let index = name.and_then(|name| sides.built_index(difference, name));
            index.is_some_and(drift::is_expressible)
        }
        // Prisma Client fills the field before the database could.
        DriftKind::ColumnDefault if difference.expected.is_none() => {
            let filled =
                |field: &Field| field.default.is_some() || field.attribute("updatedAt").is_some();
            !sides.field(difference).is_some_and(filled)
        }
        _ => true,
    }
}

/// Whether it is a table or an enum that no migration makes.
fn is_missing(difference: &Difference) -> bool {
    matches!(
        difference.kind,
        DriftKind::TableMissingInDb | DriftKind::EnumMissingInDb
    )
}

/// One finding for a history that builds less than half of the tables.
fn incomplete(
    context: &Context<'_>,
    sides: Sides<'_>,
    missing: &[&Difference],
) -> Option<Diagnostic> {
    let tables = sides.tables();
    let first = missing.first()?;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        sides.declaration(first)?,
        format!(
            "the migrations leave {} of the {tables} tables of the schema unmade",
            missing.len()
        ),
    )
    .label(format!("no migration makes `{}`", named(first)));
    if let Some(others) = apart::others(sides, missing.len()) {
        finding = finding.note(others);
    }
    for other in missing.iter().skip(1).take(2) {
        let at = sides.declaration(other)?;
        finding = finding.related(at, format!("nor `{}`", named(other)));
    }
    finding = match deployed::migrates(context.project) {
        true => {
            finding.note("deployments run the migrations: a new database gets none of these tables")
        }
        false => finding.lowered(Severity::Medium, MADE_OTHERWISE),
    };
    Some(
        finding
            .help("write the migration that the history lacks: `prisma migrate diff --from-migrations <folder> --to-schema-datamodel <schema> --script`")
            .help("where the tables exist already, mark it as applied there: `prisma migrate resolve --applied <name>`")
            .confidence(Confidence::Likely)
            .caused_by(apart::subject(sides))
            .subject(apart::subject(sides)),
    )
}

fn named(difference: &Difference) -> &str {
    difference.table.as_deref().unwrap_or_default()
}

/// The differences of one object each: those of a column belong together.
fn objects<'a>(differences: &'a [&'a Difference]) -> impl Iterator<Item = Vec<&'a Difference>> {
    let is_change = |kind: DriftKind| {
        matches!(
            kind,
            DriftKind::ColumnType | DriftKind::ColumnNullability | DriftKind::ColumnDefault
        )
    };
    let same = move |one: &Difference, other: &Difference| {
        is_change(one.kind)
            && is_change(other.kind)
            && (&one.schema, &one.table, &one.object)
                == (&other.schema, &other.table, &other.object)
    };
    let first = move |index: usize| {
        let earlier = &differences[..index];
        !earlier.iter().any(|other| same(other, differences[index]))
    };
    (0..differences.len())
        .filter(move |index| first(*index))
        .map(move |index| {
            let one = differences[index];
            let rest = &differences[index + 1..];
            let others = rest.iter().copied().filter(move |other| same(one, other));
            std::iter::once(one).chain(others).collect()
        })
}

/// One finding for one object; `group` holds its differences, and some of `following` cannot but
/// follow from them. `minor` says why all of them weigh less.
fn finding(
    context: &Context<'_>,
    sides: Sides<'_>,
    mut group: Vec<&Difference>,
    following: &[&Difference],
    minor: Option<&str>,
) -> Option<Diagnostic> {
    let severity = |difference: &Difference| {
        weight::lowered(sides, difference).map_or(RULE.metadata.severity, |(to, _)| to)
    };
    group.sort_by_key(|difference| std::cmp::Reverse(severity(difference)));
    let (worst, others) = group.split_first()?;
    let told = words::tell(sides, worst)?;
    let mut finding = Diagnostic::at(&RULE.metadata, told.primary.0, told.message);
    if worst.kind == DriftKind::TableExtraInDb {
        finding = finding.caused_by(format!("declared no more: {}", sides.schema.path));
    }
    // A schema that leaves relations out leaves out all of them.
    if worst.kind == DriftKind::FkExtraInDb {
        finding = finding.caused_by(format!("keys of the database: {}", sides.schema.path));
    }
    // What no migration ever made, one migration makes.
    if is_missing(worst) || worst.kind == DriftKind::IndexMissingInDb {
        let (kind, never) = (is_missing(worst), told.related.is_empty());
        if never && told.instead.is_none() {
            finding = finding.caused_by(format!("never made: {} {kind}", sides.schema.path));
        }
    }
    if !told.primary.1.is_empty() {
        finding = finding.label(told.primary.1);
    }
    for (at, words) in told.related {
        finding = finding.related(at, words);
    }
    for other in others {
        if let Some(told) = words::tell(sides, other) {
            finding = finding.note(told.message);
        }
    }
    let follow = |other: &&Difference| group.iter().any(|cause| sides.follows(other, cause));
    let following = following.iter().copied().filter(follow);
    let whole: Vec<&Difference> = group.iter().copied().chain(following).collect();
    let cure = cure(context, sides, &whole);
    let meant = worst.kind == DriftKind::IndexExtraInDb && is_said_index(context, sides, worst);
    finding = match (told.instead, is_kept(sides, worst)) {
        _ if meant => finding
            .help("keep it, and take the statement that drops it out of what `prisma migrate dev` writes")
            .lowered(Severity::Medium, "a comment of the schema names it: it is there on purpose"),
        // It keeps rows right: nobody is told to drop it.
        _ if worst.kind == DriftKind::FkExtraInDb => finding
            .help("declare the relation in the schema: `prisma db pull` writes it")
            .help("until then `prisma migrate dev` proposes to drop the key: take that out of what it writes"),
        // What the database alone has was made on purpose: to drop it is a person's decision.
        (instead, true) => {
            let instead = instead.as_deref().unwrap_or("declare it in the schema");
            finding
                .help(instead.to_owned())
                .help(format!("or, where nobody needs it, {cure}"))
        }
        (Some(instead), false) => finding.help(cure).help(format!("or {instead}")),
        (None, false) => finding.help(cure),
    };
    if worst.kind == DriftKind::ColumnMissingInDb && is_made_at_run(context, worst) {
        finding =
            finding.note("the application adds the column itself: where it has run, it is there");
    }
    if let Some((to, why)) = weight::lowered(sides, worst) {
        finding = finding.lowered(to, why);
    }
    if worst.kind == DriftKind::TableMissingInDb
        && sides.lacks_many()
        && !deployed::migrates(context.project)
    {
        finding = finding.lowered(Severity::Medium, MADE_OTHERWISE);
    }
    if let Some(why) = minor {
        finding = finding.lowered(Severity::Medium, why);
    }
    // What reads a column of a table that is there fails, whatever fills the table.
    let model = sides
        .model(worst)
        .filter(|_| worst.kind != DriftKind::ColumnMissingInDb);
    if model.is_some_and(|model| is_said_view(context, sides.schema.model_name(model))) {
        finding = finding.lowered(
            Severity::Low,
            "a comment says that it is a view: something beside the migrations keeps it",
        );
    }
    Some(finding.confidence(sides.confidence()).subject(told.subject))
}

/// Whether the comment above a model says that it is a view, an empty line between them or not.
fn is_said_view(context: &Context<'_>, model: Location) -> bool {
    let text = &context.sources.file(model.file).text;
    let before = text.get(..model.span.start as usize).unwrap_or_default();
    let above = before.trim_end().strip_suffix("model").unwrap_or_default();
    let comments = above.trim_end().lines().rev();
    let comments = comments.map_while(|line| line.trim().strip_prefix("//"));
    comments
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric()))
        .any(|word| word.eq_ignore_ascii_case("view"))
}

/// Whether a comment of the schema names the index of a difference.
fn is_said_index(context: &Context<'_>, sides: Sides<'_>, difference: &Difference) -> bool {
    let Some(name) = difference.object.as_deref() else {
        return false;
    };
    sides.schema.files.iter().any(|file| {
        let mut lines = context.sources.file(*file).text.lines();
        lines.any(|line| {
            let comment = line.split_once("//").map(|(_, comment)| comment);
            comment.is_some_and(|comment| comment.contains(name))
        })
    })
}

/// Whether the database has what the schema lacks, and nothing else does what it does.
fn is_kept(sides: Sides<'_>, difference: &Difference) -> bool {
    match difference.kind {
        DriftKind::TableExtraInDb
        | DriftKind::ColumnExtraInDb
        | DriftKind::EnumExtraInDb
        | DriftKind::FkExtraInDb => true,
        DriftKind::IndexExtraInDb => {
            let all = &sides.history.drift.differences;
            !drift::is_spare(difference, all, &sides.history.replay.catalog)
        }
        DriftKind::ColumnDefault => difference.expected.is_none(),
        _ => false,
    }
}

/// Which migration to write.
fn cure(context: &Context<'_>, sides: Sides<'_>, group: &[&Difference]) -> String {
    let replaced = group
        .iter()
        .filter_map(|difference| weight::same_without_nulls(sides, difference))
        .map(|name| format!("`DROP INDEX \"{name}\";`"));
    let statements: Vec<String> = replaced
        .chain(
            group
                .iter()
                .flat_map(|difference| written(context, sides, difference)),
        )
        .collect();
    if statements.is_empty() {
        let history = sides.schema.history.as_ref();
        let stops =
            history.is_some_and(|history| history.replay.failures.iter().any(|f| f.certain));
        return match stops {
            true => "make the migrations build a database again (`migration/cannot-apply`), at which `prisma migrate dev` stops until then; with `--create-only` it writes what the history lacks",
            false => "`prisma migrate dev --create-only` writes the migration that the history lacks",
        }
        .to_owned();
    }
    format!("write a migration: {}", statements.join(" "))
}

/// The statements that end a difference, with what has to happen between them.
fn written(context: &Context<'_>, sides: Sides<'_>, difference: &Difference) -> Vec<String> {
    let adds = difference.kind == DriftKind::ColumnMissingInDb;
    let made = adds && is_made_at_run(context, difference);
    let statements = sides.cure(difference).unwrap_or_default().into_iter();
    statements
        .map(|statement| match made {
            true => statement.replacen("ADD COLUMN ", "ADD COLUMN IF NOT EXISTS ", 1),
            false => statement,
        })
        .map(
            |statement| match adds && statement.ends_with(" SET NOT NULL;") {
                true => format!("fill it in the rows that are there, then `{statement}`"),
                false => format!("`{statement}`"),
            },
        )
        .collect()
}

/// Whether the application adds a column itself when it runs.
fn is_made_at_run(context: &Context<'_>, difference: &Difference) -> bool {
    let (table, column) = (difference.table.as_deref(), difference.object.as_deref());
    table
        .zip(column)
        .is_some_and(|(table, column)| context.databases.is_made_at_run(table, column))
}
