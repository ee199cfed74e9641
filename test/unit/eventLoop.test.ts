import test from 'ava';
import { eventLoopTurns } from '../../src/eventLoop.js';

test.serial('a loop of promises that awaits its turns lets timers run', async (t) => {
  let fired = false;
  setTimeout(() => {
    fired = true;
  });
  const turn = eventLoopTurns();
  while (!fired) await turn();
  t.true(fired);
});

test.serial('so do many loops, each too short to need a turn of its own', async (t) => {
  let fired = false;
  setTimeout(() => {
    fired = true;
  });
  while (!fired) await eventLoopTurns()();
  t.true(fired);
});
