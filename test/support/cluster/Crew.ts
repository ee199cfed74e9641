import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { programAt } from '../places.js';

/** Processes of one program, each of which is started again when it was killed. */
export class Crew {
  /** What those printed that came to their end. */
  readonly outputs: string[] = [];
  /** How many were killed, by us or by themselves. */
  kills = 0;
  readonly #path: string;
  readonly #args: readonly string[];
  readonly #members = new Set<ChildProcess>();
  /** Those that have said that they work. */
  readonly #ready = new Set<ChildProcess>();
  readonly #ends: Promise<void>[] = [];
  #failure: Error | undefined;

  constructor(path: string, args: readonly string[], count: number) {
    this.#path = path;
    this.#args = args;
    for (let one = 0; one < count; one++) this.#start();
  }

  /** One of those that work now, by a number from 0 on and below 1; waits for one. */
  async member(draw: number): Promise<ChildProcess | undefined> {
    while (this.#ready.size === 0 && !this.isOver) await setTimeout(20);
    return [...this.#ready][Math.floor(draw * this.#ready.size)];
  }

  /** Another one, in the place of none. */
  add(): void {
    this.#start();
  }

  /** `kill -9` of one of them, by a number from 0 on and below 1. */
  async kill(draw: number): Promise<void> {
    const victim = await this.member(draw);
    if (victim?.kill('SIGKILL')) this.#ready.delete(victim);
  }

  /** Waits until all have come to their end; throws what one printed that failed. */
  async done(): Promise<void> {
    for (let seen = 0; seen < this.#ends.length; seen++) await this.#ends[seen];
    if (this.#failure) throw this.#failure;
  }

  /** Whether all have come to their end, or one failed. */
  get isOver(): boolean {
    return this.#members.size === 0 || this.#failure !== undefined;
  }

  /** Ends those that are left. */
  async close(): Promise<void> {
    for (const member of this.#members) {
      this.#members.delete(member);
      member.kill('SIGKILL');
    }
    await Promise.allSettled(this.#ends);
  }

  #start(): void {
    const child = spawn(process.execPath, programAt(this.#path, ...this.#args), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#members.add(child);
    // What it prints first says so.
    child.stdout.once('data', () => this.#ready.add(child));
    const [output, errors] = [text(child.stdout), text(child.stderr)];
    this.#ends.push(
      (async () => {
        const [code, signal] = await once(child, 'close');
        const isOurs = this.#members.delete(child);
        this.#ready.delete(child);
        if (signal === 'SIGKILL' && isOurs) {
          this.kills++;
          this.#start();
        }
        if (code === 0) this.outputs.push(await output);
        else if (signal !== 'SIGKILL')
          this.#failure ??= new Error(`A member ended with ${code}\n${await output}${await errors}`);
      })(),
    );
  }
}
