/** The `.proto` file of a contract: read as the ledger of its numbers, compared, and written when it changed. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { Logger } from '@nestjs/common';
import { SetupError } from '../errors/setup-error.js';
import type { ResolvedOptions } from '../options.js';
import { compareContracts, type Difference } from '../proto/contract.js';
import type { FileDescriptor } from '../proto/descriptors.js';
import { readLedger } from '../proto/ledger.js';
import { numberFile } from '../proto/numbering.js';
import { DSG_STYLE, printFile, SOCIO_STYLE } from '../proto/print.js';
import { protoPath, writeIfChanged } from '../proto/proto-file.js';

export class ProtoStore {
  private readonly logger = new Logger('SocioGrpc');

  constructor(private readonly options: Pick<ResolvedOptions, 'conventions' | 'proto' | 'production'>) {}

  /**
   * Numbers a contract by its file and, in mode `write`, writes the file when the contract changed.
   *
   * @throws SetupError when the file cannot be read, or in mode `check` is missing or differs
   */
  async settle(declared: FileDescriptor): Promise<FileDescriptor> {
    const { dir, mode } = this.options.proto;
    if (mode === 'off') return numberFile(declared, undefined);
    const path = protoPath(dir, declared.package);
    const text = await readIfThere(path);
    const ledger = text === undefined ? undefined : readLedger(text, path);
    const file = numberFile(declared, ledger);
    const differences = ledger && compareContracts(ledger.contract, file);
    if (differences?.length === 0) return file;
    if (mode === 'check') throw new SetupError([drift(path, differences)]);
    await writeIfChanged(path, printFile(file, this.options.conventions === 'dsg' ? DSG_STYLE : SOCIO_STYLE));
    const shown = relative(process.cwd(), path);
    if (ledger) this.logger.log(`wrote ${shown}: ${differences?.length} changes`);
    else this.logger.warn(`created ${shown}: commit it, it keeps the field numbers`);
    return file;
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

function drift(path: string, differences: readonly Difference[] | undefined): string {
  if (!differences)
    return `${path}: is missing, and without it the field numbers of clients are unknown. Deploy the committed file, or set proto.mode to 'off'.`;
  const lines = differences.map(
    ({ place, was, is }) => `${place}: ${was ?? 'absent'} in the file, ${is ?? 'absent'} in the code`,
  );
  return `${path}: differs from the code. Run the application once in development and commit the file.\n  ${lines.join('\n  ')}`;
}
