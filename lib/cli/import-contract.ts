/** The numbers of a `.proto` file that somebody else wrote, for an application that takes its place. */
import type { Difference } from '../proto/contract.js';
import type { FileDescriptor } from '../proto/descriptors.js';
import type { Break } from './breaking.js';
import { CommandError } from './command-error.js';

/** What fits and what does not; every entry is a place: `message Post, field 3 title`. */
export interface ImportReport {
  readonly matched: readonly string[];
  /** In both, in different forms; `was` is the file, `is` the code. */
  readonly differing: readonly Difference[];
  readonly onlyInFile: readonly string[];
  readonly onlyInCode: readonly string[];
  /** What clients of the existing API can no longer rely on. */
  readonly breaks: readonly Break[];
}

export interface ContractImport {
  /** Text of the committed file, with the numbers of the imported one. */
  readonly text: string;
  readonly report: ImportReport;
}

/**
 * @param text the existing file
 * @param fileName how errors name it
 * @throws SetupError when it cannot be read
 */
export function importContract(_text: string, _fileName: string, _declared: FileDescriptor): ContractImport {
  throw new CommandError('.proto files of others are not imported in this version.');
}
