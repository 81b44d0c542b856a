/** For clients and gateways: `import { … } from 'nestjs-socio-grpc/client'`. Neither TypeORM nor a server comes along. */
export type { FieldError, FieldErrors } from '../errors/field-errors.js';
export { fromGrpcError, GrpcClientError } from './grpc-client-error.js';
export { grpcErrorInterceptor } from './grpc-error-interceptor.js';
export { GrpcToHttpExceptionFilter } from './grpc-to-http-exception-filter.js';
export type { FieldViolation } from './read-details.js';
export { rethrowGrpcErrors } from './rethrow-grpc-errors.js';
export {
  fromStruct,
  toStruct,
  type Json,
  type JsonObject,
  type StructMessage,
  type ValueMessage,
} from './struct.js';
