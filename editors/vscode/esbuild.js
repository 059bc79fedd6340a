// Bundles the extension and the client's library into one file.
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

const production = process.argv.includes('--production');

// The editor checks configuration files against what the program reads.
fs.copyFileSync(path.join(__dirname, '../../docs/snell.schema.json'), path.join(__dirname, 'snell.schema.json'));

if (production) {
  // What is packed carries its licence.
  fs.copyFileSync(path.join(__dirname, '../../LICENSE-MIT'), path.join(__dirname, 'LICENSE'));
}

esbuild
  .build({
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // The editor brings it.
    external: ['vscode'],
    minify: production,
    sourcemap: !production,
    logLevel: 'warning',
  })
  .catch(() => process.exit(1));
