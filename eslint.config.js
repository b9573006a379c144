import tseslint from 'typescript-eslint';

// Promise bugs only: Biome does the rest, and finds two of these four.
const OUTPUT = "All output goes through a command's Io, whose streams are guarded (src/ui/terminal/guarded.ts).";

export default tseslint.config(
  {
    // The standard streams are named where the process begins, and what moves the cursor stands in two files.
    files: ['src/**/*.ts'],
    ignores: ['src/cli.ts', 'src/ui/live/frame.ts', 'src/ui/terminal/prompt.ts'],
    languageOptions: { parser: tseslint.parser },
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "MemberExpression[object.name='process'][property.name=/^(stdout|stderr)$/]", message: OUTPUT },
        { selector: "ImportSpecifier[imported.name='bareStream']", message: OUTPUT },
      ],
    },
  },
  {
    files: ['src/**/*.ts', 'docker/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
    },
  },
);
