import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolve } from '../../src/cli/resolve.js';

/* There is no Docker daemon where the tests run. So this test compares the files with each other and with the settings. */

interface Compose {
  services: Record<
    string,
    { ports: string[]; volumes: string[]; environment: Record<string, string>; stop_grace_period: string }
  >;
  volumes: Record<string, unknown>;
}

const { services, volumes } = parse(readFileSync('compose.yaml', 'utf8')) as Compose;
const image = readFileSync('Dockerfile', 'utf8');

test('compose.yaml has one service, which matches the image', () => {
  expect(Object.keys(services)).toEqual(['kmq']);
  const { ports, volumes: mounts, stop_grace_period: grace } = services.kmq!;
  const port = /^EXPOSE (\d+)$/m.exec(image)![1];
  // Only for this machine: Docker opens published ports itself, whatever firewall there is.
  expect(ports).toEqual([`127.0.0.1:${port}:${port}`]);
  const [volume, folder] = mounts[0]!.split(':');
  expect(Object.keys(volumes)).toEqual([volume]);
  expect(/^VOLUME (\S+)$/m.exec(image)![1]).toBe(folder);
  expect(image).toContain(`KMQ_DATA=${folder}`);
  expect(grace).toBe(`${/--stop-timeout (\d+)/.exec(readFileSync('docs/running.md', 'utf8'))![1]}s`);
});

test('the variables of compose.yaml are settings, and its defaults are valid', () => {
  const environment = Object.fromEntries(
    Object.entries(services.kmq!.environment).map(([name, value]) => [name, /^\$\{\w+:-(.*)\}$/.exec(value)![1]!]),
  );
  const { settings, unknown } = resolve({}, environment);
  expect(unknown).toEqual([]);
  expect(settings.trustProxy).toEqual(['uniquelocal']);
  expect(settings.publicUrl).toBeUndefined();
});
