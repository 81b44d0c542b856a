/** The `.proto` files of the contracts: read as ledgers of their numbers, compared, and written when they changed. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { Logger } from '@nestjs/common';
import { SetupError } from '../errors/setup-error.js';
import type { ResolvedOptions } from '../options.js';
import type { Difference } from '../proto/contract.js';
import type { FileDescriptor } from '../proto/descriptors.js';
import type { DeclaredFile } from './declare-contract.js';
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

  constructor(private readonly options: Pick<ResolvedOptions, 'conventions' | 'proto'>) {}

  /**
   * What boot does: numbers the contracts by their files and, in mode `write`, writes each file whose contract
   * changed. Services that are not declared stay in the files, for another process may run them.
   *
   * @returns the declared contracts with their numbers, without what only the files have
   * @throws SetupError when files cannot be read, or in mode `check` are missing or differ; none is written then
   */
  async settle(declared: readonly DeclaredFile[]): Promise<FileDescriptor[]> {
    const { mode } = this.options.proto;
    if (mode === 'off') return declared.map(({ file }) => numberFile(file, undefined));
    const plans = await this.plans(declared);
    const changed = plans.filter((plan) => plan.changed);
    if (mode === 'check' && changed.length > 0) throw new SetupError(changed.map(drift));
    for (const plan of changed) await this.write(plan);
    return plans.map(({ running }) => running);
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
  async plan({ file, dir, foreign }: DeclaredFile, options: PlanOptions = {}): Promise<ProtoPlan> {
    const path = protoPath(dir, file.package);
    const style = this.options.conventions === 'dsg' ? DSG_STYLE : SOCIO_STYLE;
    const text = await readIfThere(path);
    const settlement = settleContract(file, text, {
      ...options,
      fileName: path,
      style,
      declares: (imported, name) => foreign.declares(imported, name),
    });
    return { ...settlement, path, exists: text !== undefined };
  }

  private async plans(declared: readonly DeclaredFile[]): Promise<ProtoPlan[]> {
    const results = await Promise.allSettled(declared.map((file) => this.plan(file)));
    const errors = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    const unexpected = errors.find((error) => !(error instanceof SetupError));
    if (unexpected !== undefined) throw unexpected;
    if (errors.length > 0) throw new SetupError(errors.flatMap((error) => (error as SetupError).problems));
    return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
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
