import test from 'ava';
import { decimal, duration, listed, percent, whole, withMargin } from '../../../../src/lab/report/numbers.js';

test('numbers as a reader expects them', (t) => {
  t.deepEqual([whole(1234567.4), whole(NaN)], ['1,234,567', '–']);
  t.deepEqual([decimal(1.2345, 2), decimal(Infinity, 2)], ['1.23', '–']);
  t.deepEqual([percent(0.1234), percent(1, 0), percent(NaN)], ['12.3 %', '100 %', '–']);
});

test('a mean is written with half of its interval where there is one', (t) => {
  t.is(
    withMargin({ mean: 1.5, deviation: 0.1, margin: 0.25, count: 2 }, (value) => decimal(value, 2)),
    '1.50 ± 0.25',
  );
  t.is(
    withMargin({ mean: 1.5, deviation: undefined, margin: undefined, count: 1 }, (value) => decimal(value, 2)),
    '1.50',
  );
});

test('seconds as minutes and seconds', (t) => {
  t.deepEqual(
    [0.4, 45, 60, 89.6, 180].map((seconds) => duration(seconds).replaceAll('\u00a0', ' ')),
    ['0 s', '45 s', '1 min', '1 min 30 s', '3 min'],
  );
});

test('lists in words', (t) => {
  t.deepEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed), ['', 'a', 'a and b', 'a, b and c']);
});
