// An application with ENTITIES entities of FIELDS columns, each with a serializer and a CRUD controller. The
// classes are made as a compiler would make them: decorators are functions.
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
  SocioGrpcModule,
} from 'nestjs-socio-grpc';

const count = Number(process.env.ENTITIES ?? 500);
const fields = Number(process.env.FIELDS ?? 20);
const types = ['varchar', 'int', 'bigint', 'double', 'boolean', 'datetime', 'text'];

const entities = [];
const controllers = [];
for (let index = 0; index < count; index += 1) {
  const name = `Thing${index}`;
  const { [name]: Thing } = { [name]: class {} };
  PrimaryGeneratedColumn()(Thing.prototype, 'id');
  for (let field = 1; field < fields; field += 1)
    Column(types[field % types.length])(Thing.prototype, `someField${field}`);
  Entity()(Thing);

  const serializerName = `${name}Serializer`;
  const { [serializerName]: Serializer } = { [serializerName]: class extends ProtoSerializer {} };
  ModelSerializer({ model: Thing, fields: 'all' })(Serializer);

  const controllerName = `${name}Controller`;
  const { [controllerName]: Controller } = { [controllerName]: class extends GenericCrudController {} };
  GrpcController({ serializer: Serializer, permissions: [AllowAny] })(Controller);

  entities.push(Thing);
  controllers.push(Controller);
}

export class AppModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', entities }),
    SocioGrpcModule.forRoot({ package: 'bench' }),
  ],
  controllers,
})(AppModule);
