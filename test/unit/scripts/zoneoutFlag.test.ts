import test from 'ava';
import { InvalidArgumentError } from 'commander';
import { textOfZoneout, zoneoutOf, zoneoutText } from '../../../scripts/cli/zoneoutFlag.js';

test('--zoneout is a share, or shares by parts of the state, and is written as it is read', (t) => {
  for (const [text, zoneout] of [
    ['0.1', 0.1],
    ['hidden=0.05', { hidden: 0.05 }],
    ['hidden=0.05,memory=0.5', { hidden: 0.05, memory: 0.5 }],
  ] as const) {
    t.is(zoneoutText(text), text);
    t.deepEqual(zoneoutOf(text), zoneout);
    t.is(textOfZoneout(zoneout), text);
  }
  t.is(zoneoutOf(undefined), undefined);
  t.is(textOfZoneout(undefined), undefined);
});

test('what is no share, or no list of them, is refused', (t) => {
  for (const text of [
    '',
    '1',
    '-0.1',
    'x',
    '0.1,0.2',
    'hidden=',
    'hidden=1',
    'hidden=0.1,0.2',
    'hidden=0.1=0.2',
    '0.1,hidden=0.2',
    'hidden=0.1,',
  ])
    t.throws(() => zoneoutText(text), { instanceOf: InvalidArgumentError, message: /Expected/ }, text);
});
