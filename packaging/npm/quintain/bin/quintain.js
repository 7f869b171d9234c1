#!/usr/bin/env node
// Runs the program of this platform's package, with the same arguments, streams, signals and exit code.
'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const platform = `quintain-${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${platform}/bin/quintain`);
} catch {
  console.error(
    `quintain: there is no program for this platform: failed to find the package ${platform}. ` +
      'It is an optional dependency: see that npm does not leave those out (--omit=optional), or build from source with Rust.',
  );
  process.exit(2);
}

const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  console.error(`quintain: failed to start ${program}: ${error.message}`);
  process.exit(2);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
