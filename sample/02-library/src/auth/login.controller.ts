import { Body, Controller, Get, HttpCode, Post, Req, UseGuards, ValidationPipe } from '@nestjs/common';
import { IsEmail, IsNotEmpty, IsString } from 'class-validator';
import { AuthService } from './auth.service.js';
import { HttpJwtGuard, type CallerRequest } from './http-jwt.guard.js';

export class LoginDto {
  @IsEmail() email!: string;
  @IsString() @IsNotEmpty() password!: string;
}

/** The same accounts and tokens over HTTP. */
@Controller('auth')
export class LoginController {
  constructor(private readonly auth: AuthService) {}

  @Post('login')
  @HttpCode(200)
  login(@Body(new ValidationPipe({ whitelist: true })) login: LoginDto) {
    return this.auth.login(login);
  }

  @Get('me')
  @UseGuards(HttpJwtGuard)
  me(@Req() { caller }: CallerRequest) {
    return caller;
  }
}
