/** The file that starts an application: adds the gRPC server to it, or makes gRPC all that it serves. */
import { SchematicsException } from '@angular-devkit/schematics';
import ts from 'typescript';
import { findCall, mentions, parse, splice, withImport } from '../source-edit.js';

export type ApplicationType = 'hybrid' | 'microservice';

/**
 * @param path how errors name the file
 * @throws SchematicsException when it does not start an application in the usual way
 */
export function withGrpcServer(text: string, path: string, type: ApplicationType): string {
  if (mentions(text, 'connectSocioGrpc') || mentions(text, 'socioGrpc')) return text;
  return type === 'hybrid' ? hybrid(text, path) : microservice(text, path);
}

function hybrid(text: string, path: string): string {
  const source = parse(text);
  const { application } = createdIn(source, path, HYBRID_BY_HAND);
  const start =
    findCall(source, application, 'startAllMicroservices') ?? findCall(source, application, 'listen');
  const statement = start && statementOf(start);
  if (!start || !statement) throw unusual(path, `no "await ${application}.listen()"`, HYBRID_BY_HAND);
  const indent = /[ \t]*$/.exec(text.slice(0, statement.getStart(source)))?.[0] ?? '';
  const lines = [`connectSocioGrpc(${application});`];
  if (start.expression.name.text === 'listen') lines.push(`await ${application}.startAllMicroservices();`);
  const added = lines.map((line) => `${line}\n${indent}`).join('');
  const at = statement.getStart(source);
  return withImport(splice(text, at, at, added), ['connectSocioGrpc'], 'nestjs-socio-grpc');
}

function microservice(text: string, path: string): string {
  const source = parse(text);
  const { application, create } = createdIn(source, path, MICROSERVICE_BY_HAND);
  const listen = findCall(source, application, 'listen');
  if (!listen) throw unusual(path, `no "await ${application}.listen()"`, MICROSERVICE_BY_HAND);
  const [module, ...options] = create.arguments;
  if (!module || options.length > 0)
    throw unusual(path, 'options in NestFactory.create()', MICROSERVICE_BY_HAND);
  const edits = [
    { node: create, text: `NestFactory.createMicroservice(${module.getText(source)}, socioGrpc())` },
    { node: listen, text: `${application}.listen()` },
  ].toSorted((a, b) => b.node.pos - a.node.pos);
  const edited = edits.reduce(
    (result, edit) => splice(result, edit.node.getStart(source), edit.node.getEnd(), edit.text),
    text,
  );
  return withImport(edited, ['socioGrpc'], 'nestjs-socio-grpc');
}

/** `const app = await NestFactory.create(AppModule)`: the name, and the call. */
function createdIn(source: ts.SourceFile, path: string, cure: string) {
  const create = findCall(source, 'NestFactory', 'create');
  const declaration = create && ts.findAncestor(create, ts.isVariableDeclaration);
  if (!create || !declaration) throw unusual(path, 'no "const app = await NestFactory.create()"', cure);
  return { create, application: declaration.name.getText(source) };
}

function statementOf(node: ts.Node): ts.Node | undefined {
  return ts.findAncestor(node, ts.isExpressionStatement);
}

const HYBRID_BY_HAND = 'connectSocioGrpc(app); await app.startAllMicroservices();';
const MICROSERVICE_BY_HAND = 'const app = await NestFactory.createMicroservice(AppModule, socioGrpc());';

function unusual(path: string, found: string, cure: string): SchematicsException {
  return new SchematicsException(
    `${path}: has ${found}, so it cannot be edited. Start the server there yourself, then run this again: ${cure}`,
  );
}
