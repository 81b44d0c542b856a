import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES } from '../../../test/support/databases.js';
import { struct } from '../../../test/support/struct.js';
import { Loan } from '../src/loans/loan.entity.js';
import { connectDatabase, Library, type MemberCalls } from './library.js';

const STUNG = 1;
const SOLARIS = 2;
const DRAFT = 3;
const FOREIGN = 4;

describe.each(DATABASES)('loans on %s', (kind) => {
  let library: Library;
  let linus: MemberCalls;
  let rosa: MemberCalls;

  beforeAll(async () => {
    library = await Library.start(kind);
    [linus, rosa] = (await Promise.all(['linus', 'rosa'].map((name) => library.as(name)))) as [
      MemberCalls,
      MemberCalls,
    ];
  }, 120_000);

  afterAll(() => library?.stop());

  const borrow = (who: MemberCalls, book: number, member?: number) =>
    who.call('LoanController/Borrow', { book, ...(member !== undefined && { member }) });

  const reason = (answer: Awaited<ReturnType<typeof borrow>>): string =>
    String(answer.trailers.get('grpc-status-details-bin')[0]);

  const openLoans = async (): Promise<number> =>
    (await linus.get('MemberController/Retrieve', { id: 3 })).openLoans as number;

  it('of two who want the last copy at once one gets it', async () => {
    const answers = await Promise.all([borrow(rosa, STUNG), borrow(linus, STUNG)]);
    expect(answers.map(({ code }) => code).toSorted()).toEqual([0, 9]);
    const refused = answers.find(({ code }) => code === 9)!;
    expect(refused.details).toBe('All copies are out.');
    expect(reason(refused)).toContain('NO_COPY_LEFT');
    const { id } = answers.find(({ code }) => code === 0)!.message as { id: number };
    expect(await linus.get('LoanController/GiveBack', { id })).toMatchObject({ state: 'RETURNED' });
    expect(await linus.call('LoanController/GiveBack', { id })).toMatchObject({ code: 9 });
  });

  it('nobody has the same book twice, and what was counted before is undone', async () => {
    const answers = await Promise.all([borrow(rosa, SOLARIS), borrow(rosa, SOLARIS)]);
    expect(answers.map(({ code }) => code).toSorted()).toEqual([0, 6]);
    expect(await openLoans()).toBe(1);
    const { results } = await linus.get('BookController/List', { _filters: struct({ title: 'Solaris' }) });
    expect(results).toMatchObject([{ lent: 1 }]);
    expect((await linus.call('LoanController/List')).message).toMatchObject({ count: 2 });
  });

  it('a book or member that the caller does not see is unknown here too', async () => {
    for (const book of [DRAFT, FOREIGN, 999])
      expect(await borrow(rosa, book)).toMatchObject({
        code: 3,
        details: JSON.stringify({
          book: [{ message: `Invalid pk "${book}" - object does not exist.`, code: 'does_not_exist' }],
        })
          .replaceAll('":', '": ')
          .replaceAll(',"', ', "'),
      });
    expect(await borrow(rosa, STUNG, 2)).toMatchObject({ code: 3 });
    expect(await borrow(linus, STUNG, 3)).toMatchObject({ code: 0, message: { member: 3 } });
  });

  it('are limited in number', async () => {
    for (const isbn of ['9780374532963', '9780575079786']) {
      const { id } = await linus.get('BookController/Create', { isbn, title: isbn, author: 2, copies: 5 });
      await linus.get('BookController/Publish', { id });
      const answer = await borrow(rosa, id as number);
      if (isbn === '9780374532963') expect(answer.code).toBe(0);
      else expect([answer.code, reason(answer)]).toEqual([9, expect.stringContaining('LOAN_LIMIT')]);
    }
    expect(await openLoans()).toBe(3);
  });

  it('are seen by their reader and the librarians of the branch', async () => {
    const open = { _filters: struct({ state: 'OPEN' }) };
    expect(await rosa.get('LoanController/List', open)).toMatchObject({ count: 3 });
    expect(await linus.get('LoanController/List', open)).toMatchObject({ count: 3 });
    const hanna = await library.as('hanna');
    expect(await hanna.get('LoanController/List')).toMatchObject({ count: 0 });
    expect(
      await rosa.get('LoanController/List', {
        _filters: struct({ state: 'OPEN', book__title__icontains: 'solaris' }),
        _pagination: struct({ limit: 1, offset: 0 }),
      }),
    ).toMatchObject({ results: [{ title: 'Solaris', state: 'OPEN', fee: '0.00' }], count: 1 });
  });

  it('that are late are told and cost', async () => {
    const late = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    const dataSource = await connectDatabase(library.environment);
    await dataSource.getRepository(Loan).update({ book: { id: SOLARIS } }, { dueOn: late });
    await dataSource.destroy();
    const { messages } = await linus.call('LoanController/Overdue');
    expect(messages).toMatchObject([{ title: 'Solaris', dueOn: late }]);
    const { id } = messages[0] as { id: number };
    expect(await rosa.get('LoanController/GiveBack', { id })).toMatchObject({
      state: 'RETURNED',
      fee: '0.60',
    });
    expect((await linus.call('LoanController/Overdue')).messages).toEqual([]);
  });
});
