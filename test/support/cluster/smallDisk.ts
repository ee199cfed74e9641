import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// A small file system of one's own: Linux, where users may have namespaces.
const NAMESPACE = ['--map-root-user', '--mount'];

/** Whether this machine has them. */
export const canMount = spawnSync('unshare', [...NAMESPACE, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** A disk of so many megabytes at a path, that only those see who are launched into it. */
export class SmallDisk {
  readonly #holder: ChildProcess;
  readonly #path: string;

  private constructor(holder: ChildProcess, path: string) {
    this.#holder = holder;
    this.#path = path;
  }

  static async at(path: string, megabytes: number): Promise<SmallDisk> {
    const script = `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && echo mounted && exec sleep 1000000`;
    const holder = spawn('unshare', [...NAMESPACE, 'bash', '-c', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    return new SmallDisk(holder, path);
  }

  /** What starts a program that sees it. */
  get launcher(): readonly string[] {
    return ['nsenter', `--target=${this.#holder.pid}`, '--user', '--mount', '--preserve-credentials'];
  }

  /** Leaves no room. */
  fill(): void {
    try {
      for (let file = 0; ; file++) writeFileSync(join(this.#inside, `filler-${file}`), Buffer.alloc(100_000));
    } catch {
      // It is full.
    }
  }

  /** Makes room again. */
  free(): void {
    for (let file = 0; file < 1000; file++) rmSync(join(this.#inside, `filler-${file}`), { force: true });
  }

  remove(): void {
    this.#holder.kill('SIGKILL');
  }

  /** Where others see it. */
  get #inside(): string {
    return join(`/proc/${this.#holder.pid}/root`, this.#path);
  }
}
