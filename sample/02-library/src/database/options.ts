import type { DataSourceOptions } from 'typeorm';
import { Author } from '../catalog/author.entity.js';
import { Book } from '../catalog/book.entity.js';
import { Chapter } from '../catalog/chapter.entity.js';
import { Tag } from '../catalog/tag.entity.js';
import type { Environment } from '../config/environment.js';
import { Cover } from '../covers/cover.entity.js';
import { Loan } from '../loans/loan.entity.js';
import { Branch } from '../members/branch.entity.js';
import { Member } from '../members/member.entity.js';
import { Catalog1764000000000 } from './migrations/1764000000000-catalog.js';
import { Loans1764100000000 } from './migrations/1764100000000-loans.js';

/** The schema is made by migrations only; the application starts when they have run. */
export function databaseOptions({
  DATABASE,
  DATABASE_URL,
}: Pick<Environment, 'DATABASE' | 'DATABASE_URL'>): DataSourceOptions {
  return {
    ...(DATABASE_URL
      ? { type: 'postgres', url: DATABASE_URL, installExtensions: false }
      : { type: 'better-sqlite3', database: DATABASE, enableWAL: true }),
    entities: [Author, Book, Branch, Chapter, Cover, Loan, Member, Tag],
    migrations: [Catalog1764000000000, Loans1764100000000],
    synchronize: false,
  };
}
