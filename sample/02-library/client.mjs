// A client that knows nothing but the .proto file.
import { promisify } from 'node:util';
import { credentials, loadPackageDefinition, Metadata, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const address = process.argv[2] ?? 'localhost:50051';
const file = new URL('proto/library/v1/library.proto', import.meta.url).pathname;
const { library } = loadPackageDefinition(loadSync(file, { defaults: true, enums: String }));
const metadata = new Metadata();

const clients = [];

/** A service whose calls are promises and carry the token. */
function connect(Service) {
  const client = new Service(address, credentials.createInsecure());
  clients.push(client);
  return (method, request = {}) => promisify(client[method].bind(client, request, metadata))();
}

const auth = connect(library.v1.AuthController);
const books = connect(library.v1.BookController);
const loans = connect(library.v1.LoanController);

const { token } = await auth('login', { email: 'rosa@library.example', password: 'correct horse' });
metadata.set('authorization', `Bearer ${token}`);
const me = await auth('whoAmI');
console.log(`rosa is a ${me.role.toLowerCase()} of branch ${me.branch}`);

const _filters = { fields: { author__name__icontains: { stringValue: 'lem' } } };
const [book] = (await books('list', { _filters })).results;
console.log(
  `${book.title} by ${book.authorName}: ${book.copies - book.lent} of ${book.copies} copies in the house`,
);

const loan = await loans('borrow', { book: book.id });
console.log(`borrowed until ${loan.dueOn}`);
await loans('borrow', { book: book.id }).catch(({ code }) => console.log(`once more? ${status[code]}`));
const { fee } = await loans('giveBack', { id: loan.id });
console.log(`given back, to pay: ${fee}`);
for (const client of clients) client.close();
