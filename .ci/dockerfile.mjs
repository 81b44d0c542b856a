// The steps of a Dockerfile in their order, without Docker: each stage is a folder; ENV, WORKDIR, COPY, RUN and CMD do there
// what they say. What only an image has (FROM's base, USER, EXPOSE, ownership) is left out.
//
//   node .ci/dockerfile.mjs <Dockerfile> <folder for the stages>
//
// prints the working directory, the variables and the command of the last stage as JSON.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const [file, folder] = process.argv.slice(2);
const stages = new Map();
let stage;

const place = (path, { root, workdir }) => join(root, path.startsWith('/') ? path : join(workdir, path));

/** As Docker does: of a folder its content, of a file itself, into the target. */
function copy(from, target) {
  if (statSync(from).isDirectory())
    cpSync(from, target, {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist)$/.test(path) || from !== '.',
    });
  else cpSync(from, target.endsWith('/') ? join(target, basename(from)) : target);
}

const steps = {
  FROM: ([, , name = 'last']) => {
    stage = { root: join(folder, name), workdir: '/', env: {} };
    stages.set(name, stage);
    mkdirSync(stage.root, { recursive: true });
  },
  WORKDIR: ([path]) => {
    stage.workdir = path;
    mkdirSync(place('.', stage), { recursive: true });
  },
  ENV: (words) => {
    for (const word of words) stage.env[word.split('=')[0]] = word.slice(word.indexOf('=') + 1);
  },
  COPY: (words) => {
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
    const paths = words.filter((word) => !word.startsWith('--'));
    const target = paths.pop();
    for (const path of paths)
      copy(
        from ? place(path, stages.get(from)) : path,
        place(target, stage) + (target.endsWith('/') ? '/' : ''),
      );
  },
  RUN: (_words, text) => {
    // "/package" of the image is a folder of the stage here.
    const command = text.replaceAll(
      /(^|\s)(\/\w+)/g,
      (_match, space, path) => `${space}${place(path, stage)}`,
    );
    const options = { cwd: place('.', stage), env: { ...process.env, ...stage.env }, shell: true };
    const { status } = spawnSync(command, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error(`${text}: ended with ${status}`);
  },
  CMD: (_words, text) => {
    stage.command = JSON.parse(text);
  },
  USER: () => undefined,
  EXPOSE: () => undefined,
};

for (const line of readFileSync(file, 'utf8').split('\n')) {
  if (line === '' || line.startsWith('#')) continue;
  const [step, ...words] = line.split(/\s+/);
  process.stderr.write(`${line}\n`);
  steps[step](words, words.join(' '));
}
process.stdout.write(
  `${JSON.stringify({ directory: place('.', stage), env: stage.env, command: stage.command })}\n`,
);
