import { GrpcNotFoundException } from '@nestjs/microservices';
import { GenericController, GrpcAction, GrpcController, type GrpcContext } from 'nestjs-socio-grpc';
import type { Book } from '../catalog/book.entity.js';
import { BookSerializer } from '../catalog/book.serializer.js';
import { BOOK_PERMISSIONS } from '../catalog/permissions.js';
import { VisibleBooks } from '../catalog/visible-books.js';
import { CoverFiles } from './cover-files.js';
import { CoverSerializer } from './cover.serializer.js';
import { CoverStore } from './cover-store.js';
import { CoverUpload, type UploadRequest } from './cover-upload.js';

/** Covers of books: who may see or change the book may see or change its cover. */
@GrpcController({
  service: 'Cover',
  serializer: BookSerializer,
  permissions: BOOK_PERMISSIONS,
  scope: VisibleBooks,
})
export class CoverController extends GenericController<Book> {
  constructor(
    private readonly covers: CoverStore,
    private readonly files: CoverFiles,
  ) {
    super();
  }

  /** The first message names the book, all carry pieces of the file, the last one has the checksum. */
  @GrpcAction({
    request: { book: 'optional int32', chunk: 'optional bytes', sha256: 'optional string' },
    response: CoverSerializer,
    requestStream: true,
  })
  async upload(requests: AsyncIterable<UploadRequest>, ctx: GrpcContext) {
    const upload = await CoverUpload.begin(requests);
    const book = await this.getObject(ctx, { id: upload.book });
    return this.covers.replace(ctx, book, upload);
  }

  /** The first message says what is known of the file, the others are its bytes. */
  @GrpcAction({
    request: { book: 'int32' },
    response: { part: { oneof: { about: CoverSerializer, chunk: 'bytes' } } },
    responseStream: true,
    safe: true,
  })
  async *download({ book: id }: { book: number }, ctx: GrpcContext) {
    const book = await this.getObject(ctx, { id });
    const cover = await this.covers.find(ctx, book);
    if (!cover) throw new GrpcNotFoundException(`Book: ${id} has no cover!`);
    yield { part: { case: 'about' as const, value: cover } };
    for await (const chunk of this.files.read(cover.file))
      yield { part: { case: 'chunk' as const, value: chunk as Buffer } };
  }
}
