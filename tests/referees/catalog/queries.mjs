// What a server holds, in the shape of `snell facts catalog`.

// Objects of extensions belong to them.
const own = (kind, id) => `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${kind}'::regclass AND e.objid = ${id} AND e.deptype = 'e')`;
const USER = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg_temp%' AND n.nspname NOT LIKE 'pg_toast_temp%'";

const RELATIONS = `
  SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS relkind, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm') AND ${USER} AND ${own("pg_class", "c.oid")} ORDER BY n.nspname, c.relname`;
const COLUMNS = `
  SELECT a.attrelid AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
         pg_get_expr(d.adbin, d.adrelid) AS default
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum`;
const names = (table, numbers) => `ARRAY(SELECT a.attname FROM unnest(${numbers}) WITH ORDINALITY AS k(n, i) JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.n ORDER BY k.i)::text[]`;
const CONSTRAINTS = `
  SELECT c.conrelid AS table, c.conname AS name, c.contype AS type, ${names("c.conrelid", "c.conkey")} AS columns,
         r.relname AS ref_table, ${names("c.confrelid", "c.confkey")} AS ref_columns, c.confdeltype AS on_delete, c.confupdtype AS on_update,
         c.condeferrable, c.condeferred, pg_get_constraintdef(c.oid) AS definition
  FROM pg_constraint c LEFT JOIN pg_class r ON r.oid = c.confrelid
  WHERE c.conrelid <> 0 AND c.contype IN ('p', 'u', 'c', 'f', 'x') ORDER BY c.conname`;
const INDEXES = `
  SELECT i.indrelid AS table, i.indexrelid AS id, c.relname AS name, i.indisunique AS unique, i.indisprimary AS primary, m.amname AS method,
         pg_get_expr(i.indpred, i.indrelid) AS predicate, i.indnkeyatts AS keys, i.indnatts AS all, i.indkey::int2[] AS numbers,
         i.indoption::int2[] AS options,
         ARRAY(SELECT o.opcname FROM unnest(i.indclass::oid[]) WITH ORDINALITY AS k(n, p) JOIN pg_opclass o ON o.oid = k.n ORDER BY k.p)::text[] AS classes,
         ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnatts) k)::text[] AS texts,
         ARRAY(SELECT a.attname FROM generate_series(0, i.indnatts - 1) k LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k] AND a.attnum > 0 ORDER BY k)::text[] AS columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam ORDER BY c.relname`;
const ENUMS = `
  SELECT n.nspname AS schema, t.typname AS name, array_agg(e.enumlabel ORDER BY e.enumsortorder)::text[] AS values
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid
  WHERE ${USER} AND ${own("pg_type", "t.oid")} GROUP BY 1, 2 ORDER BY 1, 2`;
const SEQUENCES = `
  SELECT n.nspname AS schema, c.relname AS name, quote_ident(t.relname) || '.' || quote_ident(a.attname) AS owned_by
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE c.relkind = 'S' AND ${USER} AND ${own("pg_class", "c.oid")} ORDER BY 1, 2`;
const FUNCTIONS = `
  SELECT n.nspname AS schema, p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE ${USER} AND ${own("pg_proc", "p.oid")} ORDER BY 1, 2`;

const KINDS = { p: "primary key", u: "unique", c: "check", f: "foreign key", x: "exclude" };
const ACTIONS = { a: "no action", r: "restrict", c: "cascade", n: "set null", d: "set default" };

function constraint(row) {
  const deferrable = row.condeferrable ? (row.condeferred ? "initially deferred" : "initially immediate") : null;
  const plain = { name: row.name, type: KINDS[row.type], columns: row.columns, deferrable };
  if (row.type === "c") return { ...plain, definition: row.definition };
  if (row.type !== "f") return plain;
  return { ...plain, ref_table: row.ref_table, ref_columns: row.ref_columns, on_delete: ACTIONS[row.on_delete], on_update: ACTIONS[row.on_update] };
}

function index(row) {
  const keys = [];
  for (let k = 0; k < row.keys; k += 1) {
    const [descending, first] = [(row.options[k] & 1) !== 0, (row.options[k] & 2) !== 0];
    keys.push({
      column: row.columns[k],
      expr: row.columns[k] === null ? row.texts[k] : null,
      order: descending ? "desc" : null,
      nulls: descending === first ? null : first ? "first" : "last",
      opclass: row.classes[k],
    });
  }
  const { name, unique, primary, method, predicate } = row;
  return { name, unique, primary, method, keys, include: row.columns.slice(row.keys), predicate };
}

const grouped = (rows, make) => {
  const found = new Map();
  for (const row of rows) {
    const list = found.get(row.table) ?? [];
    list.push(make(row));
    found.set(row.table, list);
  }
  return (oid) => found.get(oid) ?? [];
};

/** Everything, by way of `rows`, which runs a query. */
export async function catalog(rows) {
  const columns = grouped(await rows(COLUMNS), ({ table, ...column }) => column);
  const constraints = grouped(await rows(CONSTRAINTS), constraint);
  const indexes = grouped(await rows(INDEXES), index);
  const triggers = grouped(await rows('SELECT tgrelid AS table, tgname AS name FROM pg_trigger WHERE NOT tgisinternal'), ({ name }) => ({ name }));
  const policies = grouped(await rows('SELECT polrelid AS table, polname AS name FROM pg_policy'), ({ name }) => ({ name }));
  const relations = await rows(RELATIONS);
  const one = ({ oid, schema, name }) => ({ schema, name, columns: columns(oid), indexes: indexes(oid) });
  return {
    extensions: await rows("SELECT extname AS name FROM pg_extension ORDER BY 1"),
    enums: await rows(ENUMS),
    sequences: await rows(SEQUENCES),
    functions: await rows(FUNCTIONS),
    tables: relations
      .filter((relation) => "rp".includes(relation.relkind))
      .map((relation) => ({
        ...one(relation),
        constraints: constraints(relation.oid),
        rls: { enabled: relation.enabled, forced: relation.forced },
        triggers: triggers(relation.oid),
        policies: policies(relation.oid),
      })),
    views: relations.filter((relation) => "vm".includes(relation.relkind)).map(one),
  };
}
