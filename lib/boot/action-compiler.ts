/** What the actions of a controller need at run time: how to read requests, how to give answers. */
import type { Type } from '@nestjs/common';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { CompiledAction } from '../crud/compiled-controller.js';
import type { DeclaredAction, DeclaredController } from '../crud/describe.js';
import { isFieldList } from '../crud/grpc-action.js';
import type { AnswerForm } from '../crud/action-answer.js';
import type { DeclaredLists } from '../generation/declared-lists.js';
import { serializersIn } from '../generation/field-list.js';
import type { MessageDraft } from '../generation/message-draft.js';
import { nestedWritesOf } from '../crud/nested-writes.js';
import { loadClassValidator } from '../serialization/class-validation.js';
import type { ConventionsName } from '../serialization/column-types.js';
import { isSerializerClass, type SerializerClass } from '../serialization/proto-serializer.js';
import { ReadPlan } from '../serialization/read-plan.js';
import type { Shapes } from '../serialization/shapes.js';
import { aliasOf } from './aliases.js';
import { AnswerCompiler } from './answer-compiler.js';
import type { ProviderFinder } from './provider-finder.js';
import { instancesOf, scopesOf } from './serializer-parts.js';
import { ValidatorCompiler } from './validator-compiler.js';

/** The actions of one controller by method name. */
export interface CompiledActions {
  readonly actions: ReadonlyMap<string, CompiledAction>;
  readonly answers: ReadonlyMap<string, AnswerForm>;
}

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
    { actions: declared, lists }: DeclaredController,
    answers: ReadonlyMap<string, MessageDraft>,
    dataSource: DataSource | undefined,
    model: EntityMetadata | undefined,
  ): Promise<CompiledActions> {
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
    const compiler = new AnswerCompiler(shapes, dataSource, model, scopeOf, instanceOf);
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
      });
    }
    return { actions, answers: answerForms(compiler, declared, answers, lists) };
  }
}

function answerForms(
  compiler: AnswerCompiler,
  declared: readonly DeclaredAction[],
  answers: ReadonlyMap<string, MessageDraft>,
  lists: DeclaredLists,
): ReadonlyMap<string, AnswerForm> {
  const counted = lists.answers.includes('count');
  return new Map(
    declared.flatMap((action) => {
      const draft = answers.get(action.key);
      const form = draft && compiler.compile(draft, bothSerializersOf(action).response, counted);
      return form ? [[action.key, form] as const] : [];
    }),
  );
}

function bothSerializersOf({ serializer, options }: DeclaredAction) {
  return {
    request: isSerializerClass(options.request) ? options.request : serializer,
    response: isSerializerClass(options.response) ? options.response : serializer,
  };
}

/** Of requests and answers. */
export function serializersOfAction(action: DeclaredAction): SerializerClass[] {
  const { request, response } = action.options;
  const listed = [request, response].filter(isFieldList).flatMap(serializersIn);
  return [...Object.values(bothSerializersOf(action)), ...listed.map(({ serializer }) => serializer)].filter(
    (serializer) => serializer !== undefined,
  );
}
