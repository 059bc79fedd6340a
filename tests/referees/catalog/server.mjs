// Runs Prisma migrations on a real PostgreSQL (PGlite, with pgvector) and prints what the
// server holds afterwards, in the shape of `snell facts catalog`:
//
//     node server.mjs path/to/prisma/migrations > server.json
//
// A statement that fails is left out and the rest of its file runs, each statement for
// itself, so BEGIN, COMMIT and LOCK are left out too.
import { readFileSync, readdirSync, existsSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { catalog } from "./queries.mjs";
import { statements } from "./split.mjs";

const CONTRIB = ["btree_gin", "btree_gist", "citext", "cube", "fuzzystrmatch", "hstore", "intarray", "ltree", "pg_trgm", "pgcrypto", "tablefunc", "unaccent", "uuid_ossp"];

async function extensions() {
  const found = { vector };
  for (const name of CONTRIB) {
    const module = await import(`@electric-sql/pglite/contrib/${name}`);
    found[name] = module[name];
  }
  return found;
}

const TRANSACTION = /^(begin|start\s+transaction|commit|end|rollback|lock)\b/i;

async function run(db, text) {
  const errors = [];
  for (const statement of statements(text)) {
    if (TRANSACTION.test(statement.text)) continue;
    try {
      // Without a transaction around it, such a table would go at once.
      await db.exec(statement.text.replace(/\bON\s+COMMIT\s+DROP\b/i, ""));
    } catch (error) {
      errors.push({ sqlstate: error.code, message: error.message, line: statement.line, statement: statement.text });
    }
  }
  await db.exec("DISCARD TEMP; RESET ALL;");
  return errors;
}

const folder = process.argv[2];
const db = await PGlite.create({ extensions: await extensions() });
const list = [];
for (const name of readdirSync(folder).sort()) {
  const path = join(folder, name, "migration.sql");
  if (!existsSync(path)) continue;
  const errors = await run(db, readFileSync(path, "utf8"));
  list.push(errors.length ? { name, status: "error", errors } : { name, status: "ok" });
}
const rows = async (sql) => (await db.query(sql)).rows;
console.log(JSON.stringify({ migrations: { list }, catalog: await catalog(rows) }, null, 1));
process.exit(0);
