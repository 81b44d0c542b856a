/** `generate --clients KIND`: sources of clients, written into a folder of their own. */
import { join } from 'node:path';
import type { FileDescriptor } from '../../proto/descriptors.js';
import { writeIfChanged } from '../../proto/proto-file.js';
import { CommandError } from '../command-error.js';
import type { Output } from '../output.js';
import { counted, shownPath } from '../report.js';
import { nestClients } from './nest.js';
import { typescriptClients } from './typescript.js';

/** A generated source; its path is relative to the folder of the clients. */
export interface ClientFile {
  readonly path: string;
  readonly text: string;
}

type Generator = (
  files: readonly FileDescriptor[],
  wanted: readonly FileDescriptor[],
) => ClientFile[] | Promise<ClientFile[]>;

const GENERATORS: Readonly<Record<string, Generator>> = { ts: typescriptClients, nest: nestClients };

/** @throws CommandError when there are no such clients, before anything is written */
export function clientGenerator(kind: string): Generator {
  const generator = Object.hasOwn(GENERATORS, kind) ? GENERATORS[kind] : undefined;
  if (generator) return generator;
  throw new CommandError(
    `--clients ${kind}: there are no such clients. Expected one of: ${Object.keys(GENERATORS).join(', ')}.`,
  );
}

export async function writeClients(
  sources: readonly ClientFile[],
  directory: string,
  output: Output,
): Promise<void> {
  const written: string[] = [];
  for (const { path, text } of sources)
    if ((await writeIfChanged(join(directory, path), text)) === 'written') written.push(path);
  const place = shownPath(directory);
  output.print(
    written.length === 0
      ? `${place}: ${counted(sources.length, 'client file')}, up to date`
      : `${place}: ${counted(written.length, 'client file')} written: ${written.join(', ')}`,
  );
}
