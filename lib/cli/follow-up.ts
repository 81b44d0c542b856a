/** `socio-grpc generate -- buf generate`: the next tool in the chain, which reads the files just written. */
import { spawn } from 'node:child_process';
import { CommandError, ExitCode } from './command-error.js';

/** Stands for the paths of the `.proto` files. */
const FILES = '{files}';

/** @throws CommandError when the command cannot be run, or fails */
export async function runFollowUp(command: readonly string[], files: readonly string[]): Promise<ExitCode> {
  const [program = '', ...args] = command.flatMap((part) => (part === FILES ? files : [part]));
  const ended = await new Promise<number | string | null>((resolve, reject) => {
    // npm's commands are scripts on Windows, which only a shell can run.
    const child = spawn(program, args, { stdio: 'inherit', shell: process.platform === 'win32' });
    child.once('error', (error) =>
      reject(new CommandError(`${program}: cannot be run: ${error.message}.`, { cause: error })),
    );
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  if (ended !== 0)
    throw new CommandError(`${command.join(' ')}: ended with ${ended}. The .proto files are written.`);
  return ExitCode.ok;
}
