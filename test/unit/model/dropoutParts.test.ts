import test from 'ava';
import { dropoutMask } from '../../../src/model/dropoutMask.js';

const place = { epoch: 2, index: 7 };

for (const columns of [4, 5])
  test(`a part of a batch drops what the whole drops of these sequences: ${columns} columns`, (t) => {
    const [length, size] = [6, 5];
    const whole = dropoutMask([length * size, columns], 0.5, 1, place, 0);
    const sequences = Int32Array.of(3, 0);
    const part = dropoutMask([4 * 2, columns], 0.5, 1, { ...place, part: { sequences, size } }, 0);
    const expected = [0, 1, 2, 3].flatMap((time) =>
      [3, 0].flatMap((sequence) => {
        const row = time * size + sequence;
        return [...whole.subarray(row * columns, (row + 1) * columns)];
      }),
    );
    t.deepEqual([...part], expected);
  });
