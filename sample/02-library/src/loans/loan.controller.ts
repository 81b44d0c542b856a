import {
  GrpcAction,
  GrpcController,
  IsAuthenticated,
  LimitOffsetPagination,
  LookupField,
  ReadOnlyController,
  SelfSerializer,
  StreamAction,
  withActions,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { callerOf } from '../auth/caller.js';
import { today } from './calendar.js';
import { LoanDesk } from './loan-desk.js';
import type { Loan } from './loan.entity.js';
import { BorrowSerializer, LoanSerializer } from './loan.serializer.js';
import { VisibleLoans } from './visible-loans.js';

@GrpcController({
  serializer: LoanSerializer,
  permissions: [IsAuthenticated],
  scope: VisibleLoans,
  filters: {
    state: ['exact'],
    dueOn: ['gte', 'lt'],
    returnedOn: ['isnull'],
    member: ['exact'],
    'book.title': ['icontains'],
  },
  ordering: { fields: ['dueOn', 'borrowedAt', 'book.title'], default: ['dueOn'] },
  pagination: LimitOffsetPagination.with({ pageSize: 20 }),
})
export class LoanController extends withActions(ReadOnlyController, StreamAction)<Loan> {
  constructor(private readonly desk: LoanDesk) {
    super();
  }

  @GrpcAction({ request: BorrowSerializer, response: SelfSerializer, transaction: true })
  async borrow(request: object, ctx: GrpcContext) {
    const { book, member = callerOf(ctx) } = await this.readValues(request, ctx);
    return this.desk.lend(ctx.manager, book!.id!, member.id!);
  }

  @GrpcAction({ request: LookupField, response: SelfSerializer, transaction: true })
  async giveBack(_request: object, ctx: GrpcContext) {
    const loan = await this.getObject(ctx);
    await this.desk.takeBack(ctx.manager, loan);
    return loan;
  }

  /** Loans that should have been given back, the oldest first; filters narrow them as in List. */
  @GrpcAction({ request: {}, response: SelfSerializer, responseStream: true, filters: true, safe: true })
  async *overdue(_request: object, ctx: GrpcContext) {
    const query = this.getQuery(ctx).andWhere(
      `${this.alias}.state = 'open' AND ${this.alias}.dueOn < :today`,
      {
        today: today(),
      },
    );
    yield* await (await this.filterQuery(query, ctx)).getMany();
  }
}
