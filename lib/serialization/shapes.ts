import type { SerializerClass } from './proto-serializer.js';
import { describeSerializer, type SerializerShape, type ShapeContext } from './shape.js';

/** The shapes of all serializers of one data source, each computed once. */
export class Shapes {
  private readonly known = new Map<SerializerClass, SerializerShape | undefined>();

  constructor(readonly context: ShapeContext) {}

  /** Undefined when the serializer has problems; they were reported. */
  get(serializer: SerializerClass): SerializerShape | undefined {
    if (!this.known.has(serializer)) this.known.set(serializer, describeSerializer(serializer, this.context));
    return this.known.get(serializer);
  }
}
