import test from 'ava';
import { from, toArray } from 'rxjs';
import { splitLines } from '../../../src/pipeline/splitLines.js';
import fc from '../../support/fastCheck.js';
import { marbles, operatorFacts } from '../../support/operatorFacts.js';

operatorFacts({ operator: () => splitLines(), item: 'So it is.\n', result: 'So it is.' });

/** The lines of a text that comes in these chunks. */
function linesOf(chunks: readonly string[]): string[] {
  const lines: string[] = [];
  from(chunks)
    .pipe(splitLines(), toArray())
    .subscribe((all) => lines.push(...all));
  return lines;
}

test('a line comes when it ends, the last one at the end', (t) => {
  marbles(t, ({ cold, expectObservable }) => {
    const chunks = { a: 'One.\nTw', b: 'o.\r', c: '\n\nThree.' };
    expectObservable(cold('-a-b-c-|', chunks).pipe(splitLines())).toBe('-x-y---(z|)', {
      x: 'One.',
      y: 'Two.',
      z: 'Three.',
    });
  });
});

test('a line that has not ended is dropped on an error', (t) => {
  marbles(t, ({ cold, expectObservable }) => {
    expectObservable(cold('-a-#', { a: 'One.\nTwo.' }).pipe(splitLines())).toBe('-x-#', { x: 'One.' });
  });
});

test('marks within a line end no sentence', (t) => {
  t.deepEqual(linesOf(['Stop! Thief!\nNo. 5 is here']), ['Stop! Thief!', 'No. 5 is here']);
});

test('white space around lines and empty lines are left out, white space within them is kept', (t) => {
  t.deepEqual(linesOf(['\ufeff One  two \t\r\n \r\n\r\n\nThree\r']), ['One  two', 'Three']);
  t.deepEqual(linesOf(['', '\n', ' ']), []);
});

test('how the text was cut into chunks never changes the lines', (t) => {
  const text = fc
    .array(fc.constantFrom('a', 'b.', ' ', '\n', '\r\n', '\r', '🎉'), { maxLength: 60 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.array(fc.nat(60), { maxLength: 10 }), (whole, places) => {
      const ends = [...places.map((place) => place % (whole.length + 1)), whole.length].sort((a, b) => a - b);
      const chunks = ends.map((end, index) => whole.slice(ends[index - 1] ?? 0, end));
      t.deepEqual(linesOf(chunks), linesOf([whole]));
    }),
  );
});
