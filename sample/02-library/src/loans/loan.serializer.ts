import { ModelSerializer, ProtoSerializer, Related } from 'nestjs-socio-grpc';
import { VisibleBooks } from '../catalog/visible-books.js';
import { VisibleMembers } from '../members/visible-members.js';
import { Loan } from './loan.entity.js';

@ModelSerializer({
  model: Loan,
  fields: ['id', 'book', 'title', 'member', 'state', 'borrowedAt', 'dueOn', 'returnedOn', 'fee'],
})
export class LoanSerializer extends ProtoSerializer<Loan> {
  @Related({ scope: VisibleBooks }) book!: number;
  @Related({ source: 'book', slug: 'title', scope: VisibleBooks, readOnly: true }) title!: string;
  @Related({ scope: VisibleMembers }) member!: number;
}

/** Who borrows what. The scopes make books and members that the caller does not see unknown here too. */
@ModelSerializer({ model: Loan, fields: ['book', 'member'] })
export class BorrowSerializer extends ProtoSerializer<Loan> {
  @Related({ scope: VisibleBooks }) book!: number;
  @Related({ scope: VisibleMembers, required: false, description: 'the caller if absent' }) member!: number;
}
