import { GrpcResourceExhaustedException } from '@nestjs/microservices';
import { ValidationException, withDetails } from 'nestjs-socio-grpc';
import { imageType } from './image-type.js';

export interface UploadRequest {
  readonly book: number;
  readonly sha256: string;
  readonly chunk: Uint8Array;
}

/** A client stream as one file: what the first message says, and the pieces of all of them. */
export class CoverUpload {
  private constructor(
    private readonly first: UploadRequest,
    private readonly rest: AsyncIterator<UploadRequest>,
  ) {}

  static async begin(requests: AsyncIterable<UploadRequest>): Promise<CoverUpload> {
    const iterator = requests[Symbol.asyncIterator]();
    const { value, done } = await iterator.next();
    if (done === true) throw ValidationException.ofRequest('The stream is empty.', 'empty');
    return new CoverUpload(value, iterator);
  }

  get book(): number {
    return this.first.book;
  }

  /** As the first bytes tell. */
  get contentType(): string {
    const type = imageType(this.first.chunk);
    if (type) return type;
    throw new ValidationException({ chunk: [{ message: 'Not a PNG, JPEG or GIF.', code: 'type' }] });
  }

  /** @throws GrpcResourceExhaustedException COVER_TOO_LARGE as soon as there is more */
  async *chunks(limit: number): AsyncGenerator<Uint8Array, void, undefined> {
    let size = 0;
    for await (const { chunk } of this.messages()) {
      size += chunk.length;
      if (size > limit)
        throw withDetails(new GrpcResourceExhaustedException(`A cover has at most ${limit} bytes.`), {
          reason: 'COVER_TOO_LARGE',
        });
      yield chunk;
    }
  }

  /** @throws ValidationException when the sender computed another checksum than the one of what came */
  verify(sha256: string): void {
    if (this.first.sha256 !== '' && this.first.sha256.toLowerCase() !== sha256)
      throw new ValidationException({
        sha256: [{ message: `What came has the checksum ${sha256}.`, code: 'checksum' }],
      });
  }

  private async *messages(): AsyncGenerator<UploadRequest, void, undefined> {
    yield this.first;
    yield* { [Symbol.asyncIterator]: () => this.rest };
  }
}
