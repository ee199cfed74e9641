/** The base64 text of bytes. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  // So many arguments a call has room for.
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return btoa(parts.join(''));
}

/** The bytes of a base64 text; `undefined` when it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    const characters = atob(text);
    return Uint8Array.from({ length: characters.length }, (_, at) => characters.charCodeAt(at));
  } catch {
    return undefined;
  }
}
