// Compares what snell reads in Prisma schemas with Prisma's own parser and with truth files. See README.md.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { judge, normalise, versions } from './prisma.mjs';

const [mode, ...rest] = process.argv.slice(2);
const options = {};
const inputs = [];
for (let i = 0; i < rest.length; i += 1) {
  if (rest[i].startsWith('--')) options[rest[i].slice(2)] = rest[(i += 1)];
  else inputs.push(rest[i]);
}

// snell's facts about each schema (a list of [path, text]).
function facts(schemas) {
  const input = JSON.stringify(schemas.map((files) => files.map(([, text]) => text)));
  const output = execFileSync(options.facts, ['--batch'], { input, maxBuffer: 2 ** 32 });
  return output.toString().trim().split('\n').map((line) => JSON.parse(line));
}

// The first places where `expected` is not in `found`; keys that only `found` has are extra and allowed.
function differences(expected, found, at = '') {
  if (typeof expected === 'number' && typeof found === 'number') {
    // Prisma prints 0.7 as 0.7000000000000001.
    if (Math.abs(expected - found) <= Math.abs(expected) * 1e-12) return [];
  }
  if (expected === null || typeof expected !== 'object') {
    return expected === found ? [] : [`${at}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`];
  }
  if (found === null || typeof found !== 'object') return [`${at}: expected a structure, found ${JSON.stringify(found)}`];
  const keys = Object.keys(expected);
  const missing = Array.isArray(expected) && expected.length !== found.length
    ? [`${at}: expected ${expected.length} elements, found ${found.length}`] : [];
  return missing.concat(keys.flatMap((key) => differences(expected[key], found[key],
    `${at}/${expected[key]?.name ?? key}`))).slice(0, 5);
}

function truth() {
  let unequal = 0;
  for (const name of readdirSync(options.truth).filter((n) => /\.dmmf\.json(\.gz)?$/.test(n)).sort()) {
    const expected = JSON.parse(truthText(name.replace(/\.gz$/, '')));
    let files;
    try {
      files = expected.files.map((file) => [file, readFileSync(path.join(options.repositories, expected.repo, file), 'utf8')]);
    } catch {
      console.log(`${name}: no checkout of ${expected.repo}`);
      continue;
    }
    const [found] = facts([files]);
    const { datasources, generators, models, types, enums } = expected;
    const lines = differences({ accepted: expected.accepted, datasources, generators, models, types, enums }, found)
      .concat(found.errors.map((e) => `error: ${e.message}`));
    const sql = truthText(name.replace(/dmmf\.json(\.gz)?$/, 'ddl.sql'));
    if (sql) lines.push(...ddl(found, sql));
    unequal += lines.length > 0;
    console.log(`${name}: ${lines.length ? 'UNEQUAL' : 'equal'}, ${models.length} models, ${enums.length} enums${sql ? ', constraint names' : ''}`);
    lines.slice(0, 5).forEach((line) => console.log(`  ${line}`));
  }
  return unequal;
}

// Names and actions of the constraints in Prisma's DDL against those that snell fills in.
function ddl(found, text) {
  const ours = new Set();
  const say = (...words) => ours.add(words.join(' '));
  for (const model of [...found.models, ...found.ignoredModels].filter((m) => !m.view)) {
    model.indexes.forEach((i) => i.type !== 'fulltext' && i.constraint && say(i.type === 'id' ? 'id' : 'index', i.constraint));
    for (const { relation } of [...model.fields, ...model.hiddenFields]) {
      const key = relation?.foreignKey;
      if (key) say('key', key.constraint, key.onDelete, key.onUpdate);
    }
  }
  for (const { table } of found.joinTables) {
    ['A', 'B'].forEach((c) => say('key', `${table}_${c}_fkey`, 'Cascade', 'Cascade'));
    say('index', `${table}_B_index`);
  }
  const action = (words) => words.toLowerCase().replace(/(^| )(\w)/g, (_, _space, c) => c.toUpperCase());
  const theirs = new Set();
  for (const [, name] of text.matchAll(/CONSTRAINT "([^"]+)" PRIMARY KEY/g)) theirs.add(`id ${name}`);
  for (const [, name] of text.matchAll(/CREATE (?:UNIQUE )?INDEX "([^"]+)"/g)) theirs.add(`index ${name}`);
  for (const [, name, onDelete, onUpdate] of text.matchAll(/CONSTRAINT "([^"]+)" FOREIGN KEY .* ON DELETE ([A-Z ]+) ON UPDATE ([A-Z ]+);/g)) {
    theirs.add(`key ${name} ${action(onDelete)} ${action(onUpdate)}`);
  }
  const joinKey = /^(id|index) .*_AB_(pkey|unique)$/; // depends on the version of Prisma
  return [...theirs].filter((n) => !ours.has(n) && !joinKey.test(n)).map((n) => `only in the DDL: ${n}`)
    .concat([...ours].filter((n) => !theirs.has(n)).map((n) => `not in the DDL: ${n}`));
}

// A file of the truth folder, compressed or not; nothing when there is none.
function truthText(name) {
  for (const [file, open] of [[name, (b) => b], [`${name}.gz`, gunzipSync]]) {
    const full = path.join(options.truth, file);
    if (existsSync(full)) return open(readFileSync(full)).toString();
  }
  return undefined;
}

// Each schema: a file, or the `.prisma` files of a folder that is given with a trailing slash.
function read(input) {
  if (!input.endsWith('/')) return [[input, readFileSync(input, 'utf8')]];
  return readdirSync(input).filter((n) => n.endsWith('.prisma')).sort()
    .map((n) => [input + n, readFileSync(input + n, 'utf8')]);
}

function parser(schemas, names) {
  const counts = { accepted: 0, falseError: 0, unequal: 0, rejected: 0, missed: 0, syntax: 0, syntaxMissed: 0 };
  const report = (verdict, n, text) => options.quiet || console.log(`${verdict}: ${names[n]}: ${text}`);
  const found = facts(schemas);
  schemas.forEach((files, n) => {
    const answers = versions.map((v) => judge(v, files));
    const ours = found[n];
    if (answers.some((a) => a.accepted)) {
      counts.accepted += 1;
      if (!ours.accepted) {
        counts.falseError += 1;
        const { message, start } = ours.errors[0];
        report('FALSE ERROR', n, `${message} (byte ${start}: ${JSON.stringify(files[ours.errors[0].file][1].slice(start, start + 60))})`);
      }
      const latest = answers.slice(1).reverse().find((a) => a.accepted);
      const lines = latest ? differences(normalise(latest.datamodel), ours) : [];
      if (lines.length) {
        counts.unequal += 1;
        report('UNEQUAL', n, lines.slice(0, 2).join('; '));
      }
      return;
    }
    const syntax = answers.every((a) => a.syntax);
    counts.rejected += 1;
    counts.syntax += syntax;
    if (syntax ? !ours.errors.some((e) => e.kind === 'Syntax') : ours.accepted) {
      counts[ours.accepted && !syntax ? 'missed' : 'syntaxMissed'] += 1;
      report(syntax ? 'SYNTAX MISSED' : 'MISSED', n, answers[2].message.split('\n').slice(0, 1).join(' ').slice(0, 160));
    }
  });
  console.log(JSON.stringify(counts));
  return counts.falseError + counts.unequal + counts.syntaxMissed;
}

// Seeded edits: one token dropped, doubled or swapped with the next one.
function mutate(files, count, seed) {
  let state = seed;
  const random = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  return Array.from({ length: count }, () => {
    const chosen = random(files.length);
    const tokens = files[chosen][1].match(/"(?:\\.|[^"\\\n])*"|\/\/.*|[\p{L}\d_-]+|\r?\n|[ \t]+|./gsu) ?? [];
    const significant = tokens.map((_, i) => i).filter((i) => !/^([ \t]*|\/\/.*)$/.test(tokens[i]));
    const at = significant[random(significant.length)];
    const edit = ['drop', 'double', 'swap'][random(3)];
    const replacement = { drop: [], double: [tokens[at], tokens[at]], swap: [tokens[at + 1] ?? '', tokens[at]] }[edit];
    const text = [...tokens.slice(0, at), ...replacement, ...tokens.slice(at + (edit === 'swap' ? 2 : 1))].join('');
    const line = tokens.slice(0, at).join('').split('\n').length;
    return { name: `${files[chosen][0]}:${line} ${edit} ${JSON.stringify(tokens[at])}`, files: files.map((f, i) => (i === chosen ? [f[0], text] : f)) };
  });
}

let failures;
if (mode === 'truth') {
  failures = truth();
} else if (mode === 'parser') {
  failures = parser(inputs.map(read), inputs);
} else if (mode === 'mutate') {
  const mutants = inputs.flatMap((input) => mutate(read(input), Number(options.count ?? 100), Number(options.seed ?? 1)));
  failures = parser(mutants.map((m) => m.files), mutants.map((m) => m.name));
} else {
  console.error('usage: see README.md');
  failures = 1;
}
process.exitCode = failures ? 1 : 0;
