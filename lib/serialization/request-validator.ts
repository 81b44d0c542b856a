import { ValidationException } from '../errors/validation-exception.js';
import type { Relation } from './column-types.js';
import type { Input, InputReader } from './input.js';
import type { WriteKind } from './presence.js';
import type { CallAccess } from './call-access.js';
import type { RelatedReader } from './related.js';
import type { SerializerRules } from './serializer-rules.js';
import type { SerializerShape } from './shape.js';

export interface ReadRequest {
  readonly message: Readonly<Record<string, unknown>>;
  readonly kind: WriteKind;
}

/** Values of which nobody has looked whether what they refer to is there. */
export interface UncheckedValues {
  /** By model property, relations as objects that hold the key. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly unchecked: readonly Relation[];
}

/** Reads what is nested in the values of many requests at once. */
export interface NestedReader {
  /** @param kind how messages are read that are no objects of a relation. Default: `create` */
  resolve(inputs: readonly Input[], access: CallAccess, kind?: WriteKind): Promise<void>;
}

/**
 * From request messages to values for the model: presence, limits, related objects, nested messages, the
 * serializer's own rules.
 */
export class RequestValidator {
  /** Fields whose values are somewhere else in the model. */
  private readonly renamed: readonly { readonly property: string; readonly path: readonly string[] }[];

  constructor(
    readonly shape: SerializerShape,
    private readonly input: InputReader,
    private readonly related: RelatedReader,
    private readonly nested: readonly NestedReader[],
    private readonly rules: SerializerRules,
  ) {
    this.renamed = shape.fields.flatMap(({ property, source }) => {
      const path = modelPath(source);
      return path === undefined || path === property ? [] : [{ property, path: path.split('.') }];
    });
  }

  /**
   * @returns values by model property, relations as objects that hold the key
   * @throws ValidationException with every reason at once
   */
  async read(
    message: ReadRequest['message'],
    kind: WriteKind,
    access: CallAccess,
  ): Promise<Record<string, unknown>> {
    const [input] = (await this.readAll([{ message, kind }], access)) as [Input];
    if (Object.keys(input.errors).length > 0) throw new ValidationException(input.errors);
    return this.toModel(input.values);
  }

  /**
   * The same without a word to the database, where the request alone says what is to be written and nothing of the
   * application's own has a look at it.
   *
   * @returns undefined when that is not so, see `whyNotAlone`, or anything is wrong: then `read()` knows the reasons
   */
  readAlone(message: ReadRequest['message'], kind: WriteKind): UncheckedValues | undefined {
    if (this.whyNotAlone !== undefined) return undefined;
    const input = this.input.read(message, kind);
    for (const _name in input.errors) return undefined;
    const unchecked = this.related.assume(input);
    return unchecked && { values: this.toModel(input.values), unchecked };
  }

  /** Why more than a request has to be looked at; undefined: a request is enough. */
  get whyNotAlone(): string | undefined {
    if (this.nested.length > 0) return 'requests nest objects';
    return this.rules.isEmpty ? undefined : `${this.shape.serializer.name} has rules of its own`;
  }

  /** Reads many messages with as many queries as one takes. What is wrong with each is in its `errors`. */
  async readAll(requests: readonly ReadRequest[], access: CallAccess): Promise<Input[]> {
    const inputs = requests.map(({ message, kind }) => this.input.read(message, kind));
    await this.related.resolve(inputs, access);
    for (const nested of this.nested) await nested.resolve(inputs, access);
    for (const input of inputs) await this.rules.apply(input, access.context);
    return inputs;
  }

  /** Values by the serializer's property -> values by the model's. */
  toModel(values: Record<string, unknown>): Record<string, unknown> {
    if (this.renamed.length === 0) return values;
    const model = { ...values };
    for (const { property, path } of this.renamed) {
      if (!Object.hasOwn(values, property)) continue;
      delete model[property];
      put(model, path, values[property]);
    }
    return model;
  }
}

/** A column of an embedded class is inside an object of its own. */
function put(model: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [property, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    model[property] = value;
    return;
  }
  const inner = { ...(model[property] as Record<string, unknown> | undefined) };
  put(inner, rest, value);
  model[property] = inner;
}

function modelPath(source: SerializerShape['fields'][number]['source']): string | undefined {
  switch (source.kind) {
    case 'message':
    case 'property':
    case 'method':
      return undefined;
    case 'column':
      return source.column.propertyPath;
    case 'embedded':
      return source.property;
    default:
      return source.relation.propertyName;
  }
}
