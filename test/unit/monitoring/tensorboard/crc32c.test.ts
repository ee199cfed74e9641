import test from 'ava';
import { crc32c } from '../../../../src/monitoring/tensorboard/crc32c.js';

// The examples of RFC 3720, appendix B.4, and the check value of the catalogue of parametrised CRC algorithms.
const EXAMPLES: [string, Uint8Array, number][] = [
  ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 bytes that count up', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['32 bytes that count down', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['the digits from 1 to 9', Buffer.from('123456789'), 0xe3069283],
  ['no bytes', new Uint8Array(0), 0],
];

for (const [what, bytes, sum] of EXAMPLES)
  test(`the checksum of ${what} is ${sum.toString(16)}`, (t) => {
    t.is(crc32c(bytes), sum);
  });
