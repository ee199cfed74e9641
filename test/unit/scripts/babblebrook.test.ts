import { readFileSync } from 'node:fs';
import test from 'ava';
import { COMMANDS } from '../../../scripts/babblebrook.js';
import { isOneLine, type Mistake } from '../../support/isMistake.js';
import { fileAt } from '../../support/places.js';
import { runCommand } from '../../support/runCommand.js';

const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));

test('a command has the name that it is called by', (t) => {
  t.deepEqual(
    commands.map(({ name }) => name),
    Object.keys(COMMANDS),
  );
});

test('in a clone, npm runs each command by its name', (t) => {
  const { scripts } = JSON.parse(readFileSync(fileAt('package.json'), 'utf8'));
  for (const { name } of commands) t.is(scripts[name], `node --import tsx scripts/${name}.ts`);
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
    const required = options.find(({ mandatory }) => mandatory)?.long;
    const expected: Mistake = required
      ? ['commander.missingMandatoryOptionValue', required]
      : ['commander.unknownOption', '--nonsense'];
    isOneLine(t, await runCommand([name, '--nonsense']), ...expected);
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
  const outcome = await runCommand(['trian']);
  isOneLine(t, outcome, 'commander.unknownCommand');
  t.regex(outcome.stderr, /\btrain\b/);
});

for (const name of ['constructor', 'toString', '__proto__'])
  test(`${name}, which every object has, is no command`, async (t) => {
    isOneLine(t, await runCommand([name]), 'commander.unknownCommand');
  });

test('flags, also those that look like a command, reach the command', async (t) => {
  isOneLine(
    t,
    await runCommand(['generate', '--run', 'train', '--count', '0']),
    'commander.invalidArgument',
    '--count',
  );
});
