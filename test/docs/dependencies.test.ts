import test from 'ava';
import { page } from './dependencies/page.js';

test('docs/dependencies.md lists what package-lock.json has (anew: npm run licences)', (t) => {
  const { now, anew } = page();
  t.is(now, anew);
});

test('no dependency has a licence that asks for more than to be named', (t) => {
  const [, listed = ''] = page().anew.split('<!-- from package-lock.json -->');
  const licences = [...listed.matchAll(/^\| (\S[^|]*?) \| \d+ \|/gm)].map(([, licence = '']) => licence);
  const parts = licences.flatMap((licence) => licence.replaceAll(/[()]/g, '').split(/ AND | OR /));
  const free = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'];
  t.true(parts.length > 5);
  t.deepEqual(
    parts.filter((part) => !free.includes(part)),
    [],
  );
});
