import { setTimeout } from 'node:timers/promises';
import type { Crew } from './Crew.js';
import type { NatsServer } from './natsServer.js';

/** What is done to a job while it runs. */
export interface Harm {
  /** Workers that are killed. */
  readonly workers?: number;
  /** Times that a server is killed, and started again a little later. */
  readonly servers?: number;
  /** Workers that are stopped for longer than a lease, and go on as zombies. */
  readonly zombies?: number;
}

/** The longest time that a server is away, in milliseconds. */
const AWAY = 700;
/** Longer than a lease of two seconds. */
const HANG = 3500;

/** Does harm to a crew and its servers at moments that draws say, until it is done, or the crew is through. */
export async function doHarm(
  crew: Crew,
  servers: readonly NatsServer[],
  { workers = 0, servers: serverKills = 0, zombies = 0 }: Harm,
  draw: () => number,
): Promise<{ readonly serverKills: number; readonly zombies: number }> {
  const todo = [
    ...Array<'worker'>(workers).fill('worker'),
    ...Array<'server'>(serverKills).fill('server'),
    ...Array<'zombie'>(zombies).fill('zombie'),
  ];
  const done = { serverKills: 0, zombies: 0 };
  while (todo.length > 0 && !crew.isOver) {
    await setTimeout(100 + 500 * draw());
    const [what] = todo.splice(Math.floor(draw() * todo.length), 1);
    if (what === 'worker') await crew.kill(draw());
    else if (what === 'server') {
      const server = servers[Math.floor(draw() * servers.length)];
      await server?.kill();
      await setTimeout(AWAY * draw());
      await server?.start();
      done.serverKills++;
    } else {
      const zombie = await crew.member(draw());
      if (zombie?.kill('SIGSTOP')) {
        done.zombies++;
        void setTimeout(HANG).then(() => zombie.kill('SIGCONT'));
      }
    }
  }
  return done;
}
