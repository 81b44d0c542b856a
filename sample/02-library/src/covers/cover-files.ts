import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, type ReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Environment } from '../config/environment.js';

export interface StoredFile {
  /** Its name here. */
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
}

const CHUNK = 64 * 1024;

/** The bytes of covers, in files that are written once and never changed. */
@Injectable()
export class CoverFiles implements OnModuleInit {
  private readonly directory: string;

  constructor(config: ConfigService<Environment, true>) {
    this.directory = config.get('COVER_DIR', { infer: true });
  }

  async onModuleInit(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
  }

  /** Stores what comes; memory holds one chunk, whatever the size. When the source fails, nothing is left behind. */
  async store(chunks: AsyncIterable<Uint8Array>): Promise<StoredFile> {
    const file = randomUUID();
    const hash = createHash('sha256');
    let size = 0;
    const measure = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    };
    try {
      await pipeline(measure, createWriteStream(this.path(file), { flags: 'wx' }));
    } catch (error) {
      await this.remove(file);
      throw error;
    }
    return { file, size, sha256: hash.digest('hex') };
  }

  /** Chunks of 64 KB, read as fast as they are taken. */
  read(file: string): ReadStream {
    return createReadStream(this.path(file), { highWaterMark: CHUNK });
  }

  async remove(file: string): Promise<void> {
    await rm(this.path(file), { force: true });
  }

  private path(file: string): string {
    return join(this.directory, file);
  }
}
