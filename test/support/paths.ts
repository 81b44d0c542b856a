/** The two ways to the database: straight from rows to messages, and through entities where somebody listens. */
import { EventSubscriber, type EntitySubscriberInterface } from 'typeorm';

export const PATHS = ['flat', 'entity'] as const;
export type PathName = (typeof PATHS)[number];

/** Hears everything and does nothing: reads and writes of every model go through entities. */
@EventSubscriber()
class EverythingSubscriber implements EntitySubscriberInterface {
  afterLoad(): void {}
  beforeInsert(): void {}
  beforeUpdate(): void {}
  beforeRemove(): void {}
  beforeSoftRemove(): void {}
}

/** Options of a data source whose models take this path. */
export function pathOptions(path: PathName): { subscribers: (typeof EverythingSubscriber)[] } {
  return { subscribers: path === 'entity' ? [EverythingSubscriber] : [] };
}

/** Every pair of two lists, as arguments of `describe.each`. */
export function cross<A, B>(first: readonly A[], second: readonly B[]): [A, B][] {
  return first.flatMap((a) => second.map((b): [A, B] => [a, b]));
}
