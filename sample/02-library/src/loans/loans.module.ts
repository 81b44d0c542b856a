import { Module } from '@nestjs/common';
import { LoanController } from './loan.controller.js';
import { LoanDesk } from './loan-desk.js';

@Module({ controllers: [LoanController], providers: [LoanDesk] })
export class LoansModule {}
