import { ValidationException } from '../errors/validation-exception.js';
import type { InputReader } from './input.js';
import type { WriteKind } from './presence.js';
import type { RunStatement } from './read-plan.js';
import type { RelatedReader } from './related.js';
import type { SerializerRules } from './serializer-rules.js';
import type { SerializerShape } from './shape.js';

/** From a request message to values for the model: presence, limits, related objects, the serializer's own rules. */
export class RequestValidator {
  constructor(
    private readonly shape: SerializerShape,
    private readonly input: InputReader,
    private readonly related: RelatedReader,
    private readonly rules: SerializerRules,
  ) {}

  /**
   * @param context handed to the serializer's rules
   * @returns values by model property, relations as objects that hold the key
   * @throws ValidationException with every reason at once
   */
  async read(
    message: Readonly<Record<string, unknown>>,
    kind: WriteKind,
    run: RunStatement,
    context: unknown,
  ): Promise<Record<string, unknown>> {
    const input = this.input.read(message, kind);
    await this.related.resolve(input, run);
    await this.rules.apply(input, context);
    if (Object.keys(input.errors).length > 0) throw new ValidationException(input.errors);
    return this.toModel(input.values);
  }

  private toModel(values: Record<string, unknown>): Record<string, unknown> {
    const model = { ...values };
    for (const { property, source } of this.shape.fields) {
      const target = modelProperty(source);
      if (target === undefined || target === property || !Object.hasOwn(values, property)) continue;
      delete model[property];
      model[target] = values[property];
    }
    return model;
  }
}

function modelProperty(source: SerializerShape['fields'][number]['source']): string | undefined {
  switch (source.kind) {
    case 'message':
    case 'property':
      return undefined;
    case 'column':
      return source.column.propertyName;
    case 'embedded':
      return source.property;
    default:
      return source.relation.propertyName;
  }
}
