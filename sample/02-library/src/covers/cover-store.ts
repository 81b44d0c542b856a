import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { GrpcContext } from 'nestjs-socio-grpc';
import type { Book } from '../catalog/book.entity.js';
import type { Environment } from '../config/environment.js';
import { CoverFiles } from './cover-files.js';
import type { CoverUpload } from './cover-upload.js';
import { Cover } from './cover.entity.js';

/** A book's cover: the row in the database and the file belong together. */
@Injectable()
export class CoverStore {
  private readonly limit: number;

  constructor(
    private readonly files: CoverFiles,
    config: ConfigService<Environment, true>,
  ) {
    this.limit = config.get('COVER_MAX_BYTES', { infer: true });
  }

  find(ctx: GrpcContext, { id }: Book): Promise<Cover | null> {
    return ctx.manager.findOneBy(Cover, { book: { id } });
  }

  /**
   * The file is received before the transaction begins: a slow sender holds no connection of the database. Of the old and
   * the new file the one that no row names is removed.
   */
  async replace(ctx: GrpcContext, book: Book, upload: CoverUpload): Promise<Cover> {
    const { contentType } = upload;
    const stored = await this.files.store(upload.chunks(this.limit));
    try {
      upload.verify(stored.sha256);
      return await ctx.transaction(async () => {
        const before = await this.find(ctx, book);
        if (before) await ctx.afterCommit(() => this.files.remove(before.file));
        return ctx.manager.save(Cover, { ...before, ...stored, book: { id: book.id }, contentType });
      });
    } catch (error) {
      await this.files.remove(stored.file);
      throw error;
    }
  }
}
