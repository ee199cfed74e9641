import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { natsServerPath } from '../../../scripts/cli/natsServer.js';

/** Where a server is that tests may start; `undefined` where there is none that is new enough. */
export const SERVER = natsServerPath();

/** Options of `startNats`. */
export interface NatsOptions {
  /** Where it keeps streams. Default: a new directory, removed in the end. */
  readonly directory?: string;
  /** Lines of its configuration. */
  readonly config?: string;
  /** What starts it: `nsenter …`. */
  readonly launcher?: readonly string[];
}

/** A server of a test's own, on a port that was free. */
export class NatsServer {
  readonly port: number;
  readonly directory: string;
  readonly #config: string;
  readonly #launcher: readonly string[];
  #process: ChildProcess | undefined;

  constructor(port: number, directory: string, config: string, launcher: readonly string[] = []) {
    this.port = port;
    this.directory = directory;
    this.#config = config;
    this.#launcher = launcher;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts it, with the streams that its directory holds. */
  async start(): Promise<void> {
    mkdirSync(this.directory, { recursive: true });
    const file = `${this.directory}.conf`;
    const log = `${this.directory}.log`;
    writeFileSync(
      file,
      `listen: "127.0.0.1:${this.port}"\njetstream { store_dir: "${this.directory}" }\nlog_file: "${log}"\n${this.#config}\n`,
    );
    const [program = '', ...args] = [...this.#launcher, SERVER ?? '', '-c', file];
    this.#process = spawn(program, args, { stdio: 'ignore' });
    for (let tries = 0; !(await isOpen(this.port)); tries++) {
      if (tries > 400 || this.#process.exitCode !== null) throw new Error(`The server did not start: see ${log}`);
      await setTimeout(50);
    }
  }

  /** `kill -9`, or another signal. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Whether its log has a text. */
  hasLogged(text: string): boolean {
    return readFileSync(`${this.directory}.log`, 'utf8').includes(text);
  }

  /** Ends it, and removes what it kept. */
  async remove(): Promise<void> {
    await this.kill();
    for (const path of [this.directory, `${this.directory}.conf`, `${this.directory}.log`])
      rmSync(path, { recursive: true, force: true });
  }
}

/** Starts a server with JetStream. */
export async function startNats({ directory, config = '', launcher }: NatsOptions = {}): Promise<NatsServer> {
  const place = directory ?? mkdtempSync(join(tmpdir(), 'babblebrook-nats-'));
  const server = new NatsServer(await freePort(), place, config, launcher);
  await server.start();
  return server;
}

/** Starts three servers that keep the same streams. */
export async function startThree(): Promise<NatsServer[]> {
  const ports = await Promise.all([0, 1, 2].map(() => freePort()));
  const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
  const servers = await Promise.all(
    ports.map(async (port, place) => {
      const directory = mkdtempSync(join(tmpdir(), 'babblebrook-nats-'));
      const cluster = `cluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}] }`;
      return new NatsServer(await freePort(), directory, `server_name: n${place}\n${cluster}`);
    }),
  );
  await Promise.all(servers.map((server) => server.start()));
  return servers;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('There is no port');
  return address.port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tcpConnect(port, '127.0.0.1');
    socket.once('connect', () => resolve(Boolean(socket.destroy())));
    socket.once('error', () => resolve(false));
  });
}
