/** What the actions of a controller need at run time: how to read requests, how to give answers. */
import type { Type } from '@nestjs/common';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { CompiledAction } from '../crud/compiled-controller.js';
import type { ActionMessages, DeclaredAction, DeclaredController } from '../crud/describe.js';
import { isFieldList } from '../crud/grpc-action.js';
import type { AnswerForm } from '../crud/action-answer.js';
import { GenericController } from '../crud/generic-controller.js';
import type { DeclaredLists } from '../generation/declared-lists.js';
import { serializersIn } from '../generation/field-list.js';
import type { MessageDraft } from '../generation/message-draft.js';
import { nestedWritesOf } from '../crud/nested-writes.js';
import { loadClassValidator } from '../serialization/class-validation.js';
import type { ConventionsName } from '../serialization/column-types.js';
import { isSerializerClass, type SerializerClass } from '../serialization/proto-serializer.js';
import type { ListedRequest } from '../serialization/listed-request.js';
import type { SerializerShape } from '../serialization/shape.js';
import type { Shapes } from '../serialization/shapes.js';
import { RowWriter } from '../crud/row-writes/row-writer.js';
import { TableTriggers } from '../request/table-triggers.js';
import { AnswerCompiler } from './answer-compiler.js';
import type { ProviderFinder } from './provider-finder.js';
import { ReadPlans } from './read-plans.js';
import { instancesOf, scopesOf } from './serializer-parts.js';
import { ValidatorCompiler } from './validator-compiler.js';

/** The actions of one controller by method name. */
export interface CompiledActions {
  readonly actions: ReadonlyMap<string, CompiledAction>;
  readonly listedRequests: ReadonlyMap<string, ListedRequest>;
  readonly answers: ReadonlyMap<string, AnswerForm>;
}

export class ActionCompiler {
  private readonly triggers = new Map<DataSource, Promise<TableTriggers>>();

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

  private triggersOf(dataSource: DataSource): Promise<TableTriggers> {
    const known = this.triggers.get(dataSource) ?? TableTriggers.of(dataSource);
    this.triggers.set(dataSource, known);
    return known;
  }

  async compile(
    controller: Type<object>,
    { actions: declared, lists, lookup }: DeclaredController,
    messages: ReadonlyMap<string, ActionMessages>,
    dataSource: DataSource | undefined,
    model: EntityMetadata | undefined,
  ): Promise<CompiledActions> {
    const { shapes, providers, conventions, classValidator } = this;
    const drafts = [...messages.values()].flatMap(({ request, response }) => [request, response]);
    const named = [...declared.flatMap(serializersOfAction), ...drafts.flatMap(serializersOfDraft)];
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
    const plans = new ReadPlans(dataSource, shapes, scopeOf, instanceOf);
    const compiler = new AnswerCompiler(shapes, dataSource, model, plans, instanceOf);
    const actions = new Map<string, CompiledAction>();
    for (const action of declared) {
      const { request, response } = bothSerializersOf(action);
      const shape = (response ?? request) && shapes.get((response ?? request) as SerializerClass);
      const requestShape = request ? shapes.get(request) : shape;
      if (!shape || !requestShape) continue;
      const { metadata } = shape;
      const plan = plans.of(shape);
      const writes = plan && metadata && dataSource && metadata === model && requestShape.metadata === model;
      actions.set(action.key, {
        shape,
        plan,
        rowWriter: writes
          ? new RowWriter({
              metadata,
              plan,
              lookup,
              ignored: propertiesOfHooks(requestShape),
              triggers: await this.triggersOf(dataSource),
            })
          : undefined,
        validator: await validators.compile(requestShape),
        nestedWrites: nestedWritesOf(requestShape, shapes, scopeOf),
      });
    }
    return {
      actions,
      listedRequests: await listedRequests(controller, validators, messages),
      answers: answerForms(controller, compiler, declared, messages, lists),
    };
  }
}

/** What requests say and no column has. */
function propertiesOfHooks({ fields }: SerializerShape): readonly string[] {
  return fields.flatMap(({ property, source: { kind } }) =>
    kind === 'property' || kind === 'message' ? [property] : [],
  );
}

async function listedRequests(
  controller: Type<object>,
  validators: ValidatorCompiler,
  messages: ReadonlyMap<string, ActionMessages>,
): Promise<ReadonlyMap<string, ListedRequest>> {
  const found = new Map<string, ListedRequest>();
  for (const [key, { request }] of messages) {
    const reader = await validators.compileListed(request, `${controller.name}.${key}`);
    if (reader) found.set(key, reader);
  }
  return found;
}

function answerForms(
  controller: Type<object>,
  compiler: AnswerCompiler,
  declared: readonly DeclaredAction[],
  messages: ReadonlyMap<string, ActionMessages>,
  lists: DeclaredLists,
): ReadonlyMap<string, AnswerForm> {
  const counted = lists.answers.includes('count');
  // Where there is no `serialize()` to be overridden, nothing goes through it.
  const isGeneric = controller.prototype instanceof GenericController;
  return new Map(
    declared.flatMap((action) => {
      const draft = messages.get(action.key)?.response;
      const own = isGeneric ? bothSerializersOf(action).response : undefined;
      const form = draft && compiler.compile(draft, own, counted);
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

/** Plugins may have added some. */
function serializersOfDraft({ content, fields }: MessageDraft): readonly SerializerClass[] {
  const own = content.kind === 'serializer' ? [content.serializer] : [];
  const items = content.kind === 'list' ? serializersOfDraft(content.item) : [];
  return [...own, ...items, ...serializersIn(fields).map(({ serializer }) => serializer)];
}

/** Of requests and answers. */
export function serializersOfAction(action: DeclaredAction): SerializerClass[] {
  const { request, response } = action.options;
  const listed = [request, response].filter(isFieldList).flatMap(serializersIn);
  return [...Object.values(bothSerializersOf(action)), ...listed.map(({ serializer }) => serializer)].filter(
    (serializer) => serializer !== undefined,
  );
}
