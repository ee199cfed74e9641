import test from 'ava';
import { loadNats } from '../../../src/cluster/loadNats.js';
import { isPassing, persist } from '../../../src/cluster/persist.js';
import { ClusterError } from '../../../src/errors.js';

const { transport, jetstream } = await loadNats();
const api = (err_code: number, code: number, description = '') =>
  new jetstream.JetStreamApiError({ err_code, code, description });

test('errors of a server that is away, and of one that has no leader, pass; those of a mistake do not', (t) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  for (const error of [
    new transport.TimeoutError(),
    new transport.NoRespondersError('subject'),
    new transport.ConnectionError('connection refused'),
    refused,
    api(10008, 503),
    api(10077, 503),
    api(10049, 500, 'error creating store for stream'),
  ])
    t.true(isPassing(error), String(error));
  for (const error of [
    new transport.AuthorizationError('no'),
    new transport.ClosedConnectionError(),
    new transport.PermissionViolationError('no', 'publish', 'subject'),
    api(10071, 400),
    api(10059, 404),
    api(10049, 500, 'stream name already in use'),
    new Error('any'),
    undefined,
  ])
    t.false(isPassing(error), String(error));
});

test('what fails in passing is done again, until it succeeds', async (t) => {
  let tries = 0;
  const action = async (): Promise<string> => {
    if (++tries < 3) throw new transport.TimeoutError();
    return 'done';
  };
  t.is(await persist('do it', action, { patience: 10_000 }), 'done');
  t.is(tries, 3);
});

test('another error is thrown at once, as it is', async (t) => {
  let tries = 0;
  const mistake = new Error('a mistake');
  const action = async (): Promise<never> => {
    tries++;
    throw mistake;
  };
  t.is(await t.throwsAsync(persist('do it', action, { patience: 10_000 })), mistake);
  t.is(tries, 1);
});

test('where patience is over, the error says what was wanted, for how long, and why not', async (t) => {
  const action = async (): Promise<never> => {
    throw new transport.TimeoutError();
  };
  const error = await t.throwsAsync(persist('keep results', action, { patience: 60 }), { instanceOf: ClusterError });
  t.regex(error?.message ?? '', /^Expected a server that can keep results, got none for 0 s: timeout$/);
});

test('an abort ends it', async (t) => {
  const stop = new AbortController();
  const action = async (): Promise<never> => {
    stop.abort(new Error('stopped'));
    throw new transport.TimeoutError();
  };
  await t.throwsAsync(persist('do it', action, { patience: 10_000, signal: stop.signal }), { message: 'stopped' });
});
