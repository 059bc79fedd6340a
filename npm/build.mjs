// Packs what npm needs: see README.md.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const LICENSES = ['LICENSE-MIT', 'LICENSE-APACHE'];

/** A value of Cargo.toml's `[workspace.package]`. */
function cargo(key) {
  const section = readFileSync(join(root, 'Cargo.toml'), 'utf8').split('[workspace.package]')[1].split('\n[')[0];
  const value = new RegExp(`^${key} = "(.+)"$`, 'm').exec(section)?.[1];
  if (!value) throw new Error(`Cargo.toml names no ${key} in [workspace.package]`);
  return value;
}

/** What both kinds of package say of where they come from; npm compares it with the workflow that publishes. */
const origin = () => ({ homepage: cargo('repository'), repository: { type: 'git', url: `git+${cargo('repository')}.git` } });
const manifest = (folder, value) => writeFileSync(join(folder, 'package.json'), `${JSON.stringify(value, null, 2)}\n`);

/** An empty folder with the licenses in it. */
function fresh(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  LICENSES.forEach((name) => cpSync(join(root, name), join(folder, name)));
}

/** The package that people name. */
function launcher(folder) {
  fresh(folder);
  cpSync(join(here, 'snell'), folder, { recursive: true });
  // What `$schema` of a configuration names: ./node_modules/snell/schema.json.
  cpSync(join(root, 'docs/snell.schema.json'), join(folder, 'schema.json'));
  cpSync(join(root, 'crates/snell-report/schema'), join(folder, 'schema'), { recursive: true });
  chmodSync(join(folder, 'bin/snell.js'), 0o755);
  const source = JSON.parse(readFileSync(join(here, 'snell/package.json'), 'utf8'));
  const version = cargo('version');
  const names = Object.keys(source.optionalDependencies);
  manifest(folder, { ...source, version, license: cargo('license'), ...origin(), optionalDependencies: Object.fromEntries(names.map((name) => [name, version])) });
}

/** The package with one platform's program. */
function platform(folder, name, binary) {
  const known = Object.keys(JSON.parse(readFileSync(join(here, 'snell/package.json'), 'utf8')).optionalDependencies);
  if (!known.includes(`@snell/cli-${name}`)) throw new Error(`no such platform: ${name}; there are ${known.join(', ')}`);
  fresh(folder);
  const [os, cpu] = name.split('-');
  const file = os === 'win32' ? 'snell.exe' : 'snell';
  cpSync(binary, join(folder, file), { dereference: true });
  chmodSync(join(folder, file), 0o755);
  writeFileSync(join(folder, 'README.md'), `# @snell/cli-${name}\n\nThe program of [snell](https://www.npmjs.com/package/snell) for ${name}. Install \`snell\`, not this.\n`);
  manifest(folder, {
    name: `@snell/cli-${name}`,
    version: cargo('version'),
    description: `The program of snell for ${name}`,
    license: cargo('license'),
    ...origin(),
    os: [os],
    cpu: [cpu],
    files: [file, ...LICENSES],
    // Yarn keeps packages in archives; a program must lie in a folder.
    preferUnplugged: true,
    publishConfig: { access: 'public', provenance: true },
  });
}

/** Makes the tarball and says where it is. */
function pack(folder, out) {
  const text = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [{ filename }] = Object.values(JSON.parse(text));
  // Some releases of npm name a scope's file as it is not called.
  console.log(join(out, filename.replace('@', '').replace('/', '-')));
}

const words = process.argv.slice(2);
const at = words.indexOf('--out');
const out = resolve(at < 0 ? join(root, 'target/npm') : words.splice(at, 2)[1]);
const [kind, name, binary] = words;
mkdirSync(out, { recursive: true });
if (kind === 'launcher' && !name) {
  launcher(join(out, 'snell'));
  pack(join(out, 'snell'), out);
} else if (kind === 'platform' && binary) {
  platform(join(out, `cli-${name}`), name, resolve(binary));
  pack(join(out, `cli-${name}`), out);
} else {
  console.error('usage: node npm/build.mjs [--out FOLDER] launcher\n       node npm/build.mjs [--out FOLDER] platform OS-CPU BINARY');
  process.exit(2);
}
