import { Liquid } from 'liquidjs';

/** Variables of a playbook: plain data. */
export type Variables = Readonly<Record<string, unknown>>;

/** Templates and expressions; what is undefined is an error, and no template runs or grows without bound. */
export interface Templates {
  render(template: string, variables: Variables): string;
  /** Value of an expression such as `service == 'nginx'`. */
  evaluate(expression: string, variables: Variables): unknown;
}

const LIMIT = { parseLimit: 4e6, renderLimit: 2000, memoryLimit: 64e6 };

export function createTemplates(): Templates {
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
    render: (template, variables) => String(engine.parseAndRenderSync(template, variables)),
    evaluate: (expression, variables) => engine.evalValueSync(expression, variables),
  };
}
