/** `socio-grpc check`: says whether file and code agree, and whether released clients can go on. Writes nothing. */
import { ProtoStore, type ProtoPlan } from '../boot/proto-store.js';
import { findBreaks, type Break } from '../proto/breaking.js';
import { readContract, type Difference } from '../proto/contract.js';
import type { Application } from './application.js';
import { ExitCode } from './command-error.js';
import type { Output } from './output.js';
import { onlyContract } from './packages.js';
import { breakLine, counted, driftLine, shownPath } from './report.js';
import { isFile, readReleased } from './revisions.js';

export interface CheckOptions {
  /** A released `.proto` file, or the git revision of one. */
  readonly breaking?: string;
  readonly json?: true;
}

/** What was found in the file of one package; the form of `--json`. */
interface Findings {
  readonly file: string;
  readonly missing: boolean;
  readonly differences: readonly Difference[];
  readonly breaks: readonly Break[];
}

export async function check(
  { contracts, options }: Application,
  wanted: CheckOptions,
  output: Output,
): Promise<ExitCode> {
  const store = new ProtoStore(options);
  if (wanted.breaking !== undefined && (await isFile(wanted.breaking)))
    onlyContract(contracts, wanted.breaking);
  const findings: Findings[] = [];
  for (const contract of contracts) {
    const plan = await store.plan(contract, { remove: true });
    findings.push({
      file: shownPath(plan.path),
      missing: !plan.exists,
      differences: plan.differences,
      breaks: await breaksSince(wanted.breaking, plan),
    });
  }
  if (wanted.json) output.print(JSON.stringify(findings, undefined, 2));
  else for (const each of findings) output.print(describe(each, wanted.breaking));
  const clean = findings.every(
    ({ missing, differences, breaks }) => !missing && differences.length === 0 && breaks.length === 0,
  );
  return clean ? ExitCode.ok : ExitCode.found;
}

async function breaksSince(reference: string | undefined, plan: ProtoPlan): Promise<readonly Break[]> {
  if (reference === undefined) return [];
  const released = await readReleased(reference, plan.path);
  if (released === undefined) return [];
  return findBreaks(readContract(released, reference), plan.ledger.contract);
}

function describe({ file, missing, differences, breaks }: Findings, reference: string | undefined): string {
  const cure = 'Run "socio-grpc generate" and commit the file.';
  const drift = missing
    ? [`${file}: is missing. ${cure}`]
    : differences.length > 0
      ? [`${file}: differs from the code. ${cure}`, ...differences.map(driftLine)]
      : [`${file}: agrees with the code`];
  if (reference === undefined) return drift.join('\n');
  const broken =
    breaks.length > 0
      ? [`${file}: ${counted(breaks.length, 'break')} against ${reference}`, ...breaks.map(breakLine)]
      : [`${file}: breaks nothing against ${reference}`];
  return [...drift, ...broken].join('\n');
}
