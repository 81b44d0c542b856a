import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import type { AuthControllerClient, LoginRequest } from './clients/library/v1/library.client.js';
import { LIBRARY } from './library/library.js';

@Controller('login')
export class LoginController {
  private readonly auth: AuthControllerClient;

  constructor(@Inject(LIBRARY) client: ClientGrpc) {
    this.auth = client.getService<AuthControllerClient>('AuthController');
  }

  @Post()
  @HttpCode(200)
  login(@Body() { email, password }: LoginRequest) {
    return this.auth.login({ email, password });
  }
}
