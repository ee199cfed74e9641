import test from 'ava';
import { serverOf } from '../../support/served.js';

const otherwise = (request: Request): Response | undefined =>
  new URL(request.url).pathname === '/' ? new Response('a page') : undefined;

test('what is at no path of the server may be answered otherwise, and else is a 404', async (t) => {
  const { request } = serverOf(undefined, { otherwise });
  t.is(await (await request('/')).text(), 'a page');
  const head = await request('/', { method: 'HEAD' });
  t.deepEqual([head.status, await head.text()], [200, '']);
  t.is((await request('/nowhere')).status, 404);
});

test('paths of the server stay its own', async (t) => {
  const { request } = serverOf(undefined, { otherwise: () => new Response('mine') });
  t.deepEqual(await (await request('/healthz')).json(), { status: 'ok' });
  t.is((await request('/v1/completions')).status, 405);
  t.is((await request('/v1/chat/completions', { method: 'POST' })).status, 404);
});

test('who may not ask is not answered otherwise either', async (t) => {
  const { request } = serverOf(undefined, { otherwise, apiKey: 'k', hosts: ['localhost'] });
  t.is((await request('/')).status, 401);
  t.is((await request('/', { headers: { authorization: 'Bearer k' } })).status, 200);
  t.is((await request('/', { headers: { authorization: 'Bearer k', host: 'elsewhere' } })).status, 403);
});

test('what goes wrong there is a 500 that tells nothing', async (t) => {
  const { request } = serverOf(undefined, { otherwise: () => Promise.reject(new Error('a secret')) });
  const response = await request('/');
  t.is(response.status, 500);
  t.false((await response.text()).includes('a secret'));
});
