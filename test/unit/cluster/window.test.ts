import test from 'ava';
import { Window } from '../../../src/cluster/Window.js';

const LARGE = 512_000;

test('fast messages let more of them under way at once, sixteen at most; small ones tell nothing', async (t) => {
  const window = new Window(() => 0);
  const first = window.width;
  await window.pass(
    async () => {},
    () => 100,
  );
  t.is(window.width, first);
  await window.pass(
    async () => {},
    () => LARGE,
  );
  t.is(window.width, first + 1);
  for (let more = 0; more < 30; more++)
    await window.pass(
      async () => {},
      () => LARGE,
    );
  t.is(window.width, 16);
});

test('slow messages let half as many under way, never fewer than one', async (t) => {
  let now = 0;
  const window = new Window(() => now);
  const slowly = async (): Promise<void> => {
    now += 2000;
  };
  const first = window.width;
  await window.pass(slowly, () => LARGE);
  t.is(window.width, first / 2);
  for (let more = 0; more < 5; more++) await window.pass(slowly, () => LARGE);
  t.is(window.width, 1);
});

test('no more are under way than may be; a failure leaves one, and all that wait have their turn', async (t) => {
  const window = new Window(() => 0);
  let [open, most] = [0, 0];
  const pass = (index: number) =>
    window.pass(
      async () => {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setImmediate(resolve));
        open--;
        if (index === 0) throw new Error('lost');
      },
      () => 0,
    );
  const passed = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => pass(index)));
  t.is(most, 4);
  t.is(passed.filter(({ status }) => status === 'fulfilled').length, 19);
  t.is(window.width, 1);
});
