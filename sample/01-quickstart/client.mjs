// Any gRPC client will do; this one needs nothing but the .proto file that the server wrote.
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const file = new URL('proto/quickstart/quickstart.proto', import.meta.url).pathname;
const { quickstart } = loadPackageDefinition(loadSync(file));
const posts = new quickstart.PostController(
  process.argv[2] ?? 'localhost:50051',
  credentials.createInsecure(),
);

posts.create({ headline: 'Hello', content: 'World', user: 1 }, (error, post) => {
  console.log(error?.message ?? post);
  posts.create({ content: 'No headline', user: 1 }, (refused) => {
    console.log(refused.message);
    const _filters = { fields: { headline__icontains: { stringValue: 'hell' } } };
    posts.list({ _filters }, (_error, { results, count }) => {
      console.log(count, results[0].headline);
      posts.close();
    });
  });
});
