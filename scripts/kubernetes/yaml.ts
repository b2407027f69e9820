/** Objects as text, and text as objects. */
import { Document, parseAllDocuments, visit } from 'yaml';

/** What no reader of YAML takes for anything else than text. */
const PLAIN = /^[A-Za-z/][\w./:@+ -]*$/;

/** In YAML 1.1, which kubectl reads, these are booleans, nothing, or no numbers. */
const WORDS = /^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

/** A stream of documents: the same objects give the same bytes. */
export function toYaml(objects: readonly unknown[]): string {
  return objects.map((object) => `---\n${documentOf(object)}`).join('');
}

function documentOf(object: unknown): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string') node.type = isPlain(node.value) ? 'PLAIN' : 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !/: |:$| $/.test(text) && !WORDS.test(text);
}

/**
 * All objects of a file in YAML or JSON, also those in a List. What is empty is none.
 *
 * @param name what the file is called in errors
 * @throws SyntaxError naming the file
 */
export function parseObjects(text: string, name: string): unknown[] {
  // As kubectl: in YAML 1.1 `on` is true.
  const documents = parseAllDocuments(text, { version: '1.1' });
  const list = 'empty' in documents ? [] : documents;
  return list.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new SyntaxError(`Cannot read ${name}: ${error.message.split('\n')[0]}`, { cause: error });
    return itemsOf(document.toJS());
  });
}

function itemsOf(object: unknown): unknown[] {
  if (object === null || object === undefined) return [];
  const { kind, items } = object as { readonly kind?: unknown; readonly items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items.flatMap(itemsOf) : [object];
}
