import { ConfigurableModuleBuilder, Module, type DynamicModule } from '@nestjs/common';
import { SetupError } from '../errors/setup-error.js';
import { CompiledControllers } from '../crud/compiled-controller.js';
import { resolveOptions, SOCIO_GRPC_OPTIONS, type SocioGrpcOptions } from '../options.js';
import { AuthenticationGuard, AuthenticationSource } from '../request/authentication-guard.js';
import { ExceptionInterceptor } from '../request/exception-interceptor.js';
import { FallbackFilterRegistrar } from '../request/fallback-filter.js';
import { ForeignCallSettings } from '../request/foreign-call.js';
import { LoggingInterceptor } from '../request/logging-interceptor.js';
import { PermissionGuard, PermissionSource } from '../request/permissions.js';
import { problemsOfOptions } from './check-options.js';
import { ContractCompiler } from './contract-compiler.js';
import { ModuleAuthentication } from './module-authentication.js';
import { ModuleCallSettings } from './module-call-settings.js';
import { ProviderFinder } from './provider-finder.js';
import { SocioGrpcServer } from './socio-grpc-server.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<SocioGrpcOptions>().setClassMethodName('forRoot').build();

const PROVIDED = [
  CompiledControllers,
  PermissionSource,
  PermissionGuard,
  AuthenticationSource,
  AuthenticationGuard,
  ForeignCallSettings,
  LoggingInterceptor,
  ExceptionInterceptor,
  SocioGrpcServer,
];

/**
 * Brings gRPC into a Nest application. Import it once, in the root module; controllers may live in any module.
 *
 * @example
 * \@Module({
 *   imports: [TypeOrmModule.forRoot({ … }), SocioGrpcModule.forRoot({ package: 'quickstart' })],
 *   controllers: [PostController],
 * })
 * export class AppModule {}
 */
@Module({
  providers: [
    {
      provide: SOCIO_GRPC_OPTIONS,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: SocioGrpcOptions) => {
        const problems = problemsOfOptions(options);
        if (problems.length > 0) throw new SetupError(problems);
        return resolveOptions(options, process.env);
      },
    },
    CompiledControllers,
    { provide: PermissionSource, useExisting: CompiledControllers },
    PermissionGuard,
    { provide: AuthenticationSource, useClass: ModuleAuthentication },
    AuthenticationGuard,
    { provide: ForeignCallSettings, useClass: ModuleCallSettings },
    LoggingInterceptor,
    ExceptionInterceptor,
    FallbackFilterRegistrar,
    ProviderFinder,
    ContractCompiler,
    SocioGrpcServer,
  ],
  exports: PROVIDED,
})
export class SocioGrpcModule extends ConfigurableModuleClass {
  static override forRoot(options: SocioGrpcOptions = {}): DynamicModule {
    return { ...super.forRoot(options), global: true };
  }

  /** As `forRoot()`, with options from a factory: `{ inject: [ConfigService], useFactory: (config) => ({ … }) }`. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return { ...super.forRootAsync(options), global: true };
  }
}
