import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LoggerModule } from 'nestjs-pino';
import { SocioGrpcModule } from 'nestjs-socio-grpc';
import { AuthModule } from './auth/auth.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { readEnvironment, type Environment } from './config/environment.js';
import { grpcOptions } from './config/grpc-options.js';
import { CoversModule } from './covers/covers.module.js';
import { databaseOptions } from './database/options.js';
import { LoansModule } from './loans/loans.module.js';
import { MembersModule } from './members/members.module.js';

type Config = ConfigService<Environment, true>;

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, validate: readEnvironment }),
    LoggerModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: Config) => ({
        pinoHttp: {
          level: config.get('LOG_LEVEL', { infer: true }),
          redact: ['req.headers.authorization', 'req.headers.cookie'],
        },
      }),
    }),
    TypeOrmModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: Config) =>
        databaseOptions({
          DATABASE: config.get('DATABASE', { infer: true }),
          DATABASE_URL: config.get('DATABASE_URL', { infer: true }),
        }),
    }),
    SocioGrpcModule.forRootAsync({ inject: [ConfigService], useFactory: grpcOptions }),
    AuthModule,
    MembersModule,
    CatalogModule,
    LoansModule,
    CoversModule,
  ],
})
export class AppModule {}
