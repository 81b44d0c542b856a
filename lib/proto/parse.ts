/**
 * Text of a `.proto` file -> descriptors. The one parser of the library: the ledger, the boot check and the
 * command `check` all read the committed file through it. The text may have been edited or merged by hand, so
 * whatever cannot be read is an error that names the line.
 */
import protobuf from 'protobufjs';
import { type FileDescriptor, type Options, WELL_KNOWN_FILES } from './descriptors.js';
import { claimImports, type Declares } from './imports.js';
import { type Outline, outlineOf } from './outline.js';
import { assertKept, assertNumbers, assertProto3, explain } from './parse-problem.js';
import { collect, optionsIn, type Found, type Reference, type Source } from './read-declarations.js';

/** Imports that the printer works out by itself. */
const OWN_IMPORTS: ReadonlySet<string> = new Set(Object.values(WELL_KNOWN_FILES).map((path) => `"${path}"`));

/**
 * Reads a `.proto` file into descriptors. Nested messages and enums get dotted names, a message that holds
 * nothing but one enum is the wrapper of that enum, a map is a field of the type `map<string, int32>`. Options
 * and imports are kept as they are written, and the comments that stand directly above or behind a
 * declaration; other comments are read over.
 *
 * @param fileName how errors name the file
 * @param declares what files that are imported declare; where it is not known, their folders tell
 * @throws SetupError when the text is not proto3, holds conflict markers, uses a number or name twice, or holds
 * something that could not be written again: `extend`, an enum with aliases, options of a oneof
 * @example
 * const committed = readContract(await readFile(path, 'utf8'), path);
 */
export function readContract(text: string, fileName: string, declares?: Declares): FileDescriptor {
  if (text.trim() === '') return { kind: 'file', package: '', services: [], messages: [], enums: [] };
  assertProto3(text, fileName);
  const parsed = parse(text, fileName);
  const home = parsed.package === undefined ? parsed.root : parsed.root.lookup(parsed.package);
  const outline = outlineOf(text);
  assertKept(outline.unknown, fileName);
  const found: Found = { services: [], messages: [], enums: [] };
  if (home instanceof protobuf.Namespace) collect(home, found, new OwnFile(home, outline));
  assertNumbers(found, text, fileName);
  const file: FileDescriptor = {
    kind: 'file',
    package: parsed.package ?? '',
    ...optionsIn(outline, ''),
    ...found,
  };
  const imports = outline.imports.filter((path) => !OWN_IMPORTS.has(path));
  return { ...file, ...claimImports(file, imports, declares) };
}

/** The file by itself: what it does not declare is taken by its full name. */
class OwnFile implements Source {
  readonly wrappers = true;

  constructor(
    private readonly home: protobuf.Namespace,
    private readonly outline: Outline,
  ) {}

  nameOf(declared: protobuf.ReflectionObject): string {
    return declared.fullName.slice(this.home.fullName.length + 1);
  }

  optionsOf(declared: protobuf.ReflectionObject): { options?: Options } {
    return optionsIn(this.outline, this.nameOf(declared));
  }

  optionsOfValue(declared: protobuf.Enum, value: string): { options?: Options } {
    return optionsIn(this.outline, `${this.nameOf(declared)}.${value}`);
  }

  refer(name: string, scope: protobuf.Namespace): Reference {
    const found = scope.lookup(name, [protobuf.Type, protobuf.Enum]);
    if (found === null) return { kind: 'message', name: name.replace(/^\./, '') };
    return { kind: found instanceof protobuf.Enum ? 'enum' : 'message', name: this.nameOf(found) };
  }
}

/** @throws SetupError naming the line */
export function parse(text: string, fileName: string): protobuf.IParserResult {
  try {
    return protobuf.parse(text, { keepCase: true, alternateCommentMode: true });
  } catch (error) {
    throw explain(error, text, fileName);
  }
}
