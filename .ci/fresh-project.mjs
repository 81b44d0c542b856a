// Calls the server of the fresh project with other people's code and the .proto file that it wrote.
import { deepStrictEqual } from 'node:assert';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const [file, address] = process.argv.slice(2);
const { shop } = loadPackageDefinition(loadSync(file));
const posts = new shop.PostController(address, credentials.createInsecure());

function call(method, request) {
  return new Promise((resolve, reject) => {
    posts[method](request, { deadline: Date.now() + 10_000 }, (error, answer) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

const created = await call('Create', { name: 'Hello' });
deepStrictEqual(created.name, 'Hello');
deepStrictEqual(await call('Retrieve', { id: created.id }), created);
deepStrictEqual((await call('List', {})).results, [created]);
posts.close();
process.stdout.write(`${JSON.stringify(created)}\n`);
