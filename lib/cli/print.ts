/** `socio-grpc print`: the `.proto` text on standard output. Writes no file. */
import { ProtoStore } from '../boot/proto-store.js';
import type { Application } from './application.js';
import { CommandError, ExitCode } from './command-error.js';
import type { Output } from './output.js';

/** @throws CommandError when there is more than one package: two files are not one text */
export async function print({ contracts, options }: Application, output: Output): Promise<ExitCode> {
  const [only, ...others] = contracts;
  if (!only || others.length > 0)
    throw new CommandError(
      `print: the application has the packages ${contracts.map(({ file }) => file.package).join(', ')}. ` +
        'Name one: --package NAME.',
    );
  const { text } = await new ProtoStore(options).plan(only, { remove: true });
  output.write(text);
  return ExitCode.ok;
}
