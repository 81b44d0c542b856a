import { ValidationException } from '../errors/validation-exception.js';
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
  constructor(
    readonly shape: SerializerShape,
    private readonly input: InputReader,
    private readonly related: RelatedReader,
    private readonly nested: readonly NestedReader[],
    private readonly rules: SerializerRules,
  ) {}

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

  /** Reads many messages with as many queries as one takes. What is wrong with each is in its `errors`. */
  async readAll(requests: readonly ReadRequest[], access: CallAccess): Promise<Input[]> {
    const inputs = requests.map(({ message, kind }) => this.input.read(message, kind));
    await this.related.resolve(inputs, access);
    for (const nested of this.nested) await nested.resolve(inputs, access);
    for (const input of inputs) await this.rules.apply(input, access.context);
    return inputs;
  }

  /** Values by the serializer's property -> values by the model's. */
  toModel(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const model = { ...values };
    for (const { property, source } of this.shape.fields) {
      const target = modelPath(source);
      if (target === undefined || target === property || !Object.hasOwn(values, property)) continue;
      delete model[property];
      put(model, target.split('.'), values[property]);
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
