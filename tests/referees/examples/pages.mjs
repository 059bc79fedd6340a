// Lets the TypeScript compiler read what rule pages recommend; see README.md.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

const here = dirname(fileURLToPath(import.meta.url));
const rules = join(here, '../../../crates/snell-correlate/src/rules');
const prisma = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js');
const run = promisify(execFile);
const ENVIRONMENT = {
  ...process.env,
  CHECKPOINT_DISABLE: '1',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
};
const DATASOURCE = '\ndatasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n';
const GENERATOR = '\ngenerator client {\n  provider = "prisma-client-js"\n  output   = "./client"\n  previewFeatures = [PREVIEWS]\n}\n';
const SERVICE = `import { Injectable } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';

@Injectable()
export class PrismaService extends PrismaClient {}
`;
// A page is a sketch: names that it leaves out, packages that are not installed
// and parameters without types are no faults of what it recommends.
const SKETCHED = new Set([2304, 2307, 2552, 2580, 2582, 2591, 7005, 7006, 7016, 7031, 7034]);
const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  jsx: ts.JsxEmit.ReactJSX,
  strict: true,
  // Classes that a framework fills declare their properties bare.
  strictPropertyInitialization: false,
  noEmit: true,
  skipLibCheck: true,
  esModuleInterop: true,
  experimentalDecorators: true,
  types: ['node'],
};
// A line that the generated client's types refuse: without it all else would pass.
const CONTROL = "import type { Prisma } from '@prisma/client';\nexport const control: Prisma.ModelName = 'NoSuchModel';\n";
const wrong = [];

// Declarations of packages are the same for every page: they are parsed once.
const declarations = new Map();
const host = ts.createCompilerHost(OPTIONS);
const parse = host.getSourceFile;
host.getSourceFile = (path, ...rest) => {
  if (!path.includes('/node_modules/')) return parse(path, ...rest);
  if (!declarations.has(path)) declarations.set(path, parse(path, ...rest));
  return declarations.get(path);
};

function* walk(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else yield path;
  }
}

/** The files of a page's fences, section by section (CONTRIBUTING.md, "The grammar of pages"). */
function sections(page) {
  const found = [];
  let title = '';
  for (const part of page.split(/^## /m).slice(1)) {
    title = part.slice(0, part.indexOf('\n')).trim();
    const files = new Map();
    let migrations = 0;
    for (const [, info, body] of part.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)) {
      const [language, ...words] = info.split(/\s+/);
      const named = words.find((word) => word.startsWith('file='))?.slice(5);
      if (language === 'sql' && !named) migrations += 1;
      const path = named ?? {
        prisma: 'schema.prisma',
        ts: 'src/main.ts',
        tsx: 'src/main.tsx',
        sql: `migrations/${migrations}_init/migration.sql`,
      }[language];
      if (path) files.set(path, body);
    }
    if (files.size > 0) found.push({ title, files: new Map([...(found[0]?.files ?? []), ...files]) });
  }
  return found;
}

/** Writes a project, generates its client, and says what the compiler thinks of its TypeScript. */
async function compile(name, { title, files }, folder) {
  const sources = [...files.keys()].filter((path) => /\.[cm]?tsx?$/.test(path));
  const schema = files.get('schema.prisma');
  if (!schema || sources.length === 0) return false;
  const whole = schema
    + (/^datasource /m.test(schema) ? '' : DATASOURCE)
    + GENERATOR.replace('PREVIEWS', [...files.keys()].some((path) => path.endsWith('.sql') && path.includes('prisma/sql/')) ? '"typedSql"' : '');
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('src/prisma.service.ts', SERVICE);
  for (const [path, text] of files) write(path, text);
  write('schema.prisma', whole);
  write('src/control.ts', CONTROL);
  try {
    await run(process.execPath, [prisma, 'generate', '--no-engine', '--schema', join(folder, 'schema.prisma')], {
      cwd: folder,
      env: ENVIRONMENT,
    });
  } catch (error) {
    wrong.push(`${name} «${title}»: no client: ${error.stderr.trim().split('\n').slice(0, 6).join(' ')}`);
    return false;
  }
  const program = ts.createProgram(
    [...new Set([...sources, 'src/prisma.service.ts', 'src/control.ts'])].map((path) => join(folder, path)),
    { ...OPTIONS, paths: { '@prisma/client': [join(folder, 'client')] } },
    host,
  );
  const control = program.getSourceFile(join(folder, 'src/control.ts'));
  if (program.getSemanticDiagnostics(control).length !== 1) wrong.push(`${name} «${title}»: the generated client is not seen`);
  for (const fault of ts.getPreEmitDiagnostics(program)) {
    if (SKETCHED.has(fault.code) || !fault.file || fault.file === control || fault.file.fileName.includes('/client/')) continue;
    const { line } = fault.file.getLineAndCharacterOfPosition(fault.start);
    const text = ts.flattenDiagnosticMessageText(fault.messageText, ' ').slice(0, 300);
    wrong.push(`${name} «${title}» ${relative(folder, fault.file.fileName)}:${line + 1} TS${fault.code}: ${text}`);
  }
  return true;
}

const work = realpathSync(mkdtempSync(join(tmpdir(), 'snell-pages-')));
let compiled = 0;
try {
  symlinkSync(join(here, 'node_modules'), join(work, 'node_modules'));
  const queue = [...walk(rules)].filter((path) => path.endsWith('/rule.md')).flatMap((path) => {
    const name = relative(rules, dirname(path));
    return sections(readFileSync(path, 'utf8'))
      .filter(({ title }) => title === 'Use instead')
      .map((section) => ({ name, section }));
  });
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (await compile(next.name, next.section, join(work, next.name))) compiled += 1;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
} finally {
  rmSync(work, { recursive: true, force: true });
}
wrong.sort().forEach((line) => console.log(line));
console.log(`${compiled} recommendations compiled, ${wrong.length} wrong`);
process.exit(wrong.length > 0 ? 1 : 0);
