import { posix } from 'node:path';
import * as ast from 'typescript/unstable/ast';
import { askCompiler, ROOT } from './typescript.js';

/** An import, a re-export, or a type that is imported where it is used. */
export interface Import {
  readonly file: string;
  /** The file, and the statement in one line. */
  readonly line: string;
  /** The package, or the path of the source, from the package's root. */
  readonly target: string;
  /** Whether nothing is imported at run time. */
  readonly typesOnly: boolean;
  /** Whether it is loaded when it is needed: `import('x')`. */
  readonly later: boolean;
}

/** What files import, found by TypeScript's parser, in the order of the files. */
export function importsOf(files: readonly string[]): Import[] {
  const compilerOptions = { allowJs: true, noResolve: true, noLib: true, types: [] };
  return askCompiler({ compilerOptions, files }, ({ program }) =>
    files.flatMap((file) => {
      const source = program.getSourceFile(`${ROOT}${file}`);
      if (!source) throw new Error(`The compiler found no ${file}`);
      return [...specifiersIn(source)].map(({ node, specifier, typesOnly }) => {
        const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier;
        const line = `${file}: ${node.getText(source).replace(/\s+/g, ' ')}`;
        return { file, line, target: target.replace(/\.js$/, '.ts'), typesOnly, later: ast.isCallExpression(node) };
      });
    }),
  );
}

interface Specifier {
  readonly node: ast.Node;
  readonly specifier: string;
  readonly typesOnly: boolean;
}

function* specifiersIn(node: ast.Node): Generator<Specifier> {
  const found = specifierOf(node);
  if (found) yield { node, ...found };
  const children: ast.Node[] = [];
  node.forEachChild((child) => void children.push(child));
  for (const child of children) yield* specifiersIn(child);
}

/** A statement that names types one by one, `import { type A }`, is an import at run time: `verbatimModuleSyntax` keeps it. */
function specifierOf(node: ast.Node): Omit<Specifier, 'node'> | undefined {
  if (ast.isImportDeclaration(node)) {
    const typesOnly = node.importClause?.phaseModifier === ast.SyntaxKind.TypeKeyword;
    return { specifier: textOf(node.moduleSpecifier), typesOnly };
  }
  if (ast.isExportDeclaration(node) && node.moduleSpecifier)
    return { specifier: textOf(node.moduleSpecifier), typesOnly: node.isTypeOnly };
  if (ast.isImportTypeNode(node) && ast.isLiteralTypeNode(node.argument))
    return { specifier: textOf(node.argument.literal), typesOnly: true };
  if (ast.isCallExpression(node) && node.expression.kind === ast.SyntaxKind.ImportKeyword)
    return { specifier: textOf(node.arguments[0]), typesOnly: false };
  return undefined;
}

/** What a string holds; of anything else, such as a path that is computed, nothing. */
function textOf(node: ast.Node | undefined): string {
  return node && ast.isStringLiteral(node) ? node.text : '';
}
