import { Context, Liquid, type Template, toValueSync, Value } from 'liquidjs';

/** Variables of a playbook: plain data. */
export type Variables = Readonly<Record<string, unknown>>;

/** Templates and expressions; what is undefined is an error, and no template runs or grows without bound. */
export interface Templates {
  render(template: string, variables: Variables): string;
  /** Value of an expression such as `service == 'nginx'`. */
  evaluate(expression: string, variables: Variables): unknown;
}

const LIMIT = { parseLimit: 4e6, renderLimit: 2000, memoryLimit: 64e6 };

/** Templates that are parsed once, however many hosts they are rendered for. */
export function createTemplates(): Templates {
  const templates = new Map<string, Template[]>();
  const expressions = new Map<string, Value>();
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    lenientIf: true,
    // Templates are files that the playbook names; none includes another by path.
    templates: {},
    ...LIMIT,
  });
  return {
    render: (template, variables) => {
      const parsed = templates.get(template) ?? engine.parse(template);
      templates.set(template, parsed);
      return String(engine.renderSync(parsed, variables));
    },
    evaluate: (expression, variables) => {
      const parsed = expressions.get(expression) ?? new Value(expression, engine);
      expressions.set(expression, parsed);
      return toValueSync(parsed.value(new Context(variables, engine.options, {}, { liquid: engine })));
    },
  };
}
