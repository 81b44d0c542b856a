import { Inject, Injectable } from '@nestjs/common';
import { SOCIO_GRPC_OPTIONS, type ResolvedOptions } from '../options.js';
import { CallLog } from '../request/call-log.js';
import { ForeignCallSettings } from '../request/foreign-call.js';
import type { ConventionsName } from '../serialization/column-types.js';

/** What of the module's options holds for controllers that are not ours too. */
@Injectable()
export class ModuleCallSettings extends ForeignCallSettings {
  readonly conventions: ConventionsName;
  readonly log: CallLog;

  constructor(@Inject(SOCIO_GRPC_OPTIONS) { conventions, logging }: ResolvedOptions) {
    super();
    this.conventions = conventions;
    this.log = new CallLog(logging);
  }
}
