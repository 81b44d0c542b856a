/** Which of an application's packages a command is about. */
import type { DescribedContract } from '../boot/routes.js';
import type { Application } from './application.js';
import { CommandError } from './command-error.js';

type Contracts = Application['contracts'];

/** @throws CommandError when the application has no package of that name */
export function ofPackage(contracts: Contracts, name: string | undefined): Contracts {
  if (name === undefined) return contracts;
  const found = contracts.filter(({ file }) => file.package === name);
  if (found.length > 0) return found;
  const known = contracts.map(({ file }) => file.package).join(', ');
  throw new CommandError(
    `--package ${name}: the application has no such package. Expected one of: ${known}.`,
  );
}

/** @throws CommandError when there are several, and `file` is the file of one */
export function onlyContract([only, ...others]: Contracts, file: string): DescribedContract {
  if (only && others.length === 0) return only;
  throw new CommandError(`${file}: is the file of one package. Name the one that is meant: --package NAME.`);
}
