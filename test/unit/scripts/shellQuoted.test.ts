import { spawnSync } from 'node:child_process';
import test from 'ava';
import { shellQuoted } from '../../../scripts/cli/shellQuoted.js';
import { unixTest } from '../../support/testWith.js';

test('a plain path stays as it is', (t) => {
  for (const path of ['runs/speech', '/a/b-c_d.e', 'x=1,2:3@4%5+6']) t.is(shellQuoted(path), path);
});

const posixTest = unixTest();

posixTest('a shell takes a quoted word for itself, whatever it holds', (t) => {
  const words = ['', 'a b', "it's", '"', '$HOME', '`id`', '~', 'a\\b', "'", '*', 'é', 'a\nb', '!1', '(x)', '#'];
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${words.map(shellQuoted).join(' ')}`], {
    encoding: 'utf8',
  });
  t.deepEqual(stdout.split('\0').slice(0, -1), words);
});
