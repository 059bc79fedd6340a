// Writes postgres.tsv and one file for each extension: the types, casts,
// operators, functions and operator classes that a real server knows.
//
//   npm install @electric-sql/pglite @electric-sql/pglite-pgvector
//   node generate.mjs
//
// PGlite is PostgreSQL itself compiled to WebAssembly, so nothing here is
// written by hand. Each line is a kind and its fields, separated by tabs:
//
//   T  oid name category preferred kind element array-oid   pg_type
//   C  source target context                                pg_cast (i, a, e)
//   O  name left right result                               pg_operator
//   F  name kind set variadic defaults strict result arguments outputs
//   K  method name type default                             pg_opclass
//   R  schema name kind columns                             pg_class, of the system catalogs
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { PGlite } = await load('@electric-sql/pglite');

const extensions = {
  vector: ['@electric-sql/pglite-pgvector', 'vector'],
  citext: ['@electric-sql/pglite/contrib/citext', 'citext'],
  pg_trgm: ['@electric-sql/pglite/contrib/pg_trgm', 'pg_trgm'],
  pgcrypto: ['@electric-sql/pglite/contrib/pgcrypto', 'pgcrypto'],
  'uuid-ossp': ['@electric-sql/pglite/contrib/uuid_ossp', 'uuid_ossp'],
  hstore: ['@electric-sql/pglite/contrib/hstore', 'hstore'],
  ltree: ['@electric-sql/pglite/contrib/ltree', 'ltree'],
  unaccent: ['@electric-sql/pglite/contrib/unaccent', 'unaccent'],
  fuzzystrmatch: ['@electric-sql/pglite/contrib/fuzzystrmatch', 'fuzzystrmatch'],
  btree_gin: ['@electric-sql/pglite/contrib/btree_gin', 'btree_gin'],
  btree_gist: ['@electric-sql/pglite/contrib/btree_gist', 'btree_gist'],
  intarray: ['@electric-sql/pglite/contrib/intarray', 'intarray'],
  cube: ['@electric-sql/pglite/contrib/cube', 'cube'],
  tablefunc: ['@electric-sql/pglite/contrib/tablefunc', 'tablefunc'],
};

// Which rows: those of one extension, or those that initdb made.
const owned = (table, extension) =>
  extension
    ? `o.oid IN (SELECT objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
         WHERE d.deptype = 'e' AND d.classid = '${table}'::regclass
           AND d.refclassid = 'pg_extension'::regclass AND e.extname = '${extension}')`
    : `o.oid < 16384`;

const types = (extension) => `
  SELECT 'T', o.oid::text, o.typname, o.typcategory, o.typispreferred, o.typtype,
         coalesce((SELECT e.typname FROM pg_type e WHERE e.oid = o.typelem AND o.typelem <> 0), '-'),
         o.typarray::text
  FROM pg_type o JOIN pg_namespace n ON n.oid = o.typnamespace
  WHERE ${extension ? `(${owned('pg_type', extension)}
      OR o.typelem IN (SELECT o.oid FROM pg_type o WHERE ${owned('pg_type', extension)}) AND o.typcategory = 'A')`
    : `${owned('pg_type')} AND n.nspname = 'pg_catalog'
      AND o.typtype <> 'c' AND NOT (o.typcategory = 'A' AND EXISTS
        (SELECT 1 FROM pg_type e WHERE e.oid = o.typelem AND e.typtype = 'c'))`}
  ORDER BY o.oid`;

const casts = (extension) => `
  SELECT 'C', s.typname, t.typname, o.castcontext
  FROM pg_cast o JOIN pg_type s ON s.oid = o.castsource JOIN pg_type t ON t.oid = o.casttarget
  WHERE ${owned('pg_cast', extension)} ORDER BY 2, 3`;

const operators = (extension) => `
  SELECT 'O', o.oprname, coalesce(l.typname, '-'), r.typname, x.typname
  FROM pg_operator o LEFT JOIN pg_type l ON l.oid = o.oprleft
    JOIN pg_type r ON r.oid = o.oprright JOIN pg_type x ON x.oid = o.oprresult
  WHERE ${owned('pg_operator', extension)} ORDER BY 2, 3, 4`;

const functions = (extension) => `
  SELECT 'F', o.proname, o.prokind, o.proretset,
    coalesce((SELECT t.typname FROM pg_type t WHERE t.oid = o.provariadic AND o.provariadic <> 0), '-'),
    o.pronargdefaults, o.proisstrict, x.typname,
    coalesce((SELECT string_agg(t.typname, ',' ORDER BY a.n)
      FROM unnest(o.proargtypes::oid[]) WITH ORDINALITY a(t, n) JOIN pg_type t ON t.oid = a.t), '-'),
    coalesce((SELECT string_agg(coalesce(nullif(o.proargnames[a.n], ''), '?') || ' ' || t.typname, ',' ORDER BY a.n)
      FROM unnest(o.proallargtypes) WITH ORDINALITY a(t, n) JOIN pg_type t ON t.oid = a.t
      WHERE o.proargmodes[a.n] IN ('o', 'b', 't')), '-')
  FROM pg_proc o JOIN pg_type x ON x.oid = o.prorettype JOIN pg_namespace n ON n.oid = o.pronamespace
  WHERE ${owned('pg_proc', extension)} AND n.nspname <> 'information_schema'
    AND x.typname NOT IN ('internal', 'index_am_handler', 'table_am_handler', 'tsm_handler', 'fdw_handler', 'language_handler')
    AND NOT ('internal'::regtype = ANY (o.proargtypes::oid[]) AND o.prokind = 'f')
  ORDER BY 2, 9, 8`;

const classes = (extension) => `
  SELECT 'K', m.amname, o.opcname, t.typname, o.opcdefault
  FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod JOIN pg_type t ON t.oid = o.opcintype
  WHERE ${owned('pg_opclass', extension)} ORDER BY 2, 3`;

// The columns of information_schema are domains; their base types are what a reader sees.
const relations = (extension) => `
  SELECT 'R', n.nspname, c.relname, c.relkind,
    string_agg(a.attname || ' ' || b.typname || CASE WHEN a.attnotnull THEN ' !' ELSE '' END, ',' ORDER BY a.attnum)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
      AND (a.attnum > 0 OR a.attname IN ('oid', 'tableoid') AND c.relkind = 'r')
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  WHERE ${extension ? 'false' : "c.oid < 16384 AND c.relkind IN ('r', 'v') AND n.nspname IN ('pg_catalog', 'information_schema')"}
  GROUP BY 2, 3, 4 ORDER BY 2, 3`;

async function dump(database, extension) {
  const lines = [];
  for (const query of [types, casts, operators, functions, classes, relations]) {
    const result = await database.query(query(extension), [], { rowMode: 'array' });
    for (const row of result.rows) {
      lines.push(row.map((value) => (value === true ? 't' : value === false ? 'f' : String(value))).join('\t'));
    }
  }
  return `${lines.join('\n')}\n`;
}

const target = import.meta.dirname;
const loaded = {};
for (const [name, [module, exported]] of Object.entries(extensions)) {
  loaded[name.replace('-', '_')] = (await load(module))[exported];
}
const database = await PGlite.create({ extensions: loaded });
writeFileSync(join(target, 'postgres.tsv'), await dump(database, null));
for (const name of Object.keys(extensions)) {
  await database.exec(`CREATE EXTENSION "${name}" CASCADE`);
  writeFileSync(join(target, `${name}.tsv`), await dump(database, name));
}
await database.close();
