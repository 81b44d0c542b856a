import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ClientReadableStream, Metadata } from '@grpc/grpc-js';
import { Controller, Get, Inject, Param, ParseIntPipe, Put, Req, StreamableFile } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import { from } from 'rxjs';
import type {
  CoverControllerClient,
  CoverDownloadRequest,
  CoverDownloadResponse,
  CoverUploadRequest,
} from '../clients/library/v1/library.client.js';
import { Caller } from '../library/caller.js';
import { LIBRARY } from '../library/library.js';

/** The client of grpc-js itself: its streams hold the library back while a slow browser reads, Observables do not. */
interface RawCovers {
  download(
    request: CoverDownloadRequest,
    metadata: Metadata,
  ): ClientReadableStream<CoverDownloadResponse> & AsyncIterable<CoverDownloadResponse>;
}

@Controller('books/:id/cover')
export class CoversController {
  private readonly covers: CoverControllerClient;
  private readonly raw: RawCovers;

  constructor(@Inject(LIBRARY) client: ClientGrpc) {
    this.covers = client.getService<CoverControllerClient>('CoverController');
    this.raw = client.getClientByServiceName<RawCovers>('CoverController');
  }

  @Put()
  upload(
    @Param('id', ParseIntPipe) book: number,
    @Req() request: IncomingMessage,
    @Caller() caller: Metadata,
  ) {
    return this.covers.upload(from(piecesOf(book, request)), caller);
  }

  @Get()
  async download(@Param('id', ParseIntPipe) book: number, @Caller() caller: Metadata) {
    const messages = this.raw.download({ book }, caller)[Symbol.asyncIterator]();
    const first = (await messages.next()) as IteratorYieldResult<CoverDownloadResponse>;
    const { contentType = '', size = 0 } = first.value.about ?? {};
    return new StreamableFile(Readable.from(bytesOf(messages)), { type: contentType, length: size });
  }
}

/** A body as the messages of an upload. One that breaks off has no checksum, so the library does not keep it. */
async function* piecesOf(book: number, body: Readable): AsyncGenerator<CoverUploadRequest> {
  const hash = createHash('sha256');
  try {
    // A refusal ends the iteration early, and must not take the connection that it is answered on along.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      hash.update(chunk as Buffer);
      yield { book, chunk: chunk as Buffer };
    }
  } catch {
    return;
  }
  yield { book, sha256: hash.digest('hex') };
}

async function* bytesOf(messages: AsyncIterator<CoverDownloadResponse>): AsyncGenerator<Buffer> {
  for await (const { chunk } of { [Symbol.asyncIterator]: () => messages }) if (chunk) yield chunk;
}
