import { create, fromBinary } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type FileDescriptorProto,
} from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { readContract } from '../../../lib/proto/contract.js';
import { describeFile } from '../../../lib/proto/descriptor-proto.js';
import { bufDescriptorSet } from '../../support/buf.js';
import { commentsIn, inOrder } from '../../support/file-descriptors.js';

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

async function protoc(): Promise<FileDescriptorProto> {
  const bytes = await bufDescriptorSet({ 'shop/v1/shop.proto': TEXT, 'common/v1/common.proto': COMMON });
  const { file } = fromBinary(FileDescriptorSetSchema, bytes);
  return file.find(({ name }) => name === 'shop/v1/shop.proto')!;
}

const ours = () => create(FileDescriptorProtoSchema, describeFile(readContract(TEXT, 'shop.proto')));

describe('a descriptor', () => {
  it('is what a compiler makes of the printed file', async () => {
    const theirs = await protoc();
    expect(inOrder(ours())).toEqual(inOrder(theirs));
  });

  it('has the comments at their places', async () => {
    const theirs = commentsIn(await protoc());
    expect(theirs['Book.Kind.NOVEL']).toBe(' A long one.\n');
    expect(commentsIn(ours())).toEqual(theirs);
  });
});
