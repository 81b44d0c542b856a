/** What of an entity was not loaded must not look as if it were empty: reading it is an error. */
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { Column, Relation } from './column-types.js';

/** A method reads what nobody loaded for it. */
export class NotLoaded extends Error {
  override readonly name = 'NotLoaded';

  /** @param path of the property, from the object that is serialized on */
  constructor(readonly path: string) {
    super(`"${path}" is not loaded`);
  }

  /** Says who reads it, and what to do. */
  explained(reader: string, below: string, cure: (path: string) => string): Error {
    const path = below === '' ? this.path : this.path.slice(below.length + 1);
    return new Error(`${reader} reads "${path}", which is not loaded. ${cure(path)}`, { cause: this });
  }
}

const PLAIN = { configurable: true, enumerable: true, writable: true };

interface Hidden {
  /** From the entity to the object that would have it. */
  readonly owner: readonly string[];
  readonly property: string;
  readonly path: string;
}

export class LoadedGuard {
  private readonly hidden: readonly Hidden[];

  /** @param place of the entity, from the object that is serialized on */
  constructor(
    { columns, relations }: EntityMetadata,
    loadedColumns: readonly Column[],
    loadedRelations: readonly Relation[],
    place: string,
  ) {
    const paths = [
      ...columns.filter((column) => !column.isVirtual && !loadedColumns.includes(column)),
      ...relations.filter((relation) => !loadedRelations.includes(relation)),
    ].map(({ propertyPath }) => propertyPath);
    this.hidden = [...new Set(paths)].map((path) => {
      const owner = path.split('.');
      const property = owner.pop() as string;
      return { owner, property, path: place === '' ? path : `${place}.${path}` };
    });
  }

  /** Makes the entity's properties that were not loaded throw. Whatever set one meanwhile stays. */
  protect(entity: ObjectLiteral): void {
    for (const { owner, property, path } of this.hidden) {
      const holder = owner.reduce<ObjectLiteral | undefined>(
        (object, step) => object?.[step] as ObjectLiteral | undefined,
        entity,
      );
      // A getter of the class is no value: it is asked by nobody yet.
      const known = holder && Object.getOwnPropertyDescriptor(holder, property);
      if (!holder || (known && known.value !== undefined)) continue;
      Object.defineProperty(holder, property, {
        configurable: true,
        // Whoever copies the entity does not ask for it.
        enumerable: false,
        get: () => {
          throw new NotLoaded(path);
        },
        set: (value: unknown) => {
          Object.defineProperty(holder, property, { ...PLAIN, value });
        },
      });
    }
  }
}
