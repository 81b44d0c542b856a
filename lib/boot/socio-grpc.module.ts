import { ConfigurableModuleBuilder, Module, type DynamicModule } from '@nestjs/common';
import { SetupError } from '../errors/setup-error.js';
import { CompiledControllers } from '../crud/compiled-controller.js';
import {
  resolveOptions,
  SOCIO_GRPC_OPTIONS,
  type PackageOptions,
  type SocioGrpcOptions,
} from '../options.js';
import { AuthenticationGuard, AuthenticationSource } from '../request/authentication-guard.js';
import { ExceptionInterceptor } from '../request/exception-interceptor.js';
import { FallbackFilterRegistrar } from '../request/fallback-filter.js';
import { ForeignCallSettings } from '../request/foreign-call.js';
import { LoggingInterceptor } from '../request/logging-interceptor.js';
import { PermissionGuard, PermissionSource } from '../request/permissions.js';
import { problemsOfOptions } from './check-options.js';
import { BareActions } from './bare-actions.js';
import { ContractCompiler } from './contract-compiler.js';
import { ContractDeclarer } from './declare-contract.js';
import { ModuleAuthentication } from './module-authentication.js';
import { ModuleCallSettings } from './module-call-settings.js';
import { PACKAGE_OPTIONS, SocioGrpcPackageModule } from './package.module.js';
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
    BareActions,
    ProviderFinder,
    ContractDeclarer,
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

  /**
   * Puts the controllers of the importing module into a proto package of their own, with a file of its own. A module of
   * a shared library names the serializers that others use, and its own folder.
   *
   * @example
   * \@Module({ imports: [SocioGrpcModule.forFeature({ package: 'billing.v1' })], controllers: [InvoiceController] })
   * export class BillingModule {}
   * @example
   * \@Module({
   *   imports: [
   *     SocioGrpcModule.forFeature({
   *       package: 'common.v1',
   *       proto: { dir: join(import.meta.dirname, '../proto') },
   *       serializers: [MoneySerializer],
   *     }),
   *   ],
   * })
   * export class CommonModule {}
   */
  static forFeature(options: PackageOptions): DynamicModule {
    return {
      module: SocioGrpcPackageModule,
      providers: [{ provide: PACKAGE_OPTIONS, useValue: options }],
    };
  }
}
