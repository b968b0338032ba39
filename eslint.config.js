import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/**
 * The layers, each with the other layers from which its files may import: see docs/architecture.md.
 * Each row is complete, since of two rules for one file ESLint uses only the last.
 */
const LAYERS = {
  'src/protocol/**': '',
  'src/loader/**': '',
  'src/tracker/**': 'protocol',
  'src/frameworks/**': 'tracker',
  'src/node/**': 'protocol',
  'src/dashboard/**': 'protocol loader',

  // The collector's own layers, bottom-up.
  'src/collector/store/model/**': 'protocol',
  'src/collector/store/sqlite/**': '',
  'src/collector/store/embedded/**': 'protocol model sqlite',
  'src/collector/store/clickhouse/**': 'protocol model sqlite',
  'src/collector/store/*': 'protocol embedded clickhouse',
  'src/collector/sites/**': 'protocol',
  'src/collector/watch/**': 'protocol store',
  'src/collector/access/**': 'protocol store',
  'src/collector/http/**': 'protocol watch',
  'src/collector/tracking/**': 'protocol access http sites store watch',
  'src/collector/reports/questions/**': 'protocol',
  'src/collector/reports/sheets/**': 'protocol',
  'src/collector/reports/engine/**': 'protocol embedded model questions sqlite store',
  'src/collector/reports/on-clickhouse/**': 'protocol clickhouse questions store',
  'src/collector/reports/*': 'protocol engine questions sqlite store watch',
  'src/collector/api/**': 'protocol loader access demo-data http questions reports sheets sites store',
  'src/collector/processes/**': 'protocol demo-data embedded reports sites store tracking watch',
  'src/collector/*':
    'protocol access api demo-data engine http on-clickhouse processes reports sites store tracking watch',
  'src/collector/{clock,package-files}.ts': '',

  'src/transfer/**': 'protocol store',
  'src/demo-data/**': 'protocol store',
  'src/cli/**':
    'protocol access clickhouse demo-data embedded engine http on-clickhouse processes questions reports sheets sites sqlite store transfer watch',
};

/** `store` of `src/collector/store/*`. */
const nameOf = (files) => /([\w-]+)\/\*+$/.exec(files)?.[1];

const LAYER_NAMES = Object.keys(LAYERS)
  .map(nameOf)
  .filter((name) => name && name !== 'collector');

/** Files that import much more than their folder, each with the rows whose files may import them. */
const WHOLE = [
  ['cli', [], 'It is where the process begins.'],
  ['server', ['src/cli/**'], 'Only the commands start the whole collector.'],
  ['open', ['src/collector/*', 'src/cli/**'], 'It opens every store: only who puts the collector together needs that.'],
  ['retention', ['src/collector/*'], 'Only who puts the collector together needs it.'],
  [
    'store-services',
    ['src/collector/*', 'src/collector/processes/**', 'src/cli/**'],
    'Only who puts the collector together needs it.',
  ],
  ['options', ['src/collector/*', 'src/cli/**'], 'A layer is not told the options.'],
  ['demo', ['src/collector/*', 'src/cli/**'], 'A layer is not told the options.'],
];

const boundaries = Object.entries(LAYERS).map(([files, allowed]) => {
  const patterns = [];
  const forbid = (regex, message) => patterns.push({ regex, message });

  const open = [nameOf(files), ...allowed.split(' ')];
  const closed = LAYER_NAMES.filter((name) => !open.includes(name));
  forbid(`/(${closed.join('|')})/`, 'Not from this layer: see LAYERS in eslint.config.js.');
  if (files === 'src/protocol/**') forbid('^[^.]', 'The wire contract needs nothing but itself.');
  if (/loader|tracker|frameworks|dashboard/.test(files)) forbid('^node:', 'This runs in browsers.');
  const aside = /^src\/collector\/[*{]/.test(files) ? '\\.{1,2}/(store/)?' : '(\\.\\./)+(collector/)?(store/)?';
  for (const [name, rows, message] of WHOLE) {
    if (!rows.includes(files)) forbid(`^${aside}${name}\\.js$`, message);
  }
  if (!/collector|cli/.test(files)) forbid('/collector/[^/]+$', 'Only the commands know the whole collector.');

  return { files: [files], rules: { 'no-restricted-imports': ['error', { patterns }] } };
});

export default tseslint.config(
  { ignores: ['dist/', 'server/lib*/', 'server/demo/', 'data/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked, ...tseslint.configs.stylistic],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      // Some functions that implement an asynchronous interface need no `await`.
      '@typescript-eslint/require-await': 'off',
      // Values from pages are unknown; the code handles objects explicitly.
      '@typescript-eslint/no-base-to-string': 'off',
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        performance: 'readonly',
      },
    },
  },
  {
    files: ['test/browser/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'Program > VariableDeclaration MemberExpression[object.name=Date][property.name=now]:not(:function *)',
          message: 'Use nowForFile: the day may end before the tests of this file.',
        },
      ],
    },
  },
  {
    // Parts of this file run in a page.
    files: ['scripts/pictures/camera.js'],
    languageOptions: { globals: { document: 'readonly', createImageBitmap: 'readonly', OffscreenCanvas: 'readonly' } },
  },
  {
    files: ['demo/**/*.js'],
    languageOptions: {
      globals: { window: 'readonly', document: 'readonly', location: 'readonly', localStorage: 'readonly' },
    },
  },
  ...boundaries,
  prettier,
);
