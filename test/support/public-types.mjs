// @ts-check
/** The types that can be reached from what a module of declarations exports, found by the compiler. TypeScript 7 has no interface for it: 5.9 does. */

import { relative } from 'node:path';
import ts from 'typescript-5.9';

/**
 * Names of types that signatures of `entry` lead to and that it does not export, each with a way there.
 * @param {string} entry a .d.ts @param {string} root declarations outside of it are somebody else's
 * @returns {Map<string, string>}
 */
export function unexportedTypes(entry, root) {
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
    strict: true,
  });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`Cannot read ${entry}: it exports nothing`);
  /** @param {ts.Symbol} symbol */
  const meant = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const exported = checker.getExportsOfModule(module).map(meant);
  /** @type {Map<string, string>} */
  const found = new Map();
  const seen = new Set(exported);
  /** @type {(readonly [symbol: ts.Symbol, way: string])[]} */
  const queue = exported.map((symbol) => [symbol, symbol.name]);

  for (const [symbol, way] of queue) {
    for (const declaration of symbol.declarations ?? []) {
      visit(declaration, (node, isNamed) => {
        const used = ts.isIndexedAccessTypeNode(node) ? namedBy(checker.getTypeFromTypeNode(node)) : symbolOf(node);
        if (used === undefined || seen.has(used) || !used.declarations?.some(isOurs)) return;
        if (used.flags & ts.SymbolFlags.TypeParameter) return;
        seen.add(used);
        queue.push([used, `${way} > ${used.name}`]);
        if (isNamed) found.set(used.name, `${way} > ${used.name}`);
      });
    }
  }
  return found;

  /** @param {ts.Node} node */
  function symbolOf(node) {
    const at = checker.getSymbolAtLocation(node);
    return at === undefined ? undefined : meant(at);
  }

  /** @param {ts.Type} type */
  function namedBy(type) {
    return type.aliasSymbol ?? (type.symbol?.name.startsWith('__') === false ? type.symbol : undefined);
  }

  /** What a module adds to the names of the platform is the platform's. @param {ts.Declaration} declaration */
  function isOurs(declaration) {
    const { parent } = declaration;
    return isWithin(declaration.getSourceFile().fileName) && !(parent !== undefined && ts.isModuleBlock(parent));
  }

  /** @param {string} name */
  function isWithin(name) {
    return !relative(root, name).startsWith('..') && !name.includes('node_modules');
  }
}

/**
 * Calls back with every name of a type in a signature. What is private is nobody's signature; what an interface inherits are its own members,
 * whatever the other is called; and of `T['key']` it is the type of the key that is meant.
 * @param {ts.Node} node @param {(name: ts.Node, isNamed: boolean) => void} take
 */
function visit(node, take) {
  if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)) {
    return;
  }
  if (ts.isTypeReferenceNode(node)) take(ts.isQualifiedName(node.typeName) ? node.typeName.right : node.typeName, true);
  else if (ts.isExpressionWithTypeArguments(node)) take(node.expression, false);
  else if (ts.isIndexedAccessTypeNode(node)) {
    take(node, true);
    visit(node.indexType, take);
    return;
  }
  ts.forEachChild(node, (child) => visit(child, take));
}
