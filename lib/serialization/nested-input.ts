/**
 * Nested messages of requests -> values for the related objects. All messages of one field are read together, so
 * that whatever needs the database asks it once.
 */
import type { FieldErrors } from '../errors/field-errors.js';
import type { Column, Relation } from './column-types.js';
import type { NestedWrite } from './declarations.js';
import { fromMessageValue, InvalidValue } from './input-values.js';
import type { Input } from './input.js';
import type { WriteKind } from './presence.js';
import type { CallAccess } from './call-access.js';
import type { RowScope } from './row-scope.js';
import { doesNotExist, findTargets, type Targets } from './related.js';
import type { ReadRequest, RequestValidator } from './request-validator.js';
import type { SerializerShape, ShapeField } from './shape.js';

type Message = Readonly<Record<string, unknown>>;

/** Where nested messages are. */
export type NestedField = Pick<ShapeField, 'property' | 'name' | 'repeated' | 'source'>;

/** One nested message on its way to a value. */
interface Item {
  readonly message: Message;
  value: object | undefined;
  errors: FieldErrors | undefined;
}

/** The field of a nested serializer that names one object of its model, if one column does. */
export function nestedKey(shape: SerializerShape): (ShapeField & { source: { column: Column } }) | undefined {
  const [column, ...more] = shape.metadata?.primaryColumns ?? [];
  if (!column || more.length > 0) return undefined;
  const field = shape.fields.find(({ source }) => source.kind === 'column' && source.column === column);
  return field as (ShapeField & { source: { column: Column } }) | undefined;
}

export class NestedInput {
  /** @param validator of the nested serializer */
  constructor(
    private readonly field: NestedField,
    private readonly validator: RequestValidator,
    private readonly scope: RowScope | undefined,
  ) {}

  /** Replaces the messages in `values` of the inputs; moves what is wrong with them to their `errors`. */
  async resolve(inputs: readonly Input[], access: CallAccess, kind: WriteKind = 'create'): Promise<void> {
    const { property, repeated, source } = this.field;
    const concerned = inputs.filter(
      ({ values }) => values[property] !== undefined && values[property] !== null,
    );
    // Serializers may nest themselves: the way down ends where nothing was sent.
    if (concerned.length === 0) return;
    const items = concerned.map(({ values }) =>
      (repeated ? (values[property] as Message[]) : [values[property] as Message]).map((message): Item => ({
        message,
        value: undefined,
        errors: undefined,
      })),
    );
    if (source.kind === 'nested') await this.readRelated(source, items.flat(), access);
    else await this.read(items.flat(), () => kind, access);
    concerned.forEach((input, index) => this.settle(input, items[index] as Item[]));
  }

  private settle(input: Input, items: readonly Item[]): void {
    const { property, name, repeated } = this.field;
    if (items.some(({ errors }) => errors)) {
      delete input.values[property];
      const errors = items.map((item) => item.errors ?? {});
      input.errors[name] = repeated ? errors : (errors[0] as FieldErrors);
    } else {
      const values = items.map(({ value }) => value);
      input.values[property] = repeated ? values : values[0];
    }
  }

  private async read(
    items: readonly Item[],
    kindOf: (item: Item) => WriteKind,
    access: CallAccess,
  ): Promise<void> {
    const requests = items.map((item): ReadRequest => ({ message: item.message, kind: kindOf(item) }));
    const { validator } = this;
    const inputs = await validator.readAll(requests, access);
    items.forEach((item, index) => {
      const { values, errors } = inputs[index] as Input;
      if (Object.keys(errors).length > 0) item.errors = errors;
      else item.value = validator.toModel(values);
    });
  }

  /** A key names an object that exists; without one, or with one of its own choice, an object is new. */
  private async readRelated(
    { relation, writes }: { relation: Relation; writes: ReadonlySet<NestedWrite> },
    items: readonly Item[],
    access: CallAccess,
  ): Promise<void> {
    const key = new NestedKey(this.validator.shape);
    const named = items.filter((item) => key.isIn(item.message));
    const keys = new Map(named.map((item) => [item, key.read(item.message)]));
    const wanted = [...keys.values()].filter((value) => !(value instanceof InvalidValue));
    const targets = await findTargets({ relation, column: key.column, scope: this.scope }, wanted, access);
    const unread: Item[] = [];
    for (const item of items) {
      const value = keys.get(item);
      const exists = keys.has(item) && targets.has(value);
      if (exists && key.isKept(writes)) item.value = reference(targets, value);
      else if (exists || key.mayBeNew(item.message, this.field, writes)) unread.push(item);
      else item.errors = key.errorOf(relation, item.message, value);
    }
    const replaced = (item: Item): boolean => writes.has('replace') && targets.has(keys.get(item));
    await this.read(unread, (item) => (replaced(item) ? 'update' : 'create'), access);
    for (const item of unread)
      if (item.value && replaced(item)) Object.assign(item.value, reference(targets, keys.get(item)));
  }
}

function reference(targets: Targets, key: unknown): object {
  return { ...targets.get(key) };
}

/** What names the related object in a nested message. */
class NestedKey {
  readonly column: Column;
  private readonly field: ShapeField;
  private readonly convert: (value: unknown) => unknown;

  constructor(shape: SerializerShape) {
    const field = nestedKey(shape);
    if (!field) throw new Error(`${shape.serializer.name}: has no single key`);
    this.field = field;
    this.column = field.source.column;
    this.convert = fromMessageValue(field.type, this.column);
  }

  /** A key without presence on the wire is given when it is not the zero of its type. */
  isIn(message: Message): boolean {
    const value = message[this.field.property];
    return (
      value !== undefined && value !== null && !(this.field.required && (value === '' || Number(value) === 0))
    );
  }

  read(message: Message): unknown {
    return this.convert(message[this.field.property]);
  }

  /** Whether an object that exists stays as it is; a key of the caller's choice may be meant for a new one. */
  isKept(writes: ReadonlySet<NestedWrite>): boolean {
    return (
      !writes.has('replace') && (this.column.isGenerated || !writes.has('create') || writes.has('connect'))
    );
  }

  mayBeNew(message: Message, { repeated }: NestedField, writes: ReadonlySet<NestedWrite>): boolean {
    if (this.isIn(message)) return writes.has('create') && !this.column.isGenerated;
    // The one related object needs no name to be replaced.
    return writes.has('create') || (!repeated && writes.has('replace'));
  }

  errorOf(relation: Relation, message: Message, value: unknown): FieldErrors {
    const { name } = this.field;
    if (value instanceof InvalidValue) return { [name]: [{ message: value.message, code: value.code }] };
    if (this.isIn(message)) return { [name]: [doesNotExist(relation, this.column, value)] };
    return { [name]: [{ message: 'This field is required.', code: 'required' }] };
  }
}
