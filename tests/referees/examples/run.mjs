// Lets the TypeScript compiler read the examples; see README.md.
import { execFileSync } from 'node:child_process';
import {
  cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = dirname(fileURLToPath(import.meta.url));
const examples = join(here, '../../../examples');
const installed = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')).dependencies;
// Commands that an example's scripts run; nothing imports them.
const COMMANDS = ['@nestjs/cli', 'tsx'];
// Engines are downloaded, and neither `generate` nor the compiler needs one.
const ENVIRONMENT = {
  ...process.env,
  CHECKPOINT_DISABLE: '1',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
};
const CONTROL = "import type { Prisma } from '@prisma/client';\nexport const control: Prisma.ModelName = 'NoSuchModel';\n";
const prisma = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js');
const wrong = [];
let packages = 0;

function* walk(folder) {
  for (const name of readdirSync(folder).sort()) {
    if (name === 'node_modules') continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else yield path;
  }
}

/** The versions that an example names are those that are installed here. */
function versions(manifest) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    if (version.startsWith('workspace:') || COMMANDS.includes(name)) continue;
    if (installed[name] === version) continue;
    wrong.push(`${relative(work, manifest)}: names ${name} ${version}, installed is ${installed[name] ?? 'none'}`);
  }
}

/** What `tsc --noEmit` says of one package. */
function compile(config) {
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(config, { noEmit: true }, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (fault) => wrong.push(ts.formatDiagnostic(fault, format)),
  });
  const program = ts.createProgram(fileNames, options);
  return [...errors, ...ts.getPreEmitDiagnostics(program)];
}

/** Compiles a package together with a line that its client's types refuse: without these all else would pass. */
function compileWithControl(config) {
  const control = join(dirname(config), 'src/control.ts');
  writeFileSync(control, CONTROL);
  const faults = compile(config);
  const refused = faults.filter((fault) => fault.file?.fileName === control);
  if (refused.length !== 1) wrong.push(`${relative(work, config)}: the generated client is not seen`);
  return faults.filter((fault) => fault.file?.fileName !== control);
}

const format = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => work,
  getNewLine: () => '\n',
};

const usesPrisma = (config) => {
  const { dependencies = {} } = JSON.parse(readFileSync(join(dirname(config), 'package.json'), 'utf8'));
  return '@prisma/client' in dependencies;
};

/** One example: its client is generated, then each of its packages is compiled. */
function check(project) {
  const files = [...walk(project)];
  const before = packages;
  files.filter((path) => path.endsWith('/package.json')).forEach((path) => versions(path));
  const configs = files.filter((path) => path.endsWith('/tsconfig.json'));
  const inside = (path) => configs.some((config) => path.startsWith(dirname(config) + '/'));
  for (const path of files.filter((path) => /\.[cm]?tsx?$/.test(path) && !inside(path))) {
    wrong.push(`${relative(work, path)}: no tsconfig.json is above it`);
  }
  if (configs.length === 0) return;
  const schema = files.find((path) => path.endsWith('/schema.prisma'));
  execFileSync(process.execPath, [prisma, 'generate', '--no-engine', '--schema', schema], {
    cwd: dirname(dirname(schema)),
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for (const config of configs) {
    packages += 1;
    const faults = usesPrisma(config) ? compileWithControl(config) : compile(config);
    for (const fault of faults) wrong.push(ts.formatDiagnostic(fault, format).trim());
  }
  console.log(`${relative(work, project)}: ${packages - before} packages`);
}

const work = realpathSync(mkdtempSync(join(tmpdir(), 'snell-examples-')));
try {
  cpSync(examples, work, { recursive: true, filter: (path) => !path.includes('node_modules') });
  symlinkSync(join(here, 'node_modules'), join(work, 'node_modules'));
  const more = readdirSync(join(work, 'more')).map((name) => join(work, 'more', name));
  [join(work, 'openai-chat'), join(work, 'clean'), ...more]
    .filter((path) => existsSync(join(path, 'package.json')))
    .forEach(check);
} finally {
  rmSync(work, { recursive: true, force: true });
}
wrong.forEach((line) => console.log(line));
console.log(`${packages} packages of examples compiled, ${wrong.length} wrong`);
process.exit(wrong.length > 0 ? 1 : 0);
