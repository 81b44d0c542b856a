/**
 * Objects -> messages, without a statement: what methods of serializers give, and answers of serializers without a
 * model that have methods.
 */
import type { ObjectLiteral } from 'typeorm';
import { toMessageColumn, toMessageProperty } from './column-reader.js';
import { columnValue } from './json-messages.js';
import { isInMessage } from './message-fields.js';
import { MethodReader } from './method-reader.js';
import { hasOwnToMessage, MESSAGES, type ProtoSerializer, type SerializerClass } from './proto-serializer.js';
import type { Draft } from './read-parts.js';
import { TextReader } from './related-text.js';
import { serializersOfType, type OneOfMember, type SerializerShape, type ShapeField } from './shape.js';
import type { Shapes } from './shapes.js';
import { toMessageValue } from './values.js';

/** The instance that serves a serializer's class. */
export type FindSerializer = (serializer: SerializerClass) => ProtoSerializer;

type ReadProperty = (object: ObjectLiteral, context: unknown) => unknown;

interface FieldReader {
  readonly property: string;
  readonly read: ReadProperty;
}

export class ObjectMessages {
  private readonly known = new Map<SerializerClass, readonly FieldReader[]>();

  constructor(
    private readonly shapes: Shapes,
    private readonly instanceOf: FindSerializer,
  ) {}

  /** The message of an object. Null stays null. */
  async read(serializer: SerializerClass, object: unknown, context: unknown): Promise<Draft | null> {
    if (object === null || object === undefined) return null;
    if (typeof object !== 'object' || Array.isArray(object))
      throw new TypeError(`${serializer.name}: expected an object, got ${kindOf(object)}`);
    if (!hasOwnToMessage(serializer)) return this.fields(serializer, object, context);
    return this.ownMessage(serializer, object, context, () => this.fields(serializer, object, context));
  }

  /**
   * What the serializer's own `toMessage()` makes of an object.
   *
   * @param message what it is without
   */
  async ownMessage(
    serializer: SerializerClass,
    object: ObjectLiteral,
    context: unknown,
    message: () => Promise<Draft>,
  ): Promise<Draft> {
    const instance = this.instanceOf(serializer);
    instance[MESSAGES].set(object, context, message);
    return { ...(await instance.toMessage(object, context)) };
  }

  /** The value of a field that stands in no column: converted, or the messages of its serializer. */
  async value({ type, repeated, property }: ShapeField, value: unknown, context: unknown): Promise<unknown> {
    if (type.kind === 'oneof') return this.union(type.members, value, context);
    if (type.kind !== 'serializer') return toMessageProperty(type, repeated)(value);
    if (!repeated) return this.read(type.serializer, value, context);
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) throw new TypeError(`${property}: expected a list, got ${kindOf(value)}`);
    const messages: unknown[] = [];
    for (const item of value) messages.push(await this.read(type.serializer, item, context));
    return messages;
  }

  private async union(members: readonly OneOfMember[], value: unknown, context: unknown): Promise<unknown> {
    if (value === null || value === undefined) return null;
    const union = value as { readonly case: string; readonly value: unknown };
    const member = members.find(({ property }) => property === union.case);
    if (member?.type.kind !== 'serializer') return toMessageValue({ kind: 'oneof', members })(value);
    return { case: union.case, value: await this.read(member.type.serializer, union.value, context) };
  }

  /** Gives the value of a method field. */
  method(shape: SerializerShape, field: ShapeField, place = ''): MethodReader {
    return new MethodReader(this, this.instanceOf(shape.serializer), shape, field, place);
  }

  private async fields(serializer: SerializerClass, object: ObjectLiteral, context: unknown): Promise<Draft> {
    const draft: Draft = {};
    for (const { property, read } of this.readersOf(serializer))
      draft[property] = await read(object, context);
    return draft;
  }

  private readersOf(serializer: SerializerClass): readonly FieldReader[] {
    const known = this.known.get(serializer);
    if (known) return known;
    const shape = this.shapes.get(serializer);
    if (!shape) throw new Error(`${serializer.name}: is no serializer of this application`);
    const readers = shape.fields
      .filter((field) => isInMessage(field, 'Response'))
      .map((field) => ({ property: field.property, read: this.reader(shape, field) }));
    this.known.set(serializer, readers);
    return readers;
  }

  private reader(shape: SerializerShape, field: ShapeField): ReadProperty {
    const { source, type, property } = field;
    switch (source.kind) {
      case 'method': {
        const method = this.method(shape, field);
        return (object, context) => method.read(object, context);
      }
      case 'column': {
        const convert = columnValue(field, source.column, this.shapes);
        return (object) => convert(source.column.getEntityValue(object));
      }
      case 'key':
      case 'keys':
      case 'slug': {
        const convert = toMessageColumn(source.column, type);
        const one = (target: ObjectLiteral): unknown => convert(source.column.getEntityValue(target));
        return (object) => mapped(source.relation.getEntityValue(object), one, field.repeated);
      }
      case 'text': {
        const texts = new TextReader(shape, field, source, '');
        return (object, context) => texts.read(source.relation.getEntityValue(object), context);
      }
      case 'nested':
        return (object, context) => this.value(field, source.relation.getEntityValue(object), context);
      case 'embedded': {
        const fields = type.kind === 'embedded' ? type.fields : [];
        const readers = fields.map((each) => ({ property: each.property, read: this.reader(shape, each) }));
        return async (object, context) => {
          const draft: Draft = {};
          for (const each of readers) draft[each.property] = await each.read(object, context);
          return draft;
        };
      }
      case 'property':
        return (object, context) => this.value(field, object[source.property], context);
      case 'message':
        return (object, context) => this.value(field, object[property], context);
    }
  }
}

/** Whether the messages of a serializer, or of those inside of it, are made by methods or other functions. */
export function hasMethods(
  shape: SerializerShape,
  shapes: Shapes,
  above: readonly SerializerShape[] = [],
): boolean {
  if (hasOwnToMessage(shape.serializer)) return true;
  return shape.fields.some(({ source, type }) => {
    if (source.kind === 'method' || source.kind === 'text') return true;
    const inside = serializersOfType(type).flatMap((serializer) => shapes.get(serializer) ?? []);
    return inside.some(
      (inner) => inner !== shape && !above.includes(inner) && hasMethods(inner, shapes, [...above, shape]),
    );
  });
}

function mapped(value: unknown, one: (target: ObjectLiteral) => unknown, many: boolean): unknown {
  if (value === null || value === undefined) return many ? [] : null;
  return many ? (value as ObjectLiteral[]).map(one) : one(value as ObjectLiteral);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : typeof value;
}
