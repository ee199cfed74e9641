import { MissingPackageError } from '../errors.js';

/** The packages of NATS: optional, since nobody who trains on one machine needs them. */
export interface Nats {
  /** Connections. */
  readonly transport: typeof import('@nats-io/transport-node');
  /** Streams that are kept. */
  readonly jetstream: typeof import('@nats-io/jetstream');
}

/**
 * Loads the packages of NATS.
 * @throws {MissingPackageError} when one of them is not installed.
 */
export async function loadNats(): Promise<Nats> {
  try {
    const [transport, jetstream] = await Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream')]);
    return { transport, jetstream };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new MissingPackageError(
      'Expected the packages of NATS, which a cluster works with, got none: npm install @nats-io/transport-node@3 @nats-io/jetstream@3',
      { cause: error },
    );
  }
}
