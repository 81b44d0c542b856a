/** Related objects as texts: a function of the application makes them, of entities that are read with the rest. */
import type { ObjectLiteral } from 'typeorm';
import type { Relation } from './column-types.js';
import type { FieldDeclaration } from './declarations.js';
import type { FieldFacts, FieldTypes } from './field-types.js';
import { NotLoaded } from './loaded-guard.js';
import { noNeeds, ownColumns, readNeeds } from './needs.js';
import type { FieldSource, SerializerShape, ShapeField } from './shape.js';

type RelatedDeclaration = FieldDeclaration & { readonly kind: 'related' };

/** Undefined after a problem was reported. */
export function textFacts(
  property: string,
  relation: Relation,
  { options: { text, needs, slug, readOnly } }: RelatedDeclaration,
  types: FieldTypes,
): FieldFacts | undefined {
  const target = relation.inverseEntityMetadata;
  if (typeof text !== 'function')
    return types.problem(property, `its "text" is ${String(text)}. Give a function, or leave it out.`);
  if (slug !== undefined)
    return types.problem(property, '"slug" and "text" both say how it is shown. Leave one out.');
  if (readOnly === false)
    return types.problem(property, 'a text does not tell which object is meant. Leave "readOnly" out.');
  if (text === String && !hasOwnToString(target.target))
    return types.problem(
      property,
      `"${target.name}" has no toString() of its own. Give it one, or give a function as "text".`,
    );
  const type = types.ofText(property, 'string');
  const columns = new Set(ownColumns(target));
  const report = (path: string, model: string): void =>
    void types.problem(
      property,
      `needs "${path}", but model "${model}" has no such column or relation. Correct the path.`,
    );
  const many = relation.isOneToMany || relation.isManyToMany;
  return (
    type && {
      type: type.type,
      repeated: many,
      source: {
        kind: 'text',
        relation,
        needs: needs ? readNeeds(target, needs, report) : { ...noNeeds(target), columns },
        text: text as (object: ObjectLiteral, context: unknown) => string,
      },
      nullable: !many && relation.isNullable,
      readOnly: true,
    }
  );
}

function hasOwnToString(target: unknown): boolean {
  return typeof target === 'function' && (target.prototype as object).toString !== Object.prototype.toString;
}

/** Makes the texts of one field. */
export class TextReader {
  /** @param place of the object that has them, from the one that is serialized on */
  constructor(
    private readonly shape: SerializerShape,
    private readonly field: ShapeField,
    private readonly source: FieldSource & { readonly kind: 'text' },
    private readonly place: string,
  ) {}

  /** @param objects the related ones, or the one or none */
  read(objects: unknown, context: unknown): unknown {
    if (objects === null || objects === undefined) return this.field.repeated ? [] : null;
    return Array.isArray(objects)
      ? objects.map((object: ObjectLiteral) => this.one(object, context))
      : this.one(objects, context);
  }

  private one(object: ObjectLiteral, context: unknown): string {
    const { text, relation } = this.source;
    try {
      return text(object, context);
    } catch (error) {
      if (!(error instanceof NotLoaded)) throw error;
      const below = [this.place, relation.propertyPath].filter((path) => path !== '').join('.');
      throw error.explained(
        `the text of ${this.shape.serializer.name}.${this.field.property}`,
        below,
        (path) => `Name it: @Related(() => …, { text, needs: [..., '${path}'] }).`,
      );
    }
  }
}
