import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Data flows one way; see "The rooms" in docs/architecture.md. */
const closed = (files, ...rooms) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: rooms.map((room) => ({ group: [room], message: 'Not from this room.' })) },
    ],
  },
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
  closed(['src/protocol/**'], 'node:*', '../tracker/**', '../collector/**', '../dashboard/**'),
  closed(['src/tracker/**', 'src/loader/**'], 'node:*', '**/collector/**', '**/dashboard/**'),
  closed(['src/dashboard/**'], 'node:*', '**/collector/**', '**/tracker/**'),
  closed(['src/collector/**'], '**/transfer/**', '**/tracker/**', '**/dashboard/**'),
  closed(['src/transfer/**'], '**/cli/**', '**/tracker/**', '**/dashboard/**'),
  closed(['src/node/**'], '**/tracker/**', '**/loader/**', '**/collector/**', '**/dashboard/**'),
  prettier,
);
