// A registry with the packed tarballs in it, so that package managers install them as they will for people.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Packs snell for this platform around a program; the tarballs. */
export function pack(program) {
  const out = mkdtempSync(join(tmpdir(), 'snell-npm-'));
  const small = join(out, 'program');
  try {
    execFileSync('strip', ['-o', small, program], { stdio: 'ignore' });
  } catch {
    // A program of ours with its symbols is large, and works.
    execFileSync('cp', [program, small]);
  }
  const build = (...words) =>
    execFileSync(process.execPath, [join(root, 'npm/build.mjs'), '--out', out, ...words], { encoding: 'utf8' }).trim();
  return { out, tarballs: [build('launcher'), build('platform', `${process.platform}-${process.arch}`, small)] };
}

/** What the registry knows of a tarball. */
function known(tarball, url) {
  const manifest = JSON.parse(execFileSync('tar', ['-xOf', tarball, 'package/package.json'], { encoding: 'utf8' }));
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  return { ...manifest, dist: { integrity, tarball: `${url}/-/${basename(tarball)}` } };
}

/** Serves them. Packages of other platforms are announced as they will be, and nobody may fetch them. */
export async function serve(tarballs) {
  const packages = new Map();
  const asked = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    asked.push(path);
    const file = tarballs.find((tarball) => path === `/-/${basename(tarball)}`);
    const manifest = packages.get(path.slice(1));
    if (file) return response.end(readFileSync(file));
    response.setHeader('content-type', 'application/json');
    if (!manifest) return response.writeHead(404).end('{"error":"not found"}');
    const { name, version } = manifest;
    const time = { [version]: '2020-01-01T00:00:00.000Z' };
    return response.end(JSON.stringify({ name, time, 'dist-tags': { latest: version }, versions: { [version]: manifest } }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  for (const tarball of tarballs) {
    const manifest = known(tarball, url);
    packages.set(manifest.name, manifest);
  }
  const { optionalDependencies, version } = packages.get('snell');
  for (const name of Object.keys(optionalDependencies)) {
    if (packages.has(name)) continue;
    const [os, cpu] = name.replace('@snell/cli-', '').split('-');
    packages.set(name, { name, version, os: [os], cpu: [cpu], dist: { integrity: 'sha512-AA==', tarball: `${url}/-/none-${os}-${cpu}.tgz` } });
  }
  return { url, asked, close: () => server.close() };
}
