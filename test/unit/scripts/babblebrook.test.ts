import test from 'ava';
import { COMMANDS } from '../../../scripts/babblebrook.js';
import { runCommand } from '../../support/runCommand.js';

const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));

test('a command has the name that it is called by', (t) => {
  t.deepEqual(
    commands.map(({ name }) => name),
    Object.keys(COMMANDS),
  );
});

for (const { name, does, options } of commands) {
  test(`the help of ${name} says what it does, has examples, and explains each flag`, async (t) => {
    const { code, stdout, stderr } = await runCommand([name, '--help']);
    t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const [usage, help] = [stdout.split('\n')[0], stdout.replaceAll(/\s+/g, ' ')];
    t.true(usage?.startsWith(`Usage: npx babblebrook ${name} [options]`), usage);
    t.true(help.includes(does));
    t.true(help.includes(`Examples: $ npx babblebrook ${name}`) || help.includes(`| npx babblebrook ${name}`));
    for (const { flags, description } of options) t.true(help.includes(` ${flags} ${description}`), flags);
  });

  test(`a flag that ${name} does not know is one line on stderr and exit code 2`, async (t) => {
    const { code, stdout, stderr } = await runCommand([name, '--nonsense']);
    t.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    t.regex(stderr, /^error: (unknown option '--nonsense'|required option '.+' not specified)\n$/);
  });
}

test('--help names every command', async (t) => {
  const { code, stdout } = await runCommand(['--help']);
  t.is(code, 0);
  for (const { name } of commands) t.regex(stdout, new RegExp(`^ {2}${name} `, 'm'));
});

test('without a command, the help is on standard error, and the exit code is 2', async (t) => {
  const { code, stdout, stderr } = await runCommand([]);
  t.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  t.regex(stderr, /^Usage: npx babblebrook \[options\] \[command\]\n/);
});

test('a command that does not exist is one line on stderr and exit code 2', async (t) => {
  const stderr = "error: unknown command 'trian' (Did you mean train?)\n";
  t.deepEqual(await runCommand(['trian']), { code: 2, stdout: '', stderr });
});

for (const name of ['constructor', 'toString', '__proto__'])
  test(`${name}, which every object has, is no command`, async (t) => {
    const { code, stdout, stderr } = await runCommand([name]);
    t.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    t.true(stderr.startsWith(`error: unknown command '${name}'`), stderr);
  });

test('flags, also those that look like a command, reach the command', async (t) => {
  const { code, stderr } = await runCommand(['generate', '--run', 'train', '--count', '0']);
  t.is(code, 2);
  t.regex(stderr, /'--count <n>' argument '0' is invalid/);
});
