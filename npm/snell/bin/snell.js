#!/usr/bin/env node
'use strict';
// Finds the program in this platform's package and runs it: same streams, same signals, same exit code.

const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const { optionalDependencies, version } = require('../package.json');
// What a terminal or a supervisor sends to end a program.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** This platform in words, with the C library where it is not the usual one. */
function platform() {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return name;
  const glibc = process.report?.getReport().header.glibcVersionRuntime;
  return glibc ? name : `${name} (musl)`;
}

/** Says why there is nothing to run, and what to do; 2 is "could not judge". */
function giveUp(...lines) {
  console.error(lines.join('\n'));
  process.exit(2);
}

/** Where the program is. */
function program() {
  if (process.env.SNELL_BINARY) return process.env.SNELL_BINARY;
  // Programs for Linux are static: one runs with each C library.
  const name = `@snell/cli-${process.platform}-${process.arch}`;
  try {
    return require.resolve(`${name}/snell${process.platform === 'win32' ? '.exe' : ''}`);
  } catch {
    const known = Object.keys(optionalDependencies);
    if (!known.includes(name)) {
      const names = known.map((each) => each.replace('@snell/cli-', ''));
      giveUp(
        `error: snell ${version} has no program for ${platform()}; there are ${names.join(', ')}`,
        'help: build it with cargo, and name it in SNELL_BINARY',
      );
    }
    return giveUp(
      `error: snell ${version} runs on ${platform()} with the package ${name}, which is not installed`,
      'help: it is an optional dependency: install without `--omit=optional`, and anew (without the old node_modules) when',
      '      node_modules was made on another platform; with a lock file of another platform: npm install, pnpm install --force',
    );
  }
}

const path = program();
let child;
// Listens before there is a program: a signal in between would end the launcher alone.
const forward = (signal) => child?.kill(signal);
SIGNALS.forEach((signal) => process.on(signal, forward));
child = spawn(path, process.argv.slice(2), { stdio: 'inherit', windowsHide: true });
child.on('error', (error) => giveUp(`error: cannot run ${path}: ${error.message}`));
child.on('exit', (code, signal) => {
  SIGNALS.forEach((each) => process.off(each, forward));
  if (signal === null) process.exit(code);
  // Dies as the program died, so that shells and CI see the same end.
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 100);
});
