/** The environment of a service: its own lines over those of its files. */
import { existsSync, readFileSync } from 'node:fs';
import { booleanOf, fieldOf, mappingOf, maybe, textOf } from './fields.ts';
import { interpolate, type Variables } from './interpolate.ts';
import { ComposeFileError, type Mapping, type Tree } from './tree.ts';

export interface EnvironmentOptions {
  /** Of whoever runs this: what is named without a value is taken from here. */
  readonly variables: Variables;
  /** The path of a file that is named in another one. */
  readonly resolve: (path: string, namedIn: string) => string;
}

export interface Environment {
  readonly environment: ReadonlyMap<string, string>;
  readonly unsetVariables: readonly string[];
}

export function environmentOf(service: Mapping, options: EnvironmentOptions): Environment {
  const found = new Map<string, string>();
  const unset = new Set<string>();
  const files = fieldOf(service, 'env_file');
  for (const item of files?.kind === 'list' ? files.items : files ? [files] : []) {
    for (const [name, value] of fromFile(item, options)) found.set(name, value);
  }
  const own = fieldOf(service, 'environment');
  for (const [name, tree] of own ? mappingOf(own, 'environment').entries : []) {
    if (name === '' || /[=\0]/.test(name)) {
      throw new ComposeFileError(tree.at, `a variable has a name without =; got ${JSON.stringify(name)}`);
    }
    if (tree.kind === 'scalar' && String(tree.value).includes('\0')) {
      throw new ComposeFileError(tree.at, `environment.${name} has a character 0, which no variable can have`);
    }
    unset.delete(name);
    if (tree.kind !== 'scalar' || tree.value !== null) found.set(name, textOf(tree, `environment.${name}`));
    else if (options.variables[name] !== undefined) found.set(name, options.variables[name]);
    else if (!found.has(name)) unset.add(name);
  }
  return { environment: found, unsetVariables: [...unset] };
}

function fromFile(item: Tree, { variables, resolve }: EnvironmentOptions): Map<string, string> {
  const path = item.kind === 'mapping' ? maybe(item, 'path', textOf) : textOf(item, 'env_file');
  if (path === undefined) throw new ComposeFileError(item.at, 'env_file takes files, or path: with a file');
  const file = resolve(path, item.at.file);
  const isRequired = item.kind === 'mapping' ? maybe(item, 'required', booleanOf) ?? true : true;
  if (!existsSync(file)) {
    if (!isRequired) return new Map();
    throw new ComposeFileError(item.at, `there is no file ${file}`);
  }
  return parseEnvFile(readFileSync(file, 'utf8'), { file, variables });
}

/** `NAME=value` a line, with quotes and comments; a value without single quotes may name variables. @throws ComposeFileError */
export function parseEnvFile(
  text: string,
  { file, variables }: { readonly file: string; readonly variables: Variables },
): Map<string, string> {
  const found = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const at = { file, line: index + 1 };
    const [, name, given] = /^\s*(?:export\s+)?([a-z_][\w.-]*)\s*(?:[=:]\s*(.*))?$/i.exec(line) ?? [];
    if (name === undefined) throw new ComposeFileError(at, `a line is NAME=value; got ${JSON.stringify(line)}`);
    const value = given ?? variables[name] ?? '';
    const [, single] = /^'([^']*)'\s*(?:#.*)?$/.exec(value) ?? [];
    const [, double] = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(value) ?? [];
    try {
      const open = { ...variables, ...Object.fromEntries(found) };
      if (single !== undefined) found.set(name, single);
      else if (double !== undefined) found.set(name, interpolate(unescape(double), open).text);
      else found.set(name, interpolate(value.replace(/\s+#.*$/, '').trim(), open).text);
    } catch (error) {
      throw new ComposeFileError(at, (error as Error).message, { cause: error });
    }
  }
  return found;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, char: string) => char === '$' ? '$$' : ESCAPES[char] ?? char);
}
