import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ROOT } from './markdown.ts';

/** Words that a reader stumbles over, and what to write instead: docs/glossary.md has the terms. */
const BANNED: Readonly<Record<string, string>> = {
  mend: 'fix',
  mends: 'fixes',
  mended: 'fixed',
  'put right': 'restored, repaired',
  'puts right': 'restores',
  'put back': 'reverted',
  'puts back': 'reverts',
  nobody: 'no host, no one else',
  somebody: 'another host, another person',
  heed: 'accept',
  heeds: 'accepts',
  heeded: 'accepted',
  reckoning: 'calculation',
  'is none': 'is not one',
  taker: 'BACKUP',
  'stands by': 'is the backup',
  'asked from': 'requested from',
};

/**
 * Places that had such words when the ban came, with how many. A number may only fall: who rewrites a text lowers it. Files
 * that are not here have none.
 */
const LEFT: Readonly<Record<string, number>> = {
  'README.md': 5,
  'docs/drills.md': 16,
  'docs/how-it-works.md': 1,
  'docs/inventory.md': 4,
  'docs/json.md': 11,
  'docs/operations.md': 6,
  'docs/playbooks.md': 5,
  'docs/rollouts.md': 2,
  'docs/security.md': 1,
  'docs/transports.md': 4,
  'src/facts/state/maintenance.ts': 1,
  'src/inventory/check/hosts.ts': 1,
  'src/inventory/check/mail.ts': 1,
  'src/inventory/check/priority.ts': 1,
  'src/inventory/init.ts': 1,
  'src/inventory/rules/clusters-and-hosts.ts': 1,
  'src/inventory/rules/instances.ts': 1,
  'src/inventory/secret-sources.ts': 1,
  'src/keepalived/examples.ts': 1,
  'src/keepalived/kinds/routes.ts': 2,
  'src/keepalived/table/vrrp-script.ts': 1,
  'src/keepalived/vip.ts': 1,
  'src/operate/drill/await-ok.ts': 1,
  'src/operate/drill/drill.ts': 1,
  'src/operate/drill/findings.ts': 4,
  'src/operate/drill/guard.ts': 1,
  'src/operate/drill/predict.ts': 2,
  'src/operate/drill/scenario.ts': 3,
  'src/operate/drill/survey.ts': 1,
  'src/operate/maintenance/plan-maintenance.ts': 3,
  'src/operate/runs/summarise.ts': 1,
  'src/operate/switchover/plan-switchover.ts': 3,
  'src/plan/remove/remove-files.ts': 1,
  'src/plan/saved.ts': 1,
  'src/plan/waves/blocked.ts': 2,
  'src/rollout/gates/answers.ts': 4,
  'src/rollout/gates/one-holder.ts': 1,
  'src/rollout/gates/probe-from.ts': 1,
  'src/rollout/handover/hand-over.ts': 2,
  'src/rollout/lease/errors.ts': 2,
  'src/rollout/phases/revert.ts': 2,
  'src/transport/relay/logins.ts': 1,
};

const PATTERN = new RegExp(`\\b(?:${Object.keys(BANNED).join('|')})\\b`, 'gi');
/** Of keepalived.conf's own words and of scripts that run on hosts: the user `nobody`. */
const USER = /\b(?:user:? |`|such as |group )nobody\b|\bnobody nogroup\b|'nobody'/gi;

/** Texts of a source file: its strings and templates, without imports and comments. */
function stringsOf(path: string): string {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.Latest, true));
  return texts.filter((text) => !text.includes('\n  ') || !/\b(?:fi|esac|done)\b/.test(text)).join('\n');
}

function filesBelow(directory: string, end: string): string[] {
  return readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => `${directory}/${name}`);
}

function found(): Record<string, number> {
  const texts = [
    ...filesBelow('src', '.ts').map((path) => [path, stringsOf(path)] as const),
    // docs/outages.md and docs/full-tests.md are made by tests.
    ...[...filesBelow('docs', '.md'), 'README.md']
      .filter((path) => !/outages|full-tests|glossary/.test(path))
      .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')] as const),
  ];
  return Object.fromEntries(
    texts.flatMap(([path, text]) => {
      const count = [...text.replaceAll(USER, '').matchAll(PATTERN)].length;
      return count === 0 ? [] : [[path, count]];
    }),
  );
}

it('no text has more words that are banned than it had when they were', () => {
  const more = Object.entries(found()).filter(([path, count]) => count > (LEFT[path] ?? 0));
  expect(more.map(([path, count]) => `${path}: ${count}, was ${LEFT[path] ?? 0}`)).toEqual([]);
});

it('what a user types and reads first has none', () => {
  for (const path of Object.keys(LEFT)) expect(path).not.toMatch(/^src\/commands\//);
});

it('the glossary has at most 40 terms, each once', () => {
  const text = readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8');
  const terms = [...text.matchAll(/^\| ([^|]+?) \|/gm)]
    .map(([, term = '']) => term)
    .filter((term) => !/^(term|-+)$/.test(term));
  expect(terms.length).toBeLessThanOrEqual(40);
  expect(new Set(terms).size).toBe(terms.length);
});
