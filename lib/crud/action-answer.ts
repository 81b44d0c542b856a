/**
 * What an action gave -> the message of its answer: objects of models become messages, alone, in lists and in listed
 * fields; an array becomes the list that was declared. Everything else stays what it is.
 */
import type { GrpcContext } from '../request/grpc-context.js';
import type { Message } from './generic-controller.js';

/** Objects that one serializer makes messages of. */
export interface AnswerPart {
  /** Whether a value is one of these objects, and no message yet. */
  readonly isObject: (value: unknown) => boolean;
  /** Their messages; undefined: as `serialize()` of the controller makes them. */
  readonly read: ((objects: readonly object[], ctx: GrpcContext) => Promise<readonly Message[]>) | undefined;
}

/** Objects in a listed field. */
export interface NestedAnswer {
  readonly property: string;
  /** Which one of the oneof that the property is; undefined: the property is no oneof. */
  readonly member: string | undefined;
  readonly part: AnswerPart;
}

/** How the answer of an action is made of what it gives. */
export interface AnswerForm {
  /** Where the items of a list are, and whether their number is told beside them. */
  readonly list: { readonly field: string; readonly counted: boolean } | undefined;
  /** Of the answer, or of the items of a list. */
  readonly item: AnswerPart | undefined;
  readonly nested: readonly NestedAnswer[];
}

/** As the controller makes the messages of its own model. */
type Serialize = (objects: readonly object[], ctx: GrpcContext) => Promise<readonly Message[]>;

export class ActionAnswer {
  constructor(
    private readonly form: AnswerForm,
    /** Undefined: the controller has no way of its own. */
    private readonly serialize?: Serialize,
  ) {}

  make(result: unknown, ctx: GrpcContext): unknown {
    const { list } = this.form;
    if (!list) return this.isDone(result) ? result : this.items([result], ctx).then(([item]) => item);
    if (Array.isArray(result)) return this.list({}, result, ctx);
    const items = (result as Readonly<Record<string, unknown>> | undefined)?.[list.field];
    if (!Array.isArray(items) || items.every((item) => this.isDone(item))) return result;
    return this.list(result as object, items, ctx);
  }

  private async list(beside: object, items: readonly unknown[], ctx: GrpcContext): Promise<object> {
    const { field, counted } = this.form.list as { field: string; counted: boolean };
    return { ...(counted && { count: items.length }), ...beside, [field]: await this.items(items, ctx) };
  }

  /** Whether there is nothing in it that could be an object of a model: most answers, and they need not wait. */
  private isDone(value: unknown): boolean {
    const { item, nested } = this.form;
    if (item) return !item.isObject(value);
    if (typeof value !== 'object' || value === null) return true;
    return !nested.some(({ property, member, part }) =>
      valuesIn((value as Message)[property], member).some(part.isObject),
    );
  }

  private async items(values: readonly unknown[], ctx: GrpcContext): Promise<readonly unknown[]> {
    const { item, nested } = this.form;
    if (item) return this.replaced(values, item, ctx);
    return Promise.all(
      values.map(async (value) => {
        const message: Record<string, unknown> = { ...(value as object) };
        for (const { property, member, part } of nested) {
          const given = message[property];
          const replaced = await this.replaced(valuesIn(given, member), part, ctx);
          if (replaced.length > 0) message[property] = withValues(given, member, replaced);
        }
        return message;
      }),
    );
  }

  /** All objects at once, so that they cost the statements of one. */
  private async replaced(
    values: readonly unknown[],
    { isObject, read = this.serialize }: AnswerPart,
    ctx: GrpcContext,
  ): Promise<readonly unknown[]> {
    const objects = values.filter((value): value is object => isObject(value));
    if (objects.length === 0 || !read) return values;
    const messages = [...(await read(objects, ctx))];
    return values.map((value) => (isObject(value) ? messages.shift() : value));
  }
}

function valuesIn(given: unknown, member: string | undefined): readonly unknown[] {
  if (given === undefined || given === null) return [];
  if (member === undefined) return Array.isArray(given) ? given : [given];
  const union = given as { readonly case?: unknown; readonly value?: unknown };
  return union.case === member ? [union.value] : [];
}

function withValues(given: unknown, member: string | undefined, values: readonly unknown[]): unknown {
  if (member !== undefined) return { case: member, value: values[0] };
  return Array.isArray(given) ? values : values[0];
}
