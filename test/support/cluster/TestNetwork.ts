import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** How a network is. */
export interface Network {
  /** Milliseconds that a byte takes, one way. */
  readonly delay?: number;
  /** Bits a second, each way. */
  readonly bandwidth?: number;
  /** Bytes that may be under way before a sender is stopped. */
  readonly room?: number;
}

/** A chunk that is under way, and when it arrives. */
interface Parcel {
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** Bytes that may be under way before a sender is stopped, beside those that the network holds by itself; unless it says otherwise. */
const ROOM = 2 ** 22;

/** A network between clients and a server: it delays, limits, and stops. */
export class TestNetwork {
  readonly port: number;
  /** Bytes that went through, both ways. */
  bytes = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #network: Network;
  #open: Promise<void> = Promise.resolve();
  #start = (): void => {};

  private constructor(server: Server, port: number, network: Network) {
    this.#server = server;
    this.port = port;
    this.#network = network;
  }

  static async to(target: number, network: Network = {}): Promise<TestNetwork> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const proxy = new TestNetwork(server, typeof address === 'object' && address ? address.port : 0, network);
    server.on('connection', (client) => {
      const upstream = connect(target, '127.0.0.1');
      proxy.#join(client, upstream);
      proxy.#join(upstream, client);
    });
    return proxy;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** From now on, the network is like that. */
  become(network: Network): void {
    this.#network = network;
  }

  /** Nothing goes through any more, and nobody is told. */
  stop(): void {
    this.#open = new Promise((resolve) => {
      this.#start = resolve;
    });
  }

  /** What was stopped goes on. */
  start(): void {
    this.#start();
  }

  close(): void {
    this.start();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  get #room(): number {
    const { room, delay = 0, bandwidth = Infinity } = this.#network;
    return room ?? ROOM + (Number.isFinite(bandwidth) ? (delay * bandwidth) / 8000 : 0);
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    const parcels: Parcel[] = [];
    // Small questions go at once, and not with what comes next.
    from.setNoDelay(true);
    let [waiting, free, isSending] = [0, 0, false];
    const send = async (): Promise<void> => {
      if (isSending) return;
      isSending = true;
      for (let parcel = parcels.shift(); parcel; parcel = parcels.shift()) {
        const wait = parcel.at - performance.now();
        if (wait > 0.5) await setTimeout(wait);
        await this.#open;
        waiting -= parcel.bytes.length;
        this.bytes += parcel.bytes.length;
        if (!to.destroyed) to.write(parcel.bytes);
        if (waiting < this.#room) from.resume();
      }
      isSending = false;
    };
    from.on('data', (bytes: Uint8Array) => {
      const { delay = 0, bandwidth = Infinity } = this.#network;
      // By the clock of the network, which timers that are late do not slow down.
      free = Math.max(free, performance.now()) + (8000 * bytes.length) / bandwidth;
      parcels.push({ bytes, at: free + delay });
      waiting += bytes.length;
      if (waiting >= this.#room) from.pause();
      void send();
    });
    const end = (): void => {
      this.#sockets.delete(from);
      to.destroy();
    };
    from.on('close', end);
    from.on('error', end);
  }
}
