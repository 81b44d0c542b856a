import type { SerializerClass } from './proto-serializer.js';
import { describeSerializer, type SerializerShape, type ShapeContext } from './shape.js';

/** The shapes of all serializers of one data source, each computed once. */
export class Shapes {
  private readonly known = new Map<SerializerClass, SerializerShape | undefined>();

  private readonly checked = new Set<SerializerClass>();

  constructor(readonly context: ShapeContext) {}

  /** Undefined when the serializer has problems; they were reported. */
  get(serializer: SerializerClass): SerializerShape | undefined {
    if (!this.known.has(serializer)) this.known.set(serializer, describeSerializer(serializer, this.context));
    return this.known.get(serializer);
  }

  /** Reports a model serializer that nests itself: reading it would never end. */
  reportCycles(serializer: SerializerClass, path: readonly SerializerClass[] = []): void {
    const shape = this.get(serializer);
    if (!shape?.metadata || this.checked.has(serializer)) return;
    if (path.includes(serializer)) {
      const names = [...path.slice(path.indexOf(serializer)), serializer].map(({ name }) => name);
      this.checked.add(serializer);
      this.context.problems.push(
        `${serializer.name}: nests itself (${names.join(' -> ')}). Nest a serializer with fewer fields, or use the key.`,
      );
      return;
    }
    for (const { type } of shape.fields)
      if (type.kind === 'serializer') this.reportCycles(type.serializer, [...path, serializer]);
    this.checked.add(serializer);
  }
}
