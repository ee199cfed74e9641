import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { COMMANDS } from '../../scripts/babblebrook.js';
import { fileAt } from '../support/places.js';
import { pages } from './markdown/pages.js';

const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(fileAt('package.json'), 'utf8'),
);
const flags = new Map(
  await Promise.all(
    Object.entries(COMMANDS).map(
      async ([name, load]) => [name, new Set((await load()).options.map(({ long }) => long))] as const,
    ),
  ),
);

/** The command lines in blocks of shell on a page, lines that are continued joined. */
function linesOf(text: string): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  );
}

/** What is wrong with a line: a script, a command, a program or a flag that is not there. */
function mistakesOf(line: string): string[] {
  const mistakes: string[] = [];
  const [, called] = /\bnpm run (?:--silent )?([\w:-]+)/.exec(line) ?? [];
  if (called !== undefined && !(called in scripts)) mistakes.push(`no script ${called}`);
  const [, program] = /\bnpx tsx ((?:examples|bench|test|models)\/\S+)/.exec(line) ?? [];
  if (program !== undefined && !existsSync(fileAt(program))) mistakes.push(`no program ${program}`);
  const [, command] = /\bnpx babblebrook (\w+)/.exec(line) ?? [];
  if (command !== undefined && !flags.has(command)) mistakes.push(`no command ${command}`);
  const known = flags.get(command ?? called ?? '');
  const given = line.replace(/ #.*$/, '').replace(/^.*?\bnpm run (?:--silent )?[\w:-]+(?: --)?(?= |$)/, '');
  if (known)
    for (const [flag] of given.matchAll(/(?<= )--[a-z][\w-]*/g))
      if (!known.has(flag) && flag !== '--help') mistakes.push(`no flag ${flag}`);
  return mistakes;
}

for (const [page, text] of pages) {
  const lines = linesOf(text);
  if (lines.length > 0)
    test(`${page}: scripts, commands, programs and flags of its command lines are there`, (t) => {
      t.deepEqual(
        lines.flatMap((line) => mistakesOf(line).map((mistake) => `${line}: ${mistake}`)),
        [],
      );
    });
}

test('what is not there is found', (t) => {
  t.deepEqual(mistakesOf('npm run trian'), ['no script trian']);
  t.deepEqual(mistakesOf('npm run --silent train -- --minute 1   # --or-more'), ['no flag --minute']);
  t.deepEqual(mistakesOf('npx babblebrook talk'), ['no command talk']);
  t.deepEqual(mistakesOf('npx tsx examples/99.ts'), ['no program examples/99.ts']);
});
