import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** Options of `killAtRandom`. */
export interface KillOptions {
  /** The same each time: a program that goes on from where it was killed. */
  readonly program: string;
  readonly args: readonly string[];
  readonly kills: number;
  /** The latest moment of a kill, in milliseconds from the first line that the program prints. */
  readonly within: number;
  /** Called whenever the program has come to its end: checks what it made, and clears it, so that it begins anew. */
  readonly whenDone: () => void | Promise<void>;
}

/**
 * Runs a program again and again, and kills it (`kill -9`, its children too) at random moments, so many times; then lets it
 * come to its end. Where it fails by itself, that is the error. Returns how many times it came to its end.
 */
export async function killAtRandom({ program, args, kills, within, whenDone }: KillOptions): Promise<number> {
  let done = 0;
  for (let killed = 0; ; ) {
    const isKilled = await runAndKill(program, args, killed < kills ? Math.random() * within : undefined);
    if (isKilled) {
      killed++;
      continue;
    }
    await whenDone();
    done++;
    if (killed === kills) return done;
  }
}

/** Whether the program was killed; else it has ended well. */
async function runAndKill(program: string, args: readonly string[], after: number | undefined): Promise<boolean> {
  // A group of its own, so that children are killed with it.
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const [output, errors] = [text(child.stdout), text(child.stderr)];
  const ended = once(child, 'close');
  const ready = Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
  if (after !== undefined) {
    await ready;
    await Promise.race([setTimeout(after), ended]);
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  }
  const [code, signal] = await ended;
  if (signal === 'SIGKILL') return true;
  if (code !== 0) throw new Error(`It ended with code ${code}\n${await output}${await errors}`);
  return false;
}
