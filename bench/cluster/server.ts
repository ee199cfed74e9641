import { type NatsServer, startNats } from '../../test/support/cluster/natsServer.js';

/** Does something with a server that is gone behind it. */
export async function withServer<T>(action: (server: NatsServer) => Promise<T>): Promise<T> {
  const server = await startNats();
  try {
    return await action(server);
  } finally {
    await server.remove();
  }
}
