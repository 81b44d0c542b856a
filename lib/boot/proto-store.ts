/** The `.proto` file of a contract: read as the ledger of its numbers, compared, and written when it changed. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { Logger } from '@nestjs/common';
import { SetupError } from '../errors/setup-error.js';
import type { ResolvedOptions } from '../options.js';
import type { Difference } from '../proto/contract.js';
import type { FileDescriptor } from '../proto/descriptors.js';
import { numberFile } from '../proto/numbering.js';
import { DSG_STYLE, SOCIO_STYLE } from '../proto/print.js';
import { protoPath, writeIfChanged } from '../proto/proto-file.js';
import { settleContract, type SettleOptions, type Settlement } from '../proto/settle.js';

/** What may be asked of a settlement that is not boot's. */
export type PlanOptions = Pick<SettleOptions, 'remove' | 'base'>;

/** A settlement, and the file that it is about. */
export interface ProtoPlan extends Settlement {
  readonly path: string;
  /** Whether the file is there, readable or not. */
  readonly exists: boolean;
}

export class ProtoStore {
  private readonly logger = new Logger('SocioGrpc');

  constructor(private readonly options: Pick<ResolvedOptions, 'conventions' | 'proto' | 'production'>) {}

  /**
   * What boot does: numbers a contract by its file and, in mode `write`, writes the file when the contract
   * changed. Services that are not declared stay in the file, for another process may run them.
   *
   * @returns the declared contract with its numbers, without what only the file has
   * @throws SetupError when the file cannot be read, or in mode `check` is missing or differs
   */
  async settle(declared: FileDescriptor): Promise<FileDescriptor> {
    const { mode } = this.options.proto;
    if (mode === 'off') return numberFile(declared, undefined);
    const plan = await this.plan(declared);
    if (mode === 'check' && plan.changed) throw new SetupError([drift(plan)]);
    await this.write(plan);
    return plan.running;
  }

  /**
   * Works out what the file shall hold, whatever the mode, and writes nothing.
   *
   * @param options `remove` for a command that knows the whole application, `base` to number anew
   * @throws SetupError when the file cannot be read
   * @example
   * const plan = await store.plan(declared, { remove: true });
   * if (plan.changed) await store.write(plan);
   */
  async plan(declared: FileDescriptor, options: PlanOptions = {}): Promise<ProtoPlan> {
    const path = protoPath(this.options.proto.dir, declared.package);
    const style = this.options.conventions === 'dsg' ? DSG_STYLE : SOCIO_STYLE;
    const text = await readIfThere(path);
    const settlement = settleContract(declared, text, { ...options, fileName: path, style });
    return { ...settlement, path, exists: text !== undefined };
  }

  /** Writes what was planned, if it changes anything, and logs it with what clients will misread. */
  async write({ path, text, changed, exists, committed, differences, breaks }: ProtoPlan): Promise<void> {
    if (!changed) return;
    for (const { affects, place, was, is } of breaks)
      if (affects === 'wire')
        this.logger.warn(
          `${place}: was ${was}, is ${is ?? 'nothing'}. Clients built from the old file misread it: give it a new name, or a new package.`,
        );
    await writeIfChanged(path, text);
    const shown = relative(process.cwd(), path);
    if (!exists) this.logger.warn(`created ${shown}: commit it, it keeps the field numbers`);
    else if (committed)
      this.logger.log(
        `wrote ${shown}: ${differences.length} ${differences.length === 1 ? 'change' : 'changes'}`,
      );
    else this.logger.log(`wrote ${shown} anew`);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function drift({ path, committed, differences }: ProtoPlan): string {
  if (!committed)
    return `${path}: is missing, and without it the field numbers of clients are unknown. Deploy the committed file, or set proto.mode to 'off'.`;
  return `${path}: differs from the code. Run the application once in development and commit the file.\n  ${differences.map(shown).join('\n  ')}`;
}

function shown({ place, was, is }: Difference): string {
  return `${place}: ${was ?? 'absent'} in the file, ${is ?? 'absent'} in the code`;
}
