/** How the serializers of one controller are read, each worked out once for all actions and answers that use it. */
import type { DataSource } from 'typeorm';
import type { FindSerializer } from '../serialization/object-messages.js';
import { ReadPlan } from '../serialization/read-plan.js';
import type { FindScope } from '../serialization/row-scope.js';
import type { SerializerShape } from '../serialization/shape.js';
import type { Shapes } from '../serialization/shapes.js';
import { aliasOf } from './aliases.js';

export class ReadPlans {
  private readonly known = new Map<SerializerShape, ReadPlan>();

  constructor(
    private readonly dataSource: DataSource | undefined,
    private readonly shapes: Shapes,
    private readonly scopeOf: FindScope,
    private readonly instanceOf: FindSerializer,
  ) {}

  /** Undefined for a serializer without a model. */
  of(shape: SerializerShape): ReadPlan | undefined {
    const { dataSource, shapes, scopeOf, instanceOf } = this;
    const { metadata } = shape;
    if (!metadata || !dataSource) return undefined;
    const known = this.known.get(shape);
    if (known) return known;
    const plan = new ReadPlan(dataSource, shapes, shape, aliasOf(metadata), scopeOf, instanceOf);
    this.known.set(shape, plan);
    return plan;
  }
}
