/** A message of an action as it was declared, before it has a name and fields of its own. Plain data. */
import type { EnumPlacement } from '../serialization/enums.js';
import type { WellKnownName } from '../proto/descriptors.js';
import type { ExternalMessage } from '../proto/external-message.js';
import type { Direction } from '../proto/names.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import type { DeclaredLists } from './declared-lists.js';
import type { FieldList } from './field-list.js';

/** What a message is made of, besides the fields that are listed for it. */
export type MessageContent =
  /** Nothing: its listed fields are all. */
  | { readonly kind: 'fields' }
  /** The fields of a serializer; `partial`: with the names of those to change. */
  | { readonly kind: 'serializer'; readonly serializer: SerializerClass; readonly partial: boolean }
  /** The fields that find an object. */
  | { readonly kind: 'lookup' }
  /** Many of another message. `field`: where they are; the serializer's `listField`, else `results`, by default. */
  | { readonly kind: 'list'; readonly item: MessageDraft; readonly field: string | undefined }
  /** A message that is declared elsewhere, such as `google.protobuf.Struct`. */
  | { readonly kind: 'named'; readonly type: WellKnownName | ExternalMessage };

/** One message of an action on its way into the contract; generation plugins change it. */
export interface MessageDraft {
  readonly direction: Direction;
  /** As it was given, if it was. */
  readonly name: string | undefined;
  readonly content: MessageContent;
  /** Comment in the `.proto`; a message of a serializer has that of its serializer. Default: none. */
  readonly description?: readonly string[];
  /** Fields behind those of the content. */
  readonly fields: FieldList;
  /** Where enums stand, also those of nested messages. */
  readonly enums: EnumPlacement;
}

/** The action that a message belongs to. */
export interface ActionTarget {
  /** The controller class. */
  readonly controller: object;
  /** Name of the service without `Controller`. */
  readonly service: string;
  /** Name of the method. */
  readonly action: string;
  /** What the controller uses for the action, if anything. */
  readonly serializer: SerializerClass | undefined;
  /** What requests may ask of the controller's lists. */
  readonly lists: DeclaredLists;
}
