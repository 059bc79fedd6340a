//! Owners of small schemas.

use camino::Utf8PathBuf;
use snell_workspace::{Config, Isolation};

use super::{Owners, Ownership, RootKind};
use crate::schema::{Reason, Schema, SchemaId, Schemas};

fn owners(text: &str, settings: &Isolation) -> (Schemas, Owners) {
    let parsed = snell_prisma::parse(text);
    let (datamodel, _) = snell_prisma::lower(&[(0, &parsed)]);
    let schemas = Schemas::new(vec![Schema {
        path: Utf8PathBuf::from("schema.prisma"),
        files: Vec::new(),
        datamodel,
        migrations: None,
        history: None,
        removed: Vec::new(),
        typed: Vec::new(),
        outputs: Vec::new(),
        reason: Reason::Found,
        variants: Vec::new(),
    }]);
    let owners = Owners::infer(&schemas, settings);
    (schemas, owners)
}

fn settings() -> Isolation {
    Config::default().isolation
}

fn ways(schemas: &Schemas, owners: &Owners, model: &str) -> Vec<String> {
    let datamodel = &schemas.get(SchemaId(0)).datamodel;
    let model = datamodel.model(model).expect("the model");
    match owners.graph(SchemaId(0)).of(model.id) {
        Ownership::Root(RootKind::Identity) => vec!["identity".to_owned()],
        Ownership::Root(RootKind::Tenant | RootKind::Room) => vec!["tenant".to_owned()],
        Ownership::Global => Vec::new(),
        Ownership::Owned(chains) => chains
            .iter()
            .map(|chain| {
                let mut parts: Vec<&str> = chain
                    .relations
                    .iter()
                    .map(|field| datamodel[*field].name.as_str())
                    .collect();
                if let Some(key) = chain.key {
                    parts.push(&datamodel[key].name);
                }
                format!(
                    "{}{}",
                    parts.join("."),
                    if chain.required { "" } else { "?" }
                )
            })
            .collect(),
    }
}

const CHAT: &str = r#"
model User { id String @id
  sessions Session[] 
  notes Note[] @relation("by") }
model Session { id Int @id
  userId String
  user User @relation(fields: [userId], references: [id])
  messages Message[] }
model Message { id Int @id
  sessionId Int
  session Session @relation(fields: [sessionId], references: [id]) }
model Note { id Int @id
  createdById String
  createdBy User @relation("by", fields: [createdById], references: [id]) }
model Archetype { id Int @id }
"#;

#[test]
fn chains_lead_through_required_relations() {
    let (schemas, owners) = owners(CHAT, &settings());
    assert_eq!(ways(&schemas, &owners, "User"), ["identity"]);
    assert_eq!(ways(&schemas, &owners, "Session"), ["user.userId"]);
    assert_eq!(ways(&schemas, &owners, "Message"), ["session.user.userId"]);
}

#[test]
fn audit_columns_and_catalogues_have_no_owner() {
    let (schemas, owners) = owners(CHAT, &settings());
    assert!(ways(&schemas, &owners, "Note").is_empty());
    assert!(ways(&schemas, &owners, "Archetype").is_empty());
}

#[test]
fn columns_without_relations_own_by_name() {
    let text = "model User { pk BigInt @id\n uid String @unique }\n\
                model Canvas { id String @id\n uid String }\n\
                model Job { id String @id\n userId String? }";
    let (schemas, owners) = owners(text, &settings());
    assert_eq!(ways(&schemas, &owners, "Canvas"), ["uid"]);
    assert_eq!(ways(&schemas, &owners, "Job"), ["userId?"]);
}

#[test]
fn groups_with_members_are_owners_too() {
    let text = r#"
model User { id String @id
  memberships Membership[] }
model Workspace { id String @id
  members Membership[]
  docs Doc[] }
model Membership { userId String
  workspaceId String
  user User @relation(fields: [userId], references: [id])
  workspace Workspace @relation(fields: [workspaceId], references: [id])
  @@id([userId, workspaceId]) }
model Doc { id String @id
  workspaceId String
  workspace Workspace @relation(fields: [workspaceId], references: [id]) }
"#;
    let (schemas, owners) = owners(text, &settings());
    assert_eq!(ways(&schemas, &owners, "Workspace"), ["tenant"]);
    assert_eq!(ways(&schemas, &owners, "Doc"), ["workspace.workspaceId"]);
}

/// The same groups, in a schema that leaves relations to the database.
const BARE: &str = "
model User {
  id String @id
}
model Workspace {
  id String @id
}
model Membership {
  userId String
  workspaceId String
  @@id([userId, workspaceId])
}
model Doc {
  id String @id
  workspaceId String
  shelfId String
  createdById String
}
model Shelf {
  id String @id
  userId Int
}";

#[test]
fn names_are_keys_where_nothing_is_declared() {
    let (schemas, owners) = owners(BARE, &settings());
    assert_eq!(ways(&schemas, &owners, "Workspace"), ["tenant"]);
    assert_eq!(ways(&schemas, &owners, "Doc"), ["workspaceId"]);
    let datamodel = &schemas.get(SchemaId(0)).datamodel;
    let names = |model: &str, column: &str| {
        let column = datamodel.model(model)?.field(column)?;
        let named = owners.graph(SchemaId(0)).names_row_of(column.id)?;
        Some(datamodel[named].name.to_string())
    };
    assert_eq!(names("Doc", "shelfId").as_deref(), Some("Shelf"));
    assert_eq!(names("Doc", "createdById"), None);
    assert_eq!(names("Shelf", "userId"), None, "it has another type");
}

#[test]
fn a_declared_relation_says_that_all_are_declared() {
    let text = format!(
        "{BARE}
model Page {{
  id String @id
  leafId String
  leaf Leaf @relation(fields: [leafId], references: [id])
}}
model Leaf {{
  id String @id
  pages Page[]
}}"
    );
    let (schemas, owners) = owners(&text, &settings());
    assert!(ways(&schemas, &owners, "Workspace").is_empty());
}

#[test]
fn settings_overrule() {
    let mut settings = settings();
    settings.global_models.value = vec!["Session".to_owned()];
    let (schemas, owners) = owners(CHAT, &settings);
    assert!(ways(&schemas, &owners, "Session").is_empty());
}
