// How long `socio-grpc print` takes beyond what loading the application takes, and how it grows.
// Build the library first: npm run build && node bench/command-line.mjs
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const app = path('many-entities.mjs');
const directory = path('no-proto');
const RUNS = 5;

console.log('entities  load  nest build  print  beyond  (median of 5, ms; 20 fields each)');
for (const entities of [125, 250, 500, 1000]) {
  const load = median(entities, ['-e', `await import(${JSON.stringify(app)}); process.exit()`]);
  const build = median(entities, ['--input-type=module', '-e', built()]);
  const print = median(entities, [
    path('../dist/cli/main.js'),
    'print',
    '--app',
    app,
    '--directory',
    directory,
  ]);
  const cells = [entities, load, build, print, print - load].map((cell) => String(cell).padStart(8));
  console.log(cells.join(''));
}

/** What the application costs to be built by Nest with TypeORM's metadata, without anything of the command. */
function built() {
  return `
    import { NestFactory } from '@nestjs/core';
    import { AppModule } from ${JSON.stringify(app)};
    await NestFactory.createApplicationContext(AppModule, { logger: false });
    process.exit();
  `;
}

function median(entities, args) {
  const env = { ...process.env, ENTITIES: String(entities) };
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    execFileSync(process.execPath, args, { cwd: path('..'), env, stdio: 'pipe', maxBuffer: 2 ** 28 });
    return Math.round(performance.now() - start);
  });
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)];
}
