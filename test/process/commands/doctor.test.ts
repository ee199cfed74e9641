import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { useBackend } from '../../../src/model/backend.js';
import { isOneLine } from '../../support/isMistake.js';
import { programAt } from '../../support/places.js';
import { runCommand } from '../../support/runCommand.js';
import { runNode } from '../../support/runProgram.js';

const nodeFlags = programAt('scripts/doctor.ts');
const native = (await useBackend()) === 'tensorflow';

function doctor(flags: string[], env: NodeJS.ProcessEnv = {}) {
  return runNode([...nodeFlags, ...flags], { ...process.env, BABBLEBROOK_BACKEND: undefined, ...env });
}

test('the doctor tells the backend, the threads, the versions and the platform', async (t) => {
  const { code, stdout, stderr } = await doctor([]);
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  t.regex(stdout, /^babblebrook +\d+\.\d+\.\d+$/m);
  t.regex(stdout, native ? /^backend +tensorflow$/m : /^backend +wasm$/m);
  t.regex(stdout, /^threads +[1-9]\d*$/m);
  t.regex(stdout, /^tfjs +4\.22\.0$/m);
  t.true(stdout.includes(`Node         ${process.versions.node}\n`));
  t.true(stdout.includes(`platform     ${process.platform} ${process.arch}\n`));
});

test('--backend chooses what is checked, before BABBLEBROOK_BACKEND, and the doctor tells of a faster one', async (t) => {
  const { code, stdout } = await doctor(['--backend', 'cpu'], { BABBLEBROOK_BACKEND: 'nonsense' });
  t.is(code, 0);
  t.regex(stdout, /^backend +cpu$/m);
  t.regex(
    stdout,
    native ? /another one was asked for/ : /cannot be used: .+\nTo install it: npx tsx scripts\/doctor\.ts --fix/,
  );
});

test('BABBLEBROOK_BACKEND chooses what is checked; --fix where the native backend works changes nothing and says so', async (t) => {
  const { code, stdout } = await doctor(native ? ['--fix'] : [], { BABBLEBROOK_BACKEND: 'wasm' });
  t.is(code, 0);
  t.regex(stdout, /^backend +wasm$/m);
  if (native) t.regex(stdout, /is ready, by @tensorflow\/tfjs-node as it is\n/);
});

test('a backend that does not exist is one line on stderr and exit code 2', async (t) => {
  isOneLine(t, await runCommand(['doctor', '--backend', 'webgl']), 'commander.invalidArgument', '--backend');
});

test('a BABBLEBROOK_BACKEND that does not exist is an error that names the variable', async (t) => {
  const { code, stderr } = await doctor([], { BABBLEBROOK_BACKEND: 'webgl' });
  t.is(code, 2);
  t.is(stderr, 'Expected BABBLEBROOK_BACKEND to be one of tensorflow, wasm, cpu, got "webgl" (string)\n');
});

test('a reader that stops reading ends the doctor with exit code 0 and no complaint', async (t) => {
  const child = spawn(process.execPath, [...nodeFlags, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});
