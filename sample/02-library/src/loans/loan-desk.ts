import { Injectable } from '@nestjs/common';
import { GrpcFailedPreconditionException, GrpcNotFoundException } from '@nestjs/microservices';
import { withDetails } from 'nestjs-socio-grpc';
import type { EntityManager } from 'typeorm';
import { Book } from '../catalog/book.entity.js';
import { Member } from '../members/member.entity.js';
import { feeOf, today, dueOn } from './calendar.js';
import { Loan, LoanState } from './loan.entity.js';

export const MOST_LOANS = 3;

/**
 * Lends and takes back. Every method is part of the caller's transaction, hence the entity manager. Counters are changed
 * under a condition, so that two calls at once cannot both have the last copy; the second waits for the row.
 */
@Injectable()
export class LoanDesk {
  /** @throws GrpcFailedPreconditionException NO_COPY_LEFT, LOAN_LIMIT */
  async lend(manager: EntityManager, book: number, member: number): Promise<Loan> {
    const taken = await changed(
      manager,
      Book,
      { lent: () => '"lent" + 1' },
      '"id" = :id AND "lent" < "copies"',
      {
        id: book,
      },
    );
    if (!taken) throw refused('All copies are out.', 'NO_COPY_LEFT');
    const allowed = await changed(
      manager,
      Member,
      { openLoans: () => '"openLoans" + 1' },
      '"id" = :id AND "openLoans" < :most',
      { id: member, most: MOST_LOANS },
    );
    if (!allowed) throw refused(`Nobody has more than ${MOST_LOANS} books at home.`, 'LOAN_LIMIT');
    const loans = manager.getRepository(Loan);
    const { identifiers } = await loans.insert({
      book: { id: book },
      member: { id: member },
      dueOn: dueOn(),
    });
    return loans.findOneByOrFail({ id: (identifiers[0] as Pick<Loan, 'id'>).id });
  }

  /** @throws GrpcFailedPreconditionException LOAN_CLOSED */
  async takeBack(manager: EntityManager, { id, dueOn: due }: Loan): Promise<void> {
    const returnedOn = today();
    const loans = manager.getRepository(Loan);
    const { affected } = await loans.update(
      { id, state: LoanState.Open },
      { state: LoanState.Returned, returnedOn, fee: feeOf(due, returnedOn) },
    );
    if (affected !== 1) throw refused('The book is back already.', 'LOAN_CLOSED');
    const loan = await loans.findOne({ where: { id }, relations: { book: true, member: true } });
    if (!loan) throw new GrpcNotFoundException(`Loan: ${id} not found!`);
    await manager.decrement(Book, { id: loan.book.id }, 'lent', 1);
    await manager.decrement(Member, { id: loan.member.id }, 'openLoans', 1);
  }
}

/** Whether the one row was there and fitted the condition. */
async function changed(
  manager: EntityManager,
  entity: typeof Book | typeof Member,
  values: Record<string, () => string>,
  condition: string,
  parameters: object,
): Promise<boolean> {
  const { affected } = await manager
    .createQueryBuilder()
    .update(entity)
    .set(values)
    .where(condition, parameters as Record<string, unknown>)
    .execute();
  return affected === 1;
}

function refused(message: string, reason: string): GrpcFailedPreconditionException {
  return withDetails(new GrpcFailedPreconditionException(message), { reason });
}
