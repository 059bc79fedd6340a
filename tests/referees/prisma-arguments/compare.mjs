// Compares the argument grammar of snell-project with the input types of Prisma's own DMMF.
// node compare.mjs --grammar PROGRAM schema.prisma... ; a folder is one schema.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.resolve('../prisma-schema/package.json'));
const versions = ['prisma-5', 'prisma-6', 'prisma-7'];
const FEATURES = ['fullTextSearch', 'fullTextSearchPostgres', 'fullTextIndex', 'relationJoins', 'omitApi', 'partialIndexes'];
// What snell takes and the DMMF of a schema lacks: other providers, other versions, Accelerate, arguments made by the client.
const EXTRA = new Set(['isSet', 'unset', 'mode', 'search', '_relevance', 'cacheStrategy', 'rejectOnNotFound', 'select', 'include', 'omit',
  '_count', '_avg', '_sum', '_min', '_max', 'relationLoadStrategy', 'limit', 'skipDuplicates']);

const options = process.argv.slice(2);
const program = options.splice(options.indexOf('--grammar'), 2)[1];
let faults = 0, compared = 0;
const report = (...words) => { faults += 1; if (faults <= 60) console.log(...words); };

function files(schema) {
  if (!fs.statSync(schema).isDirectory()) return [schema];
  return fs.readdirSync(schema, { recursive: true }).filter((f) => f.endsWith('.prisma')).map((f) => path.join(schema, f));
}

function dmmf(version, paths) {
  const texts = paths.map((file) => {
    let text = fs.readFileSync(file, 'utf8').replace(/^\s*(url|directUrl|shadowDatabaseUrl)\s*=.*$/gm, '').replace(/^\s*previewFeatures\s*=\s*\[[^\]]*\]/gm, '');
    const provider = /datasource[^}]*?provider\s*=\s*"(\w+)"/.exec(text)?.[1];
    if (version !== 'prisma-7') text = text.replace(/^(datasource\s+\w+\s*\{)/gm, `$1\n  url = "${provider === 'sqlite' ? 'file' : provider}://x"`);
    return [file, text];
  });
  for (const features of [FEATURES, FEATURES.slice(1), ['fullTextSearchPostgres', 'relationJoins'], []]) {
    try {
      const added = texts.map(([file, text]) => [file, text.replace(/^(generator\s+\w+\s*\{[^}]*?provider\s*=\s*"prisma-client(?:-js)?")/gm,
        `$1\n  previewFeatures = ${JSON.stringify(features)}`)]);
      return JSON.parse(require(version).get_dmmf(JSON.stringify({ prismaSchema: added, noColor: true })));
    } catch { /* a feature that this version does not know */ }
  }
  return null;
}

function compare(label, grammar, answer) {
  const inputs = new Map(answer.schema.inputObjectTypes.prisma.map((t) => [t.name, t]));
  const outputs = new Map([...answer.schema.outputObjectTypes.model ?? [], ...answer.schema.outputObjectTypes.prisma].map((t) => [t.name, t]));
  const operations = new Map([...outputs.get('Query').fields, ...outputs.get('Mutation')?.fields ?? []].map((f) => [f.name, f]));
  const seen = new Set();
  // Fields of several input types that stand for one place, by name.
  function pair(shapeName, types, where) {
    const key = `${shapeName}|${types.map((t) => t.name).join()}`;
    if (seen.has(key) || shapeName == null) return;
    seen.add(key);
    const fields = new Map();
    for (const type of types) for (const field of type.fields) fields.set(field.name, [...fields.get(field.name) ?? [], ...field.inputTypes]);
    keys(shapeName, fields, where);
  }
  function keys(shapeName, fields, where) {
    const shape = grammar.shapes[shapeName];
    compared += 1;
    for (const [name, types] of fields) {
      const mine = shape.keys[name];
      if (!mine) { report(label, 'MISSING', where, shapeName, name); continue; }
      if (mine.anything) continue;
      const objects = types.filter((t) => t.location === 'inputObjectTypes' && !/FieldRefInput$/.test(t.type));
      const atoms = types.filter((t) => t.location !== 'inputObjectTypes' && t.location !== 'fieldRefTypes' && t.type !== 'Null' && !/Null(able)?(Value)?(Input|Filter)$/.test(t.type));
      if (types.some((t) => t.type === 'Null') && !mine.null) report(label, 'NULL', where, shapeName, name);
      if (objects.length && !mine.shape) report(label, 'NO OBJECT', where, shapeName, name, objects.map((t) => t.type).join());
      if (objects.some((t) => t.isList) && mine.shapes === 'one') report(label, 'NO LIST', where, shapeName, name);
      for (const atom of atoms) {
        const same = atom.type === mine.atom || (mine.atom === 'column' && /ScalarFieldEnum$|RelevanceFieldEnum$/.test(atom.type)) ||
          (mine.atom === 'switch' && atom.type === 'Boolean') || (/\|/.test(mine.atom) && atom.location === 'enumTypes');
        if (!same) report(label, 'ATOM', where, shapeName, name, atom.type, mine.atom);
        if (atom.isList && mine.atoms === 'one') report(label, 'NO ATOM LIST', where, shapeName, name);
      }
      const next = [...new Set(objects.map((t) => t.type))].map((n) => inputs.get(n)).filter(Boolean);
      if (next.length) pair(mine.shape, next, `${where}.${name}`);
    }
    for (const name of Object.keys(shape.keys)) {
      if (!fields.has(name) && !EXTRA.has(name)) report(label, 'EXTRA', where, shapeName, name);
    }
    if (/^Create\(|^CreateMany\(/.test(shapeName)) required(shapeName, shape, where);
  }
  function required(shapeName, shape, where) {
    const suffix = [...seen].filter((k) => k.startsWith(`${shapeName}|`)).at(-1).split('|')[1].split(',');
    for (const group of shape.required) {
      const satisfied = suffix.every((name) => {
        const must = inputs.get(name).fields.filter((f) => f.isRequired).map((f) => f.name);
        return group.some((keys) => keys.some((k) => must.includes(k)) || keys.length === 0);
      });
      if (!satisfied) report(label, 'NOT REQUIRED', where, shapeName, JSON.stringify(group));
    }
    const all = new Set(shape.required.flat(2));
    for (const name of suffix) for (const f of inputs.get(name).fields) {
      if (f.isRequired && !all.has(f.name)) report(label, 'REQUIRED', where, shapeName, f.name);
    }
  }
  const asFields = (args) => new Map(args.map((a) => [a.name, a.inputTypes]));
  for (const mapping of answer.mappings.modelOperations) {
    for (const [ours, theirs] of Object.entries({ findUnique: 'findUnique', findUniqueOrThrow: 'findUniqueOrThrow', findFirst: 'findFirst', findFirstOrThrow: 'findFirstOrThrow',
      findMany: 'findMany', create: 'createOne', createMany: 'createMany', createManyAndReturn: 'createManyAndReturn', update: 'updateOne', updateMany: 'updateMany',
      updateManyAndReturn: 'updateManyAndReturn', upsert: 'upsertOne', delete: 'deleteOne', deleteMany: 'deleteMany', aggregate: 'aggregate', groupBy: 'groupBy' })) {
      const operation = operations.get(mapping[theirs] ?? mapping[ours]);
      if (operation) keys(grammar.roots[`${mapping.model}.${ours}`], asFields(operation.args), `${mapping.model}.${ours}`);
    }
    const output = outputs.get(mapping.model);
    const select = Object.keys(grammar.shapes).find((n) => n.startsWith('Select(') && grammar.shapes[n].model === mapping.model);
    const selected = grammar.shapes[select];
    for (const field of output?.fields ?? []) {
      const mine = selected.keys[field.name];
      if (!mine) report(label, 'MISSING', select, field.name);
      else if (field.args?.length && mine.shape) keys(mine.shape, asFields(field.args), `${mapping.model}.select.${field.name}`);
    }
    const names = new Set((output?.fields ?? []).map((f) => f.name));
    for (const name of Object.keys(selected?.keys ?? {})) if (!names.has(name)) report(label, 'EXTRA', select, name);
    for (const [aggregate, word] of [['Avg', 'Avg'], ['Sum', 'Sum'], ['Min', 'Min'], ['Max', 'Max'], ['Count', 'Count']]) {
      const theirs = outputs.get(`${mapping.model}${word}AggregateOutputType`);
      const mine = Object.entries(grammar.shapes).find(([n, s]) => n.startsWith('AggregateSelect(') && n.includes(aggregate) && s.model === mapping.model)?.[1];
      const a = (theirs?.fields ?? []).map((f) => f.name).sort().join();
      const b = Object.keys(mine?.keys ?? {}).sort().join();
      if (a !== b) report(label, 'AGGREGATE', mapping.model, word, a, b);
    }
  }
}

for (const schema of options) {
  const paths = files(schema);
  const grammar = JSON.parse(execFileSync(program, paths, { maxBuffer: 1 << 30 }));
  for (const version of versions) {
    const answer = dmmf(version, paths);
    if (answer) compare(`${path.basename(path.dirname(schema))} ${version}`, grammar, answer);
    else console.log(schema, version, 'not accepted');
  }
}
console.log(`${compared} shapes compared, ${faults} faults`);
process.exitCode = faults ? 1 : 0;
