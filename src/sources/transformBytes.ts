import type { Transform } from 'node:stream';

/**
 * Sends bytes through a stream of Node's, piece by piece, each when the ones before are through and what they became is taken. So what
 * comes before an error is the same however fast its reader is: a stream that is destroyed drops what nobody took yet.
 */
export async function* transformBytes(
  pieces: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array, void, undefined> {
  let transformed: Uint8Array[] = [];
  let failure: Error | undefined;
  const fail = (error: Error | null | undefined): void => {
    failure ??= error ?? undefined;
  };
  transform.on('data', (piece: Uint8Array) => transformed.push(piece));
  transform.on('error', fail);
  // Where it fails, it closes, and tells nobody who wrote.
  let wake = (): void => {};
  transform.once('close', () => wake());
  const take = function* (): Generator<Uint8Array> {
    yield* transformed;
    transformed = [];
    if (failure) throw failure;
  };
  try {
    for await (const piece of pieces) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        transform.write(piece, (error) => {
          fail(error);
          resolve();
        });
      });
      if (transform.readableLength > 0) await new Promise((resolve) => setImmediate(resolve));
      yield* take();
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
      transform.once('end', resolve);
      transform.end();
    });
    yield* take();
  } finally {
    transform.destroy();
  }
}
