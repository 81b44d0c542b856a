import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SocioGrpcModule } from 'nestjs-socio-grpc';
import { PostController, UserController } from './controllers.js';
import { FirstUser } from './first-user.js';
import { Post, User } from './models.js';
import { databaseOptions, grpcOptions } from './options.js';

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      useFactory: () => ({ ...databaseOptions(process.env), entities: [User, Post], synchronize: true }),
    }),
    SocioGrpcModule.forRootAsync({ useFactory: () => grpcOptions(process.env) }),
  ],
  controllers: [UserController, PostController],
  providers: [FirstUser],
})
export class AppModule {}
