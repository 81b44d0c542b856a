import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES } from '../../../test/support/databases.js';
import { struct, type Json } from '../../../test/support/struct.js';
import { Library, type MemberCalls } from './library.js';

interface Titled {
  readonly id: number;
  readonly title: string;
}

const titles = ({ results }: { results: Titled[] }): string[] => results.map(({ title }) => title);

describe.each(DATABASES)('the catalogue on %s', (kind) => {
  let library: Library;
  let ada: MemberCalls;
  let linus: MemberCalls;
  let hanna: MemberCalls;
  let rosa: MemberCalls;

  beforeAll(async () => {
    library = await Library.start(kind);
    [ada, linus, hanna, rosa] = (await Promise.all(
      ['ada', 'linus', 'hanna', 'rosa'].map((name) => library.as(name)),
    )) as [MemberCalls, MemberCalls, MemberCalls, MemberCalls];
  }, 120_000);

  afterAll(() => library?.stop());

  const list = (who: MemberCalls, filters: Record<string, Json> = {}) =>
    who.get('BookController/List', { _filters: struct(filters) });

  const found = async (who: MemberCalls, title: string): Promise<Titled> =>
    (await list(who, { title })).results[0] as Titled;

  it('shows readers what their branch has published, librarians its drafts too, admins everything', async () => {
    expect(titles(await list(rosa))).toEqual(['Solaris', 'Stung with Love']);
    expect(titles(await list(linus))).toEqual(['Solaris', 'Stung with Love', 'The Cyberiad']);
    expect(titles(await list(hanna))).toEqual(['The Futurological Congress']);
    expect(titles(await list(ada))).toHaveLength(4);
    expect(await library.client.call('BookController/List')).toMatchObject({ code: 16 });
  });

  it('does not tell a book of somebody else from one that is not there', async () => {
    const { id } = await found(linus, 'The Cyberiad');
    for (const method of ['Retrieve', 'Destroy', 'Publish'])
      for (const [who, key] of [[hanna, id] as const, [hanna, 9999] as const])
        expect(await who.call(`BookController/${method}`, { id: key })).toMatchObject({
          code: 5,
          details: `Book: ${key} not found!`,
        });
  });

  it('finds books by every kind of filter', async () => {
    const cases: readonly (readonly [Record<string, Json>, string[]])[] = [
      [{ title__icontains: 'SOL' }, ['Solaris']],
      [{ author__name__icontains: 'lem' }, ['Solaris', 'The Cyberiad']],
      [{ tags__label__in: ['poetry', 'prose'] }, ['Stung with Love']],
      [{ printed__range: ['2002-01-01', '2003-01-01'] }, ['Solaris']],
      [{ printed__isnull: true }, ['The Cyberiad']],
      [{ state: 'DRAFT' }, ['The Cyberiad']],
      [{ min_copies: 2 }, ['Solaris']],
      [{ available: false }, []],
      [{ mine: true }, ['Solaris', 'Stung with Love', 'The Cyberiad']],
      [{ search: 'love sappho' }, ['Stung with Love']],
      [{ search: '9780156027601' }, ['Solaris']],
      [{ ordering: '-printed' }, kind === 'sqlite' ? BY_DATE : [BY_DATE[2]!, ...BY_DATE.slice(0, 2)]],
      [{ ordering: 'author__name,-title' }, ['Stung with Love', 'The Cyberiad', 'Solaris']],
    ];
    for (const [filters, expected] of cases)
      expect({ filters, titles: titles(await list(linus, filters)) }).toEqual({ filters, titles: expected });
    expect(await linus.call('BookController/List', { _filters: struct({ copies: 1 }) })).toMatchObject({
      code: 3,
    });
  });

  it('turns pages by cursor, there and back', async () => {
    const page = (cursor?: string) =>
      linus.get('BookController/List', {
        _pagination: struct({ page_size: 2, ...(cursor !== undefined && { cursor }) }),
      });
    const first = await page();
    const second = await page(first.nextCursor as string);
    expect([first, second].map(titles)).toEqual([['Solaris', 'Stung with Love'], ['The Cyberiad']]);
    expect(second.nextCursor).toBe('');
    expect(titles(await page(second.previousCursor as string))).toEqual(titles(first));
  });

  it('shows one book with everything around it', async () => {
    const { id } = await found(rosa, 'Stung with Love');
    expect(await rosa.get('BookController/Retrieve', { id })).toMatchObject({
      available: 1,
      title: 'Stung with Love',
      author: { name: 'Sappho' },
      tags: ['poetry'],
      chapters: [],
    });
  });

  it('stores a book with its chapters, and changes them with it', async () => {
    const book = {
      isbn: '978-0-374-53296-3',
      title: 'Roadside Picnic',
      author: 2,
      copies: 1,
      tags: ['poetry'],
      chapters: [
        { number: 1, title: 'Redrick' },
        { number: 2, title: 'Richard' },
      ],
    };
    const stored = await linus.get('BookController/Create', book);
    expect(stored).toMatchObject({ isbn: '9780374532963', state: 'DRAFT', owner: 2, branch: 1 });
    const [redrick] = stored.chapters as { id: number }[];
    const chapters = [
      { ...redrick, title: 'Red' },
      { number: 3, title: 'Noonan' },
    ];
    const changed = await linus.get('BookController/PartialUpdate', {
      id: stored.id,
      _partialUpdateFields: ['chapters'],
      chapters,
    });
    expect(changed).toMatchObject({ title: book.title, tags: ['poetry'] });
    expect(changed.chapters).toMatchObject([{ id: redrick?.id, title: 'Red' }, { title: 'Noonan' }]);
    await linus.get('BookController/Destroy', { id: stored.id });
    expect(await linus.call('BookController/Retrieve', { id: stored.id })).toMatchObject({ code: 5 });
  });

  it('tells everything that is wrong with a book at once', async () => {
    const { code, details } = await linus.call('BookController/Create', {
      isbn: '9780140449984',
      author: 99,
      chapters: [{ number: 1 }],
    });
    expect(code).toBe(3);
    expect(Object.keys(JSON.parse(details) as object).toSorted()).toEqual([
      'author',
      'chapters',
      'isbn',
      'title',
    ]);
  });

  it('has a book once in a branch', async () => {
    const book = { isbn: '9780156027601', title: 'Solaris', author: 2, copies: 1 };
    expect(await linus.call('BookController/Create', book)).toMatchObject({ code: 6 });
    const { id } = await hanna.get('BookController/Create', book);
    await hanna.get('BookController/Destroy', { id });
  });

  it('lets librarians change their own books, admins all, readers none', async () => {
    const { id } = await found(linus, 'Solaris');
    const change = (who: MemberCalls) =>
      who.call('BookController/PartialUpdate', { id, _partialUpdateFields: ['copies'], copies: 2 });
    expect(await change(linus)).toMatchObject({ code: 0 });
    expect(await change(ada)).toMatchObject({ code: 0 });
    expect(await change(rosa)).toMatchObject({ code: 7 });
    await ada.get('MemberController/Create', {
      email: 'Lena@library.example',
      name: 'Lena',
      role: 'LIBRARIAN',
      password: 'correct horse',
    });
    expect(await change(await library.as('lena'))).toMatchObject({
      code: 7,
      details: 'Only who brought the book into the catalogue may do this.',
    });
  });

  it('publishes a draft once, and tells those who listen', async () => {
    const { id } = await found(linus, 'The Cyberiad');
    const hangUp = new AbortController();
    const heard = [rosa, hanna].map((who) => who.call('BookController/Announcements', {}, hangUp.signal));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const answers = await Promise.all([1, 2].map(() => linus.call('BookController/Publish', { id })));
    expect(answers.map(({ code }) => code).toSorted()).toEqual([0, 9]);
    const refused = answers.find(({ code }) => code === 9);
    expect(String(refused?.trailers.get('grpc-status-details-bin')[0])).toContain('BOOK_PUBLISHED');
    await new Promise((resolve) => setTimeout(resolve, 200));
    hangUp.abort();
    const [toRosa, toHanna] = await Promise.all(heard);
    expect(toRosa?.messages).toMatchObject([{ id, state: 'PUBLISHED' }]);
    expect(toHanna?.messages).toEqual([]);
  });

  it('streams the whole catalogue', async () => {
    const { messages } = await ada.call('BookController/Stream');
    expect(messages).toHaveLength(4);
  });

  it('says nothing of hidden books through their authors', async () => {
    const lem = async (who: MemberCalls) =>
      (await who.get('AuthorController/List', { _filters: struct({ name__icontains: 'lem' }) })).results[0];
    const [forRosa, forAda] = [await lem(rosa), await lem(ada)];
    expect(forAda.books).toHaveLength(3);
    expect(forRosa.books).toHaveLength(2);
    const byTitle = { _filters: struct({ books__title__icontains: 'congress' }) };
    expect(await rosa.get('AuthorController/List', byTitle)).toMatchObject({ results: [] });
    expect(await ada.get('AuthorController/List', byTitle)).toMatchObject({ results: [{ id: forAda.id }] });
  });

  it('warns of nothing when it starts', () => {
    expect(library.process.log().split('HTTP server listens on')[0]).not.toContain('"level":40');
  });

  it('keeps what others refer to', async () => {
    expect(await linus.call('AuthorController/Destroy', { id: 2 })).toMatchObject({ code: 9 });
    expect(await rosa.call('AuthorController/Create', { name: 'Rosa' })).toMatchObject({ code: 7 });
    expect(await rosa.get('TagController/List')).toMatchObject({ tags: [{ label: 'poetry' }] });
  });
});

const BY_DATE = ['Stung with Love', 'Solaris', 'The Cyberiad'];
