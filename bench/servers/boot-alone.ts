/** The same entities with Nest, TypeORM and a controller for each that does nothing. */
import { Controller, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';

const file = new URL('../../entities.mjs', import.meta.url).href;
const { entities } = (await import(file)) as { entities: Type<object>[] };

const controllers = entities.map(() => {
  @Controller()
  class Plain {}
  return Plain;
});

@Module({
  imports: [TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', entities })],
  controllers,
})
class AppModule {}

await NestFactory.createApplicationContext(AppModule, { logger: false });
process.stdout.write(String(Math.round(performance.now())), () => process.exit());
