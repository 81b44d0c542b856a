const { env } = process;

/** Address of the library's gRPC server. */
export const LIBRARY_URL = env['LIBRARY_URL'] ?? 'localhost:50051';
/** Folder of the library's `.proto` files. */
export const PROTO_DIR = env['PROTO_DIR'] ?? '../02-library/proto';
export const HTTP_PORT = Number(env['HTTP_PORT'] ?? 8080);
/** How long a call may take, in milliseconds. */
export const CALL_TIMEOUT = Number(env['CALL_TIMEOUT'] ?? 2000);
