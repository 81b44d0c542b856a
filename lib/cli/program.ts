/** The command line: options and commands -> one function, and its exit code. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { SetupError } from '../errors/setup-error.js';
import { findApp } from './app-module.js';
import type { Application } from './application.js';
import { check, type CheckOptions } from './check.js';
import { CommandError, ExitCode } from './command-error.js';
import { generate, type GenerateOptions } from './generate.js';
import { importFile, type ImportOptions } from './import.js';
import { loadFile } from './load.js';
import type { Output } from './output.js';
import { ofPackage } from './packages.js';
import { print } from './print.js';
import { routes } from './routes.js';
import { watch } from './watch.js';

interface CommonOptions {
  readonly app?: string;
  readonly package?: string;
  readonly directory?: string;
  readonly verbose?: true;
}

type GenerateCommandOptions = CommonOptions &
  Omit<GenerateOptions, 'followUp'> & { readonly check?: true; readonly watch?: true };

interface CommandLine {
  readonly own: readonly string[];
  /** What stands after "--". */
  readonly followUp: readonly string[];
}

/** Where the result goes, and how the command ended. */
interface CommandEnd {
  readonly output: Output;
  code: ExitCode;
}

/**
 * Runs one command.
 *
 * @param args without the interpreter and the script
 * @returns 0 when all is well, 1 when something was found, 2 when the command could not do its work
 */
export async function run(args: readonly string[], output: Output): Promise<ExitCode> {
  const at = args.indexOf('--');
  const line: CommandLine =
    at < 0 ? { own: args, followUp: [] } : { own: args.slice(0, at), followUp: args.slice(at + 1) };
  const end: CommandEnd = { output, code: ExitCode.ok };
  const program = createProgram(output);
  addGenerate(program, line, end);
  addOthers(program, end);
  try {
    await program.parseAsync(line.own, { from: 'user' });
    return end.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.failed;
    output.tell(`socio-grpc: ${textOf(error, line.own.includes('--verbose'))}`);
    return ExitCode.failed;
  }
}

function createProgram(output: Output): Command {
  return new Command('socio-grpc')
    .description('The .proto files of a NestJS application with nestjs-socio-grpc.')
    .version(versionOf())
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.write(text) })
    .addHelpText('after', '\nExit codes: 0 all is well, 1 a difference or a break, 2 wrong usage or set-up.');
}

function addGenerate(program: Command, line: CommandLine, end: CommandEnd): void {
  common(program.command('generate'), true)
    .description('write the .proto files; after "--" a command to run then, {files} stands for their paths')
    .option('--check', 'as the command "check"')
    .option('--dry-run', 'say what would be written')
    .option('--strict', 'refuse changes that clients on the wire would misread')
    .option('--base <revision>', 'take the numbers of a git revision: what it does not have is numbered anew')
    .option('--override-field-numbers', 'number everything anew: all clients must be built again')
    .option('--clients <kind>', 'also write clients: ts (protobuf-es) or nest (for ClientsModule)')
    .option('--out <path>', 'folder of the clients', 'clients')
    .option('--watch', 'again whenever the application is built')
    .action(async (options: GenerateCommandOptions) => {
      const contrary = options.strict ? '--strict' : options.base === undefined ? undefined : '--base';
      if (options.overrideFieldNumbers && contrary)
        throw new CommandError(`generate: --override-field-numbers and ${contrary} exclude each other.`);
      if (options.watch) return watch(options.app, withoutWatch(line));
      const application = await load(options);
      end.code = options.check
        ? await check(application, {}, end.output)
        : await generate(
            application,
            { ...options, out: resolve(options.out), followUp: line.followUp },
            end.output,
          );
    });
}

function addOthers(program: Command, end: CommandEnd): void {
  common(program.command('check'), true)
    .description('compare the .proto files with the code')
    .option('--breaking <file|revision>', 'also look for what breaks clients of a released file')
    .option('--json', 'findings as JSON')
    .action(async (options: CommonOptions & CheckOptions) => {
      end.code = await check(await load(options), options, end.output);
    });

  common(program.command('print'), true)
    .description('write the text of the .proto file to standard output')
    .action(async (options: CommonOptions) => {
      end.code = await print(await load(options), end.output);
    });

  common(program.command('routes'), false)
    .description('list the rpcs and the methods behind them')
    .option('--json', 'as JSON')
    .action(async (options: CommonOptions & { json?: true }) => {
      end.code = routes(await load(options), options.json === true, end.output);
    });

  common(program.command('import <file>'), true)
    .description('take the field numbers of a .proto file that somebody else wrote')
    .option('--dry-run', 'say what would be written')
    .action(async (file: string, options: CommonOptions & ImportOptions) => {
      end.code = await importFile(await load(options), file, options, end.output);
    });
}

function common(command: Command, hasFiles: boolean): Command {
  command
    .option('--app <file#export>', 'built file of the root module (default: dist/app.module.js)')
    .option('--package <name>', 'only this proto package')
    .option('--verbose', 'show what the application logs, and the stack of an error');
  return hasFiles
    ? command.option('--directory <path>', 'folder of the .proto files, instead of any proto.dir')
    : command;
}

async function load(options: CommonOptions): Promise<Application> {
  const reference = findApp(options.app, process.cwd());
  // Nest and TypeORM take a second to load, which nobody should wait for to read the help.
  const file = fileURLToPath(new URL('./application.js', import.meta.url));
  const { describeApplication } = (await loadFile(file)) as typeof import('./application.js');
  const application = await describeApplication(reference, options.verbose === true);
  const { directory } = options;
  const all =
    directory === undefined
      ? application.all
      : application.all.map((contract) => Object.assign({}, contract, { dir: resolve(directory) }));
  return { ...application, all, contracts: ofPackage(all, options.package) };
}

function withoutWatch({ own, followUp }: CommandLine): string[] {
  const kept = own.filter((arg) => arg !== '--watch');
  return followUp.length === 0 ? kept : [...kept, '--', ...followUp];
}

function textOf(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  if (verbose) return `${error.message}\n${cause.stack}`;
  const expected = error instanceof CommandError || error instanceof SetupError;
  return expected ? error.message : `${error.message}. --verbose shows the stack.`;
}

function versionOf(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
