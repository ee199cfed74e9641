import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { BackendName, BackendReport } from '../src/index.js';
import { asTyped } from './cli/asTyped.js';
import { BACKENDS, command, run } from './cli/command.js';
import { packageFile } from './cli/packageFile.js';
import { print } from './cli/print.js';

const doctor = command('npm run doctor --', 'Say which backend computes here, and how to get a faster one.', [
  'npm run doctor',
  'npm run doctor -- --fix',
  'npm run doctor -- --backend wasm',
])
  .option('--backend <name>', 'check this backend: tensorflow, wasm or cpu')
  .option('--fix', 'install the native backend first, and show how that goes')
  .action(async (flags: { backend?: string; fix?: boolean }) => {
    if (flags.fix) installNative();
    await check(flags.backend);
  });

await run(doctor);

/** Runs what `npm ci` runs in a checkout, but where no way works, this ends with exit code 1. */
function installNative(): void {
  const script = packageFile('scripts/native.mjs');
  const env = { ...process.env, BABBLEBROOK_NATIVE: 'require' };
  const { status } = spawnSync(process.execPath, [script, '--fix'], { stdio: 'inherit', env });
  if (status !== 0) process.exitCode = 1;
}

/** Prints the report on the backend that was asked for; where it cannot be used, on the one that is used instead. */
async function check(flag: string | undefined): Promise<void> {
  const variable = process.env['BABBLEBROOK_BACKEND'];
  const asked = flag ?? variable;
  // Importing the library fails where the variable asks for a backend that cannot be used; that it names none, it may say.
  if (flag !== undefined || BACKENDS.includes(variable ?? '')) delete process.env['BABBLEBROOK_BACKEND'];
  const { backendReport, useBackend } = await import('../src/index.js');
  try {
    if (asked) await useBackend(asked as BackendName); // which checks the name
  } finally {
    await print(`${describe(backendReport())}\n`);
  }
}

function describe({ backend, threads, versions, blocksSignals, nativeProblem }: BackendReport): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  const [, npm] = /\bnpm\/(\S+)/.exec(process.env['npm_config_user_agent'] ?? '') ?? [];
  const facts = {
    babblebrook: version,
    backend,
    threads,
    TensorFlow: versions.tensorflow,
    tfjs: versions.tfjs,
    Node: versions.node,
    npm,
    signals: blocksSignals ? 'blocked while TensorFlow computes' : 'not blocked: the optional package koffi is missing',
    platform: `${process.platform} ${process.arch}`,
  };
  const lines = Object.entries(facts).filter(([, value]) => value !== undefined);
  const table = lines.map(([name, value]) => `${name.padEnd(12)} ${value}`).join('\n');
  return `${table}\n\n${advice(backend, nativeProblem)}`;
}

function advice(backend: BackendName, nativeProblem: string | undefined): string {
  if (backend === 'tensorflow') return 'The native backend is in use; there is no faster one.';
  if (nativeProblem === undefined) return 'The native backend works here and is faster; another one was asked for.';
  const fix = asTyped('npm run doctor -- --fix');
  return `The native backend is faster, but cannot be used: ${nativeProblem}\nTo install it: ${fix}`;
}
