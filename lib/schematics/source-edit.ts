/** Edits of TypeScript sources, text in, text out. What is already there is left as it is. */
import ts from 'typescript';

/** Whether the source uses a name. */
export function mentions(text: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(text);
}

/** Imports names from a module: in its declaration if there is one, else behind the last of its kind, package or file. */
export function withImport(text: string, names: readonly string[], from: string): string {
  const source = parse(text);
  const declarations = source.statements.filter(ts.isImportDeclaration);
  const named = declarations.flatMap(({ moduleSpecifier, importClause }) => {
    const bindings = importClause?.namedBindings;
    return (moduleSpecifier as ts.StringLiteral).text === from && bindings && ts.isNamedImports(bindings)
      ? [bindings]
      : [];
  });
  const known = new Set(named.flatMap(({ elements }) => elements.map(({ name }) => name.text)));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length === 0) return text;
  if (named[0]) {
    const all = [...named[0].elements.map((element) => element.getText(source)), ...missing];
    return splice(text, named[0].getStart(source), named[0].getEnd(), `{ ${all.join(', ')} }`);
  }
  const line = `import { ${missing.join(', ')} } from '${from}';`;
  const isFile = (specifier: string) => specifier.startsWith('.');
  const last = isFile(from)
    ? declarations.at(-1)
    : declarations.findLast(({ moduleSpecifier }) => !isFile((moduleSpecifier as ts.StringLiteral).text));
  return last ? splice(text, last.getEnd(), last.getEnd(), `\n${line}`) : `${line}\n${text}`;
}

/**
 * Adds an entry to a list of the first `@Module()`.
 *
 * @returns undefined when there is no `@Module({ … })`, or its list is not written out as `[…]`
 */
export function withModuleEntry(text: string, list: string, entry: string): string | undefined {
  const source = parse(text);
  const options = moduleOptions(source);
  if (!options) return undefined;
  const property = options.properties.find((each) => each.name?.getText(source) === list);
  if (!property) {
    const at = options.getStart(source) + 1;
    const rest = options.properties.length > 0 ? '' : '\n';
    return splice(text, at, at, `\n  ${list}: ${printList([entry])},${rest}`);
  }
  if (!ts.isPropertyAssignment(property) || !ts.isArrayLiteralExpression(property.initializer))
    return undefined;
  const array = property.initializer;
  const entries = array.elements.map((element) => element.getText(source));
  if (entries.includes(entry)) return text;
  const last = array.elements.at(-1);
  if (last && array.getText(source).includes('\n')) {
    const indent = /[ \t]*$/.exec(text.slice(0, last.getStart(source)))?.[0] ?? '';
    return splice(text, last.getEnd(), last.getEnd(), `,\n${indent}${entry}`);
  }
  return splice(text, array.getStart(source), array.getEnd(), printList([...entries, entry]));
}

/** The first call `object.method(…)` in the source, wherever it stands. */
export function findCall(
  source: ts.SourceFile,
  object: string,
  method: string,
): (ts.CallExpression & { readonly expression: ts.PropertyAccessExpression }) | undefined {
  return findNode(
    source,
    (node): node is ts.CallExpression & { readonly expression: ts.PropertyAccessExpression } =>
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.expression.getText(source) === object &&
      node.expression.name.text === method,
  );
}

export function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
}

export function splice(text: string, start: number, end: number, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

function moduleOptions(source: ts.SourceFile): ts.ObjectLiteralExpression | undefined {
  const decorator = findNode(
    source,
    (node): node is ts.Decorator =>
      ts.isDecorator(node) &&
      ts.isCallExpression(node.expression) &&
      node.expression.expression.getText(source) === 'Module',
  );
  const [options] = decorator ? (decorator.expression as ts.CallExpression).arguments : [];
  return options && ts.isObjectLiteralExpression(options) ? options : undefined;
}

function findNode<T extends ts.Node>(node: ts.Node, fits: (node: ts.Node) => node is T): T | undefined {
  return fits(node) ? node : ts.forEachChild(node, (child) => findNode(child, fits));
}

/** On one line while it is short, as prettier would. */
function printList(entries: readonly string[]): string {
  const line = `[${entries.join(', ')}]`;
  if (line.length <= 60 && !line.includes('\n')) return line;
  return `[\n${entries.map((entry) => `    ${entry},\n`).join('')}  ]`;
}
