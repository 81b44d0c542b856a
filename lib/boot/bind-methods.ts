/** Descriptors, codecs, compiled controllers and Nest's handlers -> methods that can be called. */
import type { Type } from '@nestjs/common';
import type { CompiledControllers } from '../crud/compiled-controller.js';
import { GenericController } from '../crud/generic-controller.js';
import { isFieldList } from '../crud/grpc-action.js';
import {
  pathOf,
  type FileDescriptor,
  type MethodDescriptor,
  type ServiceDescriptor,
} from '../proto/descriptors.js';
import { CallDatabase } from '../request/call-database.js';
import type { CallTarget } from '../request/call-facts.js';
import type { GrpcContext } from '../request/grpc-context.js';
import { whenDone } from '../serialization/maybe-promise.js';
import { assertPermitted, type Permission } from '../request/permissions.js';
import type { CodecRegistry, MessageCodec } from '../serialization/codec/index.js';
import type { BoundMethod } from '../server/bound-method.js';
import type { BareAction } from './bare-actions.js';
import type { ControllerDraft } from './controller-compiler.js';
import { KnownMembers } from './known-members.js';

/** What Nest made of an action. */
export interface Handler {
  /** Nest's pipeline around it, which asks the permissions. */
  readonly piped: (argument: unknown, ctx: GrpcContext) => Promise<unknown>;
  /** The action itself, where the pipeline has nothing else to do. */
  readonly bare: BareAction | undefined;
}

/** Handlers of our actions, by controller and method name. */
export type Handlers = ReadonlyMap<Type<object>, ReadonlyMap<string, Handler>>;

/** A numbered file, and what reads and writes its messages. */
export interface CompiledFile {
  readonly file: FileDescriptor;
  readonly codecs: CodecRegistry;
}

export interface MethodDraft extends ControllerDraft {
  readonly package: string;
  readonly service: ServiceDescriptor;
  /** Methods of the controller by rpc. */
  readonly actionKeys: ReadonlyMap<string, string>;
}

/** @param files by package */
export function bindMethods(
  files: ReadonlyMap<string, CompiledFile>,
  drafts: readonly MethodDraft[],
  controllers: CompiledControllers,
  handlers: Handlers,
): BoundMethod[] {
  const fieldCounts = fieldCountsOf(files);
  const members = new KnownMembers([...files.values()].map(({ file }) => file));
  return drafts.flatMap((draft) => {
    const { file, codecs } = files.get(draft.package) as CompiledFile;
    return draft.service.methods.map((descriptor): BoundMethod => {
      const action = draft.actionKeys.get(descriptor.name) as string;
      const { model, authenticators, around } = controllers.get(draft.controller);
      const permissions = controllers.permissionsOf(draft.controller, action);
      const request = codecs.get(descriptor.request);
      const response = codecs.get(descriptor.response);
      const handler = handlers.get(draft.controller)?.get(action) as Handler;
      const given = messageCheck(descriptor, fieldCounts, draft);
      const options = draft.declared.actions.find(({ key }) => key === action)?.options;
      // Elsewhere `readValues()` does it, with all other rules.
      const isUnread =
        isFieldList(options?.request) || !(draft.controller.prototype instanceof GenericController);
      const known = isUnread ? members.check(descriptor.request, draft.package) : undefined;
      return {
        descriptor,
        package: draft.package,
        target: targetOf(file, draft, descriptor, action),
        authenticators,
        around,
        decode: decoderOf(request.decode, known),
        encode: (message) => response.encode(given(message)),
        prepare: (ctx) => {
          if (model)
            ctx.useDatabase(new CallDatabase(model.dataSource, model.queue, ctx.life, model.rowSources));
        },
        isPiped: handler.bare === undefined,
        handle: handleOf(handler, permissions),
      };
    });
  });
}

function handleOf({ piped, bare }: Handler, permissions: readonly Permission[]): BoundMethod['handle'] {
  if (!bare) return piped;
  return (argument, ctx) => whenDone(assertPermitted(permissions, ctx), () => bare(argument, ctx));
}

/** How many fields each message has, by its full name. */
function fieldCountsOf(files: ReadonlyMap<string, CompiledFile>): ReadonlyMap<string, number> {
  return new Map(
    [...files.values()].flatMap(({ file }) =>
      file.messages.map(({ name, fields }) => [`${file.package}.${name}`, fields.length] as const),
    ),
  );
}

function decoderOf(
  decode: MessageCodec['decode'],
  check: ReturnType<KnownMembers['check']>,
): MessageCodec['decode'] {
  if (!check) return decode;
  return (bytes) => {
    const message = decode(bytes);
    check(message);
    return message;
  };
}

/** What an action gives; one that forgets its `return` must not answer with zeros. */
function messageCheck(
  { name, response }: MethodDescriptor,
  fieldCounts: ReadonlyMap<string, number>,
  { controller, package: packageName }: MethodDraft,
): (message: unknown) => Readonly<Record<string, unknown>> {
  const needed = (fieldCounts.get(`${packageName}.${response}`) ?? fieldCounts.get(response) ?? 0) > 0;
  return (message) => {
    if (needed && (message === undefined || message === null))
      throw new TypeError(`${controller.name}: ${name} gave ${String(message)} instead of a ${response}`);
    return (message ?? {}) as Readonly<Record<string, unknown>>;
  };
}

function targetOf(
  file: FileDescriptor,
  { service, declared, controller, conventions }: MethodDraft,
  method: MethodDescriptor,
  action: string,
): CallTarget {
  const options = declared.actions.find(({ key }) => key === action)?.options;
  // The reference counts Stream among the writes.
  const unsafeStream = conventions === 'dsg' && action === 'stream';
  return {
    path: pathOf(file, service, method),
    service: declared.service,
    action,
    controller,
    safe: options?.safe === true && !unsafeStream,
    conventions,
  };
}
