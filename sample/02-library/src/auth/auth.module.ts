import { Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { JwtModule, type JwtSignOptions } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Environment } from '../config/environment.js';
import { Member } from '../members/member.entity.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { LoginController } from './login.controller.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([Member]),
    JwtModule.registerAsync({
      global: true,
      inject: [ConfigService],
      useFactory: (config: ConfigService<Environment, true>) => ({
        secret: config.get('JWT_SECRET', { infer: true }),
        signOptions: {
          expiresIn: config.get('TOKEN_LIFETIME', { infer: true }) as NonNullable<
            JwtSignOptions['expiresIn']
          >,
          audience: 'library',
          issuer: 'library',
        },
        verifyOptions: { audience: 'library', issuer: 'library', clockTolerance: 5 },
      }),
    }),
  ],
  controllers: [AuthController, LoginController],
  providers: [AuthService],
})
export class AuthModule {}
