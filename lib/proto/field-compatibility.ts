/**
 * Whether bytes and JSON written for one field can be read as another. The rules are those of
 * https://protobuf.dev/programming-guides/proto3/#updating, as `buf breaking` checks them in its category
 * WIRE_JSON: stricter than the wire alone, since int32 and int64 have the same bytes but not the same JSON.
 */
import {
  type EnumDescriptor,
  type FieldDescriptor,
  type FieldType,
  type FileDescriptor,
  isScalar,
  mapTypesOf,
  type ScalarType,
} from './descriptors.js';

/** Scalars of one line may take each other's place. */
const INTERCHANGEABLE: readonly (readonly ScalarType[])[] = [
  ['int32', 'uint32'],
  ['int64', 'uint64'],
  ['fixed32', 'sfixed32'],
  ['fixed64', 'sfixed64'],
];

type EnumsByName = ReadonlyMap<string, EnumDescriptor>;

/** Says whether types fit, knowing the enums of the contract that was and of the one that is. */
export class TypeComparison {
  private readonly was: EnumsByName;
  private readonly is: EnumsByName;

  constructor(was: FileDescriptor, is: FileDescriptor) {
    this.was = new Map(was.enums.map((descriptor) => [descriptor.name, descriptor]));
    this.is = new Map(is.enums.map((descriptor) => [descriptor.name, descriptor]));
  }

  fits(was: FieldType, is: FieldType): boolean {
    const [wasMap, isMap] = [mapTypesOf(nameOf(was)), mapTypesOf(nameOf(is))];
    if (!wasMap || !isMap) return this.namesFit(nameOf(was), nameOf(is));
    return this.namesFit(wasMap.key, isMap.key) && this.namesFit(wasMap.value, isMap.value);
  }

  private namesFit(was: string, is: string): boolean {
    if (was === is) return this.was.has(was) === this.is.has(is);
    if (isScalar(was) && isScalar(is))
      return INTERCHANGEABLE.some((group) => group.includes(was) && group.includes(is));
    const [before, after] = [this.was.get(was), this.is.get(is)];
    return before !== undefined && after !== undefined && isMoved(before, after);
  }
}

/** `optional` and `singular` differ in nothing but presence; a list and a map are read in other ways. */
export function sameCardinality(was: FieldDescriptor, is: FieldDescriptor): boolean {
  return formOf(was) === formOf(is);
}

function formOf({ type, cardinality }: FieldDescriptor): string {
  if (mapTypesOf(nameOf(type))) return 'map';
  return cardinality === 'repeated' ? 'list' : 'one';
}

/** An enum may stand elsewhere as long as its own name and every value stay. */
function isMoved(was: EnumDescriptor, is: EnumDescriptor): boolean {
  const numbers = new Map(is.values.map(({ name, number }) => [name, number]));
  const ownName = ({ name }: EnumDescriptor) => name.slice(name.lastIndexOf('.') + 1);
  return ownName(was) === ownName(is) && was.values.every(({ name, number }) => numbers.get(name) === number);
}

function nameOf(type: FieldType): string {
  return type.kind === 'scalar' ? type.scalar : type.name;
}
