/** The generation plugins that come with the library. */
import { STANDARD_PLACEMENT, type EnumPlacement } from '../serialization/enums.js';
import { FILTERS_FIELD, PAGINATION_FIELD } from '../request/request-parameters.js';
import type { ListedField } from './field-list.js';
import { GenerationPlugin } from './generation-plugin.js';
import type { ActionTarget, MessageDraft } from './message-draft.js';

/**
 * Adds one field to requests.
 *
 * @example
 * @GrpcAction({ request: {}, plugins: [new AddFieldPlugin('dryRun', 'bool')] })
 */
export class AddFieldPlugin extends GenerationPlugin {
  /** @param property name of the field in JavaScript; on the wire it is in snake_case */
  constructor(
    protected readonly property: string,
    protected readonly field: ListedField | ListedField['type'],
  ) {
    super();
  }

  override transformRequest(message: MessageDraft): MessageDraft {
    return withField(message, this.property, this.field);
  }
}

/**
 * Adds `_filters` to requests where the controller has filters, search or ordering, unless they are read from metadata
 * only. `filterQuery()` applies them. `@GrpcAction({ filters: true })` stands for it.
 */
export class FilterGenerationPlugin extends GenerationPlugin {
  override appliesTo({ lists }: ActionTarget): boolean {
    return lists.filters !== undefined;
  }

  override transformRequest(message: MessageDraft, { lists }: ActionTarget): MessageDraft {
    return withField(message, FILTERS_FIELD, { ...STRUCT, description: lists.filters ?? [] });
  }
}

/**
 * Adds `_pagination` to requests where the controller has a paginator, unless it is read from metadata only.
 * `paginate()` applies it. `@GrpcAction({ pagination: true })` stands for it.
 */
export class PaginationGenerationPlugin extends GenerationPlugin {
  override appliesTo({ lists }: ActionTarget): boolean {
    return lists.pagination !== undefined;
  }

  override transformRequest(message: MessageDraft, { lists }: ActionTarget): MessageDraft {
    return withField(message, PAGINATION_FIELD, { ...STRUCT, description: lists.pagination ?? [] });
  }
}

/** Options of `ListGenerationPlugin`. */
export interface ListPluginOptions {
  /** The action takes a list. Default: false. */
  readonly request?: boolean;
  /** It answers with a list, and may give an array. Default: false. */
  readonly response?: boolean;
  /** Property that holds the items. Default: the serializer's `listField`, else `results`. */
  readonly field?: string;
}

/**
 * Makes lists of the messages of an action: `BulkCreate(BookListRequest) returns (BookListResponse)`. Fields that other
 * plugins add behind it are the list's, those before it the items'.
 *
 * @example
 * @GrpcAction({
 *   request: BookSerializer,
 *   response: BookSerializer,
 *   plugins: [new ListGenerationPlugin({ request: true, response: true })],
 * })
 */
export class ListGenerationPlugin extends GenerationPlugin {
  constructor(protected readonly options: ListPluginOptions) {
    super();
  }

  override transformRequest(message: MessageDraft): MessageDraft {
    return this.options.request === true ? listOf(message, this.options.field) : message;
  }

  override transformResponse(message: MessageDraft): MessageDraft {
    return this.options.response === true ? listOf(message, this.options.field) : message;
  }
}

/**
 * Says where the enums of an action's messages stand in the file. An enum that two actions want in different places of
 * one message is a boot error: set it for the module, or give one of the messages a name.
 *
 * @example
 * SocioGrpcModule.forRoot({ generationPlugins: [new EnumPlacementPlugin('global')] })
 */
export class EnumPlacementPlugin extends GenerationPlugin {
  constructor(readonly placement: EnumPlacement) {
    super();
  }

  override transformRequest(message: MessageDraft): MessageDraft {
    return withEnums(message, this.placement);
  }

  override transformResponse(message: MessageDraft): MessageDraft {
    return withEnums(message, this.placement);
  }
}

/** Where enums stand that no action says anything of. */
export function placementIn(plugins: readonly GenerationPlugin[]): EnumPlacement {
  return plugins.findLast((plugin) => plugin instanceof EnumPlacementPlugin)?.placement ?? STANDARD_PLACEMENT;
}

const STRUCT = { type: 'optional google.protobuf.Struct' };

function withField(message: MessageDraft, property: string, field: MessageDraft['fields'][string]) {
  return { ...message, fields: { ...message.fields, [property]: field } };
}

function listOf(item: MessageDraft, field: string | undefined): MessageDraft {
  return { ...item, content: { kind: 'list', item, field }, fields: {} };
}

/** Items of a list included: whether the plugin for lists comes before or after must not matter. */
function withEnums(message: MessageDraft, enums: EnumPlacement): MessageDraft {
  const { content } = message;
  const inside = content.kind === 'list' ? { ...content, item: withEnums(content.item, enums) } : content;
  return { ...message, enums, content: inside };
}
