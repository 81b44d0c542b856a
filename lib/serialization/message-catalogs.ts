/** The messages of all packages of an application, and which package uses messages of which other. */
import type { EnumPlacement } from './enums.js';
import { MessageCatalog } from './messages.js';
import type { SerializerClass } from './proto-serializer.js';
import type { Shapes } from './shapes.js';

export class MessageCatalogs {
  private readonly byPackage = new Map<string, MessageCatalog>();

  /**
   * @param homes the packages of the serializers that belong to one; the others are described wherever they are used
   * @param enums where those have their enums, whatever an action that uses them says of its own
   */
  constructor(
    private readonly shapes: Shapes,
    private readonly problems: string[],
    private readonly homes: ReadonlyMap<SerializerClass, string>,
    private readonly enums: EnumPlacement,
  ) {
    for (const [serializer, name] of homes) {
      shapes.check(serializer);
      this.of(name).addSerializer(serializer, 'Request', enums);
      this.of(name).addSerializer(serializer, 'Response', enums);
    }
  }

  get all(): readonly MessageCatalog[] {
    return [...this.byPackage.values()];
  }

  of(packageName: string): MessageCatalog {
    const known = this.byPackage.get(packageName);
    if (known) return known;
    const catalog: MessageCatalog = new MessageCatalog(
      packageName,
      this.shapes,
      this.problems,
      (serializer) => {
        const home = this.homes.get(serializer);
        return home === undefined ? catalog : this.of(home);
      },
      this.enums,
    );
    this.byPackage.set(packageName, catalog);
    return catalog;
  }

  /** Reports packages that import each other, which protobuf forbids. */
  checkImports(): void {
    const done = new Set<string>();
    for (const { packageName } of this.all) this.follow(packageName, [], done);
  }

  private follow(name: string, path: readonly string[], done: Set<string>): void {
    if (path.includes(name)) this.reportCycle([...path.slice(path.indexOf(name)), name]);
    if (path.includes(name) || done.has(name)) return;
    for (const next of this.of(name).imported.keys()) this.follow(next, [...path, name], done);
    done.add(name);
  }

  private reportCycle(names: readonly string[]): void {
    const uses = names.slice(1).map((next, index) => {
      const user = names[index] as string;
      return `"${user}" uses ${this.of(user).imported.get(next)?.name} of "${next}"`;
    });
    this.problems.push(
      `packages ${names.map((name) => `"${name}"`).join(' -> ')}: their files would import each other, which protobuf forbids. ` +
        `${uses.join(', ')}. Move what both need into a package of its own, or out of "serializers" of SocioGrpcModule.forFeature().`,
    );
  }
}
