//! The policies that would give tables row security: by the column, or the chain of relations,
//! that says whose a row is.

use std::collections::{BTreeMap, BTreeSet};

use snell_flow::{EventKind, Value};
use snell_prisma::{Datamodel, Field, FieldId, Model, ModelId, Provider};
use snell_project::{
    ownership::{Chain, Ownership, RootKind},
    schema::{ModelRef, Schema, SchemaId},
};
use snell_report::audit::{self, tables::Policy};

use super::{
    askers::{Askers, Asking},
    policy_reads::Reads,
    quoted,
};
use crate::Analysis;

/// The tables whose rows somebody owns and that have none, those of owners first. `queries` are
/// those of the code.
pub(super) fn policies(analysis: &Analysis, queries: &[audit::Query]) -> Vec<Policy> {
    let candidates: Vec<_> = candidates(analysis).collect();
    let mut reads = Reads::of(analysis);
    let refused: BTreeSet<ModelRef> = candidates
        .iter()
        .filter(|(reference, schema, model)| {
            let way = chain(analysis, *reference)
                .map_or_else(Vec::new, |chain| passed(&schema.datamodel, chain));
            !reads.add(&schema.datamodel, model.id, &way)
        })
        .map(|(reference, ..)| *reference)
        .collect();
    let askers = Askers::of(analysis);
    let schemas = analysis.project.schemas.iter();
    let known = Known {
        analysis,
        asking: schemas
            .map(|(id, schema)| (id, askers.of_schema(schema)))
            .collect(),
        reads,
        refused,
        early: early(analysis, queries),
    };
    candidates
        .into_iter()
        .filter_map(|(reference, schema, model)| policy(&known, (schema, reference, model)))
        .collect()
}

/// What is asked of each table.
struct Known<'a> {
    analysis: &'a Analysis,
    asking: BTreeMap<SchemaId, Asking<'a>>,
    reads: Reads,
    /// Those whose policies would lead back to them.
    refused: BTreeSet<ModelRef>,
    /// Models that are read before it is known who asks, with the endpoint that does.
    early: BTreeMap<&'a str, &'a str>,
}

/// Tables without row security, and without policies that wait for it.
fn candidates(analysis: &Analysis) -> impl Iterator<Item = (ModelRef, &Schema, &Model)> {
    let models = analysis.project.schemas.models();
    models.filter(|(_, schema, model)| {
        let history = schema.history.as_ref();
        let built = history.and_then(|history| history.table(&model.db_name));
        let has_own =
            built.is_some_and(|(_, table)| table.row_security || !table.policies.is_empty());
        !model.is_view && !has_own && schema.datamodel.provider() == Provider::PostgreSql
    })
}

/// The models that endpoints read which everybody may call: a sign-in, the renewal of a session, a
/// public page. Nobody has told the database who asks, so that a policy would show no row.
fn early<'a>(analysis: &'a Analysis, queries: &'a [audit::Query]) -> BTreeMap<&'a str, &'a str> {
    let endpoints = || analysis.project.endpoints.iter();
    // Where nothing is known to ask who is there, every endpoint looks open.
    let asks = endpoints().any(|endpoint| endpoint.access.authenticated);
    let open: BTreeSet<&str> = endpoints()
        .filter(|endpoint| {
            endpoint.kind.is_request()
                && (endpoint.access.public.is_some() || asks && endpoint.is_open_to_everybody())
        })
        .map(|endpoint| endpoint.name.as_str())
        .collect();
    let mut found = BTreeMap::new();
    for query in queries
        .iter()
        .filter(|query| query.operation.starts_with("find"))
    {
        let way = query
            .ways
            .iter()
            .find(|way| open.contains(way.endpoint.as_str()));
        if let (Some(model), Some(way)) = (&query.model, way) {
            found.entry(model.as_str()).or_insert(way.endpoint.as_str());
        }
    }
    found
}

/// The chain that says whose a row is: one to people or groups of them, a required one first.
fn chain(analysis: &Analysis, reference: ModelRef) -> Option<&Chain> {
    let owners = &analysis.project.owners;
    let graph = owners.graph(reference.schema);
    let Ownership::Owned(chains) = owners.of(reference) else {
        return None;
    };
    let in_room = |chain: &&Chain| matches!(graph.of(chain.root), Ownership::Root(RootKind::Room));
    let mut chains = chains.iter().filter(|one| !in_room(one));
    (chains.clone().find(|chain| chain.required)).or_else(|| chains.next())
}

/// The models that a chain passes on its way to the owner's column.
fn passed(datamodel: &Datamodel, chain: &Chain) -> Vec<ModelId> {
    let Some(key) = chain.key else {
        return Vec::new();
    };
    let relations = chain.relations.iter();
    relations
        .take_while(|relation| relation.model != key.model)
        .filter_map(|relation| Some(datamodel.target(&datamodel[*relation])?.id))
        .collect()
}

fn policy(
    known: &Known<'_>,
    (schema, reference, model): (&Schema, ModelRef, &Model),
) -> Option<Policy> {
    let (analysis, asking) = (known.analysis, known.asking.get(&reference.schema)?);
    let datamodel = &schema.datamodel;
    let owners = &analysis.project.owners;
    let graph = owners.graph(reference.schema);
    let kind = |root: ModelId| match graph.of(root) {
        Ownership::Root(kind) => Some(*kind),
        _ => None,
    };
    let (condition, asked, chain) = match owners.of(reference) {
        // Who is in a room stands in other tables.
        Ownership::Root(RootKind::Room) => return None,
        Ownership::Root(kind) => {
            let key = model.primary_key()?;
            let [column] = key.columns.as_slice() else {
                return None;
            };
            let field = model.field(&column.name)?;
            let condition = asking.compare(&quoted(&field.db_name), field, *kind);
            (condition, *kind, None)
        }
        Ownership::Owned(_) => {
            let chain = chain(analysis, reference)?;
            let kind = kind(chain.root).unwrap_or(RootKind::Identity);
            (
                by_chain(datamodel, model, chain, Whose::Own(asking, kind))?,
                kind,
                Some(chain),
            )
        }
        Ownership::Global => return None,
    };
    let of_model = Policy {
        model: model.name.to_string(),
        sql: Vec::new(),
        without: None,
    };
    let why = known
        .unready(reference, model)
        .or_else(|| asking.askers.untold(asked))
        .or_else(|| unsaid(datamodel, model, chain?));
    if why.is_some() {
        return Some(Policy {
            without: why,
            ..of_model
        });
    }
    let table = quoted(&model.db_name);
    let name = |end: &str| quoted(&format!("{}_{end}", model.db_name));
    // What a new row refers to must be seen by who writes it: its own policies say that.
    let seen = chain.map_or_else(Vec::new, |chain| {
        referred(datamodel, model, chain, |target| {
            matches!(graph.of(target), Ownership::Owned(_))
                && !known.reads.refuses(datamodel, model.id, target)
        })
    });
    let check = check(&condition, &seen);
    let to = asking.askers.to(asked);
    let mut sql = opening(asking, &table, asked);
    sql.push(format!(
        "CREATE POLICY {} ON {table}{to} USING ({condition}){check};",
        name("owner")
    ));
    if let Some(chain) = chain {
        let shared = is_shared(analysis, schema, reference, chain);
        sql.extend(
            readers(
                datamodel,
                model,
                (chain, shared),
                (asking, kind(chain.root)?),
            )
            .into_iter()
            .map(|(end, condition)| {
                format!(
                    "CREATE POLICY {} ON {table} FOR SELECT{to} USING ({condition});",
                    name(&end)
                )
            }),
        );
    }
    Some(Policy { sql, ..of_model })
}

/// What comes before the policy of owners: row security, as the database has it elsewhere, and the
/// policy of roles that see every row.
fn opening(asking: &Asking<'_>, table: &str, asked: RootKind) -> Vec<String> {
    let mut sql = vec![format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;")];
    if asking.askers.forces() {
        sql.push(format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"));
    }
    sql.extend(asking.askers.for_trusted(table, asked));
    sql
}

/// What new rows are held against beside the condition; nothing where that is all.
fn check(condition: &str, seen: &[String]) -> String {
    match seen.is_empty() {
        true => String::new(),
        false => format!(" WITH CHECK ({condition} AND {})", seen.join(" AND ")),
    }
}

impl Known<'_> {
    /// Why a policy would keep out whom it must not.
    fn unready(&self, reference: ModelRef, model: &Model) -> Option<String> {
        let graph = self.analysis.project.owners.graph(reference.schema);
        if let Ownership::Root(RootKind::Identity) = graph.of(model.id) {
            return Some("the sign-in finds its rows before it is known who asks".to_owned());
        }
        if let Some(endpoint) = self.early.get(model.name.as_str()) {
            return Some(format!(
                "`{endpoint}` finds its rows before it is known who asks"
            ));
        }
        self.refused.contains(&reference).then(|| {
            "the policies of the tables that say whose its rows are lead round in a circle, which PostgreSQL refuses".to_owned()
        })
    }
}

/// Why the owner of a row is not who may see it: another table says who else may, or the column
/// tells only who made the row.
fn unsaid(datamodel: &Datamodel, model: &Model, chain: &Chain) -> Option<String> {
    let key = &datamodel[chain.key?];
    let name = key.name.to_ascii_lowercase();
    let makers = [
        "created",
        "creator",
        "author",
        "updatedby",
        "lastmodified",
        "modifiedby",
    ];
    if makers.iter().any(|maker| name.starts_with(maker)) {
        let of = &datamodel[key.id.model].name;
        return Some(format!(
            "`{of}.{}` says who made a row, not who may see it",
            key.name
        ));
    }
    let to = |field: &&Field, target: ModelId| {
        let side = field.relation();
        side.is_some_and(|side| side.target == target && side.fields.len() == 1)
    };
    let members = datamodel.models().iter().find(|other| {
        let mut here = other.relation_fields().filter(|field| to(field, model.id));
        let mut people = other
            .relation_fields()
            .filter(|field| to(field, chain.root));
        let (Some(here), Some(person)) = (here.next(), people.next()) else {
            return false;
        };
        let columns = [here, person].map(|field| field.relation().map(|side| side.fields[0]));
        let mut keys = other.unique_criteria();
        other.id != model.id
            && keys.any(|key| {
                let own = key.columns.iter().map(|column| column.field);
                let own: Vec<Option<FieldId>> = own.collect();
                own.len() == 2 && columns.iter().all(|column| own.contains(column))
            })
    })?;
    Some(format!("`{}` says who else sees a row", members.name))
}

/// That who writes a row sees what it refers to, beside what the chain leads through. A policy must
/// not come back to its own table: PostgreSQL refuses every write then.
fn referred(
    datamodel: &Datamodel,
    model: &Model,
    chain: &Chain,
    is_owned: impl Fn(ModelId) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for field in model.relation_fields() {
        let (Some(side), Some(target)) = (field.relation(), datamodel.target(field)) else {
            continue;
        };
        let ([own], [other]) = (side.fields.as_slice(), side.references.as_slice()) else {
            continue;
        };
        if chain.relations.first() == Some(&field.id) || !is_owned(side.target) {
            continue;
        }
        let table = quoted(&model.db_name);
        let (own, other) = (&datamodel[*own], &datamodel[*other]);
        let column = format!("{table}.{}", quoted(&own.db_name));
        let exists = format!(
            "EXISTS (SELECT 1 FROM {} r WHERE r.{} = {column})",
            quoted(&target.db_name),
            quoted(&other.db_name)
        );
        found.push(match own.is_optional() {
            true => format!("({column} IS NULL OR {exists})"),
            false => exists,
        });
    }
    found
}

/// Whether rows without an owner are meant for everybody: a query asks for them beside those of who
/// asks. What nobody says is shared, a policy must not open.
fn is_shared(analysis: &Analysis, schema: &Schema, model: ModelRef, chain: &Chain) -> bool {
    let datamodel = &schema.datamodel;
    let Some(key) = chain.key.map(|key| &datamodel[key]) else {
        return false;
    };
    key.is_optional() && asks_for_nobodys(analysis, model, &key.name)
}

/// Whether a query of a model has rows with `null` in a column beside others: `OR: [{ owner: null }, ...]`.
fn asks_for_nobodys(analysis: &Analysis, model: ModelRef, column: &str) -> bool {
    let events = analysis
        .flow
        .functions()
        .flat_map(|summary| &summary.events);
    let mut queries = events.filter_map(|event| match &event.kind {
        EventKind::Query(query) => Some(query),
        _ => None,
    });
    queries.any(|query| {
        let of_model = analysis.project.calls.get(query.call).model() == Some(model);
        let arguments = query.arguments.first().and_then(Value::as_object);
        let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
        of_model && filter.is_some_and(|filter| names_null(&filter.value, column, false))
    })
}

/// Whether one of several alternatives is `null` in a column.
fn names_null(value: &Value, column: &str, among: bool) -> bool {
    match value {
        Value::Object(object) => object.entries.iter().any(|(name, entry)| {
            among && name == column && entry.value == Value::Null
                || names_null(&entry.value, column, among || name == "OR")
        }),
        Value::Array(array) => {
            let mut all = array.elements.iter().chain(&array.rest);
            all.any(|one| names_null(one, column, among))
        }
        Value::OneOf(choices) => choices
            .iter()
            .any(|choice| names_null(&choice.value, column, among)),
        _ => false,
    }
}

/// Who else reads rows of a table: everybody those that nobody owns, and those whom another column
/// names.
fn readers(
    datamodel: &Datamodel,
    model: &Model,
    (chain, shared): (&Chain, bool),
    (asking, kind): (&Asking<'_>, RootKind),
) -> Vec<(String, String)> {
    let Some(key) = chain.key.map(|key| &datamodel[key]) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if shared && let Some(shared) = by_chain(datamodel, model, chain, Whose::Nobodys) {
        found.push(("shared".to_owned(), shared));
    }
    if key.id.model != model.id {
        return found;
    }
    for field in model.relation_fields() {
        let Some(side) = field.relation() else {
            continue;
        };
        if let [other] = side.fields.as_slice()
            && side.target == chain.root
            && *other != key.id
        {
            let other = &datamodel[*other];
            let condition = asking.compare(&quoted(&other.db_name), other, kind);
            found.push((other.db_name.to_string(), condition));
        }
    }
    found
}

/// Whose rows a condition lets through.
#[derive(Clone, Copy)]
enum Whose<'a> {
    /// Those of who asks.
    Own(&'a Asking<'a>, RootKind),
    /// Those that no owner has.
    Nobodys,
}

fn by_chain(
    datamodel: &Datamodel,
    model: &Model,
    chain: &Chain,
    whose: Whose<'_>,
) -> Option<String> {
    let key = chain.key?;
    let owner = &datamodel[key];
    if key.model == model.id {
        let column = quoted(&owner.db_name);
        return Some(match whose {
            Whose::Own(asking, kind) => asking.compare(&column, owner, kind),
            Whose::Nobodys => format!("{column} IS NULL"),
        });
    }
    let mut joins = String::new();
    let mut link = String::new();
    let mut before = quoted(&model.db_name);
    for (n, relation) in chain.relations.iter().enumerate() {
        let field = &datamodel[*relation];
        if relation.model == key.model {
            break;
        }
        let side = field.relation()?;
        let target = datamodel.target(field)?;
        let name = format!("p{}", n + 1);
        let pairs = side.fields.iter().zip(&side.references);
        let on: Vec<String> = pairs
            .map(|(own, other)| {
                format!(
                    "{name}.{} = {before}.{}",
                    quoted(&datamodel[*other].db_name),
                    quoted(&datamodel[*own].db_name)
                )
            })
            .collect();
        if on.is_empty() {
            return None;
        }
        let table = quoted(&target.db_name);
        match n {
            0 => {
                joins.push_str(&format!("{table} {name}"));
                link = on.join(" AND ");
            }
            _ => joins.push_str(&format!(" JOIN {table} {name} ON {}", on.join(" AND "))),
        }
        before = name;
    }
    let column = format!("{before}.{}", quoted(&owner.db_name));
    let owned = match whose {
        Whose::Own(asking, kind) => asking.compare(&column, owner, kind),
        Whose::Nobodys => format!("{column} IS NULL"),
    };
    (!link.is_empty()).then(|| format!("EXISTS (SELECT 1 FROM {joins} WHERE {link} AND {owned})"))
}
