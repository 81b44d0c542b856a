/** Descriptors of files in a form that can be compared, whoever made them. */
import { toJson } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';

type Json = Record<string, unknown>;

/** By name: the order of declarations is no part of a contract, but the numbers of oneofs follow their fields. */
export function inOrder(file: FileDescriptorProto): Json {
  const { sourceCodeInfo: _, ...json } = toJson(FileDescriptorProtoSchema, file) as Json;
  return sorted(json) as Json;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    return items.every((item) => typeof item === 'object' && item !== null && 'name' in item)
      ? items.toSorted((a, b) => ((a as Json)['name']! < (b as Json)['name']! ? -1 : 1))
      : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, sorted(each)] as const);
  // Empty options say nothing.
  return Object.fromEntries(entries.filter(([, each]) => JSON.stringify(each) !== '{}'));
}

/** Comments by the names that their paths lead to. */
export function commentsIn(file: FileDescriptorProto): Record<string, string> {
  const found = (file.sourceCodeInfo?.location ?? []).filter(({ leadingComments }) => leadingComments);
  return Object.fromEntries(found.map(({ path, leadingComments }) => [placeOf(file, path), leadingComments]));
}

function placeOf(file: FileDescriptorProto, path: readonly number[]): string {
  let place: unknown = file;
  const names: string[] = [];
  for (let at = 0; at < path.length; at += 2) {
    const { field } = (place as { $typeName: string }).$typeName.endsWith('FileDescriptorProto')
      ? { field: { 4: 'messageType', 5: 'enumType', 6: 'service' }[path[at]!] }
      : { field: fieldOf((place as { $typeName: string }).$typeName, path[at]!) };
    place = (place as Record<string, unknown[]>)[field!]![path[at + 1]!];
    names.push((place as { name: string }).name);
  }
  return names.join('.');
}

function fieldOf(type: string, number: number): string | undefined {
  if (type.endsWith('.DescriptorProto'))
    return { 2: 'field', 3: 'nestedType', 4: 'enumType', 8: 'oneofDecl' }[number];
  return type.endsWith('EnumDescriptorProto') ? 'value' : 'method';
}
