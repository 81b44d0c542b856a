import type { ActionTarget, MessageDraft } from './message-draft.js';

/**
 * Changes the messages of actions before they enter the contract: of one action with `@GrpcAction({ plugins })`, of all
 * with `generationPlugins` of the module, which come first. Each gets what the one before it made. A plugin is asked at
 * boot only, for every action that has it, so it must depend on nothing but its arguments.
 *
 * @example
 * class TracedPlugin extends GenerationPlugin {
 *   override transformRequest(message: MessageDraft) {
 *     return { ...message, fields: { ...message.fields, traceId: 'optional string' } };
 *   }
 * }
 * @see DSG `generation_plugin.BaseGenerationPlugin`
 */
export abstract class GenerationPlugin {
  /** Whether the action has any use for it. Default: always. */
  appliesTo(_action: ActionTarget): boolean {
    return true;
  }

  /** Override it to change what an action takes. */
  transformRequest(message: MessageDraft, _action: ActionTarget): MessageDraft {
    return message;
  }

  /** Override it to change what an action answers; the action must answer so. */
  transformResponse(message: MessageDraft, _action: ActionTarget): MessageDraft {
    return message;
  }
}
