import test from 'ava';
import { asTyped } from '../../../scripts/cli/asTyped.js';

const TYPED: [string, string][] = [
  ['npm run train --', 'npx babblebrook train'],
  ['npm run train', 'npx babblebrook train'],
  ['npm run doctor -- --fix', 'npx babblebrook doctor --fix'],
  ['cat *.txt | npm run train -- --corpus -', 'cat *.txt | npx babblebrook train --corpus -'],
  ['npm run --silent generate -- --run r | jq .text', 'npx babblebrook generate --run r | jq .text'],
  ['a directory made by npm run train, got r', 'a directory made by npx babblebrook train, got r'],
  [
    'npm run train -- --epochs 1\nnpm run generate --\n',
    'npx babblebrook train --epochs 1\nnpx babblebrook generate\n',
  ],
];

for (const [checkout, packaged] of TYPED)
  test(`in the package, ${JSON.stringify(checkout)} is typed ${JSON.stringify(packaged)}`, (t) => {
    t.is(asTyped(checkout, true), packaged);
  });

test('in a checkout, commands are typed as they stand', (t) => {
  t.is(asTyped('npm run train -- --epochs 1'), 'npm run train -- --epochs 1');
});

test('what is no command of the package stays as it is', (t) => {
  for (const text of ['npm run bench:decode', 'npm run build', 'npm run trainer', 'npm run corpus:trump --'])
    t.is(asTyped(text, true), text);
});
