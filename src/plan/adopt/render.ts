import { Document, isMap, isPair, isScalar, type Pair } from 'yaml';
import type { Line } from './model.ts';

/** Lists that stand in one line where they are short. */
const SHORT = 60;

/** An inventory with a comment for each line that tells where it came from. `+` at the end of a path adds to a list. */
export function renderAdopted(lines: readonly Line[], head: string): string {
  const doc = new Document({});
  doc.commentBefore = head
    .split('\n')
    .map((line) => (line === '' ? '' : ` ${line}`))
    .join('\n');
  for (const { path, value, from } of lines) {
    const last = path.at(-1);
    if (last === '+') {
      const list = path.slice(0, -1);
      if (!doc.hasIn(list)) doc.setIn(list, doc.createNode([]));
      const item = doc.createNode(value);
      if (from !== undefined) item.commentBefore = commentOf(from);
      doc.addIn(list, item);
      continue;
    }
    doc.setIn(path, doc.createNode(value, { flow: isShort(value) }));
    if (from !== undefined) comment(doc, path, commentOf(from));
  }
  return doc.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function isShort(value: unknown): boolean {
  return typeof value === 'object' && value !== null && JSON.stringify(value).length <= SHORT;
}

function comment(doc: Document, path: readonly string[], text: string): void {
  const owner = path.length === 1 ? doc.contents : doc.getIn(path.slice(0, -1), true);
  if (!isMap(owner)) return;
  const pair = owner.items.find(
    (one): one is Pair => isPair(one) && (isScalar(one.key) ? one.key.value : one.key) === path.at(-1),
  );
  if (pair === undefined) return;
  const key = doc.createNode(path.at(-1));
  key.commentBefore = text;
  pair.key = key;
}

/** Comments are one line each, whatever stands in them. */
function commentOf(text: string): string {
  return text
    .split('\n')
    .map((line) => ` ${line.replace(/[^\x20-\x7e]/g, '?')}`)
    .join('\n');
}
