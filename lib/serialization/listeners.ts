/** Who hears of what happens to a model: listeners on its class, subscribers of its data source. */
import type { DataSource, EntityMetadata, EntitySubscriberInterface } from 'typeorm';
import type { EntityListenerMetadata } from 'typeorm/metadata/EntityListenerMetadata.js';

export type EntityEvent =
  'afterLoad' | `${'before' | 'after'}${'Insert' | 'Update' | 'Remove' | 'SoftRemove'}`;

type Subscribers = readonly EntitySubscriberInterface[];

/** Subscribers may come, go and take each other's place while the application runs. */
export function areSameSubscribers(one: Subscribers, other: Subscribers): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

export function isHeard(
  dataSource: DataSource,
  metadata: EntityMetadata,
  ...events: readonly EntityEvent[]
): boolean {
  return [metadata, ...metadata.childEntityMetadatas].some(
    (each) =>
      events.some((event) => listenersOf(each, event).length > 0) ||
      dataSource.subscribers.some((subscriber) => hears(subscriber, each, events)),
  );
}

function listenersOf(metadata: EntityMetadata, event: EntityEvent): readonly EntityListenerMetadata[] {
  const listeners = metadata as unknown as Readonly<Record<string, readonly EntityListenerMetadata[]>>;
  return listeners[`${event}Listeners`] ?? [];
}

function hears(
  subscriber: EntitySubscriberInterface,
  { target, inheritanceTree }: EntityMetadata,
  events: readonly EntityEvent[],
): boolean {
  const model: unknown = subscriber.listenTo?.();
  const concerned =
    model === undefined ||
    model === Object ||
    model === target ||
    inheritanceTree.includes(model as () => void);
  return concerned && events.some((event) => event in subscriber);
}
