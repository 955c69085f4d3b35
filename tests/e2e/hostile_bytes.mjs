// Answers that no honest service gives, byte by byte, and listeners that must never be called.

import { once } from 'node:events';
import { createServer as listenRaw } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A listener on all addresses of this machine that counts who connects. */
export async function setTrap(t) {
  const trap = { connections: 0 };
  const server = listenRaw((socket) => {
    trap.connections += 1;
    socket.on('error', () => {});
    socket.destroy();
  });
  server.listen(0);
  await once(server, 'listening');
  t.after(() => server.close());
  trap.port = server.address().port;
  return trap;
}

/** Writes `piece` again and again, no faster than it is taken, until the peer has had enough. */
async function pour(socket, piece) {
  while (!socket.destroyed) {
    if (socket.write(piece)) await new Promise(setImmediate);
    else await new Promise((resolve) => ['drain', 'close'].forEach((event) => socket.once(event, resolve)));
  }
}

function drip(socket) {
  const timer = setInterval(() => socket.write('x'), 1000);
  socket.once('close', () => clearInterval(timer));
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const whole = (body, head = ok) => (socket) =>
  socket.write(`${head}Connection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
const endless = (head, piece) => (socket) => {
  socket.write(head);
  return pour(socket, piece);
};
const block = 'x'.repeat(64 * 1024);
let bomb; // made when it is first needed

/** Name → what is written on the socket instead of an answer. */
export const hostileAnswers = {
  'ten gigabytes': endless(`${ok}Content-Length: ${10 * 1024 ** 3}\r\n\r\n`, block),
  'a body without end': endless(`${ok}\r\n`, block),
  'chunks without end': endless(`${ok}Transfer-Encoding: chunked\r\n\r\n`, `10000\r\n${block}\r\n`),
  'a header without end': endless(ok, `X-More: ${'x'.repeat(1000)}\r\n`),
  'a header line without end': endless(`${ok}X-Long: `, block),
  'interim answers without end': endless('', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'),
  'a gzip bomb': (socket) => {
    bomb ??= gzipSync(Buffer.alloc(128 * 1024 * 1024));
    socket.write(`${ok}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  },
  'a byte a second': (socket) => {
    socket.write(`${ok}Content-Length: 100000\r\n\r\n`);
    drip(socket);
  },
  'a header of a byte a second': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nX: ');
    drip(socket);
  },
  silence: () => {},
  'a reset': (socket) => socket.resetAndDestroy(),
  'an end without a byte': (socket) => socket.end(),
  'a body that is cut off': (socket) => socket.end(`${ok}Content-Length: 1000\r\n\r\n{"type":"contact","id":"5f0000`),
  'no HTTP': (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n'),
  'a broken status line': (socket) => socket.end('HTTP/1.1 2xx OK\r\nContent-Length: 0\r\n\r\n'),
  'a huge header': whole('{"id":"5f0000000000000000000001"}', `${ok}X-Huge: ${'x'.repeat(100_000)}\r\n`),
};

/** The same, for a reader who goes by what the body says: the HTTP is good, the body is not what was asked for. */
export const hostileBodies = {
  'JSON that is cut': whole('{"type":"contact","id":"5f00000000000000'),
  'HTML with 200': whole('<html><h1>Please sign in</h1></html>', 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n'),
  'an empty 200': whole(''),
  'a 204': (socket) => socket.write('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'),
  'another type': whole('<contact><id>5f</id></contact>', 'HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n'),
  'a million brackets': whole('['.repeat(1_000_000)),
  'a deep object': whole('{"id":'.repeat(150_000)),
  'an id that is no text': whole('{"type":"contact","id":{"id":"5f0000000000000000000001"}}'),
  'an endless id': whole(`{"type":"contact","id":"${'a'.repeat(500_000)}"}`),
  'text that is not UTF-8': (socket) => socket.write(Buffer.from(`${ok}Connection: close\r\nContent-Length: 11\r\n\r\n{"id":"\xff\xfe"}`, 'latin1')),
  'status 999': whole('{"id":"5f0000000000000000000001"}', 'HTTP/1.1 999 Odd\r\n'),
  'a server error with words': whole(JSON.stringify({ errors: [{ code: 'x'.repeat(9000), message: '\u0000\u001b[2J'.repeat(9000) }] }),
                                     'HTTP/1.1 500 Oh\r\n'),
};
