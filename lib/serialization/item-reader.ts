/** Rows -> messages as objects. Built once at boot; used for every row. */
import type { RawRow } from './column-reader.js';
import type {
  Draft,
  FieldNode,
  Pending,
  ReadField,
  ReadItem,
  ReadMessage,
  ReadRow,
  Slot,
} from './read-parts.js';

type FillField = (row: RawRow, draft: Draft, pending: Pending) => void;

export function itemReader(item: ReadItem): ReadRow {
  if (item.kind === 'message') return messageReader(item);
  const { slot, convert } = item;
  return (row) => convert(row[slot]);
}

function messageReader({ properties, fields, loader }: ReadMessage): ReadRow {
  const fill = fields.map(fieldReader);
  if (!loader) {
    const blank = Object.fromEntries(properties.map((property) => [property, null]));
    return (row, pending) => {
      // V8 copies the shape of a literal at once; filling an empty object takes three times as long.
      const draft: Draft = { ...blank };
      for (const each of fill) each(row, draft, pending);
      return draft;
    };
  }
  return (row, pending) => {
    const draft: Draft = {};
    for (const each of fill) each(row, draft, pending);
    pending.loaded.push({ loader, draft, entity: loader.load(row) });
    return draft;
  };
}

function fieldReader({ property, source }: ReadField): FillField {
  const read = nodeReader(source);
  return (row, draft, pending) => {
    draft[property] = read(row, pending);
  };
}

function nodeReader(node: FieldNode): ReadRow {
  switch (node.kind) {
    case 'value':
      return itemReader(node);
    case 'embedded':
      return messageReader(node.message);
    case 'one': {
      const { keys } = node;
      const read = messageReader(node.message);
      return (row, pending) => (isMissing(row, keys) ? null : read(row, pending));
    }
    case 'many': {
      const { relation } = node;
      return (row, pending) => pending.children.itemsOf(relation, row, pending);
    }
    case 'end':
      return () => (node.many ? [] : null);
  }
}

/** Whether there is no object that is joined. */
export function isMissing(row: RawRow, keys: readonly Slot[]): boolean {
  return keys.every((key) => row[key] === null);
}
