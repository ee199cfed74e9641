import { InvalidArgumentError } from '../src/errors.js';
import type { Command } from './cli/Command.js';
import type { ClusterFlags } from './cli/cluster/ClusterFlags.js';
import { count, part, positive, seed, share, shareOrWhole } from './cli/numbers.js';
import { CELLS, choice, corpusOption, option, sentenceOptions, toggle, trainingOptions } from './cli/options.js';
import { startScript } from './cli/start.js';

/** What is said once for `train` of a cluster, and what each process says of itself. */
const OF_TRAIN = 'of train:';
const ACTIONS = ['shard', 'work', 'train', 'status'] as const;

export const cluster: Command<ClusterFlags> = {
  name: 'cluster',
  does: 'Share work on a text between machines, over NATS: shard cuts it, work cuts pieces into sentences, train learns from them together, status tells how far it is.',
  more: 'Whoever joins a training with train takes over the flags that it began with.',
  examples: [
    "shard --corpus 'books/*.txt'",
    'work --out sentences',
    'train --epochs 3 --out runs/one',
    'train --nats nats://first:4222 --out runs/two',
    'status',
  ],
  operands: { name: 'action', does: ACTIONS.join(', ') },
  options: [
    option('--nats <url...>', 'where the servers are').default(['nats://127.0.0.1:4222']),
    option('--name <job>', 'the name of the job: letters, digits, _ and -').default('babblebrook'),
    choice('--replicas <n>', 'how many servers keep what the job keeps', ['1', '3', '5'], '1'),
    option('--patience <seconds>', 'how long servers may be away before work is given up', positive, 300),
    option('--creds <file>', 'credentials of NATS: a token and its key'),
    option('--nkey <file>', 'a key of NATS, its seed'),
    option('--tls-ca <file>', 'the certificate that the servers’ ones are signed by; connections are secured'),
    option('--tls-cert <file>', 'the certificate of this process'),
    option('--tls-key <file>', 'and its key'),
    corpusOption(),
    ...sentenceOptions().filter(({ long }) => long !== '--drop-duplicates'),
    option('--bytes <n>', 'of shard: bytes of a piece at least (default: 1000000)', count),
    option(
      '--lease <seconds>',
      'of shard: after so many seconds without a sign of life, a worker loses its piece (default: 60)',
      positive,
    ),
    option(
      '--out <dir>',
      'of work: where the sentences go, a file a piece; of train: the run directory (default: runs/JOB-MEMBER)',
    ),
    toggle('--overwrite', `${OF_TRAIN} replace the run that --out holds`),
    option('--valid <file>', `${OF_TRAIN} text to measure the loss on`).conflicts('holdOut'),
    option(
      '--hold-out <share>',
      `${OF_TRAIN} without --valid, the share of sentences to hold out for that`,
      part,
      0.05,
    ),
    option('--tokenizer <name>', `${OF_TRAIN} characters, sentencepiece:N or a .model file`).default('characters'),
    option('--max-tokens <n>', `${OF_TRAIN} tokens in a batch, padding counted`, count, 6400),
    option('--max-length <n>', `${OF_TRAIN} longer sentences are split, in tokens`, count, 1000),
    option('--cell <name>', `${OF_TRAIN} recurrent cell: ${CELLS}`).default('gru'),
    option('--hidden <n>', `${OF_TRAIN} size of the hidden state`, count, 512),
    option('--dropout <share>', `${OF_TRAIN} share of each layer's outputs to drop`, share, 0.5),
    ...trainingOptions(),
    option('--epochs <n>', `${OF_TRAIN} how often all pieces are learned from`, count, 3),
    option('--seed <n>', `${OF_TRAIN} of the first weights and the order of sentences`, seed, 1),
    option('--every <n>', `${OF_TRAIN} steps that a member makes by itself in a round`, count, 50),
    option(
      '--outer-rate <x>',
      `${OF_TRAIN} how far a round goes from the old weights to the members' mean`,
      positive,
      1,
    ),
    option('--outer-momentum <x>', `${OF_TRAIN} share of the last rounds' direction that is kept`, shareOrWhole, 0),
    toggle('--float16', `${OF_TRAIN} send what was learned in half precision`),
    option('--open <n>', 'pieces that this process holds at once', count, 4),
  ],
  async run(flags, invocation) {
    const [action, ...others] = invocation.operands;
    const known = ACTIONS.find((one) => one === action);
    if (known === undefined || others.length > 0)
      throw new InvalidArgumentError(
        `Expected one of ${ACTIONS.join(', ')}, got ${invocation.operands.join(' ') || 'none'}`,
      );
    const { clusterAction } = await import('./cli/cluster/clusterAction.js');
    return clusterAction(known, flags, invocation);
  },
};

await startScript(import.meta, cluster);
