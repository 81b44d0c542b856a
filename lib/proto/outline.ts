/**
 * The statements of a `.proto` file with their lines and their options, for what protobufjs does not give: it
 * forgets where a declaration stands and how an option was written. Whether the text is valid is none of its
 * business; on any text it ends.
 */

/** A declaration, wherever it stands. */
export interface Declaration {
  /** Dotted path of the enclosing block, `''` for the file itself; a oneof is no block of its own. */
  readonly scope: string;
  readonly name: string;
  /** NaN for what has no number. */
  readonly number: number;
  readonly line: number;
}

/** A statement that our model has no word for. */
export interface Unknown {
  readonly what: string;
  readonly line: number;
}

export interface Outline {
  readonly declarations: readonly Declaration[];
  /** As they are written, by the dotted path of what they belong to, `''` for the file. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** What stands between `import` and the semicolon. */
  readonly imports: readonly string[];
  readonly unknown: readonly Unknown[];
}

interface Token {
  readonly text: string;
  readonly line: number;
}

interface Block {
  readonly keyword: string;
  readonly path: string;
}

const TOKEN = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[\w.]+|\S/g;
const BLOCKS: ReadonlySet<string> = new Set(['message', 'enum', 'service', 'rpc', 'oneof', 'extend']);
const FILE: Block = { keyword: 'file', path: '' };

/**
 * Reads the statements of a file.
 *
 * @example
 * outlineOf('message A {\n  string a = 1;\n}').declarations;
 * // [{ scope: '', name: 'A', number: NaN, line: 1 }, { scope: 'A', name: 'a', number: 1, line: 2 }]
 */
export function outlineOf(text: string): Outline {
  const outline = new OutlineBuilder();
  let statement: Token[] = [];
  let depth = 0;
  for (const token of tokensOf(text)) {
    const opens = token.text === '{' && BLOCKS.has(statement[0]?.text ?? '');
    if (depth > 0 || !(opens || token.text === ';' || token.text === '}')) {
      if ('[{('.includes(token.text)) depth += 1;
      if (']})'.includes(token.text)) depth -= 1;
      statement.push(token);
      continue;
    }
    if (opens) outline.open(statement);
    else if (token.text === '}') outline.close();
    else outline.add(statement);
    statement = [];
  }
  return outline;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const [found] of text.matchAll(TOKEN)) {
    const blank = /^\s/.test(found) || found.startsWith('//') || found.startsWith('/*');
    if (!blank) tokens.push({ text: found, line });
    else line += found.split('\n').length - 1;
  }
  return tokens;
}

class OutlineBuilder implements Outline {
  readonly declarations: Declaration[] = [];
  readonly options = new Map<string, string[]>();
  readonly imports: string[] = [];
  readonly unknown: Unknown[] = [];
  private readonly blocks: Block[] = [FILE];

  private get block(): Block {
    return this.blocks.at(-1) ?? FILE;
  }

  open([keyword, name]: readonly Token[]): void {
    const { path } = this.block;
    const own = name?.text ?? '';
    if (keyword?.text === 'extend') this.unknown.push({ what: '"extend"', line: keyword.line });
    else this.declare(path, own, Number.NaN, keyword?.line ?? 0);
    // The fields of a oneof share names and numbers with the message around it.
    const inner = keyword?.text === 'oneof' ? path : pathOf(path, own);
    this.blocks.push({ keyword: keyword?.text ?? '', path: inner });
  }

  close(): void {
    if (this.blocks.length > 1) this.blocks.pop();
  }

  add(statement: readonly Token[]): void {
    const [first, second] = statement;
    if (!first) return;
    const { keyword, path } = this.block;
    // An enum value may have any name: `option = 1;`
    if (first.text === 'option' && second?.text !== '=') {
      this.option(path, statement.slice(1), first.line);
      if (keyword === 'oneof') this.unknown.push({ what: 'an option of a oneof', line: first.line });
    } else if (keyword === 'file') {
      if (first.text === 'import') this.imports.push(written(statement.slice(1)));
    } else if (first.text === 'rpc' && second) {
      this.declare(path, second.text, Number.NaN, first.line);
    } else if (first.text === 'extensions' && /^\d/.test(second?.text ?? '')) {
      this.unknown.push({ what: '"extensions"', line: first.line });
    } else {
      this.member(path, statement);
    }
  }

  private member(scope: string, statement: readonly Token[]): void {
    const equals = statement.findIndex(({ text }) => text === '=');
    const name = statement[equals - 1];
    if (!name) return;
    const [sign, digits] = statement.slice(equals + 1).map(({ text }) => text);
    const number = sign === '-' ? -Number(digits) : Number(sign);
    this.declare(scope, name.text, number, statement[0]?.line ?? name.line);
    const bracket = statement.findIndex(({ text }, index) => index > equals && text === '[');
    if (bracket === -1) return;
    for (const option of splitAtCommas(statement.slice(bracket + 1, -1)))
      this.option(pathOf(scope, name.text), option, name.line);
  }

  private declare(scope: string, name: string, number: number, line: number): void {
    this.declarations.push({ scope, name, number, line });
  }

  private option(owner: string, tokens: readonly Token[], line: number): void {
    const text = written(tokens);
    if (text === 'allow_alias = true') this.unknown.push({ what: '"allow_alias"', line });
    const options = this.options.get(owner) ?? [];
    this.options.set(owner, [...options, text]);
  }
}

function pathOf(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}

function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if ('[{('.includes(token.text)) depth += 1;
    if (']})'.includes(token.text)) depth -= 1;
    if (token.text === ',' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** One way to write it, whatever the white space was: `(google.api.http) = { get: "/v1" }`. */
function written(tokens: readonly Token[]): string {
  return tokens
    .map(({ text }) => text)
    .join(' ')
    .replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?<=[([-]) | (?=[)\],:;.])/g, (found) =>
      found === ' ' ? '' : found,
    );
}
