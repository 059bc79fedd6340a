//! Uniques, checks and foreign keys.

use snell_prisma::{Field, ForeignKey, Model, ReferentialAction};
use snell_project::schema::Schema;
use snell_source::Diagnostic;
use snell_sql::catalog::TableConstraint;

use super::{
    super::{quoted, spot},
    Known, Remedy, Subject, columns, constraint_name, help, indexes, names, plain,
};

/// A unique that takes NULL for a value like others, in the place of one that does not.
pub(super) fn nullable_unique(known: Known<'_>, subject: &Subject<'_>) -> Option<Remedy> {
    if subject.fields.is_empty() {
        return None;
    }
    let table = &subject.model.db_name;
    let of_table = known
        .indexes
        .iter()
        .find(|one| one.table == table.as_str())?;
    let plain_names = plain(&subject.fields);
    let old = of_table
        .indexes
        .iter()
        .find(|row| row.kind == "unique" && row.columns == plain_names);
    let name = constraint_name(table, &plain_names, "key");
    let fresh = constraint_name(table, &plain_names, "nulls_key");
    let list = columns(&subject.fields);
    let mut sql = vec![format!(
        "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({list}) NULLS NOT DISTINCT;",
        quoted(&fresh),
        subject.table()
    )];
    if let Some(old) = old {
        sql.extend(indexes::drop(known, table, old));
        let name = old.database_name.as_ref().unwrap_or(&name);
        sql.push(format!(
            "ALTER INDEX {} RENAME TO {};",
            quoted(&fresh),
            quoted(name)
        ));
    }
    Some(Remedy {
        prisma: vec![format!(
            "model {}: @@unique([{}]) // stays: Prisma does not look at NULLS NOT DISTINCT",
            subject.model.name,
            names(&subject.fields)
        )],
        checks: vec![duplicates(subject)],
        sql,
        ..Remedy::default()
    })
}

/// Rows that a unique would refuse.
fn duplicates(subject: &Subject<'_>) -> String {
    let list = columns(&subject.fields);
    format!(
        "SELECT {list}, count(*) FROM {} GROUP BY {list} HAVING count(*) > 1;",
        subject.table()
    )
}

/// Rows that a plain unique would refuse: those with a NULL in its columns it never does.
fn taken_twice(subject: &Subject<'_>) -> String {
    let nullable = subject.fields.iter().filter(|field| field.is_optional());
    let there: Vec<String> = nullable
        .map(|field| format!("{} IS NOT NULL", quoted(&field.db_name)))
        .collect();
    if there.is_empty() {
        return duplicates(subject);
    }
    let list = columns(&subject.fields);
    format!(
        "SELECT {list}, count(*) FROM {} WHERE {} GROUP BY {list} HAVING count(*) > 1;",
        subject.table(),
        there.join(" AND ")
    )
}

/// A unique that the code counts on; nothing where the finding says that its columns alone are
/// not to be unique.
pub(super) fn missing_unique(subject: &Subject<'_>, diagnostic: &Diagnostic) -> Option<Remedy> {
    let declared = diagnostic.help.iter().any(|help| {
        help.starts_with("declare `@unique`") || help.starts_with("declare `@@unique(")
    });
    if subject.fields.is_empty() || !declared {
        return None;
    }
    let name = constraint_name(&subject.model.db_name, &plain(&subject.fields), "key");
    let model = &subject.model.name;
    Some(Remedy {
        prisma: vec![match subject.fields.as_slice() {
            [only] => format!("model {model}: {} @unique", only.name),
            several => format!("model {model}: @@unique([{}])", names(several)),
        }],
        checks: vec![taken_twice(subject)],
        sql: vec![format!(
            "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({});",
            quoted(&name),
            subject.table(),
            columns(&subject.fields)
        )],
        ..Remedy::default()
    })
}

/// A column that every row has a value in, after those that have none get one.
pub(super) fn always_set(
    known: Known<'_>,
    subject: &Subject<'_>,
    diagnostic: &Diagnostic,
) -> Option<Remedy> {
    let field = subject.fields.first()?;
    let found = diagnostic.help.iter().map(|help| help::statements(help));
    let sql: Vec<String> = found.flatten().collect();
    if sql.is_empty() {
        return None;
    }
    Some(Remedy {
        prisma: vec![format!(
            "model {}: {} without the question mark",
            subject.model.name, field.name
        )],
        checks: Vec::new(),
        sql,
        rollout: writers(known, diagnostic),
        ..Remedy::default()
    })
}

/// The code that writes NULL, which a required column refuses.
fn writers(known: Known<'_>, diagnostic: &Diagnostic) -> Option<String> {
    let mut places = diagnostic
        .related()
        .iter()
        .filter(|label| label.text == "writes NULL");
    let at = spot(known.analysis, places.next()?.at);
    let mut helps = diagnostic.help.iter();
    let instead = helps.find_map(|help| {
        let (_, rest) = help.split_once("write `")?;
        Some(rest.split_once('`')?.0)
    });
    let instead = instead.map_or_else(String::new, |value| format!(" `{value}`, or"));
    Some(format!(
        "first the code: `{}:{}` writes NULL, which fails on every such request once the column is required: give{instead} nothing there, and deploy that before the migration runs",
        at.file, at.line
    ))
}

/// A check that the columns of a key are all there or none of them is, as the help says it.
pub(super) fn all_or_none(subject: &Subject<'_>, diagnostic: &Diagnostic) -> Option<Remedy> {
    let said = diagnostic.help.iter().find_map(|help| {
        let (_, rest) = help.split_once("CHECK (num_nulls(")?;
        let (columns, rest) = rest.split_once(") IN (")?;
        let (counts, _) = rest.split_once("))")?;
        Some(format!("(num_nulls({columns}) IN ({counts}))"))
    })?;
    let table = subject.table();
    let name = constraint_name(
        &subject.model.db_name,
        &plain(&subject.fields),
        "all_or_none",
    );
    Some(Remedy {
        prisma: Vec::new(),
        checks: vec![format!("SELECT * FROM {table} WHERE NOT {said} LIMIT 10;")],
        sql: vec![format!(
            "ALTER TABLE {table} ADD CONSTRAINT {} CHECK {said};",
            quoted(&name)
        )],
        ..Remedy::default()
    })
}

/// A check that refuses nothing which the type does not refuse.
pub(super) fn redundant_check(
    known: Known<'_>,
    subject: &Subject<'_>,
    diagnostic: &Diagnostic,
) -> Option<Remedy> {
    let at = diagnostic.primary().at;
    let text = &known.analysis.sources.file(at.file).text;
    let said = text.get(at.span.start as usize..at.span.end as usize)?;
    let history = subject.schema.history.as_ref()?;
    let mut tables = history.replay.catalog.tables();
    let (_, table) = tables.find(|(relation, _)| relation.name == subject.model.db_name)?;
    // The one that the finding shows, by its name before the text; else the only one of the column.
    let before = &text[..at.span.start as usize];
    let statement = before.rsplit(';').next().unwrap_or_default();
    let column = subject.fields.first().map(|field| field.db_name.as_str());
    let check = table.constraints.iter().find(|constraint| {
        let named =
            statement.contains(constraint.name.as_str()) || said.contains(constraint.name.as_str());
        let of_column = column
            .is_some_and(|column| table.names(&constraint.columns).any(|name| name == column));
        matches!(constraint.kind, TableConstraint::Check(_)) && (named || of_column)
    })?;
    Some(Remedy::of_sql(vec![format!(
        "ALTER TABLE {} DROP CONSTRAINT {};",
        subject.table(),
        quoted(&check.name)
    )]))
}

/// One foreign key over two columns in the place of one over one: what the help says of both
/// sides, for each model that the finding names.
pub(super) fn composite_key(known: Known<'_>, diagnostic: &Diagnostic) -> Option<Remedy> {
    let help = diagnostic.help.join("\n");
    let (models, _) = super::named::names(&diagnostic.subject);
    let holders = match diagnostic.rule.name {
        // Its subject is the owner; the places are the copies.
        "schema/redundant-owner-column" => copies(known, diagnostic),
        _ => models,
    };
    let own = list(&help, "fields: [")?;
    let referred = list(&help, "references: [")?;
    let mut remedy = Remedy::default();
    for holder in holders {
        if let Some((schema, model)) = known.model(&holder)
            && let Some(key) = Composite::of(schema, model, &own, &referred)
        {
            key.tell(&mut remedy);
        }
    }
    (!remedy.sql.is_empty()).then_some(remedy)
}

/// A foreign key over two columns, and the one over the first of them in whose place it comes.
struct Composite<'a> {
    schema: &'a Schema,
    model: &'a Model,
    target: &'a Model,
    fields: Vec<&'a Field>,
    others: Vec<&'a Field>,
    old: &'a ForeignKey,
}

impl<'a> Composite<'a> {
    fn of(
        schema: &'a Schema,
        model: &'a Model,
        own: &[String],
        referred: &[String],
    ) -> Option<Self> {
        let fields: Option<Vec<&Field>> = own.iter().map(|name| model.field(name)).collect();
        let fields = fields?;
        let first = fields.first()?.id;
        // A key of which one column is NULL checks nothing: it takes the place of no other key.
        if fields.iter().skip(1).any(|field| field.is_optional()) {
            return None;
        }
        let mut keys = schema.datamodel.foreign_keys_of(model.id);
        let (_, old) = keys.find(|(_, key)| key.columns == [first])?;
        let target = schema.datamodel.target(&schema.datamodel[old.field])?;
        let others: Option<Vec<&Field>> = referred.iter().map(|name| target.field(name)).collect();
        let others = others.filter(|others| others.len() == fields.len())?;
        Some(Composite {
            schema,
            model,
            target,
            fields,
            others,
            old,
        })
    }

    /// The name that the key of today has in the database.
    fn old_name(&self) -> String {
        let first = plain(&self.fields[..1]);
        let built = self.schema.history.as_ref().and_then(|history| {
            let mut tables = history.replay.catalog.tables();
            let (_, table) = tables.find(|(relation, _)| relation.name == self.model.db_name)?;
            let key = table.constraints.iter().find(|constraint| {
                matches!(constraint.kind, TableConstraint::ForeignKey(_))
                    && table
                        .names(&constraint.columns)
                        .map(|name| name.as_str())
                        .eq(first.iter().copied())
            })?;
            Some(key.name.to_string())
        });
        built.unwrap_or_else(|| constraint_name(&self.model.db_name, &first, "fkey"))
    }

    fn action(&self) -> String {
        match self.old.on_delete.action {
            ReferentialAction::Cascade => "CASCADE".to_owned(),
            // The owner stays (PostgreSQL 15).
            ReferentialAction::SetNull => format!("SET NULL ({})", columns(&self.fields[..1])),
            ReferentialAction::SetDefault => "SET DEFAULT".to_owned(),
            ReferentialAction::Restrict | ReferentialAction::NoAction => "RESTRICT".to_owned(),
        }
    }

    fn tell(&self, remedy: &mut Remedy) {
        let (table, other) = (quoted(&self.model.db_name), quoted(&self.target.db_name));
        let name = constraint_name(&self.model.db_name, &plain(&self.fields), "fkey");
        let unique = constraint_name(&self.target.db_name, &plain(&self.others), "key");
        remedy.prisma.push(format!(
            "model {}: @@unique([{}])",
            self.target.name,
            names(&self.others)
        ));
        remedy.prisma.push(format!(
            "model {}: @relation(fields: [{}], references: [{}], onDelete: {})",
            self.model.name,
            names(&self.fields),
            names(&self.others),
            self.old.on_delete.action.as_str(),
        ));
        let compared = |sign: &str| -> Vec<String> {
            let pairs = self.fields.iter().zip(&self.others);
            pairs
                .map(|(own, other)| {
                    let (own, other) = (quoted(&own.db_name), quoted(&other.db_name));
                    format!("p.{other} {sign} c.{own}")
                })
                .collect()
        };
        remedy.checks.push(format!(
            "SELECT count(*) FROM {table} c JOIN {other} p ON {} WHERE {};",
            compared("=")[0],
            compared("<>")[1..].join(" OR ")
        ));
        remedy.sql.extend([
            format!(
                "CREATE UNIQUE INDEX CONCURRENTLY {} ON {other} ({});",
                quoted(&unique),
                columns(&self.others)
            ),
            format!(
                "ALTER TABLE {table} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {other} ({}) ON DELETE {} ON UPDATE CASCADE;",
                quoted(&name),
                columns(&self.fields),
                columns(&self.others),
                self.action()
            ),
            format!(
                "ALTER TABLE {table} DROP CONSTRAINT {};",
                quoted(&self.old_name())
            ),
        ]);
    }
}

/// The models whose columns the places of a finding show.
fn copies(known: Known<'_>, diagnostic: &Diagnostic) -> Vec<String> {
    let mut found = Vec::new();
    for (_, schema, model) in known.analysis.project.schemas.models() {
        let held = diagnostic.labels.iter().any(|label| {
            let said = label.text.split('.').next() == Some(model.name.as_str());
            let first = label.role == snell_source::Role::Primary
                && model
                    .columns()
                    .any(|field| schema.field_name(field) == label.at);
            said || first
        });
        if held {
            found.push(model.name.to_string());
        }
    }
    found
}

/// The names in `fields: [a, b]`.
fn list(text: &str, head: &str) -> Option<Vec<String>> {
    let (_, rest) = text.split_once(head)?;
    let (inside, _) = rest.split_once(']')?;
    Some(
        inside
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect(),
    )
}
