/** `socio-grpc generate`: brings the committed `.proto` files up to date. */
import { ProtoStore, type ProtoPlan } from '../boot/proto-store.js';
import type { FileDescriptor } from '../proto/descriptors.js';
import { clientGenerator, writeClients } from './clients/write-clients.js';
import type { Break } from '../proto/breaking.js';
import { protoPath, writeIfChanged } from '../proto/proto-file.js';
import type { Application } from './application.js';
import { ExitCode } from './command-error.js';
import { runFollowUp } from './follow-up.js';
import type { Output } from './output.js';
import { breakLine, changeLine, counted, shownPath } from './report.js';
import { readRevision } from './revisions.js';

export interface GenerateOptions {
  readonly dryRun?: true;
  readonly overrideFieldNumbers?: true;
  /** Git revision whose numbers count. */
  readonly base?: string;
  /** Refuses what clients on the wire would misread. */
  readonly strict?: true;
  /** Clients to generate, `ts` or `nest`, into the folder `out`. */
  readonly clients?: string;
  readonly out: string;
  /** A command to run afterwards, for example one that generates other clients. */
  readonly followUp: readonly string[];
}

export async function generate(
  application: Application,
  wanted: GenerateOptions,
  output: Output,
): Promise<ExitCode> {
  const { contracts, options } = application;
  const store = new ProtoStore(options);
  const clientsOf = wanted.clients === undefined ? undefined : clientGenerator(wanted.clients);
  const plans: ProtoPlan[] = [];
  for (const contract of contracts) {
    const base = await baseOf(wanted, protoPath(contract.dir, contract.file.package));
    plans.push(await store.plan(contract, { remove: true, ...(base !== undefined && { base }) }));
  }
  // All or nothing: the files of two packages may belong together.
  if (wanted.strict && refuses(plans, output)) return ExitCode.found;
  const files = plans.map(({ running }) => running);
  const clients = await clientsOf?.(await withImported(files, application, store), files);
  for (const plan of plans) {
    if (plan.changed && !wanted.dryRun) await writeIfChanged(plan.path, plan.text);
    output.print(summary(plan, wanted.dryRun === true));
    warn(plan, output);
  }
  if (clients && !wanted.dryRun) await writeClients(clients, wanted.out, output);
  if (wanted.dryRun || wanted.followUp.length === 0) return ExitCode.ok;
  return runFollowUp(
    wanted.followUp,
    plans.map(({ path }) => path),
  );
}

/** Also the files of packages that nobody asked for, with their numbers as they are, and those of other people. */
async function withImported(
  files: readonly FileDescriptor[],
  { all }: Application,
  store: ProtoStore,
): Promise<FileDescriptor[]> {
  const known = new Set(files.map((file) => file.package));
  const others = all.filter(({ file }) => !known.has(file.package));
  const plans = await Promise.all(others.map((contract) => store.plan(contract, { remove: true })));
  const foreign = new Set(all.flatMap((contract) => contract.foreign.files));
  return [...files, ...plans.map(({ running }) => running), ...foreign];
}

async function baseOf(wanted: GenerateOptions, path: string): Promise<string | undefined> {
  if (wanted.overrideFieldNumbers) return '';
  return wanted.base === undefined ? undefined : ((await readRevision(wanted.base, path)) ?? '');
}

function refuses(plans: readonly ProtoPlan[], output: Output): boolean {
  const refused = plans.flatMap((plan) => {
    const breaks = misread(plan);
    return breaks.length > 0 ? [{ plan, breaks }] : [];
  });
  for (const { plan, breaks } of refused) {
    output.print(
      `${shownPath(plan.path)}: not written, ${counted(breaks.length, 'change')} that clients misread`,
    );
    for (const each of breaks) output.print(breakLine(each));
  }
  if (refused.length > 0) output.print('Give what changed a new name, or the contract a new package.');
  return refused.length > 0;
}

/** Changes that make clients on the wire take one thing for another. */
function misread({ breaks }: ProtoPlan): readonly Break[] {
  return breaks.filter(({ affects }) => affects === 'wire');
}

function warn(plan: ProtoPlan, output: Output): void {
  const breaks = misread(plan);
  if (breaks.length === 0) return;
  output.tell(`${shownPath(plan.path)}: ${counted(breaks.length, 'change')} that clients misread`);
  for (const each of breaks) output.tell(breakLine(each));
}

function summary({ path, exists, committed, changed, differences }: ProtoPlan, dryRun: boolean): string {
  const place = shownPath(path);
  if (!changed) return `${place}: is up to date`;
  if (!exists)
    return dryRun ? `${place}: would be created` : `${place}: created, commit it: it keeps the field numbers`;
  const done = dryRun ? 'would be written' : 'written';
  if (!committed) return `${place}: ${done} anew, it could not be read`;
  return [`${place}: ${done}, ${counted(differences.length, 'change')}`, ...differences.map(changeLine)].join(
    '\n',
  );
}
