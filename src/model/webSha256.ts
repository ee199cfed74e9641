/** SHA-256, in hexadecimal: by the platform where it has it, which browsers do for pages that came through HTTPS alone. */
export async function webSha256(data: Uint8Array | string): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const { subtle } = (globalThis as { crypto?: { subtle?: Subtle } }).crypto ?? {};
  const digest = subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : await inPlainCode(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What is used of the Web Cryptography API. */
interface Subtle {
  digest(algorithm: 'SHA-256', data: Uint8Array): Promise<ArrayBuffer>;
}

/** Hardly anybody waits for it. */
async function inPlainCode(bytes: Uint8Array): Promise<Uint8Array> {
  const { plainSha256 } = await import('./plainSha256.js');
  return plainSha256(bytes);
}
