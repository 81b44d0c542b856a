import { IsEmail } from 'class-validator';
import {
  AllowAny,
  Field,
  GenericController,
  GrpcAction,
  GrpcController,
  IsAuthenticated,
  ProtoSerializer,
  Serializer,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { Role } from '../members/member.entity.js';
import { AuthService } from './auth.service.js';
import { callerOf } from './caller.js';
import { LoginLimit } from './login-limit.js';

@Serializer()
export class LoginSerializer extends ProtoSerializer {
  @Field() @IsEmail() email!: string;
  @Field() password!: string;
}

/** Everybody may log in; who one is can be asked afterwards. */
@GrpcController({ permissions: [IsAuthenticated], middleware: [LoginLimit] })
export class AuthController extends GenericController {
  constructor(private readonly auth: AuthService) {
    super();
  }

  @GrpcAction({ request: LoginSerializer, response: { token: 'string' }, permissions: [AllowAny] })
  async login(request: LoginSerializer, ctx: GrpcContext) {
    const { email = '', password = '' } = await this.readValues(request, ctx);
    return this.auth.login({ email, password });
  }

  @GrpcAction({ response: { id: 'int32', role: Role, branch: 'int32' }, safe: true })
  async whoAmI(_request: object, ctx: GrpcContext) {
    return callerOf(ctx);
  }
}
