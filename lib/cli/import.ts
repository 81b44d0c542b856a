/** `socio-grpc import FILE`: the numbers of a `.proto` that somebody else wrote become ours. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { importContract, type ImportReport } from '../proto/import-contract.js';
import { printLedger } from '../proto/ledger.js';
import { DSG_STYLE, SOCIO_STYLE } from '../proto/print.js';
import { protoPath, writeIfChanged } from '../proto/proto-file.js';
import type { Application } from './application.js';
import { CommandError, ExitCode } from './command-error.js';
import type { Output } from './output.js';
import { onlyContract } from './packages.js';
import { breakLine, counted, driftLine, shownPath } from './report.js';

export interface ImportOptions {
  readonly dryRun?: true;
}

/** Ends with 1 when clients of the imported file would break. */
export async function importFile(
  { contracts, options }: Application,
  file: string,
  wanted: ImportOptions,
  output: Output,
): Promise<ExitCode> {
  const contract = onlyContract(contracts, file);
  const path = protoPath(contract.dir, contract.file.package);
  if (existsSync(path))
    throw new CommandError(`${shownPath(path)}: has numbers of its own. Remove it to take those of ${file}.`);
  const { ledger, report } = importContract(await readText(file), file, contract.file);
  if (!wanted.dryRun)
    await writeIfChanged(path, printLedger(ledger, options.conventions === 'dsg' ? DSG_STYLE : SOCIO_STYLE));
  const done = wanted.dryRun ? 'would be created' : 'created';
  output.print(`${shownPath(path)}: ${done} with the numbers of ${file}`);
  output.print(linesOf(report).join('\n'));
  return report.breaks.length === 0 ? ExitCode.ok : ExitCode.found;
}

function linesOf({ matched, differing, onlyInFile, onlyInCode, breaks }: ImportReport): string[] {
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : [title, ...lines]);
  return [
    `${counted(matched.length, 'declaration')} in the same form`,
    ...section('in different forms:', differing.map(driftLine)),
    ...section('only in the file:', onlyInFile.map(indented)),
    ...section('only in the code:', onlyInCode.map(indented)),
    ...section(`${counted(breaks.length, 'break')} for its clients:`, breaks.map(breakLine)),
  ];
}

function indented(line: string): string {
  return `  ${line}`;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file}: cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}
