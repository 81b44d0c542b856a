/** What a command says: results on standard output, all else on standard error. */

export interface Output {
  /** A part of the result as it is. */
  write(text: string): void;
  /** One line, or several, of the result. */
  print(text: string): void;
  /** For the person at the terminal; a pipe does not see it. */
  tell(text: string): void;
  /** Resolves when everything printed has left the process. */
  flush(): Promise<void>;
}

/**
 * Takes standard output for the command's result. What the application prints while it is built goes to
 * standard error, so that `socio-grpc print > app.proto` is nothing but the file.
 */
export function claimStandardOutput(): Output {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  // The reader may go before the end: socio-grpc print | head
  stdout.on('error', () => undefined);
  return {
    write: (text) => void write(text),
    print: (text) => void write(`${text}\n`),
    tell: (text) => void stderr.write(`${text}\n`),
    flush: () => new Promise((resolve) => write('', () => resolve())),
  };
}
