import { Module } from '@nestjs/common';

/** Injection token of the `PackageOptions` of one `forFeature()`. */
export const PACKAGE_OPTIONS = Symbol('nestjs-socio-grpc:package');

/** What `SocioGrpcModule.forFeature()` imports: it only says of the modules that import it which package they are. */
@Module({})
export class SocioGrpcPackageModule {}
