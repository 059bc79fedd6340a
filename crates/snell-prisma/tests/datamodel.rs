//! What a schema means: names, keys, relations, and the faults in them.

use snell_prisma::{
    Cardinality, Datamodel, ErrorKind, ReferentialAction, SchemaError, Value, lower, parse,
};

fn read(text: &str) -> (Datamodel, Vec<SchemaError>) {
    lower(&[(0, &parse(text))])
}

const SHOP: &str = r#"
datasource db {
  provider   = "postgresql"
  extensions = [vector, pgcrypto(schema: "x")]
}
generator client {
  provider        = "prisma-client-js"
  previewFeatures = ["views"]
}
model User {
  id       Int     @id @default(autoincrement())
  email    String  @unique @map("e_mail")
  boss     User?   @relation("Boss", fields: [bossId], references: [id])
  bossId   Int?
  staff    User[]  @relation("Boss")
  orders   Order[]
  tags     Tag[]
  friends  User[]  @relation("Friends")
  friendOf User[]  @relation("Friends")
  @@map("users")
}
model Order {
  tenant String
  number Int
  userId Int
  user   User   @relation(fields: [userId], references: [id], onDelete: Cascade)
  point  Unsupported("point")?
  kind   Kind   @default(OPEN)
  at     DateTime @default(dbgenerated("now()")) @db.Timestamptz(3)
  @@id([tenant, number])
  @@unique([userId, number], name: "byUser", map: "order_by_user")
  @@index([userId, at(sort: Desc)], type: BTree)
  @@index([tenant(ops: raw("text_pattern_ops"))])
}
model Tag {
  id    Int    @id
  users User[]
}
enum Kind {
  OPEN
  DONE @map("done")
}
"#;

#[test]
fn keys_have_the_names_that_the_database_gets() {
    let (datamodel, errors) = read(SHOP);
    assert_eq!(errors, []);
    let user = datamodel.model("User").unwrap();
    assert_eq!(
        user.primary_key().unwrap().db_name.as_deref(),
        Some("users_pkey")
    );
    let unique = user.uniques().next().unwrap();
    assert_eq!(unique.db_name.as_deref(), Some("users_e_mail_key"));
    let order = datamodel.model("Order").unwrap();
    let names: Vec<_> = order
        .all_indexes
        .iter()
        .filter_map(|i| i.db_name.as_deref())
        .collect();
    assert_eq!(
        names,
        [
            "Order_pkey",
            "Order_userId_at_idx",
            "Order_tenant_idx",
            "order_by_user"
        ]
    );
}

#[test]
fn unique_criteria_have_the_keys_of_the_client() {
    let (datamodel, _) = read(SHOP);
    let order = datamodel.model_by_accessor("order").unwrap();
    let keys: Vec<_> = order
        .unique_criteria()
        .filter_map(|i| i.where_key())
        .collect();
    assert_eq!(keys, ["tenant_number", "byUser"]);
    assert!(order.unique_criterion("byUser").is_some());
    let user_id = order.field("userId").unwrap().id;
    let number = order.field("number").unwrap().id;
    assert_eq!(order.indexes_covering(&[user_id]).count(), 2);
    assert_eq!(order.indexes_covering(&[number, user_id]).count(), 1);
    assert_eq!(order.indexes_covering(&[number]).count(), 0);
}

#[test]
fn relations_have_two_sides_and_a_key_or_a_table() {
    let (datamodel, _) = read(SHOP);
    let order = datamodel.model("Order").unwrap();
    let user = order.field("user").unwrap();
    let key = datamodel.foreign_key(user).unwrap();
    assert_eq!(key.on_delete.action, ReferentialAction::Cascade);
    assert!(key.on_delete.explicit.is_some() && key.on_update.explicit.is_none());
    let back = user.relation().unwrap().opposite.unwrap();
    assert_eq!(datamodel[back].name, "orders");
    assert_eq!(datamodel.foreign_key(&datamodel[back]), Some(key));

    let boss = datamodel.model("User").unwrap().field("boss").unwrap();
    let key = datamodel.foreign_key(boss).unwrap();
    assert_eq!(key.on_delete.action, ReferentialAction::SetNull);
    assert_eq!(key.db_name, "users_bossId_fkey");

    let tables: Vec<_> = datamodel
        .join_tables()
        .map(|(relation, table)| (relation.cardinality, table.db_name.as_str()))
        .collect();
    assert_eq!(
        tables,
        [
            (Cardinality::ManyToMany, "_TagToUser"),
            (Cardinality::ManyToMany, "_Friends")
        ]
    );
    let (relation, _) = datamodel.join_tables().nth(1).unwrap();
    assert_eq!(datamodel[relation.from].name, "friendOf");
}

#[test]
fn settings_and_defaults_are_structured() {
    let (datamodel, _) = read(SHOP);
    let source = datamodel.datasource().unwrap();
    let extensions: Vec<_> = source.extensions.iter().map(|e| e.text.as_str()).collect();
    assert_eq!(extensions, ["vector", "pgcrypto"]);
    assert_eq!(datamodel.generators()[0].preview_features, ["views"]);
    let order = datamodel.model("Order").unwrap();
    let default = |field: &str| order.field(field).unwrap().default.clone().unwrap().value;
    assert_eq!(default("at").db_generated(), Some("now()"));
    assert_eq!(default("kind"), Value::EnumValue("OPEN".into()));
    assert!(!order.field("point").unwrap().is_visible());
    let done = datamodel
        .enumeration("Kind")
        .unwrap()
        .value("DONE")
        .unwrap();
    assert_eq!(done.db_name, "done");
}

#[test]
fn files_of_one_schema_see_each_other() {
    let one = parse("model A {\n  id Int @id\n  b B[]\n}\n");
    let two = parse(
        "model B {\n  id Int @id\n  a A @relation(fields: [aId], references: [id])\n  aId Nope\n}\n",
    );
    let (datamodel, errors) = lower(&[(4, &two), (9, &one)]);
    assert_eq!(datamodel.model("A").unwrap().at.file, 9);
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].file, errors[0].kind), (4, ErrorKind::Semantic));
}

/// The faults of a schema that has `model A`'s lines, as the texts that the errors point at.
fn faults(lines: &str, rest: &str) -> Vec<String> {
    let text = format!(
        "datasource db {{\n  provider = \"postgresql\"\n}}\nmodel A {{\n  id Int @id\n{lines}\n}}\n{rest}\n"
    );
    let (_, errors) = read(&text);
    errors
        .iter()
        .map(|e| {
            assert_eq!(e.kind, ErrorKind::Semantic, "{e:?}");
            e.span.text(&text).to_owned()
        })
        .collect()
}

const B: &str = "model B {\n  id Int @id\n  a A?\n}";

#[test]
fn faults_are_found_where_they_stand() {
    assert_eq!(faults("  x Strin", ""), ["Strin"]);
    assert_eq!(faults("  id String", ""), ["id"]);
    assert_eq!(faults("  x Int @id", ""), ["@id"]);
    assert_eq!(faults("  x Int @uniq", ""), ["uniq"]);
    assert_eq!(faults("  x Int @default(\"a\")", ""), ["\"a\""]);
    assert_eq!(faults("  x E @default(Z)", "enum E {\n  X\n}"), ["Z"]);
    assert_eq!(faults("  x Int @db.Text", ""), ["@db.Text"]);
    assert_eq!(faults("  @@index([nope])", ""), ["nope"]);
    assert_eq!(faults("  @@index([id], kind: Gin)", ""), ["kind: Gin"]);
    assert_eq!(faults("", "model C {\n  x Int?\n}"), ["C"]);
    assert_eq!(faults("", "enum class {\n  X\n}"), ["class"]);
    assert_eq!(faults("", "enum async {\n  X\n}"), [""; 0]);
    assert_eq!(faults("", "model A {\n  x Int @id\n}"), ["A", "A"]);
}

#[test]
fn faults_of_relations_are_found_where_they_stand() {
    assert_eq!(faults("  b B[]", "model B {\n  id Int @id\n}"), ["b"]);
    assert_eq!(faults("  b B", B), ["b"]);
    let missing = "  b B @relation(fields: [bId], references: [id])";
    assert_eq!(faults(missing, B), ["bId"]);
    let not_unique = "  b B @relation(fields: [bId], references: [id])\n  bId Int";
    assert_eq!(faults(not_unique, B), ["b"]);
    let types = "  b B @relation(fields: [bId], references: [id])\n  bId String @unique";
    assert_eq!(
        faults(types, B),
        ["@relation(fields: [bId], references: [id])"]
    );
    let good = "  b B @relation(fields: [bId], references: [id])\n  bId Int @unique";
    assert_eq!(faults(good, B), [""; 0]);
    let partial = "  b B @relation(fields: [bId], references: [id])\n  bId Int\n  @@unique([bId], where: raw(\"live\"))";
    assert_eq!(faults(partial, B), [""; 0]);
    let twice = "  b B[]\n  c B[]";
    let back =
        "model B {\n  id Int @id\n  a A @relation(fields: [aId], references: [id])\n  aId Int\n}";
    assert_eq!(faults(twice, back), ["c"]);
}
