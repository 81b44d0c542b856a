// A client in a process of its own, so that its memory and its handles are not the server's. Prints what it saw as JSON.
import { once } from 'node:events';
import { Client, credentials } from '@grpc/grpc-js';

const [address, kind, count] = process.argv.slice(2);
// To be able to send them again grpc-js keeps messages, and looks through all of them for each one that is sent: a small
// buffer makes it give up early.
const client = new Client(address, credentials.createInsecure(), { 'grpc.per_rpc_retry_buffer_size': 1024 });
const identity = (bytes) => bytes;
const path = (name) => `/test.SoakController/${name}`;

/** A message `{ int32 n = 1; }`. */
function encode(n) {
  const bytes = [8];
  let rest = n;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}

/** A negative int32 is written as a 64-bit number. */
function decode(bytes) {
  let value = 0n;
  for (let at = 1; at < bytes.length; at++) value |= BigInt(bytes[at] & 127) << BigInt(7 * (at - 1));
  return Number(BigInt.asIntN(64, value));
}

const ended = (call) =>
  new Promise((resolve) => {
    call.on('error', () => undefined);
    call.on('status', ({ code }) => resolve(code));
  });

/** The next ping goes when the pong of the last one is there. */
async function pingPong() {
  const call = client.makeBidiStreamRequest(path('PingPong'), identity, identity);
  const end = ended(call);
  let [sent, ordered] = [1, true];
  call.on('data', (bytes) => {
    if (decode(bytes) !== -sent) ordered = false;
    if (sent === Number(count)) return call.end();
    sent += 1;
    call.write(encode(sent));
  });
  call.write(encode(sent));
  return { code: await end, sent, ordered };
}

async function collect() {
  let answer = Buffer.alloc(0);
  const call = client.makeClientStreamRequest(path('Collect'), identity, identity, (_error, bytes) => {
    answer = bytes ?? answer;
  });
  const end = ended(call);
  for (let n = 1; n <= Number(count); n++) if (!call.write(encode(n))) await once(call, 'drain');
  call.end();
  return { code: await end, answer: answer.toString('hex') };
}

/** Numbers that look random and are the same in every run. */
function* randoms() {
  for (let state = 42; ;) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    yield state / 0x7fffffff;
  }
}

/** Calls of all kinds, each cancelled after a random number of messages. */
async function cancel() {
  const random = randoms();
  const next = (below) => Math.floor(random.next().value * below);
  const codes = {};
  for (let index = 0; index < Number(count); index++) {
    const point = next(200);
    const code = await [cancelRead, cancelPingPong, cancelWrite('Collect'), cancelWrite('Import')][next(4)](
      point,
    );
    codes[code] = (codes[code] ?? 0) + 1;
  }
  return { codes };
}

async function cancelRead(point) {
  const call = client.makeServerStreamRequest(path('Stream'), identity, identity, Buffer.alloc(0));
  return cancelAfter(call, point);
}

async function cancelPingPong(point) {
  const call = client.makeBidiStreamRequest(path('PingPong'), identity, identity);
  for (let n = 1; n <= point + 1; n++) call.write(encode(n));
  return cancelAfter(call, point);
}

function cancelAfter(call, point) {
  const end = ended(call);
  let seen = 0;
  call.on('data', () => {
    seen += 1;
    if (seen >= point) call.cancel();
  });
  if (point === 0) call.cancel();
  return end;
}

function cancelWrite(name) {
  return async (point) => {
    const call = client.makeClientStreamRequest(path(name), identity, identity, () => undefined);
    const end = ended(call);
    for (let n = 1; n <= point; n++) if (!call.write(encode(n))) await once(call, 'drain');
    // Some of them are on their way, some are read.
    if (point % 3 > 0) await new Promise((resolve) => setTimeout(resolve, point % 3));
    call.cancel();
    return end;
  };
}

const found = await { pingPong, collect, cancel }[kind]();
// Node may keep the last cancel to itself until something else is sent, so the connection has to end by itself.
process.stdout.write(JSON.stringify(found), () => process.exit());
