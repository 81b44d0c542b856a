/**
 * What people write into the committed file by hand and the code has no word for: options and imports. It
 * belongs to the declaration of the same name, as a number does.
 */
import type { FileDescriptor, Options } from './descriptors.js';

interface Named {
  readonly name: string;
  readonly options?: Options;
}

/**
 * The declared contract with the options and imports of the committed one. Options of the code win.
 *
 * @example
 * withHandMade(declared, ledger.contract).options; // ['go_package = "example.com/shop"']
 */
export function withHandMade(declared: FileDescriptor, committed: FileDescriptor): FileDescriptor {
  const imports = declared.imports ?? committed.imports;
  return {
    ...optionsOf(declared, committed),
    ...(imports && { imports }),
    services: matched(declared.services, committed.services, (service, known) => ({
      ...service,
      methods: matched(service.methods, known.methods, (method) => method),
    })),
    messages: matched(declared.messages, committed.messages, (message, known) => ({
      ...message,
      fields: matched(message.fields, known.fields, (field) => field),
    })),
    enums: matched(declared.enums, committed.enums, (descriptor, known) => ({
      ...descriptor,
      values: matched(descriptor.values, known.values, (value) => value),
    })),
  };
}

function matched<T extends Named>(
  declared: readonly T[],
  committed: readonly T[],
  inside: (item: T, known: T) => T,
): T[] {
  const byName = new Map(committed.map((item) => [item.name, item]));
  return declared.map((item) => {
    const known = byName.get(item.name);
    return known ? optionsOf(inside(item, known), known) : item;
  });
}

function optionsOf<T extends { readonly options?: Options }>(declared: T, known: T): T {
  const options = declared.options ?? known.options;
  return options ? { ...declared, options } : declared;
}
