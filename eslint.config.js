import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/**
 * The floors, and those that the files of each may import from besides their own: see docs/architecture.md.
 * A row says all that holds for its files, since of two rules for one file ESLint takes the last.
 */
const FLOORS = {
  'src/protocol/**': '',
  'src/loader/**': 'protocol',
  'src/tracker/**': 'protocol',
  'src/node/**': 'protocol',
  'src/dashboard/**': 'protocol loader',

  // The collector's own floors, bottom-up.
  'src/collector/store/model/**': 'protocol',
  'src/collector/store/sqlite/**': '',
  'src/collector/store/embedded/**': 'protocol model sqlite',
  'src/collector/store/clickhouse/**': 'protocol model sqlite',
  'src/collector/store/*': 'protocol model sqlite embedded clickhouse',
  'src/collector/sites/**': 'protocol',
  'src/collector/watch/**': 'protocol store',
  'src/collector/access/**': 'protocol store',
  'src/collector/http/**': 'protocol watch',
  'src/collector/tracking/**': 'protocol access http sites store watch',
  'src/collector/api/**': 'protocol loader access sites store watch',
  'src/collector/processes/**': 'protocol embedded sites store tracking watch',
  'src/collector/*': 'protocol access api http processes sites store tracking watch',

  'src/transfer/**': 'protocol store',
  'src/cli/**': 'protocol access embedded processes sites store transfer watch',
};

/** `store` of `src/collector/store/*`. */
const nameOf = (files) => /(\w+)\/\*+$/.exec(files)[1];

const FLOOR_NAMES = Object.keys(FLOORS)
  .map(nameOf)
  .filter((name) => name !== 'collector');

const boundaries = Object.entries(FLOORS).map(([files, allowed]) => {
  const patterns = [];
  const forbid = (regex, message) => patterns.push({ regex, message });

  const open = [nameOf(files), ...allowed.split(' ')];
  const closed = FLOOR_NAMES.filter((name) => !open.includes(name));
  forbid(`/(${closed.join('|')})/`, 'Not from this floor: see FLOORS in eslint.config.js.');
  if (files === 'src/protocol/**') forbid('^[^.]', 'The wire contract needs nothing but itself.');
  if (/loader|tracker|dashboard/.test(files)) forbid('^node:', 'This runs in browsers.');
  // Files between the floors of the collector: they put it together.
  if (files !== 'src/cli/**') forbid('/server\\.js$', 'Only the commands start the whole collector.');
  if (/collector\/\w/.test(files))
    forbid('^(\\.\\./)+(options|demo|store-of-options)\\.js$', 'A floor is not told the options.');
  if (!/collector|cli/.test(files)) forbid('/collector/[^/]+$', 'Only the commands know the whole collector.');

  return { files: [files], rules: { 'no-restricted-imports': ['error', { patterns }] } };
});

export default tseslint.config(
  { ignores: ['dist/', 'server/lib/', 'data/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
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
      // An interface of promises is kept by some who need not wait.
      '@typescript-eslint/require-await': 'off',
      // Everything here takes what pages push, and says what becomes of objects.
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
    files: ['demo/**/*.js'],
    languageOptions: {
      globals: { window: 'readonly', document: 'readonly', location: 'readonly', localStorage: 'readonly' },
    },
  },
  ...boundaries,
  prettier,
);
