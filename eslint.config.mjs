import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Folders and the folders each may import from. Dependencies point one way: cli → … → sql → nothing. */
const allowed = {
  errors: [],
  config: ['errors'],
  sql: ['errors'],
  simulate: ['errors'],
  ingest: ['errors', 'config', 'sql', 'simulate'],
  transforms: ['errors', 'config', 'sql'],
  serve: ['errors', 'config', 'sql'],
  cli: ['errors', 'config', 'sql', 'simulate', 'ingest', 'transforms', 'serve'],
};
const zones = Object.keys(allowed).map((folder) => ({
  target: `./${folder}`,
  from: Object.keys(allowed)
    .concat(['bench', 'test'])
    .filter((other) => other !== folder && !allowed[folder].includes(other))
    .map((other) => `./${other}`),
  message: `${folder}/ may import only from: ${[folder, ...allowed[folder]].join(', ')}.`,
}));
/** The pure core takes values and returns values: no engine, no clock, no network, no file. */
const pure = {
  target: './ingest/messages',
  from: ['./sql', './config', './simulate', './ingest/sources'],
  message: 'ingest/messages is pure: values in, values out.',
};

/** The extractor of complaints reads its lexicon files and nothing else. */
const pureKeywords = {
  target: './transforms/reviews/keywords',
  from: ['./sql', './config', './ingest', './simulate', './serve', './cli'],
  message: 'transforms/reviews/keywords is pure: a text in, a reading out.',
};

export default tseslint.config(
  { ignores: ['.cache/', 'dist/', 'node_modules/', 'data/', '**/*.mjs'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver': { typescript: true } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'import-x/no-default-export': 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones: [...zones, pure, pureKeywords] }],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['ingest/messages/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(chdb|@clickhouse/.*|node:(fs|net|http|https|child_process|timers).*)$',
              message: 'The message core is pure.',
            },
          ],
        },
      ],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: 'Clocks are passed in.' }],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'no-console': 'off',
      // node:test returns promises from `test()` that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
    },
  },
);
