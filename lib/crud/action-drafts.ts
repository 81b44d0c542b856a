/** What an action takes and gives, as its options say it. */
import type { MessageContent, MessageDraft } from '../generation/message-draft.js';
import { isWellKnown } from '../proto/descriptors.js';
import { isExternal } from '../proto/external-message.js';
import { serializerBaseName, type Direction } from '../proto/names.js';
import { linesOf } from '../serialization/declarations.js';
import { STANDARD_PLACEMENT } from '../serialization/enums.js';
import { isSerializerClass } from '../serialization/proto-serializer.js';
import type { DeclaredAction, DeclaredController } from './describe.js';
import {
  isFieldList,
  isPlaceholder,
  type ActionMessage,
  type MessagePlaceholder,
  type NameOption,
} from './grpc-action.js';

export class ActionDrafts {
  constructor(private readonly problems: string[]) {}

  of(controller: DeclaredController, action: DeclaredAction, direction: Direction): MessageDraft {
    const { options } = action;
    const [message, name, description] =
      direction === 'Request'
        ? [options.request, options.requestName, options.requestDescription]
        : [options.response, options.responseName, options.responseDescription];
    const draft = this.draft(controller, action, message, name, direction);
    return description === undefined
      ? draft
      : this.described(draft, description, placeOf(controller, action));
  }

  private described(
    draft: MessageDraft,
    description: string | readonly string[],
    place: string,
  ): MessageDraft {
    const { content, direction } = draft;
    if (content.kind === 'serializer' || content.kind === 'named')
      this.problems.push(
        `${place}: "${direction.toLowerCase()}Description" is for messages that the action itself makes. ` +
          'Set "description" of the serializer.',
      );
    return { ...draft, description: linesOf(description) };
  }

  private draft(
    controller: DeclaredController,
    action: DeclaredAction,
    message: ActionMessage | undefined,
    nameOption: NameOption | undefined,
    direction: Direction,
  ): MessageDraft {
    const name =
      typeof nameOption === 'function'
        ? nameOption(serializerBaseName(action.serializer?.name ?? `${controller.service}Serializer`))
        : nameOption;
    const enums = STANDARD_PLACEMENT;
    const content = this.content(controller, action, message, { direction, name, fields: {}, enums });
    return { direction, name, content, fields: isFieldList(message) ? message : {}, enums };
  }

  private content(
    controller: DeclaredController,
    action: DeclaredAction,
    message: ActionMessage | undefined,
    draft: Omit<MessageDraft, 'content'>,
  ): MessageContent {
    const place = placeOf(controller, action);
    if (isPlaceholder(message)) return this.placeholder(action, message, draft, place);
    if (isSerializerClass(message)) return { kind: 'serializer', serializer: message, partial: false };
    if (isExternal(message)) return { kind: 'named', type: message };
    if (typeof message === 'string' && isWellKnown(message)) return { kind: 'named', type: message };
    if (message !== undefined && (typeof message !== 'object' || message === null))
      this.problems.push(
        `${place}: its ${draft.direction.toLowerCase()} is ${shown(message)}. Expected a class that extends ProtoSerializer, or fields such as { id: 'int32' }.`,
      );
    return { kind: 'fields' };
  }

  private placeholder(
    { serializer }: DeclaredAction,
    message: MessagePlaceholder,
    draft: Omit<MessageDraft, 'content'>,
    place: string,
  ): MessageContent {
    if (!serializer) {
      this.problems.push(
        `${place}: no serializer. Set "serializer" in @GrpcController() or override getSerializer().`,
      );
      return { kind: 'fields' };
    }
    if (message.placeholder === 'lookup') return { kind: 'lookup' };
    const content: MessageContent = { kind: 'serializer', serializer, partial: message.partial };
    if (!message.list) return content;
    return { kind: 'list', item: { ...draft, name: undefined, content }, field: undefined };
  }
}

function placeOf({ className }: DeclaredController, { key }: DeclaredAction): string {
  return `${className}.${key}`;
}

function shown(message: unknown): string {
  return typeof message === 'function' ? message.name : JSON.stringify(message);
}
