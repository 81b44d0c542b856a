/** Tools for the tests of applications: `import { … } from 'nestjs-socio-grpc/testing'`. */
export {
  createGrpcTestingClient,
  GrpcTestingClient,
  GrpcTestingError,
  type TestMessage,
} from './grpc-testing-client.js';
export { InProcessCall, type CallOptions } from './in-process-call.js';
