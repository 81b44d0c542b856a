/** Declared contract + committed file -> what the file shall hold. The commands ask here, and only here. */
import { readFile } from 'node:fs/promises';
import type { ResolvedOptions } from '../options.js';
import { compareContracts, type Difference } from '../proto/contract.js';
import type { FileDescriptor } from '../proto/descriptors.js';
import { readLedger } from '../proto/ledger.js';
import { numberFile } from '../proto/numbering.js';
import { DSG_STYLE, printFile, SOCIO_STYLE } from '../proto/print.js';
import { protoPath } from '../proto/proto-file.js';
import { findBreaks, type Break } from './breaking.js';

export interface ContractPlan {
  readonly path: string;
  readonly exists: boolean;
  /** The contract as the file shall hold it. */
  readonly contract: FileDescriptor;
  /** The text of it. */
  readonly text: string;
  /** The committed file against it. */
  readonly differences: readonly Difference[];
  /** What clients built from the committed file, or from the base, can no longer rely on. */
  readonly breaks: () => readonly Break[];
  /** Whether there is anything to write. */
  readonly changed: boolean;
}

/**
 * Works out the file of a contract, whatever `proto.mode` says, and writes nothing.
 *
 * @param base text that is the ledger instead of the committed file; `''`: all numbers anew
 * @throws SetupError when the file cannot be read
 */
export async function planContract(
  declared: FileDescriptor,
  options: Pick<ResolvedOptions, 'proto' | 'conventions'>,
  base?: string,
): Promise<ContractPlan> {
  const path = protoPath(options.proto.dir, declared.package);
  const text = await readIfThere(path);
  const committed = text === undefined ? undefined : readLedger(text, path);
  const ledger = base === undefined ? committed : readLedger(base, `${path} at the base`);
  const contract = numberFile(declared, ledger);
  const differences = committed ? compareContracts(committed.contract, contract) : [];
  return {
    path,
    exists: committed !== undefined,
    contract,
    text: printFile(contract, options.conventions === 'dsg' ? DSG_STYLE : SOCIO_STYLE),
    differences,
    breaks: () => (ledger ? findBreaks(ledger.contract, contract) : []),
    changed: committed === undefined || differences.length > 0,
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
