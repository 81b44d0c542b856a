/**
 * Controllers -> services, rpcs and messages of the contract. Pure: what was declared goes in, descriptors come
 * out, problems are collected.
 */
import type { GenerationPlugin } from '../generation/generation-plugin.js';
import type { MessageBuilder, NamedAction } from '../generation/message-builder.js';
import type { ActionTarget, MessageDraft } from '../generation/message-draft.js';
import type { DeclaredLists } from '../generation/declared-lists.js';
import { MessageNames } from '../generation/message-names.js';
import type { Resolved } from '../generation/placeholders.js';
import { FilterGenerationPlugin, PaginationGenerationPlugin } from '../generation/plugins.js';
import type { MethodDescriptor, ServiceDescriptor } from '../proto/descriptors.js';
import { rpcName } from '../proto/names.js';
import type { PermissionExpression } from '../request/permission-expressions.js';
import { linesOf } from '../serialization/declarations.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import { ActionDrafts } from './action-drafts.js';
import type { LookupPart } from './compiled-controller.js';
import { LookupField, type GrpcActionOptions, type NameOption } from './grpc-action.js';

export interface DeclaredAction {
  readonly key: string;
  readonly options: Resolved<GrpcActionOptions>;
  /** What `getSerializer()` gave for it. */
  readonly serializer: SerializerClass | undefined;
  /** Who may call it; undefined: nobody stated that, unless the module did. */
  readonly permissions: readonly PermissionExpression[] | undefined;
}

export interface DeclaredController {
  readonly controller: object;
  readonly className: string;
  /** Service name without `Controller`. */
  readonly service: string;
  readonly description: readonly string[];
  readonly actions: readonly DeclaredAction[];
  readonly lookup: readonly LookupPart[];
  readonly hasModel: boolean;
  readonly lists: DeclaredLists;
}

/** What holds for the messages of all actions. */
export interface MessageSettings {
  readonly plugins: readonly GenerationPlugin[];
  readonly messageNames: MessageNames;
}

/** What an action takes and gives, after all plugins have seen it. */
export interface ActionMessages {
  readonly request: MessageDraft;
  readonly response: MessageDraft;
}

/** A service, for each of its methods the action behind it, and what each action takes and gives. */
export interface DescribedService {
  readonly service: ServiceDescriptor;
  /** By rpc. */
  readonly actions: ReadonlyMap<string, DeclaredAction>;
  /** By method of the class. */
  readonly messages: ReadonlyMap<string, ActionMessages>;
}

export class ServiceDescriber {
  private readonly declared: ActionDrafts;

  constructor(
    private readonly builder: MessageBuilder,
    private readonly settings: MessageSettings,
    private readonly problems: string[],
  ) {
    this.declared = new ActionDrafts(problems);
  }

  describe(controller: DeclaredController): DescribedService {
    const actions = new Map<string, DeclaredAction>();
    const messages = new Map<string, ActionMessages>();
    const methods: MethodDescriptor[] = [];
    for (const action of controller.actions) {
      const method = this.describeMethod(controller, action, messages);
      if (actions.has(method.name))
        this.problems.push(
          `${controller.className}.${action.key}: rpc "${method.name}" is already "${actions.get(method.name)?.key}". ` +
            `Rename one: @GrpcAction({ name: '...' }).`,
        );
      actions.set(method.name, action);
      methods.push(method);
    }
    const service: ServiceDescriptor = {
      kind: 'service',
      name: `${controller.service}Controller`,
      methods,
      comment: controller.description,
    };
    return { service, actions, messages };
  }

  private describeMethod(
    controller: DeclaredController,
    action: DeclaredAction,
    messages: Map<string, ActionMessages>,
  ): MethodDescriptor {
    const { options } = action;
    const place = `${controller.className}.${action.key}`;
    if (options.transaction && (options.responseStream || !controller.hasModel))
      this.problems.push(
        `${place}: "transaction" needs a controller with a model and a single answer. ` +
          'Leave it out, or use ctx.transaction() where the work is done.',
      );
    const rpc = options.name ?? rpcName(action.key);
    const target = targetOf(controller, action);
    const drafts = this.drafts(controller, action, target, place);
    messages.set(action.key, drafts);
    const { request, response } = drafts;
    const names = this.names(options.messageNames, place);
    const lookup = controller.lookup.map(({ property }) => property);
    const named = (name: NameOption | undefined): NamedAction => ({
      target,
      rpc,
      names,
      place,
      cure: cureOf(action, name),
      lookup,
    });
    return {
      kind: 'method',
      name: rpc,
      request: this.builder.add(request, named(options.requestName)),
      response: this.builder.add(response, named(options.responseName)),
      requestStream: options.requestStream ?? false,
      responseStream: options.responseStream ?? false,
      comment: linesOf(options.description),
    };
  }

  private names(own: MessageNames | undefined, place: string): MessageNames {
    if (own === undefined || MessageNames.isInstance(own)) return own ?? this.settings.messageNames;
    this.problems.push(
      `${place}: its "messageNames" has no method nameOf(). Give it an instance of a class that extends MessageNames.`,
    );
    return this.settings.messageNames;
  }

  private drafts(
    controller: DeclaredController,
    action: DeclaredAction,
    target: ActionTarget,
    place: string,
  ): ActionMessages {
    const { options } = action;
    const plugins = [
      ...this.settings.plugins,
      ...(options.plugins ?? []),
      ...(options.filters ? [FILTERS] : []),
      ...(options.pagination ? [PAGINATION] : []),
    ];
    const drafts = {
      request: this.declared.of(controller, action, 'Request'),
      response: this.declared.of(controller, action, 'Response'),
    };
    for (const plugin of plugins) {
      try {
        if (!plugin.appliesTo(target)) continue;
        drafts.request = plugin.transformRequest(drafts.request, target);
        drafts.response = plugin.transformResponse(drafts.response, target);
      } catch (error) {
        this.problems.push(`${place}: ${plugin.constructor.name} fails with "${reasonOf(error)}".`);
      }
    }
    return drafts;
  }
}

const FILTERS = new FilterGenerationPlugin();
const PAGINATION = new PaginationGenerationPlugin();

function targetOf(
  { controller, service, lists }: DeclaredController,
  { key, serializer }: DeclaredAction,
): ActionTarget {
  return { controller, service, action: key, serializer, lists };
}

/** Where a name is built from the serializer's, and the action is not the user's to rename. */
function cureOf(
  { serializer, options }: DeclaredAction,
  nameOption: NameOption | undefined,
): string | undefined {
  if (!serializer || (typeof nameOption !== 'function' && options.request !== LookupField)) return undefined;
  const { name } = serializer;
  return `Give one of the controllers a serializer class of its own: class Other${name} extends ${name} {}.`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
