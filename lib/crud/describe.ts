/**
 * Controllers -> services, rpcs and messages of the contract. Pure: what was declared goes in, descriptors come
 * out, problems are collected.
 */
import type { FieldDescriptor, MethodDescriptor, ServiceDescriptor } from '../proto/descriptors.js';
import { messageName, rpcName, serializerBaseName, snakeCase, type Direction } from '../proto/names.js';
import { isScalarType, parseWrittenType } from '../serialization/column-types.js';
import { linesOf } from '../serialization/declarations.js';
import type { MessageCatalog } from '../serialization/messages.js';
import { isSerializerClass, type SerializerClass } from '../serialization/proto-serializer.js';
import type { Shapes } from '../serialization/shapes.js';
import type { LookupPart } from './compiled-controller.js';
import { answerFields, filtersField, paginationField, type DeclaredLists } from './list-fields.js';
import {
  isPlaceholder,
  type ActionMessage,
  type FieldList,
  type GrpcActionOptions,
  type MessagePlaceholder,
  type NameOption,
} from './grpc-action.js';

export interface DeclaredAction {
  readonly key: string;
  readonly options: GrpcActionOptions;
  /** What `getSerializer()` gave for it. */
  readonly serializer: SerializerClass | undefined;
}

export interface DeclaredController {
  readonly className: string;
  /** Service name without `Controller`. */
  readonly service: string;
  readonly description: readonly string[];
  readonly actions: readonly DeclaredAction[];
  readonly lookup: readonly LookupPart[];
  readonly hasModel: boolean;
  readonly lists: DeclaredLists;
}

export const EMPTY = 'google.protobuf.Empty';

export class ServiceDescriber {
  constructor(
    private readonly shapes: Shapes,
    private readonly catalog: MessageCatalog,
    private readonly problems: string[],
  ) {}

  /** The service of a controller, and for each of its methods the action behind it. */
  describe(controller: DeclaredController): {
    service: ServiceDescriptor;
    actions: ReadonlyMap<string, DeclaredAction>;
  } {
    const actions = new Map<string, DeclaredAction>();
    const methods: MethodDescriptor[] = [];
    for (const action of controller.actions) {
      const method = this.describeMethod(controller, action);
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
    return { service, actions };
  }

  private describeMethod(controller: DeclaredController, action: DeclaredAction): MethodDescriptor {
    const { options } = action;
    if (options.transaction && (options.responseStream || !controller.hasModel))
      this.problems.push(
        `${controller.className}.${action.key}: "transaction" needs a controller with a model and a single answer. ` +
          'Leave it out, or use ctx.transaction() where the work is done.',
      );
    if ((options.filters || options.pagination) && !takesListedFields(options))
      this.problems.push(
        `${controller.className}.${action.key}: "filters" and "pagination" need a request of listed fields, such as { request: {} }.`,
      );
    return {
      kind: 'method',
      name: options.name ?? rpcName(action.key),
      request: this.message(controller, action, options.request, options.requestName, 'Request'),
      response: this.message(controller, action, options.response, options.responseName, 'Response'),
      requestStream: options.requestStream ?? false,
      responseStream: options.responseStream ?? false,
      comment: linesOf(options.description),
    };
  }

  private message(
    controller: DeclaredController,
    action: DeclaredAction,
    message: ActionMessage | undefined,
    nameOption: NameOption | undefined,
    direction: Direction,
  ): string {
    if (message === undefined) return EMPTY;
    const place = `${controller.className}.${action.key}`;
    const name =
      typeof nameOption === 'function'
        ? nameOption(serializerBaseName(action.serializer?.name ?? `${controller.service}Serializer`))
        : nameOption;
    if (isPlaceholder(message)) return this.placeholder(controller, action, message, name, direction);
    if (isSerializerClass(message))
      return this.catalog.addSerializer(message, direction, name === undefined ? {} : { name });
    if (typeof message !== 'object' || message === null) {
      this.problems.push(
        `${place}: its ${direction.toLowerCase()} is ${shown(message)}. Expected a class that extends ProtoSerializer, or fields such as { id: 'int32' }.`,
      );
      return EMPTY;
    }
    const fields = this.fields(message as FieldList, place);
    if (direction === 'Request') fields.push(...listFields(action, controller.lists));
    if (fields.length === 0 && name === undefined) return EMPTY;
    return this.catalog.addFields(
      messageName(name, `${controller.service}${rpcName(action.key)}`, direction),
      fields,
      place,
      action.serializer && typeof nameOption === 'function' ? cureOf(action.serializer) : undefined,
    );
  }

  private placeholder(
    controller: DeclaredController,
    action: DeclaredAction,
    message: MessagePlaceholder,
    name: string | undefined,
    direction: Direction,
  ): string {
    const place = `${controller.className}.${action.key}`;
    const { serializer } = action;
    if (!serializer) {
      this.problems.push(
        `${place}: no serializer. Set "serializer" in @GrpcController() or override getSerializer().`,
      );
      return EMPTY;
    }
    if (message.placeholder === 'lookup')
      return this.catalog.addFields(
        messageName(name, `${controller.service}${rpcName(action.key)}`, direction),
        this.lookupFields(controller, serializer),
        place,
        cureOf(serializer),
      );
    const shape = this.shapes.get(serializer);
    if (message.list && shape)
      return this.catalog.addList(
        shape,
        this.catalog.addSerializer(serializer, direction),
        direction,
        name,
        answerFields(controller.lists.answers),
      );
    return this.catalog.addSerializer(serializer, direction, {
      partial: message.partial,
      ...(name === undefined ? {} : { name }),
    });
  }

  /** As in the serializer, but without presence: a lookup needs its key. */
  private lookupFields(controller: DeclaredController, serializer: SerializerClass): FieldDescriptor[] {
    const shape = this.shapes.get(serializer);
    return controller.lookup.flatMap(({ property }) => {
      const field = shape?.fields.find((candidate) => candidate.property === property);
      if (field)
        return [
          { ...this.catalog.describeField(field, 'Request'), cardinality: 'singular' as const, comment: [] },
        ];
      if (shape)
        this.problems.push(
          `${controller.className}: lookup "${property}" is no field of ${serializer.name}. Add it to "fields", or set "lookup".`,
        );
      return [];
    });
  }

  private fields(list: FieldList, place: string): FieldDescriptor[] {
    return Object.entries(list).flatMap(([property, text]) => {
      const written = parseWrittenType(text);
      const known = written && (isScalarType(written.name) || written.name === 'google.protobuf.Struct');
      if (!known) {
        this.problems.push(
          `${place}: field "${property}" has type "${text}". Expected a proto type such as 'string' or 'repeated int64'.`,
        );
        return [];
      }
      return [
        {
          kind: 'field' as const,
          name: snakeCase(property),
          property,
          type: isScalarType(written.name)
            ? { kind: 'scalar' as const, scalar: written.name }
            : { kind: 'message' as const, name: written.name },
          cardinality: written.cardinality,
          number: 0,
          comment: [],
        },
      ];
    });
  }
}

/** Where a name is built from the serializer's, and the action is not the user's to rename. */
function cureOf({ name }: SerializerClass): string {
  return `Give one of the controllers a serializer class of its own: class Other${name} extends ${name} {}.`;
}

/** What lists are asked for stands behind the fields of the application. */
function listFields({ options }: DeclaredAction, { filters, pagination }: DeclaredLists): FieldDescriptor[] {
  return [
    ...(options.filters && filters ? [filtersField(filters)] : []),
    ...(options.pagination && pagination ? [paginationField(pagination)] : []),
  ];
}

function takesListedFields({ request }: GrpcActionOptions): boolean {
  return typeof request === 'object' && !isPlaceholder(request) && !isSerializerClass(request);
}

function shown(message: unknown): string {
  return typeof message === 'function' ? message.name : JSON.stringify(message);
}
