import type { EntityManager } from 'typeorm';
import { hashPassword } from '../auth/password.js';
import { Author } from '../catalog/author.entity.js';
import { Book, BookState } from '../catalog/book.entity.js';
import { Tag } from '../catalog/tag.entity.js';
import { Branch } from '../members/branch.entity.js';
import { Member, Role } from '../members/member.entity.js';

/** Everybody's. */
const PASSWORD = 'correct horse';

/** People and books to begin with; does nothing where there are members already. */
export async function seed(manager: EntityManager): Promise<void> {
  if (await manager.existsBy(Member, {})) return;
  const [town, harbour] = await manager.save(Branch, [{ name: 'Town' }, { name: 'Harbour' }]);
  const passwordHash = await hashPassword(PASSWORD);
  const member = (name: string, role: Role, branch: Branch) =>
    manager.save(Member, {
      name,
      email: `${name.toLowerCase()}@library.example`,
      role,
      branch,
      passwordHash,
    });
  await member('Ada', Role.Admin, town!);
  const linus = await member('Linus', Role.Librarian, town!);
  await member('Rosa', Role.Reader, town!);
  const hanna = await member('Hanna', Role.Librarian, harbour!);
  const poetry = await manager.save(Tag, { label: 'poetry' });
  const sappho = await manager.save(Author, { name: 'Sappho' });
  const lem = await manager.save(Author, { name: 'Stanisław Lem', born: '1921-09-12' });
  await manager.save(Book, [
    {
      isbn: '9780140449983',
      title: 'Stung with Love',
      author: sappho,
      tags: [poetry],
      printed: '2009-08-27',
      state: BookState.Published,
      branch: town!,
      owner: linus,
    },
    {
      isbn: '9780156027601',
      title: 'Solaris',
      author: lem,
      copies: 2,
      printed: '2002-11-20',
      state: BookState.Published,
      branch: town!,
      owner: linus,
    },
    { isbn: '9780156838504', title: 'The Cyberiad', author: lem, branch: town!, owner: linus },
    {
      isbn: '9780156306300',
      title: 'The Futurological Congress',
      author: lem,
      state: BookState.Published,
      branch: harbour!,
      owner: hanna,
    },
  ]);
}
