import type { EntityMetadata } from 'typeorm';
import { describeSerializer } from './describe-serializer.js';
import { nestedKey } from './nested-input.js';
import type { SerializerClass } from './proto-serializer.js';
import { hasMethods } from './object-messages.js';
import { misspeltRules } from './serializer-rules.js';
import type { ShapeContext } from './shape-context.js';
import { serializersOfType, type SerializerShape, type ShapeField } from './shape.js';

/** The shapes of all serializers of one data source, each computed once. */
export class Shapes {
  private readonly known = new Map<SerializerClass, SerializerShape | undefined>();

  private readonly checked = new Set<SerializerClass>();
  /** Serializers whose nesting ends, or was reported not to. */
  private readonly acyclic = new Set<SerializerClass>();

  constructor(readonly context: ShapeContext) {}

  /** Undefined when the serializer has problems; they were reported. */
  get(serializer: SerializerClass): SerializerShape | undefined {
    if (!this.known.has(serializer)) this.known.set(serializer, describeSerializer(serializer, this.context));
    return this.known.get(serializer);
  }

  /** Reports what a shape alone does not show: rules that never run, nesting without an end. */
  check(serializer: SerializerClass): void {
    const shape = this.get(serializer);
    if (!shape || this.checked.has(serializer)) return;
    this.checked.add(serializer);
    this.reportCycles(serializer, []);
    for (const field of shape.fields) {
      this.reportNesting(shape, field);
      this.reportMethodsInJson(shape, field);
    }
    for (const rule of misspeltRules(shape))
      this.context.problems.push(
        `${serializer.name}.${rule}(): there is no such field, so it would never run. Name it after one of: ` +
          `${shape.fields.map(({ property }) => property).join(', ')}.`,
      );
  }

  /** A nested serializer describes what the relation leads to, and can name it where requests do. */
  private reportNesting({ serializer }: SerializerShape, { property, source, type }: ShapeField): void {
    if (source.kind !== 'nested' || type.kind !== 'serializer') return;
    const nested = this.get(type.serializer);
    if (!nested) return;
    this.check(type.serializer);
    const place = `${serializer.name}.${property}`;
    const target = source.relation.inverseEntityMetadata;
    const { metadata } = nested;
    if (metadata !== target && !target.childEntityMetadatas.includes(metadata as EntityMetadata)) {
      const elsewhere = metadata?.target === target.target ? ' of another data source' : '';
      const found = metadata ? `the model "${metadata.name}"${elsewhere}` : 'no model';
      this.context.problems.push(
        `${place}: leads to "${target.name}", but ${type.serializer.name} has ${found}. Nest a serializer of "${target.name}".`,
      );
    } else if (source.writes.size > 0 && !nestedKey(nested)) {
      this.context.problems.push(
        `${place}: "write" needs a single key of "${target.name}" among the fields of ${type.serializer.name}. Add it to "fields".`,
      );
    }
  }

  /** What is stored is no object that a method could be asked about. */
  private reportMethodsInJson({ serializer }: SerializerShape, { property, source, type }: ShapeField): void {
    const inner =
      source.kind === 'column' && type.kind === 'serializer' ? this.get(type.serializer) : undefined;
    if (inner && hasMethods(inner, this))
      this.context.problems.push(
        `${serializer.name}.${property}: ${inner.serializer.name} has methods, which do not run for objects in a column of JSON. Nest a serializer without them.`,
      );
  }

  /** A model serializer that nests itself: reading it would never end. */
  private reportCycles(serializer: SerializerClass, path: readonly SerializerClass[]): void {
    const shape = this.get(serializer);
    if (!shape?.metadata || this.acyclic.has(serializer)) return;
    if (path.includes(serializer)) {
      const names = [...path.slice(path.indexOf(serializer)), serializer].map(({ name }) => name);
      this.acyclic.add(serializer);
      this.context.problems.push(
        `${serializer.name}: nests itself (${names.join(' -> ')}). Say how deep, @Nested(() => ..., { depth: 3 }), nest a serializer with fewer fields, or use the key.`,
      );
      return;
    }
    for (const { type } of shape.fields.filter(isReadOn))
      for (const nested of serializersOfType(type)) this.reportCycles(nested, [...path, serializer]);
    this.acyclic.add(serializer);
  }
}

/** Methods give what they like, and a depth ends what would not. */
function isReadOn({ source }: ShapeField): boolean {
  return source.kind !== 'method' && !(source.kind === 'nested' && source.depth !== undefined);
}
