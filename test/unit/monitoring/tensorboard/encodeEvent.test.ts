import { readFileSync } from 'node:fs';
import test from 'ava';
import { type EventContent, encodeEvent } from '../../../../src/monitoring/tensorboard/encodeEvent.js';
import { encodeRecord } from '../../../../src/monitoring/tensorboard/encodeRecord.js';
import { hparamsValue } from '../../../../src/monitoring/tensorboard/hparamsValue.js';
import {
  histogramValue,
  type SummaryValue,
  scalarValue,
  textValue,
} from '../../../../src/monitoring/tensorboard/SummaryValue.js';
import { fixtureAt } from '../../../support/places.js';

// The expectations are what TensorBoard's own writer makes: test/fixtures/tensorboard/make.py.
const fixture = fixtureAt('tensorboard/events.json');
const expected: Record<string, { message: string; record: string }> = JSON.parse(readFileSync(fixture, 'utf8'));

const WALL_TIME = 1763975000.25;
const values = (...values: SummaryValue[]): EventContent => ({ type: 'values', values });
const numbers = Float32Array.of(0, 0.25, 0.5, 0.5, 7.5, 3, -0, 1);

const EVENTS: Readonly<Record<string, [EventContent, step: number]>> = {
  version: [{ type: 'version' }, 0],
  start: [{ type: 'start' }, 300],
  scalar: [values(scalarValue('loss/train', 1.25)), 3],
  'not a number': [values(scalarValue('loss/train', NaN)), 0],
  histogram: [values(histogramValue('weights/bias', numbers)), 2 ** 31],
  constant: [values(histogramValue('weights/bias', Float32Array.of(0.5, 0.5))), 1],
  empty: [values(histogramValue('weights/bias', new Float32Array(0))), 1],
  text: [values(textValue('sample', 'Wir schaffen das – ✓')), 1],
  hparams: [values(hparamsValue({ a: 0.002, b: 'größe', c: false }, WALL_TIME)), 0],
  'two values': [values(scalarValue('a', -1), textValue('b', 'c')), 9],
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

for (const [name, [content, step]] of Object.entries(EVENTS)) {
  const message = encodeEvent(content, step, WALL_TIME);

  test(`an event (${name}) has the bytes that TensorBoard gives it`, (t) => {
    t.is(hex(message), expected[name]?.message ?? '');
  });

  test(`an event (${name}) is framed as a record as TensorBoard frames it`, (t) => {
    t.is(hex(encodeRecord(message)), expected[name]?.record ?? '');
  });
}

test('every event of the fixture is one of these', (t) => {
  t.deepEqual(Object.keys(expected).sort(), Object.keys(EVENTS).sort());
});
