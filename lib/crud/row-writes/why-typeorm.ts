/** What makes a write one for TypeORM, step by step in a transaction, instead of a statement that is known already. */
import type { DataSource, EntityMetadata, EntitySubscriberInterface } from 'typeorm';
import { columnTypeName } from '../../serialization/column-types.js';
import type { TableTriggers, TriggeredWrite } from '../../request/table-triggers.js';
import { isHeard, type EntityEvent } from '../../serialization/listeners.js';
import type { LookupPart } from '../compiled-controller.js';
import { whyEntities } from '../write-object.js';

export type RowWrite = TriggeredWrite;

/** Databases whose `RETURNING` and ways of binding values are known. */
const KNOWN = new Set<string>(['better-sqlite3', 'postgres']);

/** Types of keys that no request can give in a form that is an error of the database. */
const PLAIN_KEY = /^(int|int4|int8|integer|bigint|serial|varchar|nvarchar|text|uuid)$/;

const TRANSACTION_EVENTS: readonly (keyof EntitySubscriberInterface)[] = [
  'beforeTransactionStart',
  'afterTransactionStart',
  'beforeTransactionCommit',
  'afterTransactionCommit',
  'beforeTransactionRollback',
  'afterTransactionRollback',
];

/** Undefined: one statement does it. */
export function whyTypeorm(
  metadata: EntityMetadata,
  lookup: readonly LookupPart[],
  triggers: TableTriggers,
  write: RowWrite,
): string | undefined {
  const { dataSource } = metadata;
  if (!KNOWN.has(dataSource.options.type)) return `the database is ${dataSource.options.type}`;
  const entities = whyEntities(dataSource, metadata, write);
  if (entities !== undefined) return entities;
  if (dataSource.subscribers.some((each) => TRANSACTION_EVENTS.some((event) => each[event])))
    return 'transactions are listened to';
  if (triggers.mayReplace(write, metadata)) return 'a trigger may do something else';
  const transformed = metadata.columns.find(
    ({ relationMetadata, transformer }) => relationMetadata && transformer,
  );
  if (transformed) return `the key behind "${transformed.propertyPath}" is transformed`;
  const { spatialTypes } = dataSource.driver;
  const spatial = metadata.columns.find(({ type }) => (spatialTypes as readonly unknown[]).includes(type));
  if (spatial) return `"${spatial.propertyPath}" is spatial`;
  return write === 'insert' ? whyNoInsert(dataSource, metadata) : whyNoLookup(metadata, lookup);
}

function whyNoInsert(dataSource: DataSource, metadata: EntityMetadata): string | undefined {
  const events: readonly EntityEvent[] = ['beforeInsert', 'afterInsert'];
  if (isHeard(dataSource, metadata, ...events)) return 'it is listened to';
  const own = ownValues(metadata);
  return own === undefined ? undefined : `its class gives "${own}" a value`;
}

/** A property of a model that has a value in every new object, or makes one of what it is given. */
function ownValues(metadata: EntityMetadata): string | undefined {
  const made = metadata.create();
  for (const { propertyPath, propertyName, relationMetadata, embeddedMetadata } of metadata.columns) {
    const object = (embeddedMetadata ? embeddedMetadata.create() : made) as Readonly<Record<string, unknown>>;
    for (const property of [propertyName, relationMetadata?.propertyName ?? propertyName])
      if (object[property] !== undefined || hasSetter(object, property)) return propertyPath;
  }
  return undefined;
}

function hasSetter(object: object | null, property: string): boolean {
  if (object === null) return false;
  const found = Object.getOwnPropertyDescriptor(object, property);
  return found
    ? found.set !== undefined
    : hasSetter(Object.getPrototypeOf(object) as object | null, property);
}

/** The one row is found by its whole key, and by a value that the key's type can hold. */
function whyNoLookup(metadata: EntityMetadata, lookup: readonly LookupPart[]): string | undefined {
  const { primaryColumns } = metadata;
  const isKey =
    lookup.length === primaryColumns.length &&
    primaryColumns.every((column) => lookup.some((part) => part.column === column));
  if (!isKey) return 'its lookup is not the key';
  const odd = primaryColumns.find((column) => column.transformer || !PLAIN_KEY.test(columnTypeName(column)));
  return odd && `its key "${odd.propertyPath}" is no number and no text`;
}
