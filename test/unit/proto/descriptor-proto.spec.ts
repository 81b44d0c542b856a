import { create, fromBinary, toJson } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type FileDescriptorProto,
} from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { readContract } from '../../../lib/proto/contract.js';
import { describeFile } from '../../../lib/proto/descriptor-proto.js';
import { bufDescriptorSet } from '../../support/buf.js';

const COMMON = 'syntax = "proto3";\npackage common.v1;\nmessage Money { int64 units = 1; }\n';

const TEXT = `syntax = "proto3";
package shop.v1;
import "common/v1/common.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/struct.proto";

// Sells books.
// In two lines.
service BookController {
    // Many of them.
    rpc Search(stream Book) returns (stream common.v1.Money) {}
    rpc Add(Book) returns (google.protobuf.Empty) { option deprecated = true; }
}
// A book.
message Book {
    // Its kind.
    enum Kind {
        KIND_UNSPECIFIED = 0;
        // A long one.
        NOVEL = 1;
        reserved 3 to 4;
        reserved "POEM";
    }
    message Part {
        string title = 1;
    }
    // Written by hand.
    optional string sub_title = 7;
    repeated int64 numbers = 1;
    Kind kind = 2;
    common.v1.Money price = 3;
    map<string, Part> parts_by_name = 4;
    map<int32, double> weights = 5;
    oneof target {
        // By its number.
        sint32 number = 8;
        bytes raw = 9;
    }
    google.protobuf.Struct data = 10 [deprecated = true];
    float short = 11 [json_name = "brief"];
    Genre.Enum genre = 12;
    reserved 13, 20 to max;
    reserved "old";
}
// Wrapped.
message Genre {
    enum Enum {
        ENUM_UNSPECIFIED = 0;
    }
}
enum Colour {
    RED = 0;
    BLUE = -1;
}
`;

type Json = Record<string, unknown>;

async function protoc(): Promise<FileDescriptorProto> {
  const bytes = await bufDescriptorSet({ 'shop/v1/shop.proto': TEXT, 'common/v1/common.proto': COMMON });
  const { file } = fromBinary(FileDescriptorSetSchema, bytes);
  return file.find(({ name }) => name === 'shop/v1/shop.proto')!;
}

const ours = () => create(FileDescriptorProtoSchema, describeFile(readContract(TEXT, 'shop.proto')));

/** By name: the order of declarations is no part of a contract, but the numbers of oneofs follow their fields. */
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
function comments(file: FileDescriptorProto): Record<string, string> {
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

describe('a descriptor', () => {
  it('is what a compiler makes of the printed file', async () => {
    const theirs = await protoc();
    const [a, b] = [ours(), theirs].map((file) => {
      const { sourceCodeInfo: _, ...json } = toJson(FileDescriptorProtoSchema, file) as Json;
      return sorted(json);
    });
    expect(a).toEqual(b);
  });

  it('has the comments at their places', async () => {
    const theirs = comments(await protoc());
    expect(theirs['Book.Kind.NOVEL']).toBe(' A long one.\n');
    expect(comments(ours())).toEqual(theirs);
  });
});
