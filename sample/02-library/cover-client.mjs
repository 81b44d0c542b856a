// Uploads a picture as the cover of a book, downloads it again and compares.
// node cover-client.mjs <file> [<book> [<address>]]
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { promisify } from 'node:util';
import { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const [picture, book = '1', address = 'localhost:50051'] = process.argv.slice(2);
const file = new URL('proto/library/v1/library.proto', import.meta.url).pathname;
const { library } = loadPackageDefinition(loadSync(file));
const auth = new library.v1.AuthController(address, credentials.createInsecure());
const covers = new library.v1.CoverController(address, credentials.createInsecure());
const login = { email: 'linus@library.example', password: 'correct horse' };
const { token } = await promisify(auth.login.bind(auth))(login);
const metadata = new Metadata();
metadata.set('authorization', `Bearer ${token}`);

/** Sends the pieces as fast as the server takes them, the checksum last; a refusal ends it early. */
async function upload() {
  const hash = createHash('sha256');
  const { promise, resolve, reject } = withResolvers();
  const call = covers.upload(metadata, (error, cover) => (error ? reject(error) : resolve(cover)));
  let first = { book };
  for await (const chunk of createReadStream(picture)) {
    hash.update(chunk);
    const goesOn = call.write({ ...first, chunk });
    first = undefined;
    if (!goesOn) await Promise.race([once(call, 'drain'), promise]);
  }
  call.write({ sha256: hash.digest('hex') });
  call.end();
  return promise;
}

async function download() {
  const hash = createHash('sha256');
  let about;
  for await (const message of covers.download({ book }, metadata)) {
    about ??= message.about;
    if (message.chunk) hash.update(message.chunk);
  }
  return { ...about, isWhole: hash.digest('hex') === about.sha256 };
}

function withResolvers() {
  let functions;
  const promise = new Promise((resolve, reject) => {
    functions = { resolve, reject };
  });
  promise.catch(() => undefined);
  return { promise, ...functions };
}

try {
  const { contentType, size } = await upload();
  console.log(`stored: ${contentType}, ${size} bytes`);
  console.log(`back again, whole: ${(await download()).isWhole}`);
} catch (error) {
  console.log(error.message);
}
auth.close();
covers.close();
