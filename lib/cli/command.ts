/** One command as a process: its arguments, its output, its end. */
import 'reflect-metadata';
import { ExitCode } from './command-error.js';
import { claimStandardOutput } from './output.js';
import { run } from './program.js';

export async function runCommand(): Promise<never> {
  const output = claimStandardOutput();
  // Left to itself Node would end with 1, which says that a difference was found.
  process.on('uncaughtException', (error) => {
    output.tell(`socio-grpc: the application failed while it was built: ${error.message}`);
    process.exit(ExitCode.failed);
  });
  const code = await run(process.argv.slice(2), output);
  await output.flush();
  // Timers and sockets of the application's providers must not keep the command alive.
  process.exit(code);
}
