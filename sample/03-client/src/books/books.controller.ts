import type { Metadata } from '@grpc/grpc-js';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Sse,
} from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import { toStruct } from 'nestjs-socio-grpc/client';
import { map } from 'rxjs';
import type { BookControllerClient, BookRequest } from '../clients/library/v1/library.client.js';
import { Caller } from '../library/caller.js';
import { LIBRARY } from '../library/library.js';

interface BookQuery {
  readonly search?: string;
  readonly author?: string;
  readonly ordering?: string;
  readonly cursor?: string;
  readonly size?: string;
}

@Controller('books')
export class BooksController {
  private readonly books: BookControllerClient;

  constructor(@Inject(LIBRARY) client: ClientGrpc) {
    this.books = client.getService<BookControllerClient>('BookController');
  }

  /** What the query does not say is undefined, and left out of the message. */
  @Get()
  list(@Query() { search, author, ordering, cursor, size }: BookQuery, @Caller() caller: Metadata) {
    return this.books.list(
      {
        _filters: toStruct({ search, ordering, author__name__icontains: author }),
        _pagination: toStruct({ cursor, page_size: size }),
      },
      caller,
    );
  }

  /** Books as they are published, as server-sent events; a browser that goes away cancels the call. */
  @Sse('announcements')
  announcements(@Caller() caller: Metadata) {
    return this.books.announcements({}, caller).pipe(map((data) => ({ data })));
  }

  @Get(':id')
  find(@Param('id', ParseIntPipe) id: number, @Caller() caller: Metadata) {
    return this.books.retrieve({ id }, caller);
  }

  @Post()
  add(@Body() book: BookRequest, @Caller() caller: Metadata) {
    return this.books.create(book, caller);
  }

  @Post(':id/publish')
  @HttpCode(200)
  publish(@Param('id', ParseIntPipe) id: number, @Caller() caller: Metadata) {
    return this.books.publish({ id }, caller);
  }
}
