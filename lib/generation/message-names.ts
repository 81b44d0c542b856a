import { messageName, type Direction } from '../proto/names.js';

/** A message of an action that needs a name. */
export interface MessageToName {
  readonly direction: Direction;
  /** Whether it is the list, and not the item, of an action with lists. */
  readonly list: boolean;
  /** The name that the action gives with `requestName` or `responseName`. */
  readonly given: string | undefined;
  /** The serializer's class name without `Serializer`; of listed fields service and rpc: `PostPublish`. */
  readonly stem: string;
  /** Name of the service without `Controller`. */
  readonly service: string;
  /** The rpc. */
  readonly rpc: string;
}

/**
 * How messages of actions are named: the stem and `Request` or `Response`, with `List` in front of these for lists; a
 * given name keeps its form. Messages nested in them are always named after their serializers. Extend it and set it as
 * `messageNames` of the module, or of one action.
 *
 * @example
 * class ShortNames extends MessageNames {
 *   override nameOf(message: MessageToName) {
 *     return super.nameOf(message).replace(/Response$/, 'Reply');
 *   }
 * }
 * @see DSG `message_name_constructor.DefaultMessageNameConstructor`
 */
export class MessageNames {
  /** Whether something names messages; the class in place of an instance is a frequent slip. */
  static isInstance(names: unknown): names is MessageNames {
    return typeof (names as { readonly nameOf?: unknown } | null | undefined)?.nameOf === 'function';
  }

  nameOf({ given, stem, direction, list }: MessageToName): string {
    return messageName(given, stem, direction, list);
  }
}
