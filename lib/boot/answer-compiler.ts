/** The answers of actions as declared -> how they are made of what actions give. */
import type { DataSource, EntityMetadata } from 'typeorm';
import type { AnswerForm, AnswerPart } from '../crud/action-answer.js';
import { serializersIn } from '../generation/field-list.js';
import type { MessageDraft } from '../generation/message-draft.js';
import { callAccess } from '../request/call-access.js';
import { hasMethods, ObjectMessages, type FindSerializer } from '../serialization/object-messages.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import { readObjects } from '../serialization/read-objects.js';
import type { SerializerShape } from '../serialization/shape.js';
import type { Shapes } from '../serialization/shapes.js';
import type { ReadPlans } from './read-plans.js';

export class AnswerCompiler {
  constructor(
    private readonly shapes: Shapes,
    private readonly dataSource: DataSource | undefined,
    /** Of the controller. */
    private readonly model: EntityMetadata | undefined,
    private readonly plans: ReadPlans,
    private readonly instanceOf: FindSerializer,
  ) {}

  /**
   * @param own the serializer that `serialize()` of the controller uses for the action
   * @param counted whether lists of the controller tell how many there are
   */
  compile(draft: MessageDraft, own: SerializerClass | undefined, counted: boolean): AnswerForm | undefined {
    const { content } = draft;
    const item = content.kind === 'list' ? content.item : draft;
    const serializer = item.content.kind === 'serializer' ? item.content.serializer : undefined;
    const form: AnswerForm = {
      list: content.kind === 'list' ? { field: this.fieldOf(content.field, serializer), counted } : undefined,
      item: serializer && this.part(serializer, serializer === own),
      nested: serializersIn(item.fields).flatMap(({ property, member, serializer: nested }) => {
        const part = this.part(nested, false);
        return part ? [{ property, member, part }] : [];
      }),
    };
    return form.list || form.item || form.nested.length > 0 ? form : undefined;
  }

  private fieldOf(given: string | undefined, serializer: SerializerClass | undefined): string {
    return given ?? (serializer && this.shapes.get(serializer)?.listField) ?? 'results';
  }

  private part(serializer: SerializerClass, own: boolean): AnswerPart | undefined {
    const shape = this.shapes.get(serializer);
    if (!shape) return undefined;
    const { metadata } = shape;
    if (!metadata) return this.partWithoutModel(shape);
    const { target } = metadata;
    if (typeof target !== 'function') return undefined;
    const isObject = (value: unknown): boolean => value instanceof target;
    if (own && metadata === this.model) return { isObject, read: undefined };
    return metadata.dataSource === this.dataSource ? { isObject, read: this.reader(shape) } : undefined;
  }

  /** Serializers without a model make their messages of whatever objects actions give, where they have methods. */
  private partWithoutModel(shape: SerializerShape): AnswerPart | undefined {
    if (!hasMethods(shape, this.shapes)) return undefined;
    const messages = new ObjectMessages(this.shapes, this.instanceOf);
    return {
      isObject: (value) => typeof value === 'object' && value !== null,
      read: async (objects, ctx) => {
        const made: Record<string, unknown>[] = [];
        for (const object of objects) made.push({ ...(await messages.read(shape.serializer, object, ctx)) });
        return made;
      },
    };
  }

  private reader(shape: SerializerShape): AnswerPart['read'] {
    const { metadata } = shape;
    const plan = this.plans.of(shape);
    return metadata && plan && ((objects, ctx) => readObjects(plan, metadata, objects, callAccess(ctx)));
  }
}
