import test from 'ava';
import { from, lastValueFrom, type OperatorFunction, toArray } from 'rxjs';
import { SourceError } from '../../../src/errors.js';
import { batchWindows } from '../../../src/pipeline/batchWindows.js';
import { bucketByLength } from '../../../src/pipeline/bucketByLength.js';

const OPERATORS: Readonly<Record<string, OperatorFunction<never, unknown>>> = {
  batchWindows: batchWindows({ eosId: 1 }, { size: 2, length: 2 }),
  bucketByLength: bucketByLength({ maxTokens: 9 }),
};
const ITEMS: Readonly<Record<string, readonly [unknown, string]>> = {
  text: ['We', '"We" (string)'],
  'an array': [[5, 6], 'an instance of Array'],
  'numbers with a fraction': [Float32Array.of(5.5), 'an instance of Float32Array'],
  nothing: [null, 'null'],
};

for (const [name, operator] of Object.entries(OPERATORS))
  for (const [kind, [item, words]] of Object.entries(ITEMS))
    test(`${name}, given ${kind}, is a SourceError that names what makes ids`, async (t) => {
      const { message } = await t.throwsAsync(lastValueFrom(from([item as never]).pipe(operator, toArray())), {
        instanceOf: SourceError,
      });
      t.true(message.startsWith(`Expected ${name}() to be given ids as Int32Arrays, got ${words}. `), message);
    });
