import type { ObjectLiteral } from 'typeorm';
import { NotLoaded } from './loaded-guard.js';
import type { ObjectMessages } from './object-messages.js';
import type { ProtoSerializer } from './proto-serializer.js';
import type { SerializerShape, ShapeField } from './shape.js';

type Method = (object: ObjectLiteral, context: unknown) => unknown;

/** Calls the method of one field. */
export class MethodReader {
  private readonly method: Method;

  /** @param place of the objects, from the one that is serialized on */
  constructor(
    private readonly messages: ObjectMessages,
    instance: ProtoSerializer,
    private readonly shape: SerializerShape,
    private readonly field: ShapeField,
    private readonly place: string,
  ) {
    const method = (instance as unknown as Readonly<Record<string, Method>>)[field.property] as Method;
    this.method = method.bind(instance);
  }

  async read(object: ObjectLiteral, context: unknown): Promise<unknown> {
    try {
      const value = await this.method(object, context);
      return await this.messages.value(this.field, value, context);
    } catch (error) {
      if (!(error instanceof NotLoaded)) throw error;
      const reader = `${this.shape.serializer.name}.${this.field.property}()`;
      throw error.explained(
        reader,
        this.place,
        (path) => `Name it: @MethodField({ needs: [..., '${path}'] }).`,
      );
    }
  }
}
