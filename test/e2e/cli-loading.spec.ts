/** How the command loads an application: whatever its modules are, each runs once. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildLibrary } from '../support/built-library.js';
import { COMMAND, Project } from '../support/project.js';

const MODULE = `
import { Module } from '@nestjs/common';
import { AllowAny, GrpcAction, GrpcController, SocioGrpcModule } from 'nestjs-socio-grpc';
console.error('app.module runs');
class EchoController {
  async echo() { return {}; }
}
Reflect.decorate([GrpcAction()], EchoController.prototype, 'echo', null);
GrpcController({ permissions: [AllowAny] })(EchoController);
@Module({ imports: [SocioGrpcModule.forRoot({ package: NAME })], controllers: [EchoController] })
export class AppModule {}
`;

const named = (name: string) => MODULE.replace('NAME', name);

describe('the application of a command', () => {
  let project: Project;

  beforeAll(buildLibrary, 120_000);

  afterEach(() => project.remove());

  async function expectPrinted(packageName: string, ...command: string[]): Promise<void> {
    const { stdout, stderr } = await project.exec(process.execPath, ...command, COMMAND, 'print');
    expect(stdout).toContain(`package ${packageName};`);
    expect(stderr).toBe('app.module runs\n');
  }

  it('may be an ES module', async () => {
    project = await Project.create();
    await project.build({ 'app.module.ts': named(`'plain'`) });
    await expectPrinted('plain');
  });

  it('may be CommonJS', async () => {
    project = await Project.create('commonjs');
    await project.build({ 'app.module.ts': named(`'common'`) });
    await expectPrinted('common');
  });

  it('may await at the top of its modules', async () => {
    project = await Project.create();
    await project.build({
      'name.ts': `export const name = await new Promise((done) => setTimeout(done, 1, 'awaited'));`,
      'app.module.ts': `import { name } from './name.js';${named('name')}`,
    });
    await expectPrinted('awaited');
  });

  it('may be changed by a loader', async () => {
    project = await Project.create();
    await project.build({ 'app.module.ts': named(`'plain'`) });
    await project.write(
      'hooks.mjs',
      `export async function load(url, context, next) {
        const loaded = await next(url, context);
        if (!url.endsWith('app.module.js')) return loaded;
        return { ...loaded, source: String(loaded.source).replace("'plain'", "'changed'") };
      }`,
    );
    await project.write(
      'register.mjs',
      `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);`,
    );
    await expectPrinted('changed', '--import', './register.mjs');
  });
});
