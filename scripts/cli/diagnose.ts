import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BackendError, type BackendName, type BackendReport, backendReport, useBackend } from '../../src/index.js';
import type { Call, Invocation } from './Command.js';
import { packageFile } from './packageFile.js';
import { print } from './print.js';

const TFJS_NODE = '@tensorflow/tfjs-node';

/** Runs what `npm ci` runs in a checkout, but where no way works, this gives exit code 1. */
export async function installNative({ stdout, stderr }: Invocation): Promise<number> {
  const env = { ...process.env, BABBLEBROOK_NATIVE: 'require' };
  const child = spawn(process.execPath, [packageFile('scripts/native.mjs'), '--fix'], {
    env,
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  const [[status]] = await Promise.all([
    once(child, 'close'),
    pipeline(child.stdout, stdout, { end: false }),
    pipeline(child.stderr, stderr, { end: false }),
  ]);
  return status === 0 ? 0 : 1;
}

/**
 * Prints the report on the backend that was asked for, by a flag or the environment; where it cannot be used, on the one that is
 * used instead.
 * @throws {BackendError} when the one that was asked for cannot be used.
 */
export async function diagnose(asked: BackendName | undefined, { stdout, call }: Invocation): Promise<void> {
  const outcome = await startAsked(asked);
  // Whether the native one works is told in any case.
  await useBackend();
  if (!(outcome instanceof BackendError)) await useBackend(outcome);
  await print(stdout, `${describe(backendReport(), call)}\n`);
  if (outcome instanceof BackendError) throw outcome;
}

async function startAsked(asked: BackendName | undefined): Promise<BackendName | BackendError> {
  try {
    if (asked) await useBackend(asked);
    const { backend } = backendReport();
    const isChosen = asked !== undefined || Boolean(process.env['BABBLEBROOK_BACKEND']);
    // Importing the library started wasm by itself, maybe before `--fix` made the native one work.
    return isChosen || backend !== 'wasm' ? backend : await useBackend();
  } catch (error) {
    if (error instanceof BackendError) return error;
    throw error;
  }
}

function describe({ backend, threads, versions, blocksSignals, nativeProblem }: BackendReport, call: Call): string {
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
  return `${table}\n\n${advice(backend, nativeProblem, call)}`;
}

function advice(backend: BackendName, nativeProblem: string | undefined, call: Call): string {
  if (backend === 'tensorflow') return 'The native backend is in use; there is no faster one.';
  if (nativeProblem === undefined) return 'The native backend works here and is faster; another one was asked for.';
  const fix = `${wayBack(nativeProblem)}${call('doctor', '--fix')}`;
  return `The native backend is faster, but cannot be used: ${nativeProblem}\nTo install it: ${fix}`;
}

/** In a project, `--fix` leaves alone what is installed, so tfjs-node, which npm removes where its installer fails, is brought back first. */
function wayBack(nativeProblem: string): string {
  const manifest = packageFile('package.json');
  const isProject = manifest.split(sep).includes('node_modules');
  if (!isProject || !nativeProblem.includes(`Cannot find module '${TFJS_NODE}'`)) return '';
  const { optionalDependencies } = JSON.parse(readFileSync(manifest, 'utf8'));
  return `npm install --ignore-scripts ${TFJS_NODE}@${optionalDependencies[TFJS_NODE]} && `;
}
