/**
 * What a committed file holds that this application does not declare. A process may run only some of the
 * controllers, a test only one: what the others need must stay in the file.
 */
import { type EnumDescriptor, type FileDescriptor, homesOf, type MessageDescriptor } from './descriptors.js';
import { valueTypeIn } from './imports.js';

type Shape = MessageDescriptor | EnumDescriptor;

/**
 * The running contract, and the services of the committed one that are not running, with the messages and
 * enums that they use. What is declared wins over what is committed.
 *
 * @example
 * withAbsent(numbered, ledger.contract).services; // UserController, and the committed PostController
 */
export function withAbsent(running: FileDescriptor, committed: FileDescriptor): FileDescriptor {
  const declared = new Set(running.services.map(({ name }) => name));
  const services = committed.services.filter(({ name }) => !declared.has(name));
  const used = usedBy(services, running, committed);
  const known = new Set((running.externals ?? []).map(({ name }) => name));
  const externals = (committed.externals ?? []).filter(({ name }) => !known.has(name));
  return {
    ...running,
    ...(externals.length > 0 && { externals: [...(running.externals ?? []), ...externals] }),
    services: [...running.services, ...services],
    messages: [...running.messages, ...committed.messages.filter((message) => used.has(message))],
    enums: inPlace(
      running.enums,
      committed.enums,
      committed.enums.filter((descriptor) => used.has(descriptor)),
    ),
  };
}

/** The committed shapes that the services reach without passing a shape that is running. */
function usedBy(
  services: FileDescriptor['services'],
  running: FileDescriptor,
  committed: FileDescriptor,
): ReadonlySet<Shape> {
  const declared = new Set([...running.messages, ...running.enums].map(({ name }) => name));
  const shapes = new Map<string, Shape>(
    [...committed.messages, ...committed.enums].map((shape) => [shape.name, shape]),
  );
  const nested = nestedIn(shapes);
  const used = new Set<Shape>();
  const seen = new Set<string>(declared);
  const open = services.flatMap(({ methods }) => methods.flatMap((rpc) => [rpc.request, rpc.response]));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const shape = shapes.get(name);
    if (shape) used.add(shape);
    const fields = shape?.kind === 'message' ? shape.fields : [];
    open.push(...fields.flatMap(({ type }) => (type.kind === 'scalar' ? [] : valueTypeIn(type.name))));
    // A message is kept as it stands: with the one around it and with what is declared inside.
    open.push(...homesOf(name), ...(nested.get(name) ?? []));
  }
  return used;
}

function nestedIn(shapes: ReadonlyMap<string, Shape>): ReadonlyMap<string, readonly string[]> {
  const nested = new Map<string, string[]>();
  for (const name of shapes.keys()) {
    for (const home of homesOf(name)) {
      const inside = nested.get(home) ?? [];
      inside.push(name);
      nested.set(home, inside);
    }
  }
  return nested;
}

/** Enums stand in the order of discovery: an absent one goes behind the one it followed in the file. */
function inPlace(
  running: readonly EnumDescriptor[],
  committed: readonly EnumDescriptor[],
  absent: readonly EnumDescriptor[],
): EnumDescriptor[] {
  const declared = new Set(running.map(({ name }) => name));
  const kept = new Set(absent);
  const following = new Map<string, EnumDescriptor[]>([['', []]]);
  let anchor = '';
  for (const descriptor of committed) {
    if (declared.has(descriptor.name)) following.set((anchor = descriptor.name), []);
    else if (kept.has(descriptor)) following.get(anchor)?.push(descriptor);
  }
  const placed = running.flatMap((descriptor) => [descriptor, ...(following.get(descriptor.name) ?? [])]);
  return [...(following.get('') ?? []), ...placed];
}
