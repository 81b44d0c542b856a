/** Rows -> bytes of messages, without the objects in between. Built once; used for every row. */
import type { BufferWriter } from 'protobufjs/minimal.js';
import type { Children } from './children.js';
import { DELIMITED, encodeErrorAt, tagOf, type FieldLayout, type MessageLayout } from './codec/index.js';
import type { RawRow } from './column-reader.js';
import { isMissing } from './item-reader.js';
import type { FieldNode, ReadMessage, ReadValue } from './read-parts.js';
import { valueWriter, type WriteRow } from './value-writers.js';

/** Writes what a row becomes into a message. */
export function messageWriter({ fields, properties }: ReadMessage, layout: MessageLayout): WriteRow {
  const sources = new Map(fields.map(({ property, source }) => [property, source]));
  const places: string[] = [];
  const writers: WriteRow[] = [];
  for (const field of layout.fields) {
    const source = sources.get(field.property);
    const write = source
      ? nodeWriter(source, field)
      : properties.includes(field.property)
        ? nothing(field)
        : undefined;
    if (!write) continue;
    places.push(field.place);
    writers.push(write);
  }
  return (writer, row, children, depth) => {
    let at = 0;
    try {
      for (; at < writers.length; at += 1) (writers[at] as WriteRow)(writer, row, children, depth);
    } catch (error) {
      throw encodeErrorAt(places[at] as string, error);
    }
  };
}

/** A property that nothing is read for is null. */
function nothing({ write }: FieldLayout): WriteRow {
  return (writer, _row, _children, depth) => write(writer, null, depth);
}

function nodeWriter(node: FieldNode, layout: FieldLayout): WriteRow | undefined {
  switch (node.kind) {
    case 'value':
      return valueWriter(node, layout);
    case 'embedded':
      return nestedWriter(node.message, layout);
    case 'one': {
      const { keys } = node;
      const write = nestedWriter(node.message, layout);
      return (writer, row, children, depth) => {
        if (!isMissing(row, keys)) write(writer, row, children, depth);
      };
    }
    case 'many': {
      const { relation } = node;
      const { item } = relation.child;
      if (item.kind === 'value')
        return valuesWriter(item, layout, (row, children) => children.rowsOf(relation, row));
      const write = nestedWriter(item, layout);
      return (writer, row, children, depth) => {
        for (const child of children.rowsOf(relation, row)) write(writer, child, children, depth);
      };
    }
    case 'end':
      return undefined;
  }
}

/** With tag and length. */
function nestedWriter(message: ReadMessage, { place, field, message: layout }: FieldLayout): WriteRow {
  if (!field || !layout) throw new Error(`${place}: holds no message`);
  const tag = tagOf(field.number, DELIMITED);
  const write = messageWriter(message, layout);
  return (writer, row, children, depth) => {
    writer.uint32(tag).fork();
    write(writer, row, children, depth + 1);
    writer.ldelim();
  };
}

function valuesWriter(
  { slot, convert }: ReadValue,
  { write }: FieldLayout,
  rowsOf: (row: RawRow, children: Children) => readonly RawRow[],
): WriteRow {
  return (writer: BufferWriter, row, children, depth) =>
    write(
      writer,
      rowsOf(row, children).map((child) => convert(child[slot])),
      depth,
    );
}
