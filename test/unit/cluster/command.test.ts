import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { cluster as command } from '../../../scripts/cluster.js';
import { connectCluster, keptValue, loadNats } from '../../../src/cluster.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { readText } from '../../../src/pipeline/readText.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { startNats } from '../../support/cluster/natsServer.js';
import { natsTest } from '../../support/cluster/natsTest.js';
import { collect } from '../../support/collect.js';
import { runCommand } from '../../support/runCommand.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const serial = natsTest(test.serial);
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

const words = (line: string): string[] => line.trim().split(/\s+/);
const used = new Set<string>();

/** Runs `cluster`, and notes its flags. */
async function run(t: ExecutionContext, line: string, expected = 0) {
  for (const word of words(line)) if (word.startsWith('--')) used.add(word);
  const outcome = await runCommand(['cluster', ...words(line)]);
  t.is(outcome.code, expected, outcome.stderr);
  return outcome;
}

serial(
  'shard cuts, work writes the sentences of the text, status says so; two members train, the second by one flag',
  async (t) => {
    const server = await startNats();
    t.teardown(() => server.remove());
    const directory = await temporaryDirectory(t);
    const at = (name: string) => join(directory, name);
    const paragraphs = Array.from(
      { length: 60 },
      (_, i) => `We ${['go', 'stay', 'work'][i % 3]} on ${i % 7} days. And ${i} nights.`,
    );
    writeFileSync(at('text.jsonl'), paragraphs.map((said) => JSON.stringify({ said })).join('\n'));
    const where = `--nats ${server.url} --name speech`;
    const shard = `shard ${where} --replicas 1 --patience 20 --corpus ${at('text.jsonl')} --field said --format .jsonl --on-bad skip --bytes 400 --lease 5`;
    const { stdout } = await run(t, shard);
    const [, pieces] = /^(\d+) pieces, \1 of them new$/m.exec(stdout) ?? [];
    t.true(Number(pieces) > 5, stdout);
    t.regex((await run(t, shard)).stdout, /, 0 of them new/);
    const reading = '--locale en --line-breaks space';
    await run(t, `work ${where} ${reading} --open 2 --out ${at('out')}`);
    const files = readdirSync(at('out')).sort();
    t.is(files.length, Number(pieces));
    const lines = files.flatMap((name) =>
      readFileSync(join(at('out'), name), 'utf8')
        .trimEnd()
        .split('\n'),
    );
    t.deepEqual(lines, await collect(pipeline(readText(at('text.jsonl'), { field: 'said' }), splitSentences())));
    t.regex((await run(t, `status ${where}`)).stdout, new RegExp(`^${pieces} pieces\\n${pieces} done`));

    const sizes = '--cell rnn --hidden 6 --embedding 6 --layers 1 --dropout 0.1 --max-tokens 100 --max-length 50';
    const learning =
      '--optimizer sgd --learning-rate 0.1 --clip 1 --epochs 2 --seed 3 --hold-out 0.1 --tokenizer characters';
    const rounds = '--every 3 --outer-rate 1 --outer-momentum 0 --float16';
    const own = '--workers 1 --backend cpu';
    const first = run(t, `train ${where} ${reading} ${sizes} ${learning} ${rounds} ${own} --out ${at('one')}`);
    // The second comes when the first has begun.
    const cluster = await connectCluster({ url: server.url, name: 'speech' });
    while ((await keptValue(cluster, 'training')) === undefined) await setTimeout(50);
    await cluster.close();
    const second = run(t, `train ${where} --workers 1 --out ${at('two')}`);
    t.regex((await second).stderr, /joins the training speech/);
    t.regex((await first).stderr, /epoch 1 \| round \d+ \| valid \d+\.\d+ nats\/token \| train \d/);
    const weights = ['one', 'two'].map((name) => readFileSync(join(at(name), 'last', 'model.safetensors')));
    t.true(Buffer.compare(weights[0] ?? Buffer.of(), weights[1] ?? Buffer.of()) === 0);
    t.regex((await run(t, `status ${where}`)).stdout, /^round \d+, closed by /m);
    t.regex((await run(t, `train ${where} --hidden 7 --out ${at('three')}`, 2)).stderr, /^Expected --hidden to be 6/);
    // All is learned: whoever comes now has the model.
    await mkdir(at('three'));
    await run(t, `train ${where} --overwrite --workers 1 --out ${at('three')}`);
    t.deepEqual(readFileSync(join(at('three'), 'last', 'model.safetensors')), weights[0]);
  },
);

serial('texts to validate on, and lines as sentences', async (t) => {
  const server = await startNats();
  t.teardown(() => server.remove());
  const directory = await temporaryDirectory(t);
  const at = (name: string) => join(directory, name);
  writeFileSync(at('text.txt'), 'We go on\n'.repeat(50));
  writeFileSync(at('valid.txt'), 'We go\n');
  await run(t, `shard --nats ${server.url} --corpus ${at('text.txt')} --bytes 100`);
  const sizes = '--cell rnn --hidden 4 --embedding 4 --max-tokens 100 --epochs 1 --workers 1 --every 2';
  await run(t, `train --nats ${server.url} --sentence-per-line --valid ${at('valid.txt')} ${sizes} --out ${at('run')}`);
  t.regex(readFileSync(join(at('run'), 'metrics.jsonl'), 'utf8'), /"round":\d+/);
});

serial('a key of NATS, and credentials, are what a server asks for', async (t) => {
  const { transport } = await loadNats();
  const user = transport.nkeys.createUser();
  const seed = Buffer.from(user.getSeed()).toString();
  const server = await startNats({ config: `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }` });
  t.teardown(() => server.remove());
  const directory = await temporaryDirectory(t);
  const at = (name: string) => join(directory, name);
  writeFileSync(at('user.nk'), `${seed}\n`);
  writeFileSync(
    at('user.creds'),
    `-----BEGIN NATS USER JWT-----\ne30.e30.e30\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
  );
  const { stderr } = await run(t, `status --nats ${server.url}`, 2);
  t.regex(stderr, /^Expected a NATS server at /);
  t.regex((await run(t, `status --nats ${server.url} --nkey ${at('user.nk')}`)).stdout, /^0 pieces/);
  t.regex((await run(t, `status --nats ${server.url} --creds ${at('user.creds')}`)).stdout, /^0 pieces/);
  for (const flag of ['nkey', 'creds']) {
    const missing = await run(t, `status --nats ${server.url} --${flag} ${at('missing')}`, 2);
    t.regex(missing.stderr, new RegExp(`^Expected --${flag} to be a file`));
    t.false(missing.stderr.includes(seed));
  }
});

(hasOpenssl ? serial : natsTest(test.skip as never))('TLS: servers and clients with certificates', async (t) => {
  const directory = await temporaryDirectory(t);
  const at = (name: string) => join(directory, name);
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', at('key.pem'), '-out', at('cert.pem')],
  ]);
  t.is(made.status, 0, made.stderr.toString());
  const server = await startNats({
    config: `tls { cert_file: "${at('cert.pem')}", key_file: "${at('key.pem')}", ca_file: "${at('cert.pem')}", verify: true }`,
  });
  t.teardown(() => server.remove());
  await run(t, `status --nats ${server.url}`, 2);
  const tls = `--tls-ca ${at('cert.pem')} --tls-cert ${at('cert.pem')} --tls-key ${at('key.pem')}`;
  t.regex((await run(t, `status --nats ${server.url} ${tls}`)).stdout, /^0 pieces/);
});

serial('every flag of cluster is used here', (t) => {
  if (!hasOpenssl) {
    t.pass();
    return;
  }
  t.deepEqual(
    command.options.map(({ long }) => long).filter((long) => !used.has(long ?? '')),
    [],
  );
});

for (const [line, message] of Object.entries({
  '': /^Expected one of shard, work, train, status, got none$/m,
  dance: /^Expected one of shard, work, train, status, got dance$/m,
  work: /^Expected --out/,
  'status --nats http://example.org': /^Expected --nats|^Expected url/,
  'status --patience 0.1 --nats nats://me:secret@127.0.0.1:1':
    /^Expected a NATS server at nats:\/\/127\.0\.0\.1:1, got none/,
}))
  test(`cluster ${line.replace(/\S*@/, '')}: a mistake is one line, without what is secret`, async (t) => {
    const { code, stderr } = await runCommand(['cluster', ...words(line).filter((word) => word !== '')]);
    t.is(code, 2);
    t.regex(stderr, message);
    t.false(stderr.includes('secret'));
    t.is(stderr.trimEnd().split('\n').length, 1);
  });
