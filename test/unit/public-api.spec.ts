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
        "AddFieldPlugin",
        "AllowAny",
        "AttrPlaceholder",
        "AuthenticationGuard",
        "BasicAuthentication",
        "BearerAuthentication",
        "ContextValues",
        "CreateAction",
        "CreateController",
        "CursorPagination",
        "DestroyAction",
        "DestroyController",
        "EnumField",
        "EnumPlacementPlugin",
        "ExceptionInterceptor",
        "Field",
        "FieldFilter",
        "Filter",
        "FilterBackend",
        "FilterFields",
        "FilterGenerationPlugin",
        "FilterSet",
        "FnPlaceholder",
        "GenerationPlugin",
        "GenericController",
        "GenericCrudController",
        "GrpcAction",
        "GrpcContext",
        "GrpcController",
        "HasRole",
        "IsAdmin",
        "IsAuthenticated",
        "IsAuthenticatedOrReadOnly",
        "JsonField",
        "LimitOffsetPagination",
        "ListAction",
        "ListController",
        "ListCreateController",
        "ListGenerationPlugin",
        "ListOf",
        "ListOfSelf",
        "LoggingInterceptor",
        "LookupField",
        "MessageNames",
        "MethodField",
        "ModelSerializer",
        "MtlsAuthentication",
        "Nested",
        "OneOf",
        "OrderingFilter",
        "PageNumberPagination",
        "PaginationGenerationPlugin",
        "Paginator",
        "PartialSelf",
        "PartialUpdateAction",
        "PartialUpdateController",
        "PassportAuthentication",
        "Permission",
        "PermissionGuard",
        "Placeholder",
        "ProtoSerializer",
        "ReadOnlyController",
        "Related",
        "RequestHeaders",
        "RetrieveAction",
        "RetrieveController",
        "SearchFilter",
        "SelfSerializer",
        "Serializer",
        "SetupError",
        "SocioGrpcModule",
        "SocioGrpcServer",
        "StrTemplatePlaceholder",
        "StreamAction",
        "StreamController",
        "TokenAuthentication",
        "UpdateAction",
        "UpdateController",
        "ValidationException",
        "action",
        "and",
        "authenticationMiddleware",
        "connectSocioGrpc",
        "createContextKey",
        "declareEnum",
        "externalMessage",
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
        "fromStruct",
        "grpcErrorInterceptor",
        "rethrowGrpcErrors",
        "toStruct",
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
    expect(undocumented()).toEqual([]);
  }, 60_000);

  it('exports every type of its signatures', () => {
    expect(unnameable()).toEqual([]);
  });
});

const ENTRIES = ['lib/index.ts', 'lib/testing/index.ts', 'lib/client/index.ts'].map((path) =>
  join(root, path),
);

interface Api {
  readonly checker: ts.TypeChecker;
  /** What all entries export, types included, where it is declared. */
  readonly symbols: ReadonlySet<ts.Symbol>;
}

const api = (() => {
  let made: Api | undefined;
  return () => (made ??= readApi());
})();

function readApi(): Api {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(ENTRIES, options);
  const checker = program.getTypeChecker();
  const symbols = ENTRIES.flatMap((entry) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
    return checker.getExportsOfModule(module).map((symbol) => declared(symbol, checker));
  });
  return { checker, symbols: new Set(symbols) };
}

function declared(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** Exported names without a doc comment where they are declared. */
function undocumented(): string[] {
  const { checker, symbols } = api();
  return [...symbols]
    .filter((symbol) => symbol.getDocumentationComment(checker).length === 0)
    .map(({ name }) => name);
}

/**
 * `Export: Type` for each type that stands in the signature of an export, is exported from its own file, and from no
 * entry: users cannot name it, nor can the declarations of what they infer from it. Types that are private to a file are
 * expanded by the compiler.
 */
function unnameable(): string[] {
  const { checker, symbols } = api();
  const found = new Set<string>();
  for (const symbol of symbols)
    // Its members are named by their keys: `ActionTypes<Post>['list']`.
    if (symbol.name !== 'ActionTypes')
      for (const declaration of symbol.declarations ?? [])
        for (const name of typeNames(declaration)) {
          const type = declared(checker.getSymbolAtLocation(name)!, checker);
          if (!symbols.has(type) && isExportedByFile(type)) found.add(`${symbol.name}: ${type.name}`);
        }
  return [...found].toSorted();
}

/** Names of types in what users see of a declaration: no bodies, no initializers, nothing private or internal. */
function typeNames(node: ts.Node): ts.Node[] {
  if (ts.isBlock(node) || ts.isDecorator(node) || isHidden(node)) return [];
  if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isParameter(node))
    return node.type ? typeNames(node.type) : [];
  const own = ts.isTypeReferenceNode(node)
    ? [node.typeName]
    : ts.isExpressionWithTypeArguments(node)
      ? [node.expression].filter(ts.isIdentifier)
      : [];
  const inside: ts.Node[] = [];
  ts.forEachChild(node, (child) => void inside.push(...typeNames(child)));
  return [...own, ...inside];
}

function isHidden(node: ts.Node): boolean {
  if (!ts.isClassElement(node) && !ts.isTypeElement(node)) return false;
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return (
    modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) ||
    ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal')
  );
}

function isExportedByFile({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some(
    (declaration) =>
      declaration.getSourceFile().fileName.startsWith(join(root, 'lib/')) &&
      ts.canHaveModifiers(declaration) &&
      ts.getModifiers(declaration)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true,
  );
}
