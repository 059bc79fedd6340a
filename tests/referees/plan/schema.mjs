// The statements with which Prisma's own engine builds a schema from nothing.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

const answer = (value) => ({ ok: true, value });

// The engine asks the database which PostgreSQL it is before it writes for it, and nothing else.
const connection = {
  provider: 'postgres',
  adapterName: 'none',
  getConnectionInfo: () => answer({ schemaName: 'public', supportsRelationJoins: true }),
  queryRaw: async () =>
    answer({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [5, 7, 0],
      rows: [[true, 'PostgreSQL 16.0', 160000]],
    }),
  executeRaw: async () => answer(0),
  executeScript: async () => answer(undefined),
  startTransaction: async () => ({ ok: false, error: {} }),
  dispose: async () => answer(undefined),
};
const adapter = {
  provider: 'postgres',
  adapterName: 'none',
  connect: async () => answer(connection),
  connectToShadowDb: async () => answer(connection),
};

let ready = false;

function load() {
  if (ready) return;
  const main = fileURLToPath(import.meta.resolve('@prisma/schema-engine-wasm'));
  const module = new WebAssembly.Module(readFileSync(main.replace(/\.js$/, '_bg.wasm')));
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] = bindings[name];
  const { exports } = new WebAssembly.Instance(module, imports);
  bindings.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  ready = true;
}

/** `files` are paths of one schema. Addresses are not about it, and Prisma 7 refuses them. */
export async function ddl(files) {
  load();
  const texts = files.map((path) => ({
    path,
    content: readFileSync(path, 'utf8').replace(/^\s*(url|directUrl|shadowDatabaseUrl)\s*=.*$/gm, ''),
  }));
  const engine = await bindings.SchemaEngine.new({ datamodels: texts.map(({ path, content }) => [path, content]) }, () => {}, adapter);
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: texts, configDir: '/' },
    script: true,
    exitCode: null,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  return stdout ?? '';
}
