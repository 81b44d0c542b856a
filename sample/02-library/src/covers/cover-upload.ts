import { GrpcResourceExhaustedException } from '@nestjs/microservices';
import { ValidationException, withDetails } from 'nestjs-socio-grpc';
import { imageType } from './image-type.js';

export interface UploadRequest {
  readonly book?: number;
  readonly chunk?: Uint8Array;
  readonly sha256?: string;
}

/** A client stream as one file: the book in the first message, the pieces in all of them, the checksum in the last. */
export class CoverUpload {
  private constructor(
    private readonly first: UploadRequest,
    private readonly rest: AsyncIterator<UploadRequest>,
    private stated = first.sha256,
  ) {}

  static async begin(requests: AsyncIterable<UploadRequest>): Promise<CoverUpload> {
    const iterator = requests[Symbol.asyncIterator]();
    const { value, done } = await iterator.next();
    if (done === true) throw ValidationException.ofRequest('The stream is empty.', 'empty');
    return new CoverUpload(value, iterator);
  }

  get book(): number {
    return this.first.book ?? 0;
  }

  /** As the first bytes tell. */
  get contentType(): string {
    const type = imageType(this.first.chunk ?? Buffer.alloc(0));
    if (type) return type;
    throw new ValidationException({ chunk: [{ message: 'Not a PNG, JPEG or GIF.', code: 'type' }] });
  }

  /** @throws GrpcResourceExhaustedException COVER_TOO_LARGE as soon as there is more */
  async *chunks(limit: number): AsyncGenerator<Uint8Array, void, undefined> {
    let size = 0;
    for await (const { chunk, sha256 } of this.messages()) {
      this.stated = sha256 ?? this.stated;
      if (!chunk) continue;
      size += chunk.length;
      if (size > limit)
        throw withDetails(new GrpcResourceExhaustedException(`A cover has at most ${limit} bytes.`), {
          reason: 'COVER_TOO_LARGE',
        });
      yield chunk;
    }
  }

  /** @throws ValidationException when the sender did not say that this is all, or sent something else */
  verify(sha256: string): void {
    if (this.stated?.toLowerCase() === sha256) return;
    const message = `What came has the checksum ${sha256}, expected ${this.stated ?? 'one in the last message'}.`;
    throw new ValidationException({ sha256: [{ message, code: 'checksum' }] });
  }

  private async *messages(): AsyncGenerator<UploadRequest, void, undefined> {
    yield this.first;
    yield* { [Symbol.asyncIterator]: () => this.rest };
  }
}
