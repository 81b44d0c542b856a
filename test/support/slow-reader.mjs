// A client in a process of its own, so that its memory is not the server's: reads a stream slowly to its end.
import { Client, credentials } from '@grpc/grpc-js';

const [address, path, pauseEvery = '500', pause = '5'] = process.argv.slice(2);
const client = new Client(address, credentials.createInsecure());
const identity = (bytes) => bytes;
const call = client.makeServerStreamRequest(path, identity, identity, Buffer.alloc(0));
let count = 0;
call.on('data', () => {
  count += 1;
  if (count % Number(pauseEvery) === 0) {
    call.pause();
    setTimeout(() => call.resume(), Number(pause));
  }
});
call.on('error', (error) => process.stdout.write(`${error.message}\n`));
call.on('status', ({ code }) => {
  process.stdout.write(`${JSON.stringify({ code, count })}\n`);
  client.close();
});
