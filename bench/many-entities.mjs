// An application with many entities, each with a serializer and a CRUD controller.
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
  SocioGrpcModule,
} from 'nestjs-socio-grpc';
import { entities } from './entities.mjs';

const controllers = entities.map((Thing) => {
  const serializerName = `${Thing.name}Serializer`;
  const { [serializerName]: Serializer } = { [serializerName]: class extends ProtoSerializer {} };
  ModelSerializer({ model: Thing, fields: 'all' })(Serializer);

  const controllerName = `${Thing.name}Controller`;
  const { [controllerName]: Controller } = { [controllerName]: class extends GenericCrudController {} };
  GrpcController({ serializer: Serializer, permissions: [AllowAny] })(Controller);
  return Controller;
});

export class AppModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', entities }),
    SocioGrpcModule.forRoot({
      package: 'bench',
      ...(process.env.PROTO_DIR && { url: '127.0.0.1:0', proto: { dir: process.env.PROTO_DIR } }),
    }),
  ],
  controllers,
})(AppModule);
