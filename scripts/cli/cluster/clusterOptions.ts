import { readFileSync } from 'node:fs';
import { type ClusterOptions, loadNats } from '../../../src/cluster.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { ClusterFlags } from './ClusterFlags.js';

/** Where the servers are that flags name, and how this process shows who it is. */
export async function clusterOptions({
  nats: url,
  name,
  replicas,
  patience,
  creds,
  nkey,
  tlsCa,
  tlsCert,
  tlsKey,
}: ClusterFlags): Promise<ClusterOptions> {
  const isSecured = [tlsCa, tlsCert, tlsKey].some((file) => file !== undefined);
  const tls = {
    ...(tlsCa !== undefined && { ca: fileOf('--tls-ca', tlsCa).toString() }),
    ...(tlsCert !== undefined && { cert: fileOf('--tls-cert', tlsCert).toString() }),
    ...(tlsKey !== undefined && { key: fileOf('--tls-key', tlsKey).toString() }),
  };
  const options = { url, name, replicas: Number(replicas), patience };
  if (creds === undefined && nkey === undefined) return { ...options, nats: { ...(isSecured && { tls }) } };
  const { credsAuthenticator, nkeyAuthenticator } = (await loadNats()).transport;
  const authenticator =
    creds === undefined
      ? nkeyAuthenticator(seedOf(fileOf('--nkey', nkey ?? '')))
      : credsAuthenticator(fileOf('--creds', creds));
  return { ...options, nats: { authenticator, ...(isSecured && { tls }) } };
}

/** The seed in a file of a key: the line that is one. */
function seedOf(file: Uint8Array): Uint8Array {
  const [seed] = /^S[A-Z2-7]{20,}$/m.exec(Buffer.from(file).toString()) ?? [];
  if (seed === undefined) throw new InvalidArgumentError('Expected --nkey to be a file that holds a seed, got another');
  return Buffer.from(seed);
}

function fileOf(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InvalidArgumentError(`Expected ${flag} to be a file that can be read, got ${path}`, { cause: error });
  }
}
