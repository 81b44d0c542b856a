/** What a change of the contract breaks for clients that were built from the old one. */
import type { FileDescriptor } from '../proto/descriptors.js';
import { CommandError } from './command-error.js';

/** One thing that a client built from the old contract can no longer rely on. */
export interface Break {
  /** `wire`: bytes are misread; `json`: only JSON and generated names are; `calls`: an rpc is not there. */
  readonly affects: 'wire' | 'json' | 'calls';
  /** Readable: `message PostResponse, field 3 headline`. */
  readonly place: string;
  readonly was: string;
  readonly is: string | undefined;
}

/**
 * @param was what clients were built from, as a rule the released file
 * @param is what they are going to meet
 */
export function findBreaks(_was: FileDescriptor, _is: FileDescriptor): readonly Break[] {
  throw new CommandError('contracts are not compared for breaking changes in this version. Use "check".');
}
