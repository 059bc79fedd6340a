//! Foreign keys that the database lacks.

use snell_prisma::{Field, Model};
use snell_project::schema::History;
use snell_source::Diagnostic;

use super::{
    super::{constraint_name, quoted},
    Known, Remedy, Subject, help,
};

/// A foreign key over one column as the finding declares it, with an index where none leads with the
/// column; nothing where the two columns differ in the database.
pub(super) fn missing(
    known: Known<'_>,
    subject: &Subject<'_>,
    diagnostic: &Diagnostic,
) -> Option<Remedy> {
    let (schema, model) = (subject.schema, subject.model);
    let field = *subject.fields.first()?;
    let relation = diagnostic
        .help
        .iter()
        .find_map(|help| help.strip_prefix("declare `")?.strip_suffix('`'))?;
    let mut words = relation.split_whitespace();
    let (_, target) = (words.next()?, words.next()?.trim_end_matches('?'));
    let (_, target) = known
        .model(target)
        .filter(|(of, _)| std::ptr::eq(*of, schema))?;
    let [key] = target.primary_key()?.columns.as_slice() else {
        return None;
    };
    let key = &schema.datamodel[key.field?];
    if schema.history.as_ref().is_some_and(|history| {
        let own = built(history, model, field);
        let other = built(history, target, key);
        own.zip(other).is_some_and(|(own, other)| own != other)
    }) {
        return None;
    }
    let action = match relation.split_once("onDelete: ")?.1.trim_end_matches(')') {
        "Cascade" => "CASCADE",
        "SetNull" => "SET NULL",
        "SetDefault" => "SET DEFAULT",
        "NoAction" => "NO ACTION",
        _ => "RESTRICT",
    };
    let (table, other) = (subject.table(), quoted(&target.db_name));
    let (own, referred) = (quoted(&field.db_name), quoted(&key.db_name));
    let name = constraint_name(&model.db_name, &[&field.db_name], "fkey");
    let mut remedy = Remedy {
        prisma: vec![format!("model {}: {relation}", model.name)],
        checks: vec![format!(
            "SELECT count(*) FROM {table} c WHERE c.{own} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {other} p WHERE p.{referred} = c.{own});"
        )],
        sql: vec![format!(
            "ALTER TABLE {table} ADD CONSTRAINT {} FOREIGN KEY ({own}) REFERENCES {other} ({referred}) ON DELETE {action} ON UPDATE CASCADE;",
            quoted(&name)
        )],
        rollout: Some("`npx prisma format` writes the other side of each relation".to_owned()),
        ..Remedy::default()
    };
    if !is_led(known, model, field) {
        remedy
            .prisma
            .push(format!("model {}: @@index([{}])", model.name, field.name));
        remedy
            .sql
            .push(format!("CREATE INDEX CONCURRENTLY ON {table} ({own});"));
    }
    Some(remedy)
}

/// A check of the keys that a provider gives, after what belongs to a row with another key is counted: by
/// table, with what gives it to somebody.
pub(super) fn of_stranger(
    known: Known<'_>,
    subject: &Subject<'_>,
    diagnostic: &Diagnostic,
) -> Remedy {
    let mut remedy = help::remedy(known, diagnostic);
    let mut helps = diagnostic.help.iter();
    let id = helps.find_map(|help| {
        let rest = help.strip_prefix("first give what belongs to `")?;
        Some(rest.split_once('`')?.0)
    });
    let (Some(id), Some(key)) = (id, subject.fields.first()) else {
        return remedy;
    };
    let id = format!("'{}'", id.replace('\'', "''"));
    let datamodel = &subject.schema.datamodel;
    let mut moves: Vec<String> = Vec::new();
    for model in datamodel.models() {
        for (_, own) in datamodel.foreign_keys_of(model.id) {
            let ([column], [referred]) = (own.columns.as_slice(), own.references.as_slice()) else {
                continue;
            };
            if *referred != key.id {
                continue;
            }
            let (table, column) = (quoted(&model.db_name), quoted(&datamodel[*column].db_name));
            remedy.checks.push(format!(
                "SELECT count(*) FROM {table} WHERE {column} = {id};"
            ));
            moves.push(format!(
                "`UPDATE {table} SET {column} = '<whose they are>' WHERE {column} = {id}`"
            ));
        }
    }
    if let Some(words) = &mut remedy.rollout {
        const SHOWN: usize = 3;
        if let Some(more) = moves.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            moves.truncate(SHOWN);
            moves.push(format!("{more} more alike"));
        }
        let table = subject.table();
        let column = quoted(&key.db_name);
        let given = match moves.is_empty() {
            true => String::new(),
            false => format!("{}; ", moves.join(", ")),
        };
        words.push_str(&format!(
            ": {given}then `DELETE FROM {table} WHERE {column} = {id}`, which takes along what cascades"
        ));
    }
    remedy
}

/// The type of a column in the database that the migrations build.
fn built(history: &History, model: &Model, field: &Field) -> Option<String> {
    let catalog = &history.replay.catalog;
    let namespace = model.schema.as_ref().map(|mapped| mapped.name.as_str());
    let relation = catalog.find_named(namespace, &model.db_name)?;
    let column = catalog.table(relation.id)?.column(&field.db_name)?;
    Some(catalog.format_type(&column.data_type))
}

/// Whether an index leads with a column.
fn is_led(known: Known<'_>, model: &Model, field: &Field) -> bool {
    let mut tables = known.indexes.iter();
    let table = tables.find(|table| table.model == model.name.as_str());
    table.is_some_and(|table| {
        let mut rows = table.indexes.iter();
        rows.any(|row| {
            let first = row.columns.first();
            first.and_then(|column| column.split(' ').next()) == Some(field.db_name.as_str())
        })
    })
}
