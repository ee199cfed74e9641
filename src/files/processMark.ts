import { readFileSync } from 'node:fs';

/** A mark, in a regular expression. */
export const MARK = String.raw`[1-9]\d*-\d*`;

const WHOLE = new RegExp(`^${MARK}$`);

/**
 * What tells a process from every other of this machine, also from a later one of the same number, in the names of what it
 * makes: `PID-BEGAN`. Where the system does not tell when a process began, `PID-`.
 */
export function processMark(pid = process.pid): string {
  return `${pid}-${beginningOf(pid)}`;
}

/** The number of the process that a mark is of. */
export function pidOf(mark: string): number {
  return Number(mark.split('-')[0]);
}

/** Whether the process that a mark is of is there still. */
export function isAlive(mark: string): boolean {
  const pid = pidOf(mark);
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process that one may not signal is there.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // Numbers of processes come again.
  return processMark(pid) === mark;
}

/**
 * Whether a name is this beginning and the mark of a process that is gone, or of this one: what such a process was making
 * will not be finished by it.
 */
export function isLeftover(name: string, beginning: string): boolean {
  const mark = name.slice(beginning.length);
  return name.startsWith(beginning) && WHOLE.test(mark) && (mark === processMark() || !isAlive(mark));
}

/** Ticks from the system's start to the process's, on Linux; '' elsewhere, and where the process has ended. */
function beginningOf(pid: number): string {
  try {
    // The name of the program, in parentheses, may hold spaces; behind it stand the state and, as 20th field, the start.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    // A zombie, which only waits for its parent to hear of its end, can be signalled still.
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
