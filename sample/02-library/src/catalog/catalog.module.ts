import { Module } from '@nestjs/common';
import { AuthorController } from './author.controller.js';
import { BookController } from './book.controller.js';
import { News } from './news.js';
import { TagController } from './tag.controller.js';

@Module({ controllers: [AuthorController, BookController, TagController], providers: [News] })
export class CatalogModule {}
