// Runs the SQL of examples and rule pages on PGlite; see README.md.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
// Findings of these rules say that a migration fails.
const FAILING = [
  'migration/add-enum-value-in-transaction',
  'migration/cannot-apply',
  'migration/concurrently-in-transaction',
  'vector/extension-missing',
  'vector/index-unusable-dimension',
];
// And the pages of these show such a migration.
const SHOWING = [...FAILING, 'migration/duplicate-timestamp', 'migration/marked-applied'];
const database = new PGlite({ extensions: { vector } });
const wrong = [];
const counts = { migrations: 0, recommended: 0 };

function* walk(folder) {
  for (const name of readdirSync(folder).sort()) {
    if (name === 'node_modules') continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else yield path;
  }
}

async function reset() {
  await database.exec('ROLLBACK').catch(() => {});
  const { rows } = await database.query(
    "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'",
  );
  for (const { nspname } of rows) await database.exec(`DROP SCHEMA "${nspname}" CASCADE`);
  // Roles belong to the server, and outlive all schemas.
  const roles = await database.query(
    "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> current_user",
  );
  for (const { rolname } of roles.rows) {
    await database.exec(`DROP OWNED BY "${rolname}" CASCADE; DROP ROLE "${rolname}"`);
  }
  await database.exec('CREATE SCHEMA public; SET search_path TO public');
}

/** Runs one file as Prisma does, as one multi-statement call. The message when it fails. */
async function run(sql) {
  try {
    await database.exec(sql);
    return null;
  } catch (error) {
    await database.exec('ROLLBACK').catch(() => {});
    // PGlite comes with few of PostgreSQL's own extensions.
    if (/^extension ".*" is not available/.test(error.message)) return null;
    return `${error.code}: ${error.message}`;
  }
}

function judge(where, error, mustFail) {
  counts.migrations += 1;
  if (error && !mustFail) wrong.push(`${where}: ${error}`);
  if (!error && mustFail) wrong.push(`${where}: succeeds, and is said to fail`);
}

async function examples() {
  const folders = new Map();
  for (const path of walk(join(root, 'examples'))) {
    if (!path.endsWith('/migration.sql')) continue;
    const history = dirname(dirname(path));
    folders.set(history, [...(folders.get(history) ?? []), path]);
  }
  for (const files of folders.values()) {
    await reset();
    for (const file of files) {
      const sql = readFileSync(file, 'utf8');
      const mustFail = FAILING.some((rule) => new RegExp(`error(-next-line)?: ${rule}`).test(sql));
      judge(relative(root, file), await run(sql), mustFail);
    }
  }
}

/** The sections of a page: heading, fences as path and text, recommended statements. */
function sections(page) {
  const found = [];
  let current = null;
  for (const part of page.split(/^(?=## )/m)) {
    const title = /^## (.*)$/m.exec(part)?.[1];
    if (!title) continue;
    const inherited = found.find((section) => section.files.size > 0);
    current = { title, files: new Map(inherited?.files), own: false, help: [] };
    let migration = 0;
    for (const [, info, text] of part.matchAll(/^```(\S.*)\n([\s\S]*?)^```$/gm)) {
      const path = /file=(\S+)/.exec(info)?.[1];
      const language = info.split(/\s/)[0];
      if (language === 'sql' || path?.endsWith('.sql')) {
        migration += path ? 0 : 1;
        current.files.set(path ?? `migrations/${migration}_init/migration.sql`, text);
        current.own = true;
      } else if (language === 'text') {
        current.help = recommended(text);
      }
    }
    found.push(current);
  }
  return found;
}

/** Statements in back quotes in the help of a finding, its wrapped lines joined. */
function recommended(output) {
  const joined = output.replace(/\n\s{4,}(?![=|])/g, ' ');
  const helps = joined.split('\n').filter((line) => /^\s*= help:/.test(line));
  const quoted = helps.flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, text]) => text));
  return quoted.filter((text) => /^(ALTER|CREATE|DROP|UPDATE|INSERT|DELETE) \S+ \S.*;?$/.test(text) && !/…|\.\.\./.test(text));
}

async function pages() {
  const rules = join(root, 'crates/snell-correlate/src/rules');
  for (const path of walk(rules)) {
    if (!path.endsWith('/rule.md')) continue;
    const about = SHOWING.some((rule) => path.includes(`/${rule.replaceAll('-', '_')}/`));
    for (const section of sections(readFileSync(path, 'utf8'))) {
      if (!section.own) continue;
      await reset();
      const where = `${relative(root, path)}, ${section.title}`;
      const files = [...section.files].filter(([name]) => name.includes('/migration.sql'));
      files.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
      let failed = false;
      for (const [name, sql] of files) {
        const error = await run(sql);
        failed ||= error !== null;
        if (!about) judge(`${where}, ${name}`, error, false);
      }
      if (about) judge(where, failed ? 'fails' : null, section.title === 'Example');
      // Help about a migration says what it should do instead.
      if (section.help.length > 0 && path.includes('/migration/')) {
        await reset();
        for (const [, sql] of files.slice(0, -1)) await run(sql);
      }
      for (const statement of section.help) {
        counts.recommended += 1;
        const error = await run(statement);
        if (error) wrong.push(`${where}, recommended ${statement}: ${error}`);
      }
    }
  }
}

/** The script of `snell stats-query` runs, and writes the keys that docs/stats.md names. */
async function statistics() {
  await reset();
  await database.exec(`
    CREATE TABLE "Event" (id SERIAL PRIMARY KEY, name TEXT);
    CREATE INDEX "Event_name_idx" ON "Event" (name);
    INSERT INTO "Event" (name) SELECT 'event ' || n FROM generate_series(1, 200) n;
    ANALYZE`);
  const script = readFileSync(join(root, 'crates/snell-sql/src/statistics/script.sql'), 'utf8');
  const { rows } = await database.query(script);
  const document = JSON.parse(Object.values(rows[0])[0]);
  const keys = [document, document.tables[0], document.indexes[0], document.sequences[0]].flatMap((part) => Object.keys(part ?? {}));
  const page = readFileSync(join(root, 'docs/stats.md'), 'utf8').split('## The file')[1];
  const named = [...page.matchAll(/`([a-zA-Z]+)`/g)].map(([, name]) => name).filter((name) => name !== 'null');
  for (const name of named) if (!keys.includes(name)) wrong.push(`stats-query does not write ${name}`);
  for (const name of keys) if (!named.includes(name)) wrong.push(`docs/stats.md does not name ${name}`);
  const [table] = document.tables;
  if (table.rows !== 200 || !(table.packedBytes > 0)) wrong.push(`stats-query counts ${JSON.stringify(table)}`);
  if (document.sequences[0].most !== 2147483647) wrong.push('stats-query does not see how wide the column is');
}

if (!existsSync(join(root, 'examples'))) throw new Error('run from a checkout');
await examples();
await pages();
await statistics();
console.log(`${counts.migrations} migrations and ${counts.recommended} recommended statements run`);
for (const line of wrong) console.error(line);
process.exit(wrong.length > 0 ? 1 : 0);
