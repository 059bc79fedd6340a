// Runs the statements of an audit's plan on a database with the replayed migrations; see README.md.
//
//     node run.mjs PROGRAM PROJECT...
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { statements } from '../catalog/split.mjs';
import { ddl } from './schema.mjs';

const [program, ...projects] = process.argv.slice(2);
if (!program || projects.length === 0) {
  console.error('usage: run.mjs PROGRAM PROJECT...');
  process.exit(2);
}
/** Those of PostgreSQL's own extensions that PGlite has, and pgvector. */
async function extensions() {
  const found = { vector };
  const folder = join(dirname(fileURLToPath(import.meta.resolve('@electric-sql/pglite'))), 'contrib');
  for (const file of readdirSync(folder).filter((file) => file.endsWith('.js'))) {
    const name = file.slice(0, -'.js'.length);
    found[name] = (await import(pathToFileURL(join(folder, file)).href))[name];
  }
  return found;
}

const wrong = [];
const counts = { schemas: 0, baselines: 0, steps: 0, statements: 0, checks: 0, concurrently: 0, migrations: 0, continued: 0, extensions: 0, refused: 0 };

function* walk(folder) {
  for (const name of readdirSync(folder).sort()) {
    if (name === 'node_modules' || name === '.git') continue;
    const path = join(folder, name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) yield* walk(path);
    else yield path;
  }
}

/** `migrations/20260101000000_name/migration.sql`: a file of that name elsewhere is none. */
function isMigration(path) {
  const folder = dirname(dirname(path));
  return path.endsWith('/migration.sql') && (basename(folder).startsWith('migrations') || existsSync(join(folder, 'migration_lock.toml')));
}

const unavailable = (error) => /extension ".*" is not available/.test(error);

/** Runs a text as one transaction. The message when it fails. */
async function run(database, sql) {
  try {
    await database.exec(sql);
    return null;
  } catch (error) {
    await database.exec('ROLLBACK').catch(() => {});
    return `${error.code}: ${error.message}`;
  }
}

/** A file that fails is run again statement by statement: what a person who repairs it is left with. */
async function replay(database, project) {
  for (const path of walk(project)) {
    if (!isMigration(path)) continue;
    counts.migrations += 1;
    const sql = readFileSync(path, 'utf8').replace(/\bCONCURRENTLY\b/gi, '');
    if ((await run(database, sql)) === null) continue;
    counts.continued += 1;
    for (const { text } of statements(sql)) {
      const error = await run(database, text);
      if (error && unavailable(error)) counts.extensions += 1;
    }
  }
}

/** The files of each PostgreSQL schema of a project: those below the folder of the one with its datasource. */
function schemas(project) {
  const files = [...walk(project)].filter((path) => path.endsWith('.prisma'));
  const is = (path) => /^\s*datasource\s[^}]*provider\s*=\s*"postgres(ql)?"/m.test(readFileSync(path, 'utf8'));
  const roots = files.filter(is);
  return roots.map((root) => {
    const folder = `${dirname(root)}/`;
    const others = files.filter((path) => path.startsWith(folder) && path !== root && !roots.includes(path));
    return [root, ...others];
  });
}

/** Where no migration makes the database, Prisma's engine does, from the schema. */
async function build(database, project) {
  for (const files of schemas(project)) {
    counts.schemas += 1;
    for (const { text } of statements(await ddl(files))) {
      const error = await run(database, text);
      if (error && unavailable(error)) counts.extensions += 1;
      else if (error) console.error(`${files[0]}: ${error}\n    ${text.slice(0, 200)}`);
    }
  }
}

/** The foreign keys that no index of all rows leads with. */
async function unindexed(database) {
  const { rows } = await database.query(`
    SELECT c.conrelid::regclass || '.' || c.conname AS name FROM pg_constraint c
    WHERE c.contype = 'f' AND NOT EXISTS (
      SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
        AND (i.indkey::int2[])[0] = ANY (c.conkey))`);
  return new Set(rows.map((row) => row.name));
}

/** The statements of a step as migrations: one that is alone is one of its own. */
function migrations(step) {
  const found = [[]];
  for (const statement of step.sql) {
    if (/ CONCURRENTLY /.test(statement)) {
      counts.concurrently += 1;
      found.push([statement.replace(' CONCURRENTLY ', ' ')], []);
    } else found[found.length - 1].push(statement);
  }
  return found.filter((migration) => migration.length > 0);
}

/** What a baseline's commands write to its file: the texts before and after what Prisma writes from the schema. */
function baseline(commands) {
  const found = { target: null, before: [], after: [] };
  let into = null;
  for (const line of commands) {
    const schema = /migrate diff --from-empty --to-schema(?:-datamodel)? (\S+)/.exec(line);
    if (schema) found.target = schema[1].replaceAll("'", '');
    const start = /^cat >>? .* <<'(\w+)'$/.exec(line);
    if (start) into = start[1];
    else if (line === into) into = null;
    else if (into) (found.target ? found.after : found.before).push(line);
  }
  return found.target && found;
}

/** Runs a baseline on an empty database of its own. */
async function build_anew(step, project, where) {
  const found = baseline(step.commands.flatMap((line) => line.split('\n')));
  if (!found) return;
  const files = schemas(project).find(([root]) => root.endsWith(`/${found.target}`) || `${dirname(root)}/`.endsWith(`/${found.target}/`));
  if (!files) return;
  counts.baselines += 1;
  const database = new PGlite({ extensions: await extensions() });
  for (const [part, text] of [['before', found.before.join('\n')], ['schema', await ddl(files)], ['after', found.after.join('\n')]]) {
    for (const { text: statement } of statements(text)) {
      const error = await run(database, statement);
      if (error && unavailable(error)) counts.extensions += 1;
      // What hangs on an extension that PGlite lacks fails with it.
      else if (error) wrong.push(`${where}, baseline (${part}):\n    ${statement.slice(0, 300)}\n    ${error}`);
    }
  }
  await database.close();
}

for (const project of projects) {
  if (!existsSync(project)) throw new Error(`no folder ${project}`);
  let output;
  try {
    output = execFileSync(program, ['audit', '--format', 'json', project], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (!/no Prisma schema found/.test(error.stderr)) throw error;
    console.log(`${relative('.', project)}: no Prisma schema`);
    continue;
  }
  const { steps } = JSON.parse(output);
  const database = new PGlite({ extensions: await extensions() });
  const before = counts.migrations;
  await replay(database, project);
  if (counts.migrations === before) await build(database, project);
  const bare = await unindexed(database);
  const tables = new Set((await database.query('SELECT conrelid::regclass || $1 || conname AS name FROM pg_constraint', ['.'])).rows.map((row) => row.name));
  for (const step of steps) {
    const where = `${relative('.', project)}, step ${step.number} (${step.rule})`;
    if (step.sql.length > 0) counts.steps += 1;
    await build_anew(step, project, where);
    let rows = 0;
    for (const check of step.checks) {
      counts.checks += 1;
      try {
        const found = (await database.query(check)).rows;
        // A count of nothing is no row.
        rows += found.filter((row) => !('count' in row && Object.keys(row).length === 1 && Number(row.count) === 0)).length;
      } catch (error) {
        wrong.push(`${where}, look before:\n    ${check}\n    ${error.message}`);
      }
    }
    for (const migration of migrations(step)) {
      counts.statements += migration.length;
      const error = await run(database, migration.join('\n'));
      // Rows that a look before shows have to be mended first: migrations put some into tables.
      if (error && unavailable(error)) counts.extensions += 1;
      else if (error && rows > 0 && /^235/.test(error)) counts.refused += 1;
      else if (error) {
        // Which of them it is; the others run, so that later steps find what they left.
        let found = 0;
        for (const statement of migration) {
          const own = await run(database, statement);
          if (own === null || unavailable(own)) continue;
          found += 1;
          wrong.push(`${where}:\n    ${statement}\n    ${own}`);
        }
        if (found === 0) wrong.push(`${where}:\n    ${migration.join('\n    ')}\n    ${error}`);
      }
    }
  }
  // A key that was there with its index has one still.
  const after = await unindexed(database);
  for (const key of after) {
    if (tables.has(key) && !bare.has(key)) wrong.push(`${relative('.', project)}: the foreign key ${key} has lost its index`);
  }
  console.log(`${relative('.', project)}: foreign keys without an index: ${bare.size} before the plan, ${after.size} after it`);
  await database.close();
}
console.log(
  `${counts.steps} steps with ${counts.statements} statements (${counts.concurrently} of them without CONCURRENTLY, which needs a second connection) ` +
    `and ${counts.checks} looks before; ${counts.migrations} migrations and ${counts.schemas} schemas, ${counts.baselines} baselines, ${counts.continued} of them continued after a failure; ` +
    `${counts.refused} refused by rows that a look before shows; ${counts.extensions} times an extension that PGlite lacks`,
);
for (const line of wrong) console.error(line);
process.exit(wrong.length > 0 ? 1 : 0);
