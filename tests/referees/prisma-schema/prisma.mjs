// Prisma's own parser, in the versions of package.json, and its answers in snell's vocabulary.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
export const versions = ['prisma-5', 'prisma-6', 'prisma-7'];

// Prisma 5 and 6 need a `url` in the datasource, Prisma 7 refuses it: neither is about the schema.
function adapt(version, files) {
  return files.map(([name, text]) => {
    const withoutUrls = text.replace(
      /^([ \t]*)((?:url|directUrl|shadowDatabaseUrl)[ \t]*=[ \t]*(?:env\("[^"\n\\]*"\)|"[^"\n\\]*")[ \t]*(?:\/\/.*)?)$/gm,
      '$1// $2',
    );
    if (version === 'prisma-7') return [name, withoutUrls];
    const provider = /^[ \t]*provider[ \t]*=[ \t]*"(\w+)"/m.exec(/^datasource[^}]*/m.exec(text)?.[0] ?? '')?.[1];
    const url = `${provider === 'sqlite' ? 'file' : provider}://x`;
    return [name, text.replace(/^(datasource[ \t]+\w+[ \t]*\{.*)$/gm, (line, header, offset) =>
      /^\s*url\s*=/m.test(text.slice(offset).split(/^\}/m)[0]) ? line : `${header}\n  url = "${url}"`)];
  });
}

// Messages about the text itself, in any of the versions.
const SYNTAX = /This line is not|This line is invalid|This block is invalid|Trailing commas|Unknown escape|Invalid unicode|is missing a value|has no value|no type|don't require|not a valid definition|Fields must not|To specify a list|optional lists/i;

// { accepted, syntax, message, datamodel } for one version.
export function judge(version, files) {
  const wasm = require(version);
  try {
    const answer = wasm.get_dmmf(JSON.stringify({ prismaSchema: adapt(version, files), noColor: true }));
    return { accepted: true, datamodel: JSON.parse(answer).datamodel };
  } catch (error) {
    let message = error.message ?? String(error);
    try { message = JSON.parse(message).message; } catch { /* a plain text */ }
    return { accepted: false, syntax: SYNTAX.test(message), message };
  }
}

// DMMF with the keys and order of the truth files.
export function normalise(datamodel) {
  const lists = new Map();
  for (const index of datamodel.indexes) {
    lists.set(index.model, [...(lists.get(index.model) ?? []), {
      type: index.type,
      onField: index.isDefinedOnField,
      name: index.name ?? null,
      dbName: index.dbName ?? null,
      algorithm: index.algorithm ?? null,
      clustered: index.clustered ?? null,
      fields: index.fields.map((f) => ({
        name: f.name,
        ...(f.length !== undefined && { length: f.length }),
        ...(f.sortOrder !== undefined && { sort: f.sortOrder }),
        ...(f.operatorClass !== undefined && { ops: f.operatorClass }),
      })),
    }]);
  }
  return {
    models: datamodel.models.map((m) => ({
      name: m.name,
      accessor: m.name[0].toLowerCase() + m.name.slice(1),
      table: m.dbName ?? m.name,
      mapped: m.dbName != null,
      schema: m.schema ?? null,
      fields: m.fields.map(field),
      primaryKey: m.primaryKey,
      uniques: m.uniqueIndexes,
      indexes: lists.get(m.name) ?? [],
    })),
    types: datamodel.types.map((t) => ({ name: t.name, fields: t.fields.map(field) })),
    enums: datamodel.enums.map((e) => ({
      name: e.name,
      dbName: e.dbName ?? e.name,
      mapped: e.dbName != null,
      values: e.values.map((v) => ({ name: v.name, dbName: v.dbName ?? v.name })),
    })),
  };
}

function field(f) {
  return {
    name: f.name,
    dbName: f.dbName ?? f.name,
    mapped: f.dbName != null,
    kind: f.kind,
    type: f.type,
    isList: f.isList,
    isRequired: f.isRequired,
    isId: f.isId,
    isUnique: f.isUnique,
    isUpdatedAt: f.isUpdatedAt ?? false,
    isReadOnly: f.isReadOnly,
    nativeType: f.nativeType ?? null,
    hasDefaultValue: f.hasDefaultValue,
    default: f.default ?? null,
    ...(f.relationName !== undefined && {
      relation: {
        name: f.relationName,
        fields: f.relationFromFields,
        references: f.relationToFields,
        onDelete: f.relationOnDelete ?? null,
        onUpdate: f.relationOnUpdate ?? null,
      },
    }),
  };
}
