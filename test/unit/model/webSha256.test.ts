import { createHash } from 'node:crypto';
import test from 'ava';
import { plainSha256 } from '../../../src/model/plainSha256.js';
import { webSha256 } from '../../../src/model/webSha256.js';
import fc from '../../support/fastCheck.js';

test('the checksum of "abc" is that of FIPS 180-4', async (t) => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  t.is(await webSha256('abc'), expected);
  t.is(Buffer.from(plainSha256(Buffer.from('abc'))).toString('hex'), expected);
});

test('with and without the platform, checksums of any bytes are those of node:crypto', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const expected = createHash('sha256').update(bytes).digest('hex');
      t.is(await webSha256(bytes), expected);
      t.is(Buffer.from(plainSha256(bytes)).toString('hex'), expected);
    }),
  );
});
