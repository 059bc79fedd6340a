// Asks PostgreSQL's planner about the indexes that are proposed and those that are called
// redundant; see README.md.
//
//     node run.mjs PROGRAM PROJECT...
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';

const ROWS = 20000;
// How many rows share a value of a column that is no key.
const ALIKE = 100;
const PAGE = 20;
// What the planner takes for reading a page anywhere.
const RANDOM_PAGE = 4;

const [program, ...projects] = process.argv.slice(2);
if (!program || projects.length === 0) {
  console.error('usage: run.mjs PROGRAM PROJECT...');
  process.exit(2);
}
const wrong = [];
const counts = { proposed: 0, queries: 0, redundant: 0 };
const quote = (name) => `"${name}"`;

function* walk(folder) {
  for (const name of readdirSync(folder).sort()) {
    if (name === 'node_modules') continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else yield path;
  }
}

/** A database with a project's migrations, as far as they run. */
async function migrated(project) {
  const database = new PGlite({ extensions: { vector, pg_trgm } });
  for (const file of [...walk(project)].filter((path) => path.endsWith('/migration.sql'))) {
    await database.exec(readFileSync(file, 'utf8')).catch(() => database.exec('ROLLBACK').catch(() => {}));
  }
  // Rows are made without regard to what they refer to.
  await database.exec("SET session_replication_role = 'replica'; SET enable_seqscan = on");
  return database;
}

async function rows(database, sql, parameters) {
  return (await database.query(sql, parameters)).rows;
}

/** What a column holds in row i: `v` counts the values. */
function value(column, v) {
  const text = `('v' || ${v})`;
  switch (column.kind) {
    case 'e': return `((enum_range(NULL::${column.type}))[1 + (${v}) % array_length(enum_range(NULL::${column.type}), 1)])`;
    case 'a': return `'{}'::${column.type}`;
  }
  if (/^(integer|bigint|smallint|numeric|double precision|real|money)/.test(column.type)) {
    return column.type === 'smallint' ? `((${v}) % 30000)::smallint` : `(${v})::${column.type}`;
  }
  if (/^timestamp|^date/.test(column.type)) return `(timestamp '2024-01-01' + (${v}) * interval '1 minute')`;
  if (column.type === 'boolean') return `((${v}) % 2 = 0)`;
  if (column.type === 'uuid') return `md5((${v})::text)::uuid`;
  if (/^jsonb?$/.test(column.type)) return `'{}'::${column.type}`;
  if (column.type === 'bytea') return `'\\x00'::bytea`;
  if (/^vector/.test(column.type)) return `NULL`;
  return `${text}::${column.type}`;
}

/** Fills a table: keys apart, other values shared by some rows, in no order on the disk. */
async function fill(database, table) {
  const columns = await rows(
    database,
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attgenerated <> '' AS generated,
            CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'a' ELSE t.typtype::text END AS kind, a.attnum,
            CASE WHEN t.typname = 'bool' THEN 2 WHEN t.typtype = 'e' THEN (SELECT count(*)::int FROM pg_enum e WHERE e.enumtypid = t.oid) END AS few
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped`,
    [quote(table)],
  );
  const checks = await rows(database, `SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'`, [quote(table)]);
  for (const { conname } of checks) await database.exec(`ALTER TABLE ${quote(table)} DROP CONSTRAINT ${quote(conname)}`);
  const uniques = await rows(database, `SELECT indkey::text AS keys FROM pg_index WHERE indrelid = $1::regclass AND indisunique`, [quote(table)]);
  const expressions = new Map();
  const shared = (n) => `((i * 7919 + ${n}) % ${ROWS / ALIKE})`;
  for (const { keys } of uniques) {
    const numbers = keys.split(' ').map(Number).filter((n) => n > 0);
    if (numbers.length === 1) expressions.set(numbers[0], 'i');
  }
  for (const { keys } of uniques) {
    const numbers = keys.split(' ').map(Number).filter((n) => n > 0);
    const known = columns.some((column) => numbers.includes(column.attnum) && !column.few && expressions.get(column.attnum) === 'i');
    if (known) continue;
    // Together apart: the first shared, another one counts on.
    const few = columns.filter((column) => numbers.includes(column.attnum) && column.few);
    const wide = numbers.find((n) => !few.some((column) => column.attnum === n));
    if (few.length > 0) {
      // Of few values, all of them for each value of the other.
      expressions.set(few[0].attnum, 'i');
      if (wide !== undefined) expressions.set(wide, `(i / ${few[0].few})`);
      continue;
    }
    const [first, ...rest] = numbers;
    if (!expressions.has(first)) expressions.set(first, `(i % ${ROWS / ALIKE})`);
    const last = rest.find((n) => !expressions.has(n)) ?? rest[0];
    if (last !== undefined) expressions.set(last, `(i / ${ROWS / ALIKE})`);
  }
  const used = columns.filter((column) => !column.generated);
  const values = used.map((column) => {
    const moment = /^timestamp|^date/.test(column.type) ? `((i * 7919) % ${ROWS})` : shared(column.attnum);
    return value(column, expressions.get(column.attnum) ?? moment);
  });
  const names = used.map((column) => quote(column.name)).join(', ');
  await database.exec(
    `INSERT INTO ${quote(table)} (${names}) OVERRIDING SYSTEM VALUE SELECT ${values.join(', ')} FROM generate_series(1, ${ROWS}) i`,
  );
  await database.exec(`ANALYZE ${quote(table)}`);
}

/** A query of this shape, with values that are in the table. */
async function statement(database, table, query) {
  const named = [...query.equal, ...query.in, ...query.range];
  const sample = named.length === 0 ? [{}] : await rows(database, `SELECT ${named.map((name) => `${quote(name)}::text AS ${quote(name)}`).join(', ')} FROM ${quote(table)} LIMIT 3 OFFSET 777`);
  const types = new Map(
    (await rows(database, `SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0`, [quote(table)])).map((row) => [row.attname, row.type]),
  );
  const literal = (name, text) => (text === null ? null : `'${text.replaceAll("'", "''")}'::${types.get(name)}`);
  const conditions = query.equal.map((name) => {
    const one = literal(name, sample[0][name]);
    return one === null ? `${quote(name)} IS NULL` : `${quote(name)} = ${one}`;
  });
  for (const name of query.in) {
    conditions.push(`${quote(name)} IN (${sample.map((row) => literal(name, row[name]) ?? 'NULL').join(', ')})`);
  }
  for (const name of query.range) {
    const [{ bound }] = await rows(database, `SELECT percentile_disc(0.995) WITHIN GROUP (ORDER BY ${quote(name)})::text AS bound FROM ${quote(table)}`);
    conditions.push(`${quote(name)} > ${literal(name, bound)}`);
  }
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const order = query.order.length > 0 ? ` ORDER BY ${query.order.join(', ')}` : '';
  return `SELECT * FROM ${quote(table)}${where}${order}${query.limited ? ` LIMIT ${PAGE}` : ''}`;
}

async function plan(database, sql) {
  const [row] = await rows(database, `EXPLAIN (FORMAT JSON) ${sql}`);
  const text = row['QUERY PLAN'];
  return (typeof text === 'string' ? JSON.parse(text) : text)[0].Plan;
}

function nodes(node) {
  return [node, ...(node.Plans ?? []).flatMap(nodes)];
}

/** The plan's nodes, with a name in place of another. */
const shape = (node) => nodes(node).map((one) => one['Node Type']).join(' > ');

async function drop(database, name) {
  const owner = await rows(database, `SELECT conname, conrelid::regclass::text AS of FROM pg_constraint WHERE conindid = $1::regclass AND contype IN ('p', 'u')`, [quote(name)]);
  if (owner.length > 0) await database.exec(`ALTER TABLE ${owner[0].of} DROP CONSTRAINT ${quote(owner[0].conname)} CASCADE`);
  else await database.exec(`DROP INDEX ${quote(name)}`);
}

async function inside(database, work) {
  await database.exec('BEGIN');
  try {
    await work();
  } finally {
    await database.exec('ROLLBACK');
  }
}

/** The foreign key alone, as the database looks for its rows. */
function queriesOf(proposal) {
  const own = proposal.queries;
  return proposal.lacks === 'foreign key' && own.length === 0
    ? [{ equal: [/"([^"]+)"/.exec(proposal.columns)[1]], in: [], range: [], order: [], limited: false, places: [] }]
    : own;
}

async function proposals(database, document, where) {
  for (const proposal of document.proposed) {
    counts.proposed += 1;
    await inside(database, async () => {
      for (const index of document.indexes.filter((one) => proposal.replaces.includes(one.name))) {
        if (index.nameInDatabase) await drop(database, index.nameInDatabase).catch(() => {});
      }
      await database.exec(proposal.sql.replace('CREATE INDEX CONCURRENTLY ON', 'CREATE INDEX snell_proposed ON'));
      await database.exec(`ANALYZE ${quote(document.table)}`);
      for (const query of queriesOf(proposal)) {
        counts.queries += 1;
        const sql = await statement(database, document.table, query);
        const found = await plan(database, sql);
        const chosen = nodes(found).some((node) => node['Index Name'] === 'snell_proposed');
        const sorts = query.limited && nodes(found).some((node) => node['Node Type'] === 'Sort') && proposal.lacks === 'order';
        if (!chosen || sorts) wrong.push(`${where}: ${proposal.sql}\n    ${sql}\n    ${shape(found)}${chosen ? '' : ', without it'}`);
      }
    });
  }
}

async function redundant(database, document, where) {
  const queries = document.indexes.flatMap((index) => index.queries);
  for (const index of document.indexes.filter((one) => one.standing === 'redundant' && one.nameInDatabase)) {
    const [known] = await rows(database, 'SELECT to_regclass($1) AS it', [quote(index.nameInDatabase)]);
    if (!known.it) {
      wrong.push(`${where}: ${index.nameInDatabase} is not in the database`);
      continue;
    }
    counts.redundant += 1;
    const own = { equal: index.columns.filter(Boolean).map((column) => column.split(' ')[0]), in: [], range: [], order: [], limited: false };
    for (const query of [...queries, own]) {
      const sql = await statement(database, document.table, query);
      const before = await plan(database, sql);
      await inside(database, async () => {
        await drop(database, index.nameInDatabase);
        const after = await plan(database, sql);
        const dearer = after['Total Cost'] > before['Total Cost'] * 1.05 + 2 * RANDOM_PAGE;
        if (shape(before) !== shape(after) && dearer) wrong.push(`${where}: without ${index.nameInDatabase}\n    ${sql}\n    ${shape(before)}\n    ${shape(after)}`);
      });
    }
  }
}

for (const project of projects) {
  if (!existsSync(project)) throw new Error(`no folder ${project}`);
  const output = execFileSync(program, ['facts', 'indexes', project], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const documents = output.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const database = await migrated(project);
  for (const document of documents) {
    const where = `${relative('.', project)}, ${document.model}`;
    const [known] = await rows(database, 'SELECT to_regclass($1) AS it', [quote(document.table)]);
    if (!known.it) continue;
    const judged = document.proposed.length > 0 || document.indexes.some((index) => index.standing === 'redundant');
    if (!judged) continue;
    try {
      await fill(database, document.table);
      await proposals(database, document, where);
      await redundant(database, document, where);
    } catch (error) {
      wrong.push(`${where}: ${error.message} (${error.query ?? 'no statement'})`);
    }
  }
  await database.close();
}
console.log(`${counts.proposed} proposed indexes for ${counts.queries} queries, ${counts.redundant} redundant ones`);
for (const line of wrong) console.error(line);
process.exit(wrong.length > 0 ? 1 : 0);
