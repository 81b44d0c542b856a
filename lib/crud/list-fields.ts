/** Fields that lists add to requests and answers. */
import type { FieldDescriptor } from '../proto/descriptors.js';
import { snakeCase } from '../proto/names.js';
import type { PageField } from '../pagination/paginator.js';
import { FILTERS_FIELD, PAGINATION_FIELD } from '../request/request-parameters.js';

/** What the lists of one controller look like in the contract. */
export interface DeclaredLists {
  /** Requests have `_filters`, with this comment; undefined: they have not. */
  readonly filters: readonly string[] | undefined;
  /** Requests have `_pagination`, with this comment; undefined: they have not. */
  readonly pagination: readonly string[] | undefined;
  /** What list messages have beside the objects. */
  readonly answers: readonly PageField[];
}

export function filtersField(comment: readonly string[]): FieldDescriptor {
  return structField(FILTERS_FIELD, comment);
}

export function paginationField(comment: readonly string[]): FieldDescriptor {
  return structField(PAGINATION_FIELD, comment);
}

function structField(name: string, comment: readonly string[]): FieldDescriptor {
  return {
    kind: 'field',
    name,
    property: name,
    type: { kind: 'message', name: 'google.protobuf.Struct' },
    cardinality: 'optional',
    number: 0,
    comment,
  };
}

/** `int32 count`, `string next_cursor`, `string previous_cursor`. */
export function answerFields(answers: readonly PageField[]): FieldDescriptor[] {
  return answers.map((property) => ({
    kind: 'field',
    name: snakeCase(property),
    property,
    type: { kind: 'scalar', scalar: property === 'count' ? 'int32' : 'string' },
    cardinality: 'singular',
    number: 0,
    comment: [],
  }));
}
