/** What the actions of a controller need at run time: how to read requests, how to give answers. */
import type { Type } from '@nestjs/common';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { CompiledAction } from '../crud/compiled-controller.js';
import type { DeclaredAction } from '../crud/describe.js';
import { ListOfSelf, SelfSerializer } from '../crud/grpc-action.js';
import { nestedWritesOf } from '../crud/nested-writes.js';
import { loadClassValidator } from '../serialization/class-validation.js';
import type { ConventionsName } from '../serialization/column-types.js';
import { hasMethods, ObjectMessages, type FindSerializer } from '../serialization/object-messages.js';
import { isSerializerClass, type SerializerClass } from '../serialization/proto-serializer.js';
import { ReadPlan } from '../serialization/read-plan.js';
import type { SerializerShape } from '../serialization/shape.js';
import type { Shapes } from '../serialization/shapes.js';
import type { ProviderFinder } from './provider-finder.js';
import { instancesOf, scopesOf } from './serializer-parts.js';
import { ValidatorCompiler } from './validator-compiler.js';

export class ActionCompiler {
  private constructor(
    private readonly shapes: Shapes,
    private readonly providers: ProviderFinder,
    private readonly conventions: ConventionsName,
    private readonly maxRelated: number,
    private readonly classValidator: Awaited<ReturnType<typeof loadClassValidator>>,
  ) {}

  static async create(
    shapes: Shapes,
    providers: ProviderFinder,
    conventions: ConventionsName,
    maxRelated: number,
  ): Promise<ActionCompiler> {
    return new ActionCompiler(shapes, providers, conventions, maxRelated, await loadClassValidator());
  }

  async compile(
    controller: Type<object>,
    declared: readonly DeclaredAction[],
    dataSource: DataSource | undefined,
  ): Promise<ReadonlyMap<string, CompiledAction>> {
    const { shapes, providers, conventions, classValidator } = this;
    const named = declared.flatMap(serializersOfAction);
    const scopeOf = await scopesOf(controller, named, shapes, providers);
    const instanceOf = await instancesOf(controller, named, shapes, providers);
    const validators = new ValidatorCompiler(
      controller,
      shapes,
      providers,
      conventions,
      classValidator,
      scopeOf,
      this.maxRelated,
    );
    const actions = new Map<string, CompiledAction>();
    for (const action of declared) {
      const { request, response } = bothSerializersOf(action);
      const shape = (response ?? request) && shapes.get((response ?? request) as SerializerClass);
      const requestShape = request ? shapes.get(request) : shape;
      if (!shape || !requestShape) continue;
      const { metadata } = shape;
      actions.set(action.key, {
        shape,
        plan:
          metadata &&
          dataSource &&
          new ReadPlan(dataSource, shapes, shape, aliasOf(metadata), scopeOf, instanceOf),
        validator: await validators.compile(requestShape),
        nestedWrites: nestedWritesOf(requestShape, shapes, scopeOf),
        answer: answerOf(action, shape, shapes, instanceOf),
      });
    }
    return actions;
  }
}

function bothSerializersOf({ serializer, options }: DeclaredAction) {
  return {
    request: isSerializerClass(options.request) ? options.request : serializer,
    response: isSerializerClass(options.response) ? options.response : serializer,
  };
}

/** Serializers without a model make their messages of the objects that actions give, where they have methods. */
function answerOf(
  { options: { response } }: DeclaredAction,
  shape: SerializerShape,
  shapes: Shapes,
  instanceOf: FindSerializer,
): CompiledAction['answer'] {
  const list = response === ListOfSelf;
  const whole = list || response === SelfSerializer || response === shape.serializer;
  if (shape.metadata || !whole || !hasMethods(shape, shapes)) return undefined;
  const messages = new ObjectMessages(shapes, instanceOf);
  const { serializer, listField } = shape;
  if (!list) return (result, context) => messages.read(serializer, result, context);
  return async (result, context) => {
    const page = result as Readonly<Record<string, unknown>>;
    const items: unknown[] = [];
    for (const item of (page[listField] as readonly unknown[] | undefined) ?? [])
      items.push(await messages.read(serializer, item, context));
    return { ...page, [listField]: items };
  };
}

/** Of requests and answers. */
export function serializersOfAction(action: DeclaredAction): SerializerClass[] {
  return Object.values(bothSerializersOf(action)).filter((serializer) => serializer !== undefined);
}

/** Name of a model's table in queries. */
export function aliasOf(metadata: EntityMetadata): string {
  return metadata.name.charAt(0).toLowerCase() + metadata.name.slice(1);
}
