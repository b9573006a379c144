import { describe, expect, it } from 'vitest';
import { renderArguments } from '../../../src/playbook/arguments.ts';
import { createTemplates } from '../../../src/playbook/liquid.ts';

const templates = createTemplates();

describe('a template', () => {
  it.each([
    ['{{ nope }}', 'undefined variable: nope'],
    ['{{ a.b }}', 'undefined variable: a.b'],
    ['{{ a.constructor }}', 'undefined variable'],
    ['{{ a.__proto__ }}', 'undefined variable'],
    ['{{ 1 | no_filter }}', 'undefined filter'],
    ["{% include '/etc/passwd' %}", 'ENOENT'],
    ["{% render '../secret' %}", 'ENOENT'],
    ['{% if %}', 'invalid'],
    ['{% for %}', 'illegal tag'],
    ['{{', 'not closed'],
  ])('%j is an error', (text, message) => {
    expect(() => templates.render(text, { a: {} })).toThrow(message);
  });

  it.each([
    [
      'loops within loops',
      '{% for i in (1..1000) %}{% for j in (1..1000) %}{% for k in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}',
    ],
    ['a range without end', '{% for i in (1..100000000) %}x{% endfor %}'],
    [
      'text that doubles itself',
      "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}{{ a }}",
    ],
  ])('is stopped at %s', (_, text) => {
    expect(() => templates.render(text, {})).toThrow(/limit exceeded/);
  });

  it('may ask in a condition whether something is there', () => {
    expect(templates.render('{% if a.b %}yes{% else %}no{% endif %}', { a: { b: null } })).toBe('no');
  });
});

describe('an expression', () => {
  it.each([
    ["a == 'x'", true],
    ["a == 'y'", false],
    ["a != 'y' and n > 1", true],
    ['list contains 2', true],
    ['none == nil', true],
  ])('%s is %s', (text, value) => {
    expect(templates.evaluate(text, { a: 'x', n: 2, list: [1, 2], none: null })).toBe(value);
  });

  it.each([['nope'], ['a.b.c'], ['']])('%j is an error', (text) => {
    expect(() => templates.evaluate(text, { a: {} })).toThrow();
  });
});

describe('arguments', () => {
  const render = (args: unknown, raw: readonly string[] = []): unknown =>
    renderArguments(args, templates, { n: 1, yes: true, list: ['a'], s: 'x' }, raw);

  it('keep the type of a value that stands alone', () => {
    expect(
      render({
        a: '{{ n }}',
        b: '{{ yes }}',
        c: ' {{ list }} ',
        d: 'n={{ n }}',
        e: '{{ s }}{{ s }}',
        f: '{{ s | upcase }}',
      }),
    ).toEqual({
      a: 1,
      b: true,
      c: ['a'],
      d: 'n=1',
      e: 'xx',
      f: 'X',
    });
  });

  it('are left as they stand without a template, and where the module renders itself', () => {
    expect(
      render({ a: 5, b: null, c: [true, '{{ n }}'], content: '{{ nope }}', d: { content: '{{ s }}' } }, ['content']),
    ).toEqual({
      a: 5,
      b: null,
      c: [true, 1],
      content: '{{ nope }}',
      d: { content: 'x' },
    });
  });

  it('are data: what a value holds is not rendered again', () => {
    expect(renderArguments({ a: '{{ v }}', b: 'x{{ v }}' }, templates, { v: '{{ nope }}' })).toEqual({
      a: '{{ nope }}',
      b: 'x{{ nope }}',
    });
  });
});
