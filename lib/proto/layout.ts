/** Which declaration stands inside which message, worked out once for a file. */
import {
  type EnumDescriptor,
  type FileDescriptor,
  homesOf,
  type MessageDescriptor,
  NOTHING_RESERVED,
} from './descriptors.js';

export type Shape = MessageDescriptor | EnumDescriptor;

/** The home of what stands directly in the file. */
export const FILE = '';

/**
 * The messages and enums by the message they stand in, {@link FILE} for the file itself: the messages first,
 * by name, then the enums in the given order. A name stands in the longest declared message before a dot.
 *
 * @example
 * layOut(file).get('Post'); // [{ kind: 'enum', name: 'Post.Kind', … }]
 */
export function layOut({ messages, enums }: FileDescriptor): ReadonlyMap<string, readonly Shape[]> {
  const all = [...messages, ...sharedWrappers(messages, enums)].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const declared = new Set(all.map(({ name }) => name));
  const layout = new Map<string, Shape[]>();
  for (const shape of [...all, ...enums]) {
    const home = homesOf(shape.name).find((name) => declared.has(name)) ?? FILE;
    const inside = layout.get(home) ?? [];
    inside.push(shape);
    layout.set(home, inside);
  }
  return layout;
}

/** One undeclared message may wrap several enums, but it can be written only once. */
function sharedWrappers(
  messages: readonly MessageDescriptor[],
  enums: readonly EnumDescriptor[],
): MessageDescriptor[] {
  const declared = new Set(messages.map(({ name }) => name));
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const home of [...messages, ...enums].flatMap(({ name }) => homesOf(name))) {
    if (declared.has(home)) continue;
    if (seen.has(home)) shared.add(home);
    seen.add(home);
  }
  return [...shared].map((name) => ({
    kind: 'message',
    name,
    fields: [],
    reserved: NOTHING_RESERVED,
    comment: [],
  }));
}
