import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as library from '../../lib/index.js';
import * as client from '../../lib/client/index.js';
import * as testing from '../../lib/testing/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('public API', () => {
  it('exports exactly these values', () => {
    expect(Object.keys(library).toSorted()).toMatchInlineSnapshot(`
      [
        "AllowAny",
        "AuthenticationGuard",
        "BasicAuthentication",
        "BearerAuthentication",
        "ContextValues",
        "CreateAction",
        "CreateController",
        "DestroyAction",
        "DestroyController",
        "Field",
        "GenericController",
        "GenericCrudController",
        "GrpcAction",
        "GrpcContext",
        "GrpcController",
        "HasRole",
        "IsAdmin",
        "IsAuthenticated",
        "IsAuthenticatedOrReadOnly",
        "ListAction",
        "ListController",
        "ListCreateController",
        "ListOfSelf",
        "LookupField",
        "ModelSerializer",
        "MtlsAuthentication",
        "Nested",
        "PartialSelf",
        "PartialUpdateAction",
        "PartialUpdateController",
        "PassportAuthentication",
        "Permission",
        "PermissionGuard",
        "ProtoSerializer",
        "ReadOnlyController",
        "Related",
        "RequestHeaders",
        "RetrieveAction",
        "RetrieveController",
        "SelfSerializer",
        "Serializer",
        "SetupError",
        "SocioGrpcModule",
        "SocioGrpcServer",
        "StreamAction",
        "StreamController",
        "TokenAuthentication",
        "UpdateAction",
        "UpdateController",
        "ValidationException",
        "action",
        "and",
        "connectSocioGrpc",
        "createContextKey",
        "localeMiddleware",
        "not",
        "or",
        "socioGrpc",
        "transactionMiddleware",
        "withActions",
        "withDetails",
      ]
    `);
    expect(Object.keys(client).toSorted()).toMatchInlineSnapshot(`
      [
        "GrpcClientError",
        "GrpcToHttpExceptionFilter",
        "fromGrpcError",
        "grpcErrorInterceptor",
        "rethrowGrpcErrors",
      ]
    `);
    expect(Object.keys(testing).toSorted()).toMatchInlineSnapshot(`
      [
        "GrpcTestingClient",
        "GrpcTestingError",
        "InProcessCall",
        "createGrpcTestingClient",
      ]
    `);
  });

  it('documents every export', () => {
    expect(undocumented(['lib/index.ts', 'lib/client/index.ts', 'lib/testing/index.ts'])).toEqual([]);
  }, 60_000);
});

/** Exported names, types included, without a doc comment where they are declared. */
function undocumented(entries: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(
    entries.map((entry) => join(root, entry)),
    options,
  );
  const checker = program.getTypeChecker();
  return entries.flatMap((entry) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, entry))!)!;
    return checker.getExportsOfModule(module).flatMap((symbol) => {
      const declared = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return declared.getDocumentationComment(checker).length > 0 ? [] : [symbol.name];
    });
  });
}
