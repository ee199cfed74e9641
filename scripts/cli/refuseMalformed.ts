import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** The statuses of what is wrong with a connection, by Node.js' codes; 400 for others. */
const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** The error object for a malformed request. */
export function malformed(message: string): object {
  return { error: { message, type: 'invalid_request_error', param: null, code: 'bad_request' } };
}

/** Lets a server answer bytes that are no request of HTTP, or come too slowly, with an error object, and close the connection. */
export function refuseMalformed(server: Server): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }, answer) => void answers.set(socket, answer));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket);
    // In the midst of an answer, another one would be taken for a part of it.
    const mayWrite = socket.writable && (!answer?.headersSent || answer.writableEnded);
    if (!mayWrite) return void socket.destroy(error);
    const status = STATUSES[error.code ?? ''] ?? 400;
    const body = JSON.stringify(malformed(`Expected a request of HTTP, got what is none: ${STATUS_CODES[status]}`));
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  });
}
