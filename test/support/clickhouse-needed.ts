import { beforeEach, inject } from 'vitest';

beforeEach((context) => context.skip(!inject('clickHouse'), 'There is no ClickHouse here.'));
