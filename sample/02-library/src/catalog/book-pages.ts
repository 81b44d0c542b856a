import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { CursorPagination, type CursorOptions } from 'nestjs-socio-grpc';
import type { Environment } from '../config/environment.js';

/** Pages by cursor, whose secret comes from the configuration. */
@Injectable()
export class BookPages extends CursorPagination {
  protected override readonly options: CursorOptions;

  constructor(config: ConfigService<Environment, true>) {
    super();
    this.options = {
      pageSize: 20,
      maxPageSize: 100,
      secret: config.get('CURSOR_SECRET', { infer: true }),
    };
  }
}
