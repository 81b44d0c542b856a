/** An application as a user runs it: a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';

export interface RunningProcess {
  /** What it has written so far, to both outputs. */
  log(): string;
  /** Waits until the log has it; the match. */
  logged(pattern: RegExp): Promise<RegExpExecArray>;
  /** How the process ended: Nest's shutdown hooks end it by the signal, after everything is closed. */
  stop(): Promise<number | NodeJS.Signals | null>;
}

/**
 * Runs a built application until its log has a line.
 *
 * @throws Error with the log when the process ends before
 */
export async function startProcess(
  directory: string,
  environment: NodeJS.ProcessEnv,
  ready: RegExp,
): Promise<RunningProcess> {
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: directory,
    env: { ...process.env, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const logged = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(log);
        if (found) resolve(found);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('exit', (code) => reject(new Error(`the application ended with ${code}\n${log}`)));
      look();
    });
  for (const output of [child.stdout, child.stderr])
    output.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  await logged(ready);
  return { log: () => log, logged, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  return child.exitCode ?? child.signalCode;
}
